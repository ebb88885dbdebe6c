//! the supervisor: (state, event, now) → actions. no io, no clock, no randomness.
//!
//! read [`Phase`] first: a unit is in exactly one, and what is true of its socket and its process
//! follows from it. the thin shell (`crate::run`) turns the world into [`Event`]s and the returned
//! [`Action`]s into system calls, in their order.

/// when to try again, and when to give up.
mod backoff;
/// what the executor may ask for.
mod command;
/// reboot, power-off, and the way down.
mod ending;
/// one unit's life.
mod life;
/// how a unit is stopped.
mod stop;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

pub use backoff::Restart;
pub use command::Command;
pub use ending::Power;
pub use stop::{Stage, Stop};

use ending::Ending;

/// index into the list that [`Supervisor::new`] was given.
pub type UnitId = usize;
/// milliseconds on the boot clock.
pub type Millis = u64;

/// what the core has to know of an instance.
#[derive(Clone, Debug)]
pub struct Spec {
    pub name: String,
    pub start: crate::units::Start,
    pub restart: Restart,
    pub stop_ms: Millis,
    pub essential: bool,
    pub has_socket: bool,
}

/// where a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// no process, no socket.
    Stopped,
    /// socket held and watched; the first connection starts it.
    Listening,
    /// the shell was told to spawn it and has not answered yet.
    Starting,
    Running {
        pid: u32,
        since: Millis,
    },
    /// ended; its socket is held, connections wait.
    Waiting {
        until: Millis,
    },
    /// on its way out.
    Stopping(Stop),
    /// it does not even die when killed (a process stuck in the kernel); nothing waits for it.
    Stuck {
        pid: u32,
    },
    /// given up: no socket, so that a client is refused instead of hanging. an essential unit is
    /// tried again at long intervals.
    Failed {
        retry: Option<Millis>,
    },
}

/// what comes after a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    Rest,
    Again,
}

/// what happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// the machine is set up. a disabled unit stays stopped unless it is essential.
    Boot {
        disabled: Vec<UnitId>,
    },
    /// someone connected to a watched socket.
    Connection(UnitId),
    /// answers to [`Action::Spawn`].
    Spawned {
        unit: UnitId,
        pid: u32,
    },
    NotSpawned {
        unit: UnitId,
        why: String,
    },
    /// any child, also one that is no unit's.
    Exited {
        pid: u32,
        exit: Exit,
    },
    /// [`Supervisor::next_deadline`] has come.
    Tick,
    /// a reboot or power-off that nobody can refuse: a signal.
    Power(Power),
}

/// how a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Code(i32),
    Signal(i32),
}

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Exit::Code(0) => write!(f, "ended"),
            Exit::Code(code) => write!(f, "ended with code {code}"),
            Exit::Signal(signal) => write!(f, "was ended by signal {signal}"),
        }
    }
}

/// what to do, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    OpenSocket(UnitId),
    CloseSocket(UnitId),
    /// report connections from now on, or no more.
    Watch(UnitId, bool),
    /// answered by `Spawned` or `NotSpawned` before any other event.
    Spawn(UnitId),
    /// SIGTERM to the main process.
    Terminate {
        unit: UnitId,
        pid: u32,
    },
    /// SIGKILL to everything in the unit's cgroup.
    KillGroup(UnitId),
    /// a line on every console and in the log.
    Say(String),
    /// a line in the log.
    Log(String),
    /// every unit is down: take the machine down.
    Finish(Power),
}

/// one unit's state.
#[derive(Clone, Debug)]
struct Unit {
    spec: Spec,
    phase: Phase,
    /// failures in a row.
    failures: u32,
    starts: u32,
}

/// all units, and whether the machine is going down.
#[derive(Clone, Debug)]
pub struct Supervisor {
    units: Vec<Unit>,
    ending: Option<Ending>,
}

/// what the executor is told of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    pub phase: Phase,
    pub starts: u32,
}

impl Supervisor {
    /// units in the order of their start; nothing runs yet.
    pub fn new(specs: Vec<Spec>) -> Self {
        let stopped = |spec| Unit {
            spec,
            phase: Phase::Stopped,
            failures: 0,
            starts: 0,
        };
        Supervisor {
            units: specs.into_iter().map(stopped).collect(),
            ending: None,
        }
    }

    /// takes one event; what to do is added to `out`, which the caller keeps, so that nothing is
    /// allocated when nothing happens.
    pub fn step(&mut self, event: Event, now: Millis, out: &mut Vec<Action>) {
        match event {
            Event::Boot { disabled } => self.boot(&disabled, out),
            Event::Connection(unit) => self.connection(unit, out),
            Event::Spawned { unit, pid } => self.spawned(unit, pid, now, out),
            Event::NotSpawned { unit, why } => self.not_spawned(unit, &why, now, out),
            Event::Exited { pid, exit } => self.exited(pid, exit, now, out),
            Event::Tick => self.tick(now, out),
            Event::Power(kind) => self.end(kind, now, out),
        }
        self.go_on_ending(now, out);
    }

    /// when to send [`Event::Tick`]; `None`: nothing waits for a time.
    pub fn next_deadline(&self) -> Option<Millis> {
        let of_unit = |unit: &Unit| match unit.phase {
            Phase::Waiting { until } => Some(until),
            Phase::Stopping(stop) => Some(stop.deadline),
            Phase::Failed { retry } => retry,
            _ => None,
        };
        let planned = self.ending.as_ref().and_then(Ending::deadline);
        self.units.iter().filter_map(of_unit).chain(planned).min()
    }

    /// state and starts of a unit.
    pub fn view(&self, unit: UnitId) -> Option<View> {
        let unit = self.units.get(unit)?;
        Some(View {
            phase: unit.phase,
            starts: unit.starts,
        })
    }
}
