//! `file_info`: says what a file is: kind, size, owner, permissions, times.

use llm_os_schema::{ArgKind, ArgSpec, CapabilitySpec, Risk, ShortForm};

pub fn spec() -> CapabilitySpec {
    CapabilitySpec {
        name: "file_info".to_owned(),
        family: "files".to_owned(),
        summary: "says what a file is: kind, size, owner, permissions, when it changed".to_owned(),
        args: vec![ArgSpec::always(
            "path",
            ArgKind::Path,
            "the file or directory to look at",
            "which file should I look at?",
        )],
        risk: Risk::Observe,
        short: vec![ShortForm::new("stat", &["path"])],
        for_model: true,
        available: true,
    }
}
