//! one unit's life: the moves between its phases.

use super::backoff::HOT_MS;
use super::{Action, Exit, Millis, Phase, Stop, Supervisor, Then, Unit, UnitId};
use crate::units::Start;

impl Unit {
    /// a process may be there.
    pub(super) fn alive(&self) -> bool {
        matches!(
            self.phase,
            Phase::Starting | Phase::Running { .. } | Phase::Stopping(_)
        )
    }

    fn holds_socket(&self) -> bool {
        self.spec.has_socket && !matches!(self.phase, Phase::Stopped | Phase::Failed { .. })
    }

    /// where a unit goes that is to be up again.
    fn up(&self) -> Phase {
        match self.spec.start {
            Start::Demand => Phase::Listening,
            Start::Boot | Start::Console => Phase::Starting,
        }
    }
}

impl Supervisor {
    /// the only place where a phase changes; what follows from it is done here.
    pub(super) fn enter(&mut self, id: UnitId, phase: Phase, out: &mut Vec<Action>) {
        let Some(unit) = self.units.get_mut(id) else {
            return;
        };
        let (held, watched) = (unit.holds_socket(), unit.phase == Phase::Listening);
        unit.phase = phase;
        if watched && phase != Phase::Listening {
            out.push(Action::Watch(id, false));
        }
        match (held, unit.holds_socket()) {
            (false, true) => out.push(Action::OpenSocket(id)),
            (true, false) => out.push(Action::CloseSocket(id)),
            _ => {}
        }
        if !watched && phase == Phase::Listening {
            out.push(Action::Watch(id, true));
        }
        if phase == Phase::Starting {
            unit.starts = unit.starts.saturating_add(1);
            out.push(Action::Spawn(id));
        }
    }

    /// brings a unit up that has no process: by a start, or by listening.
    pub(super) fn bring_up(&mut self, id: UnitId, out: &mut Vec<Action>) {
        if let Some(phase) = self.units.get(id).map(Unit::up) {
            self.enter(id, phase, out);
        }
    }

    pub(super) fn boot(&mut self, disabled: &[UnitId], out: &mut Vec<Action>) {
        // sockets come first, all of them: whoever starts early waits in a queue, not in a loop.
        let wanted = |id: &UnitId| {
            self.units.get(*id).is_some_and(|unit| unit.spec.essential) || !disabled.contains(id)
        };
        let wanted: Vec<UnitId> = (0..self.units.len()).filter(wanted).collect();
        let mut later = Vec::new();
        for id in wanted {
            let before = out.len();
            self.bring_up(id, out);
            later.extend(out.extract_if(before.., |action| matches!(action, Action::Spawn(_))));
        }
        out.append(&mut later);
    }

    pub(super) fn connection(&mut self, id: UnitId, out: &mut Vec<Action>) {
        let listening = self
            .units
            .get(id)
            .is_some_and(|unit| unit.phase == Phase::Listening);
        if listening && !self.going_down() {
            self.enter(id, Phase::Starting, out);
        }
    }

    pub(super) fn spawned(&mut self, id: UnitId, pid: u32, now: Millis, out: &mut Vec<Action>) {
        if self
            .units
            .get(id)
            .is_some_and(|unit| unit.phase == Phase::Starting)
        {
            self.enter(id, Phase::Running { pid, since: now }, out);
        }
    }

    pub(super) fn not_spawned(
        &mut self,
        id: UnitId,
        why: &str,
        now: Millis,
        out: &mut Vec<Action>,
    ) {
        let Some(unit) = self.units.get(id) else {
            return;
        };
        if unit.phase == Phase::Starting {
            let said = format!("{} does not start: {why}", unit.spec.name);
            self.failed(id, said, 0, now, out);
        }
    }

    pub(super) fn exited(&mut self, pid: u32, exit: Exit, now: Millis, out: &mut Vec<Action>) {
        let owner = |unit: &Unit| match unit.phase {
            Phase::Running { pid: own, .. }
            | Phase::Stopping(Stop { pid: own, .. })
            | Phase::Stuck { pid: own } => own == pid,
            _ => false,
        };
        let Some(id) = self.units.iter().position(owner) else {
            // an orphan that was handed to pid 1: reaping it was all it needed.
            return;
        };
        // what it left behind dies with it.
        out.push(Action::KillGroup(id));
        let unit = &self.units[id];
        let name = &unit.spec.name;
        match unit.phase {
            Phase::Stopping(Stop { then, .. }) => {
                out.push(Action::Log(format!("{name} stopped")));
                match then {
                    Then::Again if !self.going_down() => {
                        self.units[id].failures = 0;
                        self.bring_up(id, out);
                    }
                    _ => self.enter(id, Phase::Stopped, out),
                }
            }
            Phase::Running { since, .. } => {
                let ran = now.saturating_sub(since);
                let said = format!("{name} {exit}");
                // the model runner goes when it is idle, a shell when its person leaves.
                let by_itself = exit == Exit::Code(0) && unit.spec.start != Start::Boot;
                if self.going_down() {
                    self.enter(id, Phase::Stopped, out);
                } else if by_itself && ran >= HOT_MS {
                    out.push(Action::Log(said));
                    self.units[id].failures = 0;
                    self.bring_up(id, out);
                } else {
                    self.failed(id, said, ran, now, out);
                }
            }
            _ => self.enter(id, Phase::Stopped, out),
        }
    }

    /// counts a failure: a wait, or giving up.
    fn failed(
        &mut self,
        id: UnitId,
        said: String,
        ran: Millis,
        now: Millis,
        out: &mut Vec<Action>,
    ) {
        if self.going_down() {
            return self.enter(id, Phase::Stopped, out);
        }
        let unit = &mut self.units[id];
        let rules = unit.spec.restart;
        let steady = ran >= rules.steady_ms;
        unit.failures = if steady {
            1
        } else {
            unit.failures.saturating_add(1)
        };
        if let Some(delay) = rules.delay(unit.failures) {
            out.push(Action::Log(format!(
                "{said}; again in {} s",
                seconds(delay)
            )));
            return self.enter(
                id,
                Phase::Waiting {
                    until: now.saturating_add(delay),
                },
                out,
            );
        }
        let count = unit.failures;
        let retry = rules.retry_ms.map(|delay| now.saturating_add(delay));
        let then = match rules.retry_ms {
            Some(delay) => format!("trying again in {} s", seconds(delay)),
            None => format!("start it with: systemctl start {}", unit.spec.name),
        };
        out.push(Action::Say(format!(
            "{said}, {count} times in a row; given up, {then}"
        )));
        self.enter(id, Phase::Failed { retry }, out);
    }

    pub(super) fn tick(&mut self, now: Millis, out: &mut Vec<Action>) {
        // first, so that a way down that is due lets nothing start.
        self.tick_ending(now, out);
        for id in 0..self.units.len() {
            match self.units[id].phase {
                Phase::Waiting { until } if until <= now => self.bring_up(id, out),
                Phase::Failed { retry: Some(at) } if at <= now => {
                    // one more chance; a failure gives it up again.
                    self.units[id].failures = self.units[id].spec.restart.limit;
                    self.bring_up(id, out);
                }
                Phase::Stopping(stop) if stop.deadline <= now => {
                    self.next_stage(id, stop, now, out)
                }
                _ => {}
            }
        }
    }
}

/// milliseconds for a person: `0.25`, `30`.
pub(super) fn seconds(ms: Millis) -> String {
    let text = format!("{}.{:03}", ms / 1000, ms % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
