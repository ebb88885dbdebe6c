//! which places an action may touch at all: rules over the text of an absolute path.
//!
//! these are the reasons that a person is given. that they hold is not left to them: the root is
//! read-only, the worker shuts itself in, and reading is done with the operator's own rights.

use std::path::Path;

/// places whose files belong to their owner and may be changed.
const OPEN: [&str; 3] = ["/data", "/tmp", "/run/user"];

/// places inside these that belong to the machine, and why.
const CLOSED: [(&str, &str); 6] = [
    (
        "/data/journal",
        "the journal is written by the executor alone",
    ),
    ("/data/state", "it holds the machine's own state"),
    ("/data/model-cache", "it belongs to the model runner"),
    (
        "/data/library",
        "what was taught is changed with `teach` and `unteach`",
    ),
    (
        "/data/secrets",
        "what is typed or copied here would be in the journal: put a key there from another computer",
    ),
    ("/data/lost+found", "it belongs to the file system"),
];

/// places that are never shown, and why. the kernel keeps others (another user's files) by itself.
const SECRET: [(&str, &str); 7] = [
    ("/data/journal", "the journal is read with `history`"),
    ("/data/secrets", "secrets are used by name and never shown"),
    ("/etc/shadow", "it holds password hashes"),
    ("/proc/kcore", "it is the memory of the whole machine"),
    (
        "/proc/kmsg",
        "reading it takes the lines away: `log` shows them",
    ),
    ("/dev/mem", "it is the memory of the whole machine"),
    (
        "/run/llm-os",
        "the programs' sockets are there and nothing to read",
    ),
];

/// directories that have to stay.
const KEPT: [&str; 6] = [
    "/data",
    "/tmp",
    "/run/user",
    "/data/home",
    "/data/models",
    "/data/home/operator",
];

/// why nothing may be written at `path`, if so.
pub fn write_reason(path: &Path) -> Option<String> {
    if let Some((place, reason)) = CLOSED.iter().find(|(place, _)| path.starts_with(place)) {
        return Some(format!("nothing is changed in {place}: {reason}"));
    }
    if OPEN
        .iter()
        .any(|place| path.starts_with(place) && path != Path::new(place))
    {
        return None;
    }
    let reason = if path.starts_with("/etc") {
        "/etc is made anew at each start: change llm-os.toml instead"
    } else if path.starts_with("/boot") {
        "/boot is mounted read-only: change llm-os.toml on another computer"
    } else if path.starts_with("/proc") || path.starts_with("/sys") || path.starts_with("/dev") {
        "that is a part of the kernel, not a file of yours"
    } else if path.starts_with("/run") {
        "/run belongs to the machine's programs"
    } else {
        "the system itself is read-only and verified: your files go under /data or /tmp"
    };
    Some(reason.to_owned())
}

/// why `path` may not be deleted, if so.
pub fn delete_reason(path: &Path) -> Option<String> {
    if path == Path::new("/") {
        return Some("that is the whole machine".to_owned());
    }
    if KEPT.iter().any(|place| Path::new(place).starts_with(path)) {
        return Some("that directory has to be there: delete what is in it by name".to_owned());
    }
    write_reason(path)
}

/// why `path` may not be read, if so.
pub fn read_reason(path: &Path) -> Option<String> {
    SECRET
        .iter()
        .find(|(place, _)| path.starts_with(place))
        .map(|(place, reason)| format!("{place} is not shown: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_is_for_the_owners_places() {
        let check = |path: &str, allowed: bool| {
            assert_eq!(write_reason(Path::new(path)).is_none(), allowed, "{path}");
        };
        check("/data/home/operator/hello.txt", true);
        check("/data/backup", true);
        check("/tmp/ready.flag", true);
        check("/data", false);
        check("/tmp", false);
        check("/data/journal", false);
        check("/data/journal.txt", true);
        check("/data/journal/journal.log", false);
        check("/data/state/disabled/web", false);
        check("/data/secrets/openai", false);
        check("/etc/hostname", false);
        check("/usr/bin/ls", false);
        check("/sbin/llminit", false);
        check("/proc/sys/kernel/panic", false);
        check("/dev/vda", false);
        check("/run/llm-os/osd.sock", false);
        check("/boot/llm-os.toml", false);
        check("/", false);
        check("/x", false);
    }

    #[test]
    fn what_has_to_stay_stays() {
        let check = |path: &str, allowed: bool| {
            assert_eq!(delete_reason(Path::new(path)).is_none(), allowed, "{path}");
        };
        check("/", false);
        check("/data", false);
        check("/data/home", false);
        check("/data/home/operator", false);
        check("/data/home/operator/x", true);
        check("/data/journal/blobs", false);
        check("/tmp", false);
        check("/tmp/x", true);
        check("/usr", false);
    }

    #[test]
    fn secrets_are_not_read() {
        let check = |path: &str, allowed: bool| {
            assert_eq!(read_reason(Path::new(path)).is_none(), allowed, "{path}");
        };
        check("/data/journal/journal.log", false);
        check("/data/journal.txt", true);
        check("/data/secrets/openai", false);
        check("/etc/shadow", false);
        check("/etc/passwd", true);
        check("/", true);
    }
}
