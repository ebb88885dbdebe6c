//! what the supervisor wants done, done.

use super::poll::Source;
use super::{Shell, launch};
use crate::boot::{consoles, groups};
use crate::supervisor::{Action, Event, Millis, Phase, Stop, UnitId};
use crate::system::{Priority, Signal, System};
use std::io;
use std::os::fd::AsFd;

impl<S: System> Shell<S> {
    /// does what the supervisor wants, and tells it how starts went, until nothing is left.
    pub(super) fn act(&mut self) {
        while !self.actions.is_empty() {
            let mut actions = std::mem::take(&mut self.actions);
            for action in actions.drain(..) {
                self.one(action);
            }
            // the room is kept for the next time.
            actions.append(&mut self.actions);
            self.actions = actions;
        }
    }

    fn one(&mut self, action: Action) {
        let now = self.system.now();
        match action {
            Action::OpenSocket(unit) => self.open_socket(unit),
            Action::CloseSocket(unit) => self.sockets[unit] = None,
            Action::Watch(unit, watch) => self.watch(unit, watch),
            Action::Spawn(unit) => self.spawn(unit),
            Action::Terminate { unit, pid } => {
                let name = &self.booted.instances[unit].name;
                let sent = self.system.signal(pid, Signal::Terminate);
                self.system
                    .log(Priority::Info, &format!("SIGTERM to {name}: {sent:?}"));
            }
            Action::KillGroup(unit) => self.kill_group(unit, now),
            Action::Say(text) => {
                self.system.log(Priority::Warning, &text);
                self.journal.note(now, &text);
                let line = format!("llm-os: {text}");
                consoles::say(&mut self.system, &self.booted.consoles, &line);
            }
            Action::Log(text) => self.note(now, &text),
            Action::Finish(power) => self.finish = Some(power),
        }
    }

    fn note(&mut self, now: Millis, text: &str) {
        self.system.log(Priority::Info, text);
        self.journal.note(now, text);
    }

    fn open_socket(&mut self, unit: UnitId) {
        let instance = &self.booted.instances[unit];
        let Some(socket) = &instance.unit.socket else {
            return;
        };
        match self.system.listen(socket) {
            Ok(fd) => self.sockets[unit] = Some(fd),
            Err(error) => {
                let text = format!("{}: {} is not there: {error}", instance.name, socket.path);
                self.note(self.system.now(), &text);
            }
        }
    }

    fn watch(&mut self, unit: UnitId, watch: bool) {
        let Some(fd) = self.sockets[unit].as_ref() else {
            return;
        };
        let done = match watch {
            true => self.poll.add(fd, Source::Socket(unit)),
            false => self.poll.remove(fd),
        };
        if let Err(error) = done {
            let text = format!("a socket cannot be watched: {error}");
            self.note(self.system.now(), &text);
        }
    }

    fn spawn(&mut self, unit: UnitId) {
        let instance = &self.booted.instances[unit];
        let socket = self.sockets[unit].as_ref();
        let launched = launch::launch(instance, socket, &self.booted.settings, self.grouped);
        let name = instance.name.clone();
        let now = self.system.now();
        let event = match launched {
            Ok(launched) => {
                let pid = launched.pid;
                if let Some(output) = launched.output {
                    let heard = self.poll.add(output.as_fd(), Source::Output(unit));
                    if heard.is_ok() {
                        self.journal.attach(unit, output);
                    }
                }
                self.note(now, &format!("{name} started, process {pid}"));
                Event::Spawned { unit, pid }
            }
            Err(error) => Event::NotSpawned {
                unit,
                why: error.to_string(),
            },
        };
        self.core.step(event, now, &mut self.actions);
    }

    fn kill_group(&mut self, unit: UnitId, now: Millis) {
        // what it wrote last is still in the pipe.
        self.journal.read(unit, now);
        let instance = &self.booted.instances[unit];
        let killed = match self.grouped {
            true => self.system.write(&groups::kill_file(instance), "1"),
            false => Err(io::Error::from(io::ErrorKind::NotFound)),
        };
        let phase = self.core.view(unit).map(|view| view.phase);
        if let (Err(_), Some(Phase::Stopping(Stop { pid, .. }))) = (killed, phase) {
            let _ = self.system.signal(pid, Signal::Kill);
        }
    }
}
