//! programs that no action stands for: run as typed, without a shell.

use super::line::{Command, PLACES, Word};
use super::options::is_talk;
use crate::Action;
use serde_json::{Map, Value};

/// programs whose names begin no sentence.
const PROGRAMS: [&str; 77] = [
    "awk",
    "base64",
    "basename",
    "bzip2",
    "cargo",
    "chgrp",
    "chown",
    "cmake",
    "cmp",
    "crontab",
    "curl",
    "dd",
    "dirname",
    "dmidecode",
    "e2fsck",
    "ethtool",
    "fdisk",
    "fsck",
    "g++",
    "gcc",
    "getent",
    "getfacl",
    "git",
    "gpg",
    "gunzip",
    "gzip",
    "hexdump",
    "hostid",
    "iptables",
    "ip6tables",
    "jq",
    "losetup",
    "ln",
    "lsmod",
    "lsof",
    "lspci",
    "md5sum",
    "mktemp",
    "modprobe",
    "mtr",
    "netstat",
    "nft",
    "nmap",
    "npm",
    "nslookup",
    "npx",
    "openssl",
    "parted",
    "pip",
    "podman",
    "pwd",
    "python3",
    "readlink",
    "realpath",
    "rmdir",
    "rsync",
    "rustc",
    "scp",
    "sed",
    "seq",
    "sha1sum",
    "sha256sum",
    "sha512sum",
    "sqlite3",
    "ss",
    "ssh-keygen",
    "sysctl",
    "tar",
    "tcpdump",
    "traceroute",
    "uniq",
    "unzip",
    "useradd",
    "usermod",
    "wget",
    "xxd",
    "zstd",
];

/// programs whose names are words as well: only with an option behind them.
const ALSO_WORDS: [&str; 24] = [
    "cut", "diff", "dig", "docker", "du", "env", "file", "fold", "go", "join", "make", "node",
    "paste", "patch", "perl", "python", "ruby", "sort", "split", "strings", "tee", "truncate",
    "wc", "zip",
];

/// the program as an `exec`, if the line is one for sure.
pub(super) fn read(command: &Command) -> Option<Action> {
    let name = command.name();
    let path = is_program(command.typed());
    let known = path || PROGRAMS.contains(&name);
    let option = |word: &Word| !word.quoted && word.text.starts_with('-');
    let options = command.args().iter().any(option);
    let sure = known || (options && (command.root || ALSO_WORDS.contains(&name)));
    // what a shell would expand, or put somewhere, is not run without one.
    let expands = |word: &Word| word.is_odd();
    let talk = |word: &Word| {
        !word.quoted && ((is_talk(&word.text) && word.text != "all") || word.text.ends_with(','))
    };
    let strange = command
        .words
        .iter()
        .any(|word| expands(word) || talk(word) || word.text.is_empty());
    if !sure || strange || command.redirect.is_some() {
        return None;
    }
    // a bare name of a program that wants arguments is more often a question.
    if command.args().is_empty() && !(path || command.root) && !ALONE.contains(&name) {
        return None;
    }
    let argv: Vec<&str> = command
        .words
        .iter()
        .map(|word| word.text.as_str())
        .collect();
    let mut action = Action::new("exec").with("argv", argv);
    if let Some(cwd) = &command.cwd {
        action = action.with("cwd", cwd.as_str());
    }
    if !command.env.is_empty() {
        let env: Map<String, Value> = command
            .env
            .iter()
            .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
            .collect();
        action = action.with("env", env);
    }
    Some(if command.root {
        action.with("as_root", true)
    } else {
        action
    })
}

/// a path that can be a program's: a script here, or what lies where programs do.
fn is_program(name: &str) -> bool {
    let place = |place: &&str| {
        name.strip_prefix(*place)
            .is_some_and(|rest| !rest.is_empty())
    };
    let fine = |c: char| c.is_alphanumeric() || "._-+/".contains(c);
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    // a script has a name, not a number.
    let here = name.starts_with("./") && letters > 1;
    name.chars().all(fine) && (here || PLACES.iter().any(place))
}

/// programs that say something by themselves.
const ALONE: [&str; 9] = [
    "dmidecode",
    "id",
    "lsmod",
    "lsof",
    "lspci",
    "netstat",
    "pwd",
    "ss",
    "hostid",
];
