//! how a unit is stopped: it is asked, then ended.

use super::{Action, Millis, Phase, Supervisor, Then, UnitId};

/// from a request to its effect: whoever asked, the executor itself perhaps, gets the answer out and
/// writes down how it went before anything ends.
pub const ASKED_MS: Millis = 500;
/// after SIGKILL a process is gone within this, or it is stuck in the kernel.
const KILL_MS: Millis = 2000;

/// a stop under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    pub pid: u32,
    pub stage: Stage,
    /// when the next stage comes.
    pub deadline: Millis,
    pub then: Then,
}

/// how far a stop is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// a client asked for it; nothing was done yet.
    Asked,
    /// SIGTERM was sent.
    Terminated,
    /// its cgroup was killed.
    Killed,
}

impl Supervisor {
    /// ends a unit now; `soon`: when the asker has its answer.
    pub(super) fn stop(
        &mut self,
        id: UnitId,
        then: Then,
        soon: bool,
        now: Millis,
        out: &mut Vec<Action>,
    ) {
        let Some(unit) = self.units.get(id) else {
            return;
        };
        match unit.phase {
            Phase::Running { pid, .. } => {
                let deadline = now.saturating_add(ASKED_MS);
                let stop = Stop {
                    pid,
                    stage: Stage::Asked,
                    deadline,
                    then,
                };
                match soon {
                    true => self.enter(id, Phase::Stopping(stop), out),
                    false => self.next_stage(id, stop, now, out),
                }
            }
            // the stages go on as they were; only what comes after them changes.
            Phase::Stopping(stop) => self.enter(id, Phase::Stopping(Stop { then, ..stop }), out),
            Phase::Stuck { .. } | Phase::Starting => {}
            _ if then == Then::Again => self.bring_up(id, out),
            _ => self.enter(id, Phase::Stopped, out),
        }
    }

    /// the stage's time is over and the process is still there.
    pub(super) fn next_stage(
        &mut self,
        id: UnitId,
        stop: Stop,
        now: Millis,
        out: &mut Vec<Action>,
    ) {
        let Some(unit) = self.units.get(id) else {
            return;
        };
        let (name, pid) = (&unit.spec.name, stop.pid);
        let (stage, limit) = match stop.stage {
            Stage::Asked => {
                out.push(Action::Terminate { unit: id, pid });
                (Stage::Terminated, unit.spec.stop_ms)
            }
            Stage::Terminated => {
                out.push(Action::Log(format!("{name} does not stop; it is killed")));
                out.push(Action::KillGroup(id));
                (Stage::Killed, KILL_MS)
            }
            Stage::Killed => {
                out.push(Action::Say(format!(
                    "{name} cannot be killed (process {pid})"
                )));
                return self.enter(id, Phase::Stuck { pid }, out);
            }
        };
        let deadline = now.saturating_add(limit);
        self.enter(
            id,
            Phase::Stopping(Stop {
                stage,
                deadline,
                ..stop
            }),
            out,
        );
    }
}
