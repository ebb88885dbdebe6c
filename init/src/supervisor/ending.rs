//! reboot, power-off, and the way down: units stop one after the other, last started first.

use super::life::seconds;
use super::stop::ASKED_MS;
use super::{Action, Millis, Phase, Stage, Stop, Supervisor, Then};

/// what to do with the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    Reboot,
    Poweroff,
}

impl Power {
    pub fn word(self) -> &'static str {
        match self {
            Power::Reboot => "reboot",
            Power::Poweroff => "power-off",
        }
    }
}

/// where the machine is on its way down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// asked for at a time; can be cancelled.
    Planned { kind: Power, at: Millis },
    /// units are being stopped; no way back.
    Stopping { kind: Power },
    /// `Finish` was said.
    Finished,
}

impl Ending {
    pub(super) fn deadline(&self) -> Option<Millis> {
        match self {
            Ending::Planned { at, .. } => Some(*at),
            _ => None,
        }
    }
}

impl Supervisor {
    /// units are being stopped or are all stopped.
    pub(super) fn going_down(&self) -> bool {
        matches!(
            self.ending,
            Some(Ending::Stopping { .. } | Ending::Finished)
        )
    }

    /// plans a way down; a later plan replaces an earlier one.
    pub(super) fn plan(&mut self, kind: Power, delay: Millis, now: Millis, out: &mut Vec<Action>) {
        // once units are being stopped there is no later.
        if self.going_down() {
            return self.end(kind, now, out);
        }
        if delay > 0 {
            let said = format!("{} in {} s", kind.word(), seconds(delay));
            out.push(Action::Say(said));
        }
        let at = now.saturating_add(delay.max(ASKED_MS));
        self.ending = Some(Ending::Planned { kind, at });
    }

    /// forgets a plan; `None` if there was none.
    pub(super) fn cancel(&mut self) -> Option<Power> {
        match self.ending.take() {
            Some(Ending::Planned { kind, .. }) => Some(kind),
            other => {
                self.ending = other;
                None
            }
        }
    }

    /// begins the way down, or changes where it leads.
    pub(super) fn end(&mut self, kind: Power, now: Millis, out: &mut Vec<Action>) {
        match &mut self.ending {
            Some(Ending::Finished) => {}
            Some(Ending::Stopping { kind: old }) => *old = kind,
            _ => {
                out.push(Action::Say(format!("{} now", kind.word())));
                self.ending = Some(Ending::Stopping { kind });
                // whoever has no process is put to rest first, so that nothing starts any more.
                for id in (0..self.units.len()).rev() {
                    match self.units[id].phase {
                        // a stop that has not begun has its turn like the others.
                        Phase::Stopping(Stop {
                            pid,
                            stage: Stage::Asked,
                            ..
                        }) => {
                            self.enter(id, Phase::Running { pid, since: now }, out);
                        }
                        _ if !self.units[id].alive() => {
                            self.stop(id, Then::Rest, false, now, out);
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    pub(super) fn tick_ending(&mut self, now: Millis, out: &mut Vec<Action>) {
        if let Some(Ending::Planned { kind, at }) = self.ending
            && at <= now
        {
            self.end(kind, now, out);
        }
    }

    /// stops the last unit that lives; says `Finish` when none does.
    pub(super) fn go_on_ending(&mut self, now: Millis, out: &mut Vec<Action>) {
        let Some(Ending::Stopping { kind }) = self.ending else {
            return;
        };
        match self.units.iter().rposition(super::Unit::alive) {
            None => {
                self.ending = Some(Ending::Finished);
                out.push(Action::Finish(kind));
            }
            Some(id) => {
                if let Phase::Running { .. } = self.units[id].phase {
                    out.push(Action::Say(format!(
                        "stopping {}",
                        self.units[id].spec.name
                    )));
                    self.stop(id, Then::Rest, false, now, out);
                }
            }
        }
    }
}
