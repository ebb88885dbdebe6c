//! linux capabilities by their names (capabilities(7)).

use linux_raw_sys::general as raw;

/// names and numbers of those that anything here keeps.
const NAMES: [(&str, u32); 14] = [
    ("CAP_CHOWN", raw::CAP_CHOWN),
    ("CAP_DAC_OVERRIDE", raw::CAP_DAC_OVERRIDE),
    ("CAP_DAC_READ_SEARCH", raw::CAP_DAC_READ_SEARCH),
    ("CAP_FOWNER", raw::CAP_FOWNER),
    ("CAP_KILL", raw::CAP_KILL),
    ("CAP_SETGID", raw::CAP_SETGID),
    ("CAP_SETUID", raw::CAP_SETUID),
    ("CAP_NET_BIND_SERVICE", raw::CAP_NET_BIND_SERVICE),
    ("CAP_NET_ADMIN", raw::CAP_NET_ADMIN),
    ("CAP_NET_RAW", raw::CAP_NET_RAW),
    ("CAP_SYS_ADMIN", raw::CAP_SYS_ADMIN),
    ("CAP_SYS_NICE", raw::CAP_SYS_NICE),
    ("CAP_SYS_TIME", raw::CAP_SYS_TIME),
    ("CAP_SYSLOG", raw::CAP_SYSLOG),
];

/// the set with bit n for each named capability n; `None` if a name is not known.
pub fn mask<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<u64> {
    let mut mask = 0;
    for name in names {
        let (_, number) = NAMES.iter().find(|(known, _)| *known == name)?;
        mask |= 1 << number;
    }
    Some(mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_bits() {
        assert_eq!(mask([]), Some(0));
        assert_eq!(mask(["CAP_CHOWN", "CAP_FOWNER"]), Some(0b1001));
        assert_eq!(mask(["CAP_CHOWN", "chown"]), None);
    }
}
