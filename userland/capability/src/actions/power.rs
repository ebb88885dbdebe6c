//! `power`: restarts the machine, turns it off, or empties it.

use llm_os_schema::{ArgKind, ArgSpec, CapabilitySpec, Risk, ShortForm};

/// what may be done with the machine.
const ACTIONS: [&str; 4] = ["reboot", "poweroff", "factory_reset", "cancel"];
/// seconds that it may be put off: one day.
const DELAY_MAX_SEC: i64 = 86_400;

pub fn spec() -> CapabilitySpec {
    CapabilitySpec {
        name: "power".to_owned(),
        family: "machine".to_owned(),
        summary: "reboots the machine, turns it off, or puts it back as it was delivered"
            .to_owned(),
        args: vec![
            ArgSpec::always(
                "action",
                ArgKind::choice(&ACTIONS),
                "what to do; cancel calls off one that was put off",
                "should I reboot the machine or turn it off?",
            ),
            ArgSpec::optional(
                "delay_sec",
                ArgKind::integer(0, DELAY_MAX_SEC, "seconds"),
                "wait this many seconds; at once if not given",
            ),
        ],
        risk: Risk::Destroy,
        short: vec![
            ShortForm::new("reboot", &[]).preset("action", "reboot"),
            ShortForm::new("poweroff", &[]).preset("action", "poweroff"),
            ShortForm::new("shutdown", &[]).preset("action", "poweroff"),
        ],
        for_model: true,
        available: true,
    }
}
