//! `make_dir`: makes a directory, and the ones above it where they are missing.

use llm_os_schema::{ArgKind, ArgSpec, CapabilitySpec, Risk, ShortForm};

pub fn spec() -> CapabilitySpec {
    CapabilitySpec {
        name: "make_dir".to_owned(),
        family: "files".to_owned(),
        summary: "makes a directory, and the ones above it where they are missing".to_owned(),
        args: vec![ArgSpec::always(
            "path",
            ArgKind::Path,
            "the directory to make",
            "what should the directory be called?",
        )],
        risk: Risk::Change,
        short: vec![ShortForm::new("mkdir", &["path"])],
        for_model: true,
        available: true,
    }
}
