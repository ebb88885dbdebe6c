//! the executor and its worker in the jail: one job on the worker's stdin, events on its stdout.

use crate::executor::Stream;
use llm_os_schema::Action;
use llm_os_schema::before::{Before, Fingerprint};
use llm_os_schema::result::StepResult;
use serde::{Deserialize, Serialize};

/// what the worker is to do; the only frame it is ever sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// canonical, paths absolute.
    pub action: Action,
    /// owner of new files, and who programs run as.
    pub uid: u32,
    pub gid: u32,
    /// the operator's working directory, absolute.
    pub cwd: String,
    /// bytes of output after which the rest is dropped and the result says `cut`.
    pub output_max_bytes: u64,
    pub timeout_ms: u64,
    /// what was confirmed to be so (`Assessment::preconditions`): the worker looks again as the last
    /// thing before the effect, and does nothing where it is no longer so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expect: Vec<Fingerprint>,
    /// for `undo` alone: what to put back, last change first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restore: Vec<Before>,
    /// for `undo` alone: the folder of kept contents, absolute.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub blobs: String,
}

/// from the worker: any number of `Output`, then one `Done`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Event {
    /// utf-8 with every invalid byte written as `\xNN`.
    Output {
        stream: Stream,
        text: String,
    },
    Done(StepResult),
}
