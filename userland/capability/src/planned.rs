//! actions of the plan language that no capability has yet: they are understood, shown, and not run.
//!
//! `planned.json` holds them in the form of the table. whoever writes the capability takes its entry
//! out there; a test says so.

use llm_os_schema::{CapabilitySpec, CapabilityTable};

/// the entries of `planned.json`, in its order.
pub fn planned() -> Vec<CapabilitySpec> {
    // the file is part of this program and a test reads it: it cannot be broken at run time.
    serde_json::from_str::<CapabilityTable>(include_str!("../planned.json"))
        .map(|table| table.capabilities)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry;

    #[test]
    fn what_is_planned_is_not_there_yet() {
        let planned = planned();
        assert!(!planned.is_empty());
        for spec in planned {
            assert!(!spec.available && spec.short.is_empty(), "{}", spec.name);
            assert!(
                registry::find(&spec.name).is_none(),
                "{} is a capability: take it out of planned.json",
                spec.name
            );
        }
    }
}
