//! reviewed lists of system calls, a reason in each rule: `seccomp/*.json`.
//!
//! lists of what is denied: a program that a person runs may need any of the others, and what the
//! kernel guards by capabilities the worker has lost with them.

use llm_os_capability::Sockets;

/// for every worker and what it starts.
pub(crate) const EVERY_ACTION: &str = include_str!("../seccomp/every-action.json");

/// which sockets may be made.
pub(crate) fn sockets(sockets: Sockets) -> &'static str {
    match sockets {
        Sockets::None => include_str!("../seccomp/no-sockets.json"),
        Sockets::Unix => include_str!("../seccomp/unix-sockets.json"),
        Sockets::Network => include_str!("../seccomp/no-unix-sockets.json"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn every_list_is_good_for_both_processors_and_every_rule_has_its_reason() {
        let lists = [
            EVERY_ACTION,
            sockets(Sockets::None),
            sockets(Sockets::Unix),
            sockets(Sockets::Network),
        ];
        for list in lists {
            llm_os_sys::filter::check(list).unwrap();
            let value: Value = serde_json::from_str(list).unwrap();
            for filter in value.as_object().unwrap().values() {
                for rule in filter["filter"].as_array().unwrap() {
                    assert!(
                        rule["comment"].as_str().is_some_and(|why| why.len() > 5),
                        "{rule}"
                    );
                }
            }
        }
    }
}
