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

/// the actions that one command is.
fn actions(command: &Command) -> Option<Vec<Action>> {
    let known = [files::read, machine::read, network::read];
    match known.iter().find_map(|read| read(command)) {
        Some(_) if command.redirect.is_some() && command.name() != "echo" => None,
        Some(actions) => Some(actions),
        None => programs::read(command).map(|action| vec![action]),
    }
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
