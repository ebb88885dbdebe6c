//! `append_file`: adds text at the end of a file.

use llm_os_schema::{ArgKind, ArgSpec, CapabilitySpec, Risk};

pub fn spec() -> CapabilitySpec {
    CapabilitySpec {
        name: "append_file".to_owned(),
        family: "files".to_owned(),
        summary: "adds a line or more at the end of a file".to_owned(),
        args: vec![
            ArgSpec::always(
                "path",
                ArgKind::Path,
                "the file to add to",
                "which file should I add it to?",
            ),
            ArgSpec::always(
                "content",
                ArgKind::Text,
                "what is added, as a line of its own",
                "what should I add?",
            ),
        ],
        risk: Risk::Change,
        short: vec![],
        for_model: true,
        available: true,
    }
}
