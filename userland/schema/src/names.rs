//! what a plan may mention besides the person's own words: names that exist on the machine now, and
//! what the conversation was about.

use crate::Action;
use crate::limits::{NAMES_MAX, TURNS_MAX};
use serde::{Deserialize, Serialize};

/// a bounded list of names by kind. files and directories are written the way a person in the
/// working directory would: relative inside it, absolute elsewhere; directories without the final
/// slash.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Names {
    pub units: Vec<String>,
    pub files: Vec<String>,
    pub dirs: Vec<String>,
    pub processes: Vec<String>,
    pub devices: Vec<String>,
    pub interfaces: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub agents: Vec<String>,
    /// earlier turns of this conversation, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub past: Vec<Turn>,
    /// the names that the last result listed, in its order: what "the second one" counts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shown: Vec<String>,
}

/// one turn: what the person said, and the plan that came of it and was run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Turn {
    pub request: String,
    pub actions: Vec<Action>,
}

impl Names {
    /// cuts every list so that all together are at most [`NAMES_MAX`], and keeps the last
    /// [`TURNS_MAX`] turns; says whether any name was cut.
    pub fn bound(&mut self) -> bool {
        let surplus = self.past.len().saturating_sub(TURNS_MAX);
        self.past.drain(..surplus);
        let mut left = NAMES_MAX;
        let mut cut = false;
        for list in [
            &mut self.units,
            &mut self.shown,
            &mut self.files,
            &mut self.dirs,
            &mut self.processes,
            &mut self.devices,
            &mut self.interfaces,
            &mut self.tools,
            &mut self.agents,
        ] {
            cut |= list.len() > left;
            list.truncate(left);
            left -= list.len();
        }
        cut
    }
}
