//! a client and the executor, over `/run/llm-os/osd.sock`.
//!
//! who the client is, the kernel says (peer credentials); no message carries it. one plan at a time
//! per connection, and one pending confirmation: a newer `Propose`, `Undo`, `Redo` or `Replay` makes
//! an older token void.
//!
//! | request | answered by |
//! |---|---|
//! | `Propose`, `Undo`, `Redo`, `Replay` | one `Proposal` or one `Error`; when its verdict is `Runs`, then a run |
//! | `Confirm` | a run; or a new `Proposal` when what the plan would meet changed since it was shown (nothing ran, the old token is spent, the new one stands in the new proposal); or `Error` when the token is not good or the answer was wrong (nothing ran, and the token is spent unless it was never this connection's) |
//! | `Decline` | one `Done` with `not_run` everywhere and no id; `Error` when the token is not good |
//! | `Cancel` | nothing of its own: the run under way ends early with its `Done`; without a run it has no effect |
//! | anything else | exactly one message |
//!
//! a run is any number of `Output` and one `StepDone` for each step that was begun, in the order of
//! the steps, and then exactly one `Done`. requests sent during a run, but for `Cancel`, wait for its
//! end. closing the connection cancels its run.

use llm_os_schema::result::{HistoryEntry, PlanResult, StepResult, StepView, Verdict};
use llm_os_schema::{Action, CapabilityTable, Names, Risk};
use serde::{Deserialize, Serialize};

/// version of this conversation.
pub const PROTOCOL: u32 = 1;

/// from a client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// has to come first.
    Hello {
        protocol: u32,
    },
    Ping,
    /// names that exist now, as seen from `cwd` (absolute).
    Names {
        cwd: String,
    },
    Propose {
        plan: Vec<Action>,
        /// absolute; relative paths in the plan are joined to it.
        cwd: String,
        /// the person's words, journaled as the reason; no effect, not hashed.
        reason: String,
        /// show it and run nothing.
        dry_run: bool,
    },
    /// `answer` is what the person typed.
    Confirm {
        token: String,
        answer: String,
    },
    Decline {
        token: String,
    },
    Cancel,
    Undo {
        which: Which,
        dry_run: bool,
    },
    Redo,
    History {
        limit: u32,
    },
    Show {
        id: u64,
    },
    /// the entry's plan again, as a dry run: answered by `Proposal`.
    Replay {
        id: u64,
    },
    AuditVerify,
}

/// which journal entries to take back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    /// the last this many that are not undone yet, newest first.
    Last(u32),
    /// this one.
    Id(u64),
}

/// from the executor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Reply {
    Welcome {
        protocol: u32,
        build: String,
        /// who the kernel says the client is, such as `operator`.
        who: String,
        /// the client's home, absolute.
        home: String,
        table: CapabilityTable,
    },
    Pong,
    Names(Names),
    Proposal {
        steps: Vec<StepView>,
        risk: Risk,
        /// sha-256 of the canonical plan, hex.
        hash: String,
        verdict: Verdict,
    },
    /// a piece of a step's output, utf-8 with every invalid byte already written as `\xNN`; control
    /// characters are the reader's to escape.
    Output {
        step: u32,
        stream: Stream,
        text: String,
    },
    StepDone {
        step: u32,
        result: StepResult,
    },
    Done(PlanResult),
    History(Vec<HistoryEntry>),
    Entry(HistoryEntry),
    Audit {
        intact: bool,
        records: u64,
        message: String,
    },
    /// one sentence: what, where, what to do. the connection goes on.
    Error {
        message: String,
    },
}

/// where a piece of output came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    Out,
    Err,
}
