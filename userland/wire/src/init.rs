//! the executor and pid 1, over `/run/llm-os/init.sock` (root only).
//!
//! one request, one reply, then the connection is closed: pid 1 keeps no state for a client.

use serde::{Deserialize, Serialize};

/// from the executor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// every unit.
    Units,
    Start {
        unit: String,
    },
    Stop {
        unit: String,
    },
    Restart {
        unit: String,
    },
    /// the last `lines` lines of a unit's output, or of every unit's and the supervisor's own.
    Log {
        unit: Option<String>,
        lines: u32,
    },
    /// `delay_s` 0 is at once; a later request replaces an earlier one.
    Power {
        kind: Power,
        delay_s: u32,
    },
    CancelPower,
}

/// what to do with the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Power {
    Reboot,
    Poweroff,
}

/// from pid 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Reply {
    Units(Vec<Unit>),
    Log {
        lines: Vec<String>,
        cut: bool,
    },
    /// it is under way or done.
    Ok {
        message: String,
    },
    Error {
        message: String,
    },
}

/// one unit as the supervisor sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    pub name: String,
    pub state: UnitState,
    pub pid: Option<u32>,
    /// starts since boot.
    pub starts: u32,
    /// whether it is started at boot (no `disabled` marker).
    pub enabled: bool,
    /// whether it may be stopped: the executor and the shells may only be restarted.
    pub essential: bool,
    pub summary: String,
}

/// where a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitState {
    /// its socket is held; the first connection starts it.
    Listening,
    Running,
    /// ended and waiting for its back-off.
    Waiting,
    Stopping,
    Stopped,
    /// kept dying and was given up.
    Failed,
}
