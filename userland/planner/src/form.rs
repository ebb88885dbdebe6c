//! what a word has to look like as a certain argument: an address, a list of processors, a picture's
//! size. the table says "one word"; a word that can be no such thing is never legal.

use serde_json::Value;
use std::net::IpAddr;

/// whether `value` can be the argument `key` of the action `kind`.
pub fn fits(kind: &str, key: &str, value: &Value) -> bool {
    let Some(text) = value.as_str() else {
        return true;
    };
    match (kind, key) {
        ("network", "address") => is_address(text),
        // 255.255.255.0 is no router.
        ("network", "gateway" | "server") => {
            text.parse::<IpAddr>().is_ok() && !text.starts_with("255.")
        }
        ("cgroup_apply", "cpus") => is_cpus(text),
        ("display", "mode") => is_size(text),
        _ => true,
    }
}

/// whether a word can only have been meant as what it is, a size of three digits or more a side;
/// addresses are met in noise of digits.
pub fn is_certain(word: &str) -> bool {
    word.len() > 6 && is_size(word)
}

/// an address, maybe with the length of its network's part.
fn is_address(text: &str) -> bool {
    let (address, length) = text.split_once('/').unwrap_or((text, "0"));
    let most = match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    length.parse::<u8>().is_ok_and(|length| length <= most)
}

/// `0`, `0-1`, `0,2-3`.
fn is_cpus(text: &str) -> bool {
    text.split(',').all(|part| {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        matches!((from.parse::<u16>(), to.parse::<u16>()), (Ok(from), Ok(to)) if from <= to)
    })
}

/// `1920x1080`, maybe with a rate.
fn is_size(text: &str) -> bool {
    let size = text.split('@').next().unwrap_or_default();
    let sides = size.split_once(['x', 'X', '×', '*']);
    let number = |side: &str| side.parse::<u16>().is_ok();
    sides
        .is_some_and(|(width, height)| number(width) && number(height.trim_end_matches(['p', 'i'])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_has_the_form_of_its_argument() {
        for (kind, key, good, bad) in [
            (
                "network",
                "address",
                &["10.0.0.5/24", "10.0.0.5", "fe80::1/64"][..],
                &["eth0", "10.0.0/24", "10.0.0.5/999", "the"][..],
            ),
            (
                "network",
                "gateway",
                &["10.0.0.1", "::1"],
                &["router", "10.0.0.1/24", "255.255.255.0"],
            ),
            (
                "cgroup_apply",
                "cpus",
                &["0", "0-1", "0,2-3"],
                &["limit", "-", "1-", "two", "3-1"],
            ),
            (
                "display",
                "mode",
                &["1920x1080", "1280X720@60"],
                &["full", "1920", "x"],
            ),
            ("network", "host", &["router"], &[]),
        ] {
            for text in good {
                assert!(fits(kind, key, &(*text).into()), "{key} {text}");
            }
            for text in bad {
                assert!(!fits(kind, key, &(*text).into()), "{key} {text}");
            }
        }
    }
}
