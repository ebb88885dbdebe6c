//! `system_info`: facts about the machine as it is now.

use llm_os_schema::{ArgKind, ArgSpec, CapabilitySpec, Risk, ShortForm};

/// what may be asked for.
const WHAT: [&str; 9] = [
    "cpu",
    "memory",
    "disk",
    "temperature",
    "uptime",
    "kernel",
    "time",
    "health",
    "all",
];

pub fn spec() -> CapabilitySpec {
    CapabilitySpec {
        name: "system_info".to_owned(),
        family: "facts".to_owned(),
        summary: "says how the machine is: memory, disk, processor, time and more".to_owned(),
        args: vec![ArgSpec::always(
            "what",
            ArgKind::choice(&WHAT),
            "what about the machine",
            "what about the machine: cpu, memory, disk, temperature, uptime, kernel, time, health or all?",
        )],
        risk: Risk::Observe,
        short: vec![
            ShortForm::new("free", &[]).preset("what", "memory"),
            ShortForm::new("df", &[]).preset("what", "disk"),
            ShortForm::new("uptime", &[]).preset("what", "uptime"),
            ShortForm::new("uname", &[]).preset("what", "kernel"),
            ShortForm::new("date", &[]).preset("what", "time"),
            ShortForm::new("lscpu", &[]).preset("what", "cpu"),
            ShortForm::new("sensors", &[]).preset("what", "temperature"),
            ShortForm::new("health", &[]).preset("what", "health"),
        ],
        for_model: true,
        available: true,
    }
}
