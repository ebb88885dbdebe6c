//! `service_control`: starts, stops and looks at services.

use llm_os_schema::{ArgKind, ArgSpec, CapabilitySpec, Risk, ShortForm};

/// what may be done with a unit.
const ACTIONS: [&str; 7] = [
    "start", "stop", "restart", "status", "enable", "disable", "list",
];

pub fn spec() -> CapabilitySpec {
    CapabilitySpec {
        name: "service_control".to_owned(),
        family: "services".to_owned(),
        summary: "starts, stops, restarts, enables, disables, shows or lists services".to_owned(),
        args: vec![
            ArgSpec::always(
                "action",
                ArgKind::choice(&ACTIONS),
                "what to do",
                "what should I do with it: start, stop, restart, status, enable or disable?",
            ),
            ArgSpec::unless(
                "unit",
                ArgKind::Unit,
                "action",
                &["list"],
                "the unit",
                "which service?",
            ),
        ],
        risk: Risk::Change,
        short: vec![ShortForm::new("systemctl", &["action", "unit"]).preset("action", "list")],
        for_model: true,
        available: true,
    }
}
