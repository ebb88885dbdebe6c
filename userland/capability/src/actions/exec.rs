//! `exec`: runs a program by its argument list, never through a shell.

use llm_os_schema::{ArgKind, ArgSpec, CapabilitySpec, Risk, ShortForm};

/// seconds that a program may be given.
const TIMEOUT_MAX_SEC: i64 = 3600;

pub fn spec() -> CapabilitySpec {
    CapabilitySpec {
        name: "exec".to_owned(),
        family: "commands".to_owned(),
        summary: "runs a program with its arguments; no shell".to_owned(),
        args: vec![
            ArgSpec::always(
                "argv",
                ArgKind::Argv,
                "the program and its arguments",
                "which program should I run?",
            ),
            ArgSpec::optional("cwd", ArgKind::Path, "the directory to run it in"),
            ArgSpec::optional("env", ArgKind::Env, "environment variables to add"),
            ArgSpec::optional(
                "timeout_sec",
                ArgKind::integer(1, TIMEOUT_MAX_SEC, "seconds"),
                "end it after this many seconds; 60 if not given",
            ),
            ArgSpec::optional(
                "as_root",
                ArgKind::Flag,
                "run it as root, not as the operator",
            ),
        ],
        risk: Risk::Destroy,
        short: vec![
            ShortForm::new("run", &["argv"]),
            ShortForm::new("sudo", &["argv"]).preset("as_root", true),
        ],
        for_model: true,
        available: true,
    }
}
