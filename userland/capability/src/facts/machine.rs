//! what `/proc` says of the whole machine (proc(5)).

/// bytes of memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Memory {
    pub total: u64,
    /// what a new program could have: free, and what the kernel would give up.
    pub available: u64,
    /// held by programs and the kernel; without the page cache.
    pub used: u64,
    /// copies of files that are given up when memory is needed.
    pub cache: u64,
}

/// `/proc/meminfo`; `None` if it lacks what is needed.
pub(crate) fn memory(text: &str) -> Option<Memory> {
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        let kib: u64 = line
            .strip_prefix(':')?
            .split_whitespace()
            .next()?
            .parse()
            .ok()?;
        kib.checked_mul(1024)
    };
    let (total, free) = (field("MemTotal")?, field("MemFree")?);
    let cache = field("Cached")?
        .saturating_add(field("Buffers").unwrap_or(0))
        .saturating_add(field("SReclaimable").unwrap_or(0));
    Some(Memory {
        total,
        available: field("MemAvailable")?,
        used: total.saturating_sub(free).saturating_sub(cache),
        cache,
    })
}

/// the mean number of processes that wanted to run, over 1, 5 and 15 minutes: `/proc/loadavg`.
pub(crate) fn load(text: &str) -> Option<[f64; 3]> {
    let mut parts = text.split_whitespace().map(|part| part.parse().ok());
    Some([parts.next()??, parts.next()??, parts.next()??])
}

/// whole seconds since the machine started: `/proc/uptime`.
pub(crate) fn uptime_s(text: &str) -> Option<u64> {
    text.split(['.', ' ']).next()?.parse().ok()
}

/// how many processors there are, and what they call themselves: `/proc/cpuinfo`.
pub(crate) fn cpu(text: &str) -> (usize, Option<&str>) {
    let field = |line: &'static str| {
        move |text: &&str| text.split(':').next().is_some_and(|key| key.trim() == line)
    };
    let count = text.lines().filter(field("processor")).count();
    let value = |line: &'static str| {
        let found = text.lines().find(field(line))?;
        found
            .split_once(':')
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    };
    // arm names the board, and the processor by numbers alone.
    (count, value("model name").or_else(|| value("Model")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MEMINFO: &str = "MemTotal:         983040 kB\nMemFree:          800000 kB\n\
        MemAvailable:     831488 kB\nBuffers:            1024 kB\nCached:            83712 kB\n\
        SwapCached:            0 kB\nSReclaimable:          0 kB\n";

    #[test]
    fn memory_is_read() {
        let memory = memory(MEMINFO).unwrap();
        assert_eq!(memory.total, 960 << 20);
        assert_eq!(memory.available, 812 << 20);
        assert_eq!(memory.used, 96 << 20);
        assert_eq!(super::memory("MemTotal: 5 kB\n"), None);
        assert_eq!(super::memory("MemTotal: x kB\n"), None);
    }

    #[test]
    fn load_and_uptime_are_read() {
        assert_eq!(load("0.52 0.30 0.11 1/66 204\n"), Some([0.52, 0.30, 0.11]));
        assert_eq!(load("0.52"), None);
        assert_eq!(uptime_s("350735.47 234388.90\n"), Some(350_735));
        assert_eq!(uptime_s(""), None);
    }

    #[test]
    fn processors_are_counted_and_named() {
        let text =
            "processor\t: 0\nmodel name\t: QEMU CPU\n\nprocessor\t: 1\nmodel name\t: QEMU CPU\n";
        assert_eq!(cpu(text), (2, Some("QEMU CPU")));
        let arm = "processor\t: 0\nCPU part\t: 0xd08\n\nModel\t\t: Raspberry Pi 4\n";
        assert_eq!(cpu(arm), (1, Some("Raspberry Pi 4")));
        assert_eq!(cpu(""), (0, None));
    }

    proptest! {
        #[test]
        fn no_text_makes_a_parser_panic(text in "[A-Za-z: 0-9.\n]{0,200}") {
            let _ = (memory(&text), load(&text), uptime_s(&text), cpu(&text));
        }
    }
}
