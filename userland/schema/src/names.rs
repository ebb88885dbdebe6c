//! names that exist on the machine now: what a plan may mention besides the person's own words.

use crate::limits::NAMES_MAX;
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
}

impl Names {
    /// cuts every list so that all together are at most [`NAMES_MAX`]; says whether anything was cut.
    pub fn bound(&mut self) -> bool {
        let mut left = NAMES_MAX;
        let mut cut = false;
        for list in [
            &mut self.units,
            &mut self.files,
            &mut self.dirs,
            &mut self.processes,
            &mut self.devices,
            &mut self.interfaces,
        ] {
            cut |= list.len() > left;
            list.truncate(left);
            left -= list.len();
        }
        cut
    }
}
