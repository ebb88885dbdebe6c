//! command lines of unix, read as plans by code.
//!
//! who types `rm -r old`, `systemctl restart web` or `echo hi > a.txt` has said exactly what is meant:
//! no model has to guess at it. a line is read only where every word of it is understood; anything
//! else (a pipe, a pattern that a shell would expand, an option not known here, a word of talk) is
//! left to others. a program that no action stands for is run as it was typed, without a shell.

mod files;
mod line;
mod machine;
mod network;
mod options;
mod programs;

use crate::{Action, CapabilityTable};
use line::Command;
use options::Options;

/// the plan that the command line `text` is, in the table's canonical form; `None` for what is not
/// such a line, or not one that is understood to its end.
pub fn read(table: &CapabilityTable, text: &str) -> Option<Vec<Action>> {
    let mut plan = Vec::new();
    for command in line::commands(text)? {
        plan.extend(actions(&command)?);
    }
    if plan.is_empty() || plan.len() > crate::limits::ACTIONS_MAX {
        return None;
    }
    plan.iter()
        .map(|action| table.canonical(action).ok())
        .collect()
}

/// whether `text` is a command line that does something which cannot be looked at again, and is not
/// understood to its end: `apt -s remove vim`, `ls old || rm -r old`. who guesses at the rest of it
/// leaves out what was meant to hold it back.
pub fn is_half_understood(table: &CapabilityTable, text: &str) -> bool {
    const GRAVE: [&str; 16] = [
        "apk",
        "apt",
        "apt-get",
        "dnf",
        "halt",
        "kill",
        "killall",
        "mkfs",
        "pacman",
        "pkill",
        "poweroff",
        "reboot",
        "rm",
        "shutdown",
        "systemctl",
        "yum",
    ];
    let words: Vec<&str> = text.split_whitespace().collect();
    let grave = words.iter().enumerate().any(|(at, word)| {
        let begins = at == 0 || matches!(words[at - 1], "sudo" | "||" | "|" | "&&" | "&" | ";");
        let name = word.rsplit('/').next().unwrap_or(word);
        begins && (GRAVE.contains(&name) || name.starts_with("mkfs."))
    });
    let shell = |word: &&str| {
        matches!(*word, "||" | "|" | "&") || (word.starts_with('-') && word.len() > 1)
    };
    grave
        && words.iter().any(shell)
        && !words.iter().any(|word| options::is_talk(word))
        && read(table, text).is_none()
}

/// the actions that one command is.
fn actions(command: &Command) -> Option<Vec<Action>> {
    let known = [files::read, machine::read, network::read];
    match known.iter().find_map(|read| read(command)) {
        Some(_) if command.redirect.is_some() && command.name() != "echo" => None,
        Some(actions) => Some(match &command.cwd {
            Some(dir) => actions
                .into_iter()
                .map(|action| inside(dir, action))
                .collect(),
            None => actions,
        }),
        None if OWN.contains(&command.name()) => None,
        None => programs::read(command).map(|action| vec![action]),
    }
}

/// commands that actions stand for: a line of theirs that is not understood is not run as it is.
const OWN: [&str; 31] = [
    "apk",
    "apt",
    "apt-get",
    "aptitude",
    "chmod",
    "cp",
    "dnf",
    "halt",
    "hostnamectl",
    "ifconfig",
    "ip",
    "kill",
    "killall",
    "mkfs",
    "mkswap",
    "mount",
    "mv",
    "nmcli",
    "pacman",
    "pkill",
    "poweroff",
    "reboot",
    "renice",
    "rm",
    "service",
    "shutdown",
    "su",
    "systemctl",
    "timedatectl",
    "umount",
    "yum",
];

/// the same with its relative paths taken from `dir`.
fn inside(dir: &str, mut action: Action) -> Action {
    for key in ["path", "from", "to"] {
        if let Some(path) = action.text(key).filter(|path| !path.starts_with('/')) {
            let path = match path {
                "." => dir.to_owned(),
                path => format!("{}/{path}", dir.trim_end_matches('/')),
            };
            action.args.insert(key.to_owned(), path.into());
        }
    }
    action
}

/// one action for each operand.
fn each(kind: &str, key: &str, operands: &[&str]) -> Option<Vec<Action>> {
    let one = |operand: &&str| Action::new(kind).with(key, *operand);
    (!operands.is_empty()).then(|| operands.iter().map(one).collect())
}

/// one action alone.
fn only(action: Action) -> Option<Vec<Action>> {
    Some(vec![action])
}

#[cfg(test)]
mod tests;
