//! who asks, as the kernel says.

use serde::Deserialize;
use std::fmt;

/// the role of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// the person whose machine it is.
    Operator,
    /// root with a terminal of its own: somebody is there to answer.
    RootConsole,
    /// root without one: a service, which has no business with plans.
    RootService,
    /// the model runner: proposes through the shell, never itself.
    Model,
    /// a program that the executor itself runs in a jail.
    Worker,
    /// anyone else.
    Other,
}

impl Who {
    pub const ALL: [Who; 6] = [
        Who::Operator,
        Who::RootConsole,
        Who::RootService,
        Who::Model,
        Who::Worker,
        Who::Other,
    ];

    /// whether this one may propose and confirm at all.
    pub fn may_ask(self) -> bool {
        matches!(self, Who::Operator | Who::RootConsole)
    }

    /// the word used in rules, in the journal and on screen.
    pub fn word(self) -> &'static str {
        match self {
            Who::Operator => "operator",
            Who::RootConsole => "root_console",
            Who::RootService => "root_service",
            Who::Model => "model",
            Who::Worker => "worker",
            Who::Other => "other",
        }
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.word())
    }
}
