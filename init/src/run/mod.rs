//! the main loop: turns what happens into events for the supervisor, and its actions into calls.

/// requests of the executor, and their replies.
mod answer;
/// connections to `init.sock`.
mod clients;
/// what pid 1 and the units had to say.
mod journal;
/// from an instance to a process.
pub mod launch;
/// what is waited for.
mod poll;

use crate::boot::{Booted, consoles, groups};
use crate::supervisor::{Action, Event, Millis, Phase, Power, Spec, Supervisor, UnitId};
use crate::system::{Priority, Signal, System};
use crate::units::Socket;
use clients::{Clients, Heard};
use journal::Journal;
use llm_os_wire::init::Reply;
use poll::{Poll, Source};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixListener;

/// pid 1's own socket: root alone.
pub const INIT_SOCKET: Socket = Socket {
    path: "/run/llm-os/init.sock",
    mode: 0o600,
    uid: 0,
    gid: 0,
};

/// signals that ask for a way down: SIGINT is ctrl-alt-del; SIGUSR1 is halt, which is power-off here.
const SIGINT: i32 = 2;
const SIGUSR1: i32 = 10;
const SIGUSR2: i32 = 12;
const SIGTERM: i32 = 15;

/// everything the loop holds.
pub struct Shell<S> {
    pub system: S,
    booted: Booted,
    core: Supervisor,
    poll: Poll,
    signals: OwnedFd,
    init: Option<UnixListener>,
    clients: Clients,
    sockets: Vec<Option<OwnedFd>>,
    journal: Journal,
    actions: Vec<Action>,
    sources: Vec<Source>,
    /// whether there are control groups to start services in.
    grouped: bool,
    /// set when every unit is down.
    finish: Option<Power>,
}

impl<S: System> Shell<S> {
    /// a loop that has not started anything.
    ///
    /// # Errors
    /// the kernel gave no epoll descriptor or refused the signals; nothing can be supervised then.
    pub fn new(
        mut system: S,
        signals: OwnedFd,
        booted: Booted,
        init_socket: &Socket,
    ) -> io::Result<Self> {
        let poll = Poll::new()?;
        poll.add(&signals, Source::Signals)?;
        let specs = booted.instances.iter().map(|instance| Spec {
            name: instance.name.clone(),
            start: instance.unit.start,
            restart: instance.unit.restart,
            stop_ms: instance.unit.stop_ms,
            essential: instance.unit.essential,
            has_socket: instance.unit.socket.is_some(),
        });
        let core = Supervisor::new(specs.collect());
        let sockets = booted.instances.iter().map(|_| None).collect();
        let mut journal = Journal::new(booted.instances.iter().map(|one| one.name.clone()));
        let grouped = system.kind(&format!("{}/init", groups::ROOT)).is_some();
        let now = system.now();
        for warning in &booted.warnings {
            journal.note(now, warning);
        }
        let init = system.listen(init_socket).and_then(|socket| {
            let listener = UnixListener::from(socket);
            listener.set_nonblocking(true)?;
            poll.add(&listener, Source::Init)?;
            Ok(listener)
        });
        let init = match init {
            Ok(listener) => Some(listener),
            Err(error) => {
                system.log(Priority::Error, &format!("{}: {error}", init_socket.path));
                None
            }
        };
        Ok(Shell {
            system,
            booted,
            core,
            poll,
            signals,
            init,
            clients: Clients::default(),
            sockets,
            journal,
            actions: Vec::with_capacity(32),
            sources: Vec::with_capacity(32),
            grouped,
            finish: None,
        })
    }

    /// says that the machine is up, and starts what starts at boot.
    pub fn start(&mut self) {
        let now = self.system.now();
        let warnings = std::mem::take(&mut self.booted.warnings);
        for warning in warnings {
            consoles::say(
                &mut self.system,
                &self.booted.consoles,
                &format!("llm-os: {warning}"),
            );
        }
        let ready = format!(
            "llm-os {} (build {}) ready in {}.{:02} s",
            env!("CARGO_PKG_VERSION"),
            self.booted.build,
            now / 1000,
            now % 1000 / 10,
        );
        self.system.log(Priority::Info, &ready);
        self.journal.note(now, &ready);
        consoles::say(&mut self.system, &self.booted.consoles, &ready);
        let mut disabled = Vec::new();
        for (id, instance) in self.booted.instances.iter().enumerate() {
            if answer::is_disabled(&mut self.system, instance) {
                disabled.push(id);
            }
        }
        self.tell(Event::Boot { disabled });
    }

    /// waits for something to happen and deals with it. `Some`: every unit is down, take the machine
    /// down.
    pub fn turn(&mut self) -> Option<Power> {
        let now = self.system.now();
        let deadlines = [self.core.next_deadline(), self.clients.next_deadline()];
        let limit = deadlines
            .into_iter()
            .flatten()
            .min()
            .map(|at| at.saturating_sub(now));
        let mut sources = std::mem::take(&mut self.sources);
        sources.clear();
        if let Err(error) = self.poll.wait(limit, &mut sources) {
            // without it nothing is heard; a pause keeps the loop from spinning.
            self.system
                .log(Priority::Error, &format!("waiting failed: {error}"));
            self.system.pause(1000);
        }
        for source in sources.drain(..) {
            self.hear(source);
        }
        self.sources = sources;
        while let Ok(Some((pid, exit))) = self.system.reap() {
            self.tell(Event::Exited { pid, exit });
        }
        let now = self.system.now();
        if self.core.next_deadline().is_some_and(|at| at <= now) {
            self.tell(Event::Tick);
        }
        self.clients.expire(now);
        self.finish
    }

    fn hear(&mut self, source: Source) {
        match source {
            Source::Signals => {
                while let Ok(Some(signal)) = llm_os_sys::signals::next(&self.signals) {
                    match signal {
                        SIGINT | SIGTERM => self.tell(Event::Power(Power::Reboot)),
                        SIGUSR1 | SIGUSR2 => self.tell(Event::Power(Power::Poweroff)),
                        // a dead child is reaped in every turn.
                        _ => {}
                    }
                }
            }
            Source::Init => {
                let now = self.system.now();
                let slot = self
                    .init
                    .as_ref()
                    .and_then(|init| self.clients.accept(init, now));
                if let Some(slot) = slot
                    && let Some(stream) = self.clients.stream(slot)
                    && self.poll.add(stream, Source::Client(slot)).is_err()
                {
                    self.clients.close(slot);
                }
            }
            Source::Client(slot) => self.hear_client(slot),
            Source::Socket(unit) => self.tell(Event::Connection(unit)),
            Source::Output(unit) => {
                let now = self.system.now();
                self.journal.read(unit, now);
            }
        }
    }

    fn hear_client(&mut self, slot: usize) {
        let request = match self.clients.hear(slot) {
            Heard::Nothing => return,
            Heard::Bad(None) => return self.clients.close(slot),
            Heard::Bad(Some(message)) => {
                return self.clients.answer(slot, &Reply::Error { message });
            }
            Heard::Request(request) => request,
        };
        let now = self.system.now();
        let mut asked = answer::Asked {
            system: &mut self.system,
            core: &mut self.core,
            instances: &self.booted.instances,
            journal: &self.journal,
            now,
            out: &mut self.actions,
        };
        let reply = answer::answer(request, &mut asked);
        // before the actions: one of them may be the end of whoever asked.
        self.clients.answer(slot, &reply);
        self.act();
    }

    fn tell(&mut self, event: Event) {
        let now = self.system.now();
        self.core.step(event, now, &mut self.actions);
        self.act();
    }

    /// does what the supervisor wants, and tells it how starts went, until nothing is left.
    fn act(&mut self) {
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
        if let (Err(_), Some(Phase::Stopping { pid, .. })) = (killed, phase) {
            let _ = self.system.signal(pid, Signal::Kill);
        }
    }

    /// terminals that get a line when something is to be said.
    pub fn consoles(&self) -> &[String] {
        &self.booted.consoles
    }
}
