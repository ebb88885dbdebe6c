//! `write_file`: makes a file with the given content, or replaces one.

use llm_os_schema::{ArgKind, ArgSpec, CapabilitySpec, Risk};

pub fn spec() -> CapabilitySpec {
    CapabilitySpec {
        name: "write_file".to_owned(),
        family: "files".to_owned(),
        summary: "makes a file with the given content, or replaces one".to_owned(),
        args: vec![
            ArgSpec::always(
                "path",
                ArgKind::Path,
                "the file to write",
                "which file should I write?",
            ),
            ArgSpec::always(
                "content",
                ArgKind::Text,
                "what will be in it",
                "what should be in it?",
            ),
            ArgSpec::optional(
                "mode",
                ArgKind::Mode,
                "its permissions; 0644 for a new file",
            ),
        ],
        risk: Risk::Change,
        // no short name: `write` begins too many sentences that are meant for the model.
        short: vec![],
        for_model: true,
        available: true,
    }
}
