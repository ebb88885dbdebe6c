//! `read_log`: shows the last lines that the machine's services wrote.

use llm_os_schema::{ArgKind, ArgSpec, CapabilitySpec, Risk, ShortForm};

/// lines in one answer.
const LINES_MAX: i64 = 10_000;

pub fn spec() -> CapabilitySpec {
    CapabilitySpec {
        name: "read_log".to_owned(),
        family: "facts".to_owned(),
        summary: "shows the last lines that a service, or every service, wrote".to_owned(),
        args: vec![
            ArgSpec::optional("unit", ArgKind::Unit, "the unit; every unit if not given"),
            ArgSpec::optional(
                "lines",
                ArgKind::integer(1, LINES_MAX, "lines"),
                "how many lines; 40 if not given",
            ),
        ],
        risk: Risk::Observe,
        short: vec![
            ShortForm::new("log", &["unit"]).option("-n", "lines"),
            ShortForm::new("journalctl", &[])
                .option("-u", "unit")
                .option("-n", "lines"),
            ShortForm::new("dmesg", &[]),
        ],
        for_model: true,
        available: true,
    }
}
