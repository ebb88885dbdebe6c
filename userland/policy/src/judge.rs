//! the judgement itself.

use crate::rules::Rules;
use crate::who::Who;
use llm_os_schema::{Action, Risk};

/// what a confirmation has to be. ordered: typing is the stricter one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ask {
    Yes,
    /// the text that the capability names.
    Typed,
}

/// what is to be done about one action. ordered by strictness but for the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Allow,
    Confirm(Ask),
    Deny { reason: String },
}

impl Verdict {
    fn strictness(&self) -> u8 {
        match self {
            Verdict::Allow => 0,
            Verdict::Confirm(Ask::Yes) => 1,
            Verdict::Confirm(Ask::Typed) => 2,
            Verdict::Deny { .. } => 3,
        }
    }

    /// the stricter of two; the first where they are the same.
    #[must_use]
    pub fn stricter(self, other: Verdict) -> Verdict {
        if other.strictness() > self.strictness() {
            other
        } else {
            self
        }
    }
}

/// the verdict on one action with its paths absolute. `minute_of_day` is 0 to 1439 of the machine's
/// own time.
pub fn judge(who: Who, action: &Action, risk: Risk, rules: &Rules, minute_of_day: u16) -> Verdict {
    if !who.may_ask() {
        let reason = format!("only the operator may ask for this, and this is `{who}`");
        return Verdict::Deny { reason };
    }
    rules
        .rules
        .iter()
        .filter(|rule| rule.when.holds(who, action, risk, minute_of_day))
        .map(|rule| rule.verdict())
        .fold(rules.default_for(risk), Verdict::stricter)
}
