//! `undo`: takes back what an entry of the journal did.

use llm_os_schema::{ArgKind, ArgSpec, CapabilitySpec, Risk};

pub fn spec() -> CapabilitySpec {
    CapabilitySpec {
        name: "undo".to_owned(),
        family: "history".to_owned(),
        summary: "takes back what an entry of the history did".to_owned(),
        args: vec![ArgSpec::always(
            "id",
            ArgKind::integer(1, i64::MAX, ""),
            "the number of the entry, as `history` shows it",
            "which entry should I take back?",
        )],
        risk: Risk::Change,
        // the shell's own `undo`, `undo 3` and `undo #41` find the number.
        short: vec![],
        for_model: false,
        available: true,
    }
}
