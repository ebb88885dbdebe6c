//! what `/proc` says of one process (proc(5)).

/// one process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Process {
    pub pid: u32,
    /// as the kernel has it, at most 15 bytes; a program may call itself anything.
    pub name: String,
    /// one letter: running, sleeping, disk sleep, zombie, …
    pub state: char,
    pub parent: u32,
    /// clock ticks that it ran.
    pub ticks: u64,
    /// clock ticks after the machine's start at which it began.
    pub began: u64,
    pub resident_pages: u64,
}

/// `/proc/PID/stat`. the name stands in brackets and may itself hold brackets and blanks, so the last
/// closing one ends it.
pub(crate) fn stat(text: &str) -> Option<Process> {
    let (pid, rest) = text.split_once(" (")?;
    let (name, rest) = rest.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    // proc(5) counts from 1, and `state` is its third field.
    let number = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
    Some(Process {
        pid: pid.parse().ok()?,
        name: name.to_owned(),
        state: fields.first()?.chars().next()?,
        parent: u32::try_from(number(4)?).ok()?,
        ticks: number(14)?.saturating_add(number(15)?),
        began: number(22)?,
        resident_pages: number(24)?,
    })
}

impl Process {
    /// the kernel's own threads are children of thread 2 and have no program.
    pub fn is_kernel(&self) -> bool {
        self.pid == 2 || self.parent == 2
    }

    /// percent of one processor since it began; one that began just now counts as a second old, or
    /// its first ticks would look like a storm.
    pub fn cpu_percent(&self, uptime_ticks: u64, ticks_per_second: u64) -> f64 {
        let lived = uptime_ticks
            .saturating_sub(self.began)
            .max(ticks_per_second)
            .max(1);
        self.ticks as f64 * 100.0 / lived as f64
    }
}

/// `sleeping`, for the letter.
pub(crate) fn state_word(state: char) -> &'static str {
    match state {
        'R' => "running",
        'S' => "sleeping",
        'D' => "waiting",
        'Z' => "ended",
        'T' | 't' => "stopped",
        'I' => "idle",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_may_hold_brackets() {
        let text = "42 (a) b (c) S 1 42 42 0 -1 4194560 1 2 3 4 50 7 0 0 20 0 1 0 900 1000 25 0\n";
        let process = stat(text).unwrap();
        assert_eq!((process.pid, process.name.as_str()), (42, "a) b (c"));
        assert_eq!((process.state, process.parent), ('S', 1));
        assert_eq!(
            (process.ticks, process.began, process.resident_pages),
            (57, 900, 25)
        );
        assert!((process.cpu_percent(1900, 100) - 5.7).abs() < 1e-9);
        assert!((process.cpu_percent(901, 100) - 57.0).abs() < 1e-9);
        assert_eq!(stat("42 (a S 1"), None);
        assert_eq!(stat(""), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[0-9() a-z-]{0,120}") {
            let _ = stat(&text);
        }
    }
}
