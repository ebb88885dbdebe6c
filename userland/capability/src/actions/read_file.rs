//! `read_file`: shows what is in a file.

use llm_os_schema::{ArgKind, ArgSpec, CapabilitySpec, Risk, ShortForm};

/// bytes that one reading may ask for.
const MAX_BYTES: i64 = 16 * 1024 * 1024;

pub fn spec() -> CapabilitySpec {
    CapabilitySpec {
        name: "read_file".to_owned(),
        family: "files".to_owned(),
        summary: "shows what is in a file".to_owned(),
        args: vec![
            ArgSpec::always(
                "path",
                ArgKind::Path,
                "the file to read",
                "which file should I read?",
            ),
            ArgSpec::optional(
                "max_bytes",
                ArgKind::integer(1, MAX_BYTES, "bytes"),
                "stop after this many bytes",
            ),
        ],
        risk: Risk::Observe,
        short: vec![ShortForm::new("cat", &["path"])],
        for_model: true,
        available: true,
    }
}
