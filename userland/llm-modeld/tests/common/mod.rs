//! what the tests of the text tier share.

#![allow(dead_code)]

pub mod ground;
pub mod tiny;

use llm_os_schema::{CapabilityTable, Names};

/// the golden copy of the capability table.
pub fn table() -> CapabilityTable {
    serde_json::from_str(include_str!("../../../capability/capabilities.json")).unwrap()
}

/// a small world.
pub fn names() -> Names {
    let own = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    Names {
        units: own(&["llm-osd", "web"]),
        files: own(&["notes.md", "größe \"2\".txt"]),
        dirs: own(&["photos", "/data/models"]),
        ..Names::default()
    }
}
