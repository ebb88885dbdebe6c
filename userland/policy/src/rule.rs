//! one rule: when it holds, and what it says.

use crate::judge::{Ask, Verdict};
use crate::who::Who;
use llm_os_schema::{Action, Risk};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// one rule of the owner's file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// what messages call it.
    pub name: String,
    pub verdict: Word,
    /// shown when it denies.
    #[serde(default)]
    pub reason: String,
    #[serde(default)]
    pub when: When,
    /// actions that it has to hold for; at least one.
    pub matches: Vec<Example>,
    /// actions that it must not hold for; at least one.
    pub not_matches: Vec<Example>,
}

/// what a rule may say, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    Allow,
    /// `y`.
    Confirm,
    /// typing the text that the capability names.
    Type,
    Deny,
}

/// everything that is given has to be so; a rule without any of it holds always.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct When {
    /// any of these.
    pub who: Vec<Who>,
    /// any of these types.
    pub action: Vec<String>,
    /// any of these.
    pub risk: Vec<Risk>,
    /// every argument that is named has to begin with one of its texts; a path on whole components.
    pub arg_begins: BTreeMap<String, Vec<String>>,
    /// from and until, such as `["22:00", "06:30"]`; may go past midnight.
    pub between: Option<(Clock, Clock)>,
}

/// a time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Clock {
    minute_of_day: u16,
}

/// one action for which a rule is tried when it is loaded.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    pub action: Action,
    #[serde(default = "operator")]
    pub who: Who,
    #[serde(default = "change")]
    pub risk: Risk,
    #[serde(default)]
    pub at: Option<Clock>,
}

impl Rule {
    pub fn verdict(&self) -> Verdict {
        match self.verdict {
            Word::Allow => Verdict::Allow,
            Word::Confirm => Verdict::Confirm(Ask::Yes),
            Word::Type => Verdict::Confirm(Ask::Typed),
            Word::Deny if self.reason.is_empty() => Verdict::Deny {
                reason: format!("the rule `{}` forbids it", self.name),
            },
            Word::Deny => Verdict::Deny {
                reason: self.reason.clone(),
            },
        }
    }
}

impl When {
    /// whether a rule with this condition holds.
    pub fn holds(&self, who: Who, action: &Action, risk: Risk, minute_of_day: u16) -> bool {
        is_one(&self.who, &who)
            && is_one(&self.action, &action.kind)
            && is_one(&self.risk, &risk)
            && self.arg_begins.iter().all(|(key, texts)| {
                action
                    .args
                    .get(key)
                    .and_then(first_text)
                    .is_some_and(|value| texts.iter().any(|text| begins(value, text)))
            })
            && self.between.is_none_or(|(from, until)| {
                let (from, until) = (from.minute_of_day, until.minute_of_day);
                if from <= until {
                    (from..until).contains(&minute_of_day)
                } else {
                    minute_of_day >= from || minute_of_day < until
                }
            })
    }
}

/// an empty list means any.
fn is_one<T: PartialEq>(list: &[T], value: &T) -> bool {
    list.is_empty() || list.contains(value)
}

/// a text, or the program of an argv.
fn first_text(value: &Value) -> Option<&str> {
    value
        .as_str()
        .or_else(|| value.as_array()?.first()?.as_str())
}

/// `/etc` begins `/etc` and `/etc/x` but not `/etcetera`; other texts by their letters.
fn begins(value: &str, text: &str) -> bool {
    match value.strip_prefix(text) {
        Some(rest) if text.starts_with('/') => {
            rest.is_empty() || text.ends_with('/') || rest.starts_with('/')
        }
        Some(_) => true,
        None => false,
    }
}

impl Example {
    pub fn minute_of_day(&self) -> u16 {
        self.at.map_or(12 * 60, |clock| clock.minute_of_day)
    }
}

impl TryFrom<String> for Clock {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parse = || {
            let (hour, minute) = text.split_once(':')?;
            let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
            (hour < 24 && minute < 60).then_some(Clock {
                minute_of_day: hour * 60 + minute,
            })
        };
        parse().ok_or_else(|| format!("`{}` is no time of day such as 22:30", text.escape_debug()))
    }
}

fn operator() -> Who {
    Who::Operator
}

fn change() -> Risk {
    Risk::Change
}
