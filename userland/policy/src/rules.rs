//! the owner's file: defaults, rules, and their examples checked.
//!
//! ```toml
//! [defaults]
//! change = "type"
//!
//! [[rule]]
//! name = "keep photos"
//! verdict = "deny"
//! reason = "the photos stay"
//! when = { action = ["delete_file"], arg_begins = { path = ["/data/photos"] } }
//! matches = [{ action = { type = "delete_file", path = "/data/photos/a.jpg" } }]
//! not_matches = [{ action = { type = "delete_file", path = "/data/a.jpg" } }]
//! ```

use crate::judge::{Ask, Verdict};
use crate::rule::{Example, Rule, Word};
use llm_os_schema::Risk;
use serde::Deserialize;
use std::fmt;

/// bytes of the file.
pub const FILE_MAX_BYTES: usize = 256 * 1024;
/// rules in the file.
pub const RULES_MAX: usize = 256;

/// what the owner set, on top of what is compiled in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    defaults: Defaults,
    #[serde(rename = "rule")]
    pub(crate) rules: Vec<Rule>,
}

/// what each risk takes. only here may the owner loosen, and destroying never below a `y`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Defaults {
    observe: Word,
    change: Word,
    destroy: Word,
}

impl Default for Defaults {
    fn default() -> Self {
        Defaults {
            observe: Word::Allow,
            change: Word::Confirm,
            destroy: Word::Type,
        }
    }
}

/// why a file is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyError {
    TooLong,
    TooMany,
    /// not toml, or a key or value that is not known.
    Malformed {
        why: String,
    },
    NoExample {
        rule: String,
        list: &'static str,
    },
    /// an example says otherwise than the rule.
    Example {
        rule: String,
        list: &'static str,
        number: usize,
    },
    /// a default below what is allowed.
    TooLoose,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            PolicyError::TooLong => write!(f, "it is over {FILE_MAX_BYTES} bytes: shorten it"),
            PolicyError::TooMany => write!(f, "it has over {RULES_MAX} rules: join some"),
            PolicyError::Malformed { why } => write!(f, "{}", why.trim_end()),
            PolicyError::NoExample { rule, list } => {
                write!(
                    f,
                    "the rule `{rule}` needs at least one example in `{list}`"
                )
            }
            PolicyError::Example { rule, list, number } => {
                write!(
                    f,
                    "the rule `{rule}` does not do what example {number} of `{list}` says"
                )
            }
            PolicyError::TooLoose => {
                write!(
                    f,
                    "what destroys takes at least `confirm`: `allow` is not possible"
                )
            }
        }
    }
}

impl std::error::Error for PolicyError {}

impl Rules {
    /// reads a file's text and tries every example.
    ///
    /// # Errors
    /// the first thing that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        if text.len() > FILE_MAX_BYTES {
            return Err(PolicyError::TooLong);
        }
        let rules: Rules = toml::from_str(text).map_err(|error| PolicyError::Malformed {
            why: error.to_string(),
        })?;
        if rules.rules.len() > RULES_MAX {
            return Err(PolicyError::TooMany);
        }
        if rules.defaults.destroy == Word::Allow {
            return Err(PolicyError::TooLoose);
        }
        for rule in &rules.rules {
            try_examples(rule, "matches", &rule.matches, true)?;
            try_examples(rule, "not_matches", &rule.not_matches, false)?;
        }
        Ok(rules)
    }

    /// for a machine whose file cannot be read: what it forbade is not known, so a person types for
    /// every change. not a plain no, or a slip in the file would lock its owner out.
    pub fn unreadable() -> Self {
        let defaults = Defaults {
            observe: Word::Allow,
            change: Word::Type,
            destroy: Word::Type,
        };
        Rules {
            defaults,
            rules: Vec::new(),
        }
    }

    /// what `risk` takes when no rule holds.
    pub(crate) fn default_for(&self, risk: Risk) -> Verdict {
        let word = match risk {
            Risk::Observe => self.defaults.observe,
            Risk::Change => self.defaults.change,
            Risk::Destroy => self.defaults.destroy,
            Risk::Forbidden => Word::Deny,
        };
        match word {
            Word::Allow => Verdict::Allow,
            Word::Confirm => Verdict::Confirm(Ask::Yes),
            Word::Type => Verdict::Confirm(Ask::Typed),
            Word::Deny => Verdict::Deny {
                reason: format!("{} is not allowed", risk.word()),
            },
        }
    }
}

fn try_examples(
    rule: &Rule,
    list: &'static str,
    examples: &[Example],
    expect: bool,
) -> Result<(), PolicyError> {
    if examples.is_empty() {
        return Err(PolicyError::NoExample {
            rule: rule.name.clone(),
            list,
        });
    }
    for (index, example) in examples.iter().enumerate() {
        let minute = example.minute_of_day();
        if rule
            .when
            .holds(example.who, &example.action, example.risk, minute)
            != expect
        {
            let rule = rule.name.clone();
            return Err(PolicyError::Example {
                rule,
                list,
                number: index + 1,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Who, judge};
    use llm_os_schema::Action;
    use proptest::prelude::*;

    const FILE: &str = r#"
        [[rule]]
        name = "keep photos"
        verdict = "deny"
        reason = "the photos stay"
        when = { action = ["delete_file"], arg_begins = { path = ["/data/photos"] } }
        matches = [{ action = { type = "delete_file", path = "/data/photos/a.jpg" } }]
        not_matches = [
            { action = { type = "delete_file", path = "/data/photos2" } },
            { action = { type = "read_file", path = "/data/photos/a.jpg" } },
        ]

        [[rule]]
        name = "quiet nights"
        verdict = "type"
        when = { risk = ["change"], between = ["22:00", "06:30"] }
        matches = [{ action = { type = "make_dir", path = "/a" }, at = "23:10" }]
        not_matches = [{ action = { type = "make_dir", path = "/a" }, at = "06:30" }]
    "#;

    fn action(kind: &str, path: &str) -> Action {
        Action::new(kind).with("path", path)
    }

    #[test]
    fn the_strictest_rule_wins() {
        let rules = Rules::parse(FILE).unwrap();
        let check = |kind: &str, path: &str, risk: Risk, minute: u16, expect: Verdict| {
            let got = judge(Who::Operator, &action(kind, path), risk, &rules, minute);
            assert_eq!(got, expect, "{kind} {path}");
        };
        let stay = Verdict::Deny {
            reason: "the photos stay".to_owned(),
        };
        check("delete_file", "/data/photos", Risk::Destroy, 0, stay);
        check(
            "delete_file",
            "/data/x",
            Risk::Destroy,
            0,
            Verdict::Confirm(Ask::Typed),
        );
        check(
            "make_dir",
            "/x",
            Risk::Change,
            23 * 60,
            Verdict::Confirm(Ask::Typed),
        );
        check(
            "make_dir",
            "/x",
            Risk::Change,
            12 * 60,
            Verdict::Confirm(Ask::Yes),
        );
        check("read_file", "/x", Risk::Observe, 0, Verdict::Allow);
    }

    #[test]
    fn a_wrong_file_is_not_taken() {
        let check = |text: &str, expect: &str| {
            let message = Rules::parse(text).unwrap_err().to_string();
            assert!(message.contains(expect), "{message}");
        };
        check("[defaults]\ndestroy = \"allow\"", "at least `confirm`");
        check("[defaults]\nforbidden = \"allow\"", "unknown field");
        check("nonsense", "line 1");
        check(
            &FILE.replace("/data/photos2", "/data/photos/x"),
            "example 1 of `not_matches`",
        );
        check(&FILE.replace("23:10", "12:00"), "`quiet nights`");
        check(&FILE.replace("23:10", "25:00"), "no time of day");
        let bare = "[[rule]]\nname=\"a\"\nverdict=\"deny\"\nmatches=[]\nnot_matches=[]";
        check(bare, "at least one example");
        check(&"#".repeat(FILE_MAX_BYTES + 1), "shorten");
    }

    #[test]
    fn an_unreadable_file_makes_a_person_type() {
        let rules = Rules::unreadable();
        let got = judge(
            Who::Operator,
            &action("make_dir", "/x"),
            Risk::Change,
            &rules,
            0,
        );
        assert_eq!(got, Verdict::Confirm(Ask::Typed));
        let got = judge(
            Who::Operator,
            &action("read_file", "/x"),
            Risk::Observe,
            &rules,
            0,
        );
        assert_eq!(got, Verdict::Allow);
    }

    #[test]
    fn nobody_but_the_operator_and_a_person_as_root_gets_anything() {
        for who in Who::ALL {
            for risk in [Risk::Observe, Risk::Change, Risk::Destroy, Risk::Forbidden] {
                let got = judge(who, &action("read_file", "/x"), risk, &Rules::default(), 0);
                let denied = matches!(got, Verdict::Deny { .. });
                assert_eq!(
                    denied,
                    !who.may_ask() || risk == Risk::Forbidden,
                    "{who} {risk:?}"
                );
            }
        }
    }

    proptest! {
        /// no rule, in whatever place, makes anything looser.
        #[test]
        fn a_rule_only_tightens(word in 0..4_usize, risk in 0..4_usize) {
            let word = ["allow", "confirm", "type", "deny"][word];
            let risk = [Risk::Observe, Risk::Change, Risk::Destroy, Risk::Forbidden][risk];
            let text = format!(
                "[[rule]]\nname='x'\nverdict='{word}'\nwhen={{action=['a']}}\n\
                 matches=[{{action={{type='a'}}}}]\nnot_matches=[{{action={{type='b'}}}}]"
            );
            let rules = Rules::parse(&text).unwrap();
            let with = judge(Who::Operator, &Action::new("a"), risk, &rules, 0);
            let without = judge(Who::Operator, &Action::new("a"), risk, &Rules::default(), 0);
            prop_assert_eq!(without.clone().stricter(with.clone()), with);
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,200}") {
            let _ = Rules::parse(&text);
        }
    }
}
