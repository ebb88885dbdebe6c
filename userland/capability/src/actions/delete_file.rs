//! `delete_file`: deletes a file, or a directory with all that is in it.

use llm_os_schema::{ArgKind, ArgSpec, CapabilitySpec, Risk, ShortForm};

pub fn spec() -> CapabilitySpec {
    CapabilitySpec {
        name: "delete_file".to_owned(),
        family: "files".to_owned(),
        summary: "deletes a file, or a directory with all that is in it".to_owned(),
        args: vec![
            ArgSpec::always(
                "path",
                ArgKind::Path,
                "the file or directory to delete",
                "which file should I delete?",
            ),
            ArgSpec::optional(
                "recursive",
                ArgKind::Flag,
                "for a directory: with all that is in it",
            ),
        ],
        risk: Risk::Destroy,
        short: vec![
            ShortForm::new("rm", &["path"])
                .option("-r", "recursive")
                .option("-R", "recursive")
                .option("-rf", "recursive"),
        ],
        for_model: true,
        available: true,
    }
}
