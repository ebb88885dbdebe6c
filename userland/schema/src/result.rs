//! what a step and a plan came to, and how a plan is shown before it runs.

use crate::{Action, Risk};
use serde::{Deserialize, Serialize};

/// one action as the person sees it before it runs, in the executor's own words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepView {
    /// what will be done, one sentence, with absolute paths.
    pub sentence: String,
    pub risk: Risk,
    /// what will be lost, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loses: Option<String>,
    /// what is kept and how to get it back, or that there is no way back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way_back: Option<String>,
}

/// what the executor decided about a proposed plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// it only observes; it is running already.
    Runs,
    /// it was proposed as a dry run; nothing runs.
    Shown,
    /// it waits for the person.
    Confirm {
        /// single use, bound to plan, session, boot, preconditions and expiry.
        token: String,
        challenge: Challenge,
        /// how long the token is good for.
        valid_ms: u64,
    },
    /// it will not be done.
    Refused { reason: String },
}

/// what the person has to answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Challenge {
    /// `y`.
    Yes,
    /// exactly this text.
    Type { text: String },
}

/// how one step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Done,
    Failed,
    Cancelled,
    NotRun,
}

/// how one step ended, with what it has to say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepResult {
    pub status: Status,
    /// one line: what was done, or what failed, why, and what to do.
    pub summary: String,
    /// where the output came from, such as `file /etc/hostname` or `program uname`.
    pub origin: String,
    /// whether output was cut at a limit.
    #[serde(default)]
    pub cut: bool,
    /// the exit code of a program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// what was listed, in its order: what "the second one" counts. files with their whole path,
    /// processes by their number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
}

/// how a plan ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanResult {
    /// the journal's number for it; `None` for what is not journaled (observing).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    pub status: Status,
    pub steps: Vec<StepResult>,
    /// whether `undo` can take back what was done.
    pub undoable: bool,
    /// the next thing to look at after a failure: an observing plan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub next: Vec<Action>,
}

/// one line of `history`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistoryEntry {
    pub id: u64,
    /// seconds since 1970, by the machine's clock at that time.
    pub time_unix_s: u64,
    /// who asked, such as `operator`.
    pub who: String,
    /// the words of the request.
    pub reason: String,
    /// the sentences that were confirmed.
    pub sentences: Vec<String>,
    pub actions: Vec<Action>,
    /// `None`: the machine stopped before the outcome was written.
    pub status: Option<Status>,
    /// the entry that took this one back, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undone_by: Option<u64>,
    pub undoable: bool,
}
