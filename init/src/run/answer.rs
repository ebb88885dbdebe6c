//! what a request comes to: a reply now, and what the supervisor wants done after it.

use super::journal::{Journal, is_called};
use crate::boot::data;
use crate::supervisor::{Action, Command, Millis, Phase, Power, Stop, Supervisor, UnitId};
use crate::system::System;
use crate::units::Instance;
use llm_os_wire::init::{self, Reply, Request, UnitState};

/// lines of the log in one answer.
const LINES_MAX: u32 = 2000;

/// the parts of the main loop that a request may look at and change.
pub struct Asked<'a, S> {
    pub system: &'a mut S,
    pub core: &'a mut Supervisor,
    pub instances: &'a [Instance],
    pub journal: &'a Journal,
    pub now: Millis,
    pub out: &'a mut Vec<Action>,
}

/// answers one request.
pub fn answer<S: System>(request: Request, asked: &mut Asked<S>) -> Reply {
    let result = match request {
        Request::Units => return Reply::Units(units(asked)),
        Request::Log { unit, lines } => {
            let count = lines.min(LINES_MAX) as usize;
            return match asked.journal.last(unit.as_deref(), count) {
                Some((lines, cut)) => Reply::Log { lines, cut },
                None => Reply::Error {
                    message: unknown(&unit.unwrap_or_default()),
                },
            };
        }
        Request::Start { unit } => each(&unit, Command::Start, asked),
        Request::Stop { unit } => each(&unit, Command::Stop, asked),
        Request::Restart { unit } => each(&unit, Command::Restart, asked),
        Request::Power { kind, delay_s } => {
            let kind = match kind {
                init::Power::Reboot => Power::Reboot,
                init::Power::Poweroff => Power::Poweroff,
            };
            let delay_ms = u64::from(delay_s) * 1000;
            asked
                .core
                .command(Command::Power { kind, delay_ms }, asked.now, asked.out)
        }
        Request::CancelPower => asked
            .core
            .command(Command::CancelPower, asked.now, asked.out),
    };
    match result {
        Ok(message) => Reply::Ok { message },
        Err(message) => Reply::Error { message },
    }
}

/// the command for every instance of that name.
fn each<S>(
    name: &str,
    command: fn(UnitId) -> Command,
    asked: &mut Asked<S>,
) -> Result<String, String> {
    let mut said = Vec::new();
    for (id, instance) in asked.instances.iter().enumerate() {
        if is_called(&instance.name, name) {
            said.push(asked.core.command(command(id), asked.now, asked.out)?);
        }
    }
    if said.is_empty() {
        Err(unknown(name))
    } else {
        Ok(said.join("; "))
    }
}

fn unknown(name: &str) -> String {
    let shown: String = name.chars().take(64).flat_map(char::escape_debug).collect();
    format!("there is no unit `{shown}`")
}

fn units<S: System>(asked: &mut Asked<S>) -> Vec<init::Unit> {
    let mut all = Vec::new();
    for (id, instance) in asked.instances.iter().enumerate() {
        let Some(view) = asked.core.view(id) else {
            continue;
        };
        let (state, pid) = match view.phase {
            Phase::Stopped => (UnitState::Stopped, None),
            Phase::Listening => (UnitState::Listening, None),
            Phase::Starting | Phase::Waiting { .. } => (UnitState::Waiting, None),
            Phase::Running { pid, .. } => (UnitState::Running, Some(pid)),
            Phase::Stopping(Stop { pid, .. }) | Phase::Stuck { pid } => {
                (UnitState::Stopping, Some(pid))
            }
            Phase::Failed { .. } => (UnitState::Failed, None),
        };
        all.push(init::Unit {
            name: instance.name.clone(),
            state,
            pid,
            starts: view.starts,
            enabled: instance.unit.essential || !is_disabled(asked.system, instance),
            essential: instance.unit.essential,
            summary: instance.unit.summary.to_owned(),
        });
    }
    all
}

/// whether a marker says that it is not to be started at boot.
pub fn is_disabled<S: System>(system: &mut S, instance: &Instance) -> bool {
    let marked = |system: &mut S, name: &str| {
        system
            .kind(&format!("{}/state/disabled/{name}", data::FOLDER))
            .is_some()
    };
    marked(system, instance.unit.name) || marked(system, &instance.name)
}
