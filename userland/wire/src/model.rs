//! a client and the model runner, over `/run/llm-os/model.sock`.
//!
//! one request at a time per connection: `Ask` is answered by any number of `Progress` and then one
//! `Outcome` or `Error`. `Cancel`, or closing the connection, stops the generation; anything else
//! that is sent before the answer does so too, and is dropped. of the requests of several
//! connections those of people come first, each kind in the order of arrival; some that wait at the
//! same time are answered together.

use llm_os_schema::{CapabilityTable, Names, Outcome};
use serde::{Deserialize, Serialize};

/// from a client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    Ask {
        /// the person's words, at most `limits::REQUEST_MAX_BYTES`.
        request: String,
        /// names that exist on the machine.
        names: Box<Names>,
        table: CapabilityTable,
        /// nobody waits for the answer: it gives way to those that a person waits for.
        #[serde(default)]
        background: bool,
    },
    Cancel,
}

/// from the model runner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Reply {
    Progress {
        stage: Stage,
    },
    Outcome {
        outcome: Outcome,
        /// which model wrote it, such as `embedded` or a file's name.
        model: String,
        /// symbols or tokens written.
        tokens: u32,
        /// from request to outcome, milliseconds.
        ms: f64,
        /// 0 to 1: how often outcomes like this one are right, for the embedded model; the mean
        /// probability of its tokens for others.
        confidence: f64,
        /// the same was asked in the same state before, so no model was needed this time.
        #[serde(default)]
        remembered: bool,
    },
    /// one sentence: what, where, what to do.
    Error {
        message: String,
    },
}

/// what the runner is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// the process has just started and maps the model.
    Waking,
    Thinking,
}
