//! what is written down.

use llm_os_schema::Action;
use llm_os_schema::before::{Before, Fingerprint};
use llm_os_schema::result::{Status, StepResult};
use serde::{Deserialize, Serialize};

/// one record. a field that this version does not know is ignored, so that a machine put back to an
/// older version can still read its journal; the checksum covers it all the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// the first of every file.
    Start(Start),
    /// flushed before anything happens.
    Intent(Intent),
    /// flushed before the step runs.
    StepIntent(StepIntent),
    StepOutcome(StepOutcome),
    Outcome(Outcome),
    /// `id` was taken back by `by`.
    Undone {
        id: u64,
        by: u64,
    },
    /// the machine stopped between an intent and its outcome; this is what was found at the next
    /// start.
    Interrupted {
        id: u64,
        after: Vec<Fingerprint>,
    },
    /// what these kept was given up to make room: they cannot be taken back any more.
    Forgotten {
        ids: Vec<u64>,
    },
    /// something was wrong with the journal and this is what was done about it.
    Repair {
        problem: String,
        /// the file that holds what was found.
        set_aside: Option<String>,
        /// false for what a power cut explains.
        alarming: bool,
    },
}

/// where a file of the journal stands in the chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Start {
    pub machine: String,
    pub boot: String,
    /// number of the first entry in this file.
    pub next_id: u64,
    /// the file before this one.
    pub after: Option<String>,
}

/// a plan that is about to run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    pub id: u64,
    /// canonical, paths absolute.
    pub plan: Vec<Action>,
    /// sha-256 of its canonical bytes, hex.
    pub hash: String,
    /// who asked, such as `operator`.
    pub who: String,
    pub uid: u32,
    /// the words of the request.
    pub reason: String,
    /// what was confirmed.
    pub sentences: Vec<String>,
    pub time_unix_s: u64,
    /// the boot's id; times of two boots cannot be compared.
    pub boot: String,
    /// why there is nothing to take back, if there is not.
    pub no_way_back: Option<String>,
}

/// a step that is about to run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepIntent {
    pub id: u64,
    /// from 0.
    pub step: u32,
    pub before: Vec<Before>,
}

/// what a step came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepOutcome {
    pub id: u64,
    pub step: u32,
    pub result: StepResult,
    /// what it left at the places it captured.
    pub after: Vec<Fingerprint>,
}

/// what a plan came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub id: u64,
    pub status: Status,
    /// what the whole plan left at every place that it captured: a later step may have changed what
    /// an earlier one left.
    pub after: Vec<Fingerprint>,
}
