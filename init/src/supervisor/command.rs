//! what the executor may ask for; the answer is a sentence either way.

use super::{Action, Millis, Phase, Power, Stop, Supervisor, Then, UnitId};

/// a request that changes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    Start(UnitId),
    Stop(UnitId),
    Restart(UnitId),
    Power { kind: Power, delay_ms: Millis },
    CancelPower,
}

impl Supervisor {
    /// does it, or says why not.
    ///
    /// # Errors
    /// one sentence for the person.
    pub fn command(
        &mut self,
        command: Command,
        now: Millis,
        out: &mut Vec<Action>,
    ) -> Result<String, String> {
        if self.going_down() && !matches!(command, Command::Power { .. }) {
            return Err("the machine is going down".to_owned());
        }
        let answer = match command {
            Command::Start(id) => self.start_asked(id, out),
            Command::Stop(id) => self.stop_asked(id, now, out),
            Command::Restart(id) => {
                let name = self.name(id)?;
                if let Phase::Stuck { pid } = self.units[id].phase {
                    return Err(format!("{name} cannot restart: process {pid} does not die"));
                }
                self.units[id].failures = 0;
                self.stop(id, Then::Again, true, now, out);
                Ok(format!("{name} is restarting"))
            }
            Command::Power { kind, delay_ms } => {
                self.plan(kind, delay_ms, now, out);
                Ok(format!("{} is under way", kind.word()))
            }
            Command::CancelPower => match self.cancel() {
                Some(kind) => {
                    out.push(Action::Say(format!("{} cancelled", kind.word())));
                    Ok(format!("{} cancelled", kind.word()))
                }
                None => Err("no reboot or power-off is planned".to_owned()),
            },
        };
        self.go_on_ending(now, out);
        answer
    }

    fn start_asked(&mut self, id: UnitId, out: &mut Vec<Action>) -> Result<String, String> {
        let name = self.name(id)?;
        let unit = &mut self.units[id];
        match unit.phase {
            Phase::Running { .. } | Phase::Starting => Ok(format!("{name} is running already")),
            Phase::Listening => Ok(format!("{name} is ready; its first request starts it")),
            Phase::Stuck { pid } => Err(format!("{name} cannot start: process {pid} does not die")),
            Phase::Stopping(stop) => {
                unit.phase = Phase::Stopping(Stop {
                    then: Then::Again,
                    ..stop
                });
                Ok(format!("{name} is stopping and will start again"))
            }
            Phase::Stopped | Phase::Waiting { .. } | Phase::Failed { .. } => {
                unit.failures = 0;
                self.bring_up(id, out);
                Ok(format!("{name} is started"))
            }
        }
    }

    fn stop_asked(
        &mut self,
        id: UnitId,
        now: Millis,
        out: &mut Vec<Action>,
    ) -> Result<String, String> {
        let name = self.name(id)?;
        let unit = &self.units[id];
        if unit.spec.essential {
            return Err(format!(
                "{name} is essential: it can be restarted, not stopped"
            ));
        }
        if unit.phase == Phase::Stopped {
            return Ok(format!("{name} is stopped already"));
        }
        self.stop(id, Then::Rest, true, now, out);
        Ok(format!("{name} is stopping"))
    }

    fn name(&self, id: UnitId) -> Result<String, String> {
        let unit = self.units.get(id).ok_or("there is no such unit")?;
        Ok(unit.spec.name.clone())
    }
}
