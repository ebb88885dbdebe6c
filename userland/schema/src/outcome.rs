//! plan, ask, answer or refuse: the only four things that a model may write.

use crate::Action;
use serde::{Deserialize, Serialize};

/// exactly one of four, as `{"plan":[…]}`, `{"ask":"…"}`, `{"answer":"…"}` or `{"refuse":"…"}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// something should be done.
    Plan(Vec<Action>),
    /// the request lacks what is needed: one targeted question, nothing done.
    Ask(String),
    /// nothing is to be done; never an invented result.
    Answer(String),
    /// it must not be done.
    Refuse(String),
}

impl Outcome {
    /// the outcome's key: `plan`, `ask`, `answer` or `refuse`.
    pub fn kind(&self) -> &'static str {
        match self {
            Outcome::Plan(_) => "plan",
            Outcome::Ask(_) => "ask",
            Outcome::Answer(_) => "answer",
            Outcome::Refuse(_) => "refuse",
        }
    }

    /// the text of an ask, answer or refuse.
    pub fn say(&self) -> Option<&str> {
        match self {
            Outcome::Plan(_) => None,
            Outcome::Ask(text) | Outcome::Answer(text) | Outcome::Refuse(text) => Some(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_exactly_one_outcome() {
        let check = |text: &str, good: bool| {
            assert_eq!(
                serde_json::from_str::<Outcome>(text).is_ok(),
                good,
                "{text}"
            );
        };
        check(r#"{"plan":[]}"#, true);
        check(r#"{"ask":"which file?"}"#, true);
        check(r#"{"ask":"which file?","answer":"no"}"#, false);
        check(r#"{}"#, false);
        check(r#"{"shell":"rm -rf /"}"#, false);
    }
}
