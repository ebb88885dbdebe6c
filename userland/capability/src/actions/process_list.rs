//! `process_list`: lists what is running.

use llm_os_schema::{ArgKind, ArgSpec, CapabilitySpec, Risk, ShortForm};

/// what a list may be sorted by.
const SORT: [&str; 4] = ["cpu", "memory", "pid", "name"];
/// processes in one list.
const LIMIT_MAX: i64 = 1000;

pub fn spec() -> CapabilitySpec {
    CapabilitySpec {
        name: "process_list".to_owned(),
        family: "facts".to_owned(),
        summary: "lists what is running".to_owned(),
        args: vec![
            ArgSpec::optional(
                "sort",
                ArgKind::choice(&SORT),
                "what comes first; pid if not given",
            ),
            ArgSpec::optional(
                "limit",
                ArgKind::integer(1, LIMIT_MAX, "processes"),
                "how many to show at most; all if not given",
            ),
        ],
        risk: Risk::Observe,
        short: vec![
            ShortForm::new("ps", &[]),
            ShortForm::new("top", &[])
                .preset("sort", "cpu")
                .preset("limit", 10),
        ],
        for_model: true,
        available: true,
    }
}
