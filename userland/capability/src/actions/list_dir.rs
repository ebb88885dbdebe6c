//! `list_dir`: lists what is in a directory.

use llm_os_schema::{ArgKind, ArgSpec, CapabilitySpec, Risk, ShortForm};

pub fn spec() -> CapabilitySpec {
    CapabilitySpec {
        name: "list_dir".to_owned(),
        family: "files".to_owned(),
        summary: "lists what is in a directory".to_owned(),
        args: vec![ArgSpec::always(
            "path",
            ArgKind::Path,
            "the directory to list",
            "which directory should I list?",
        )],
        risk: Risk::Observe,
        short: vec![ShortForm::new("ls", &["path"]).preset("path", ".")],
        for_model: true,
        available: true,
    }
}
