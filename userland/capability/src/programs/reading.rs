//! the reviewed list of programs that only read: `data/reading.json`.
//!
//! being on it spares the person a question, nothing more: such a program runs with the operator's
//! rights in a jail that can write nowhere. each rule carries examples that a test checks.

use serde::Deserialize;
use std::sync::OnceLock;

/// one program that only reads, unless its arguments say otherwise.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    /// its name in the constant search path.
    program: String,
    /// why it only reads, for the reviewer.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "read by the reviewer and by a test")
    )]
    reason: String,
    /// long options that make it write; a shortened one counts too.
    #[serde(default)]
    refuse: Vec<String>,
    /// letters of short options that make it write.
    #[serde(default)]
    refuse_letters: String,
    /// operands that it may have, where more would be written to.
    operands_max: Option<usize>,
    /// what every operand has to begin with.
    #[serde(default)]
    operands_begin: String,
    /// argument lists that it holds for.
    #[cfg_attr(not(test), expect(dead_code, reason = "examples, checked by a test"))]
    matches: Vec<Vec<String>>,
    /// argument lists that it does not hold for.
    #[cfg_attr(not(test), expect(dead_code, reason = "examples, checked by a test"))]
    not_matches: Vec<Vec<String>>,
}

/// whether the program `name` with these arguments only reads.
pub(crate) fn only_reads(name: &str, arguments: &[String]) -> bool {
    rules()
        .iter()
        .any(|rule| rule.program == name && rule.holds(arguments))
}

fn rules() -> &'static [Rule] {
    static RULES: OnceLock<Vec<Rule>> = OnceLock::new();
    // a list that cannot be read spares nobody a question; a test keeps it readable.
    RULES.get_or_init(|| {
        serde_json::from_str(include_str!("../../data/reading.json")).unwrap_or_default()
    })
}

impl Rule {
    fn holds(&self, arguments: &[String]) -> bool {
        let mut operands = 0;
        let mut only_operands = false;
        for argument in arguments {
            let good = match argument.as_str() {
                "--" if !only_operands => {
                    only_operands = true;
                    true
                }
                long if !only_operands && long.starts_with("--") => self.allows_long(long),
                short if !only_operands && short.len() > 1 && short.starts_with('-') => !short
                    .chars()
                    .any(|letter| self.refuse_letters.contains(letter)),
                operand => {
                    operands += 1;
                    operand.starts_with(&self.operands_begin)
                }
            };
            if !good {
                return false;
            }
        }
        self.operands_max.is_none_or(|most| operands <= most)
    }

    fn allows_long(&self, argument: &str) -> bool {
        let name = argument.split('=').next().unwrap_or(argument);
        !self
            .refuse
            .iter()
            .any(|bad| bad.starts_with(name) || name.starts_with(bad.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_keeps_its_own_word() {
        assert!(rules().len() > 20);
        for rule in rules() {
            assert!(!rule.reason.is_empty(), "{}", rule.program);
            assert!(
                !rule.matches.is_empty() && !rule.not_matches.is_empty(),
                "{}",
                rule.program
            );
            for argv in &rule.matches {
                assert!(
                    only_reads(&argv[0], &argv[1..]),
                    "{argv:?} should only read"
                );
            }
            for argv in &rule.not_matches {
                assert!(
                    !only_reads(&argv[0], &argv[1..]),
                    "{argv:?} should not count as reading"
                );
            }
        }
    }

    #[test]
    fn what_starts_other_programs_is_not_there() {
        for program in [
            "env",
            "xargs",
            "sh",
            "bash",
            "timeout",
            "nohup",
            "nice",
            "find",
            "awk",
            "tee",
            "dd",
            "sed",
            "chroot",
            "stdbuf",
            "split",
            "coreutils",
            "busybox",
            "python3",
        ] {
            assert!(!only_reads(program, &[]), "{program}");
        }
    }
}
