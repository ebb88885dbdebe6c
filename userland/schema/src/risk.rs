//! what an action may do to the machine. the executor's own table decides it, never a proposer.

use serde::{Deserialize, Serialize};

/// ordered: the risk of a plan is the highest risk of its actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Risk {
    /// reads only; runs at once.
    Observe,
    /// changes the machine and can be taken back; one key to confirm.
    Change,
    /// loses something; confirmed by typing what is asked for.
    Destroy,
    /// refused, with the reason.
    Forbidden,
}

impl Risk {
    /// the word used in json, help and on screen.
    pub fn word(self) -> &'static str {
        match self {
            Risk::Observe => "observe",
            Risk::Change => "change",
            Risk::Destroy => "destroy",
            Risk::Forbidden => "forbidden",
        }
    }
}
