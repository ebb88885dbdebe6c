//! the main loop: turns what happens into events for the supervisor, and its actions into calls.

/// what the supervisor wants done.
mod act;
/// requests of the executor, and their replies.
mod answer;
/// connections to `init.sock`.
mod clients;
/// what pid 1 and the units had to say.
mod journal;
/// power keys.
mod keys;
/// from an instance to a process.
pub mod launch;
/// what is waited for.
mod poll;

use crate::boot::{Booted, consoles, groups};
use crate::supervisor::{Action, Event, Millis, Power, Spec, Supervisor};
use crate::system::{Priority, System};
use crate::units::Socket;
use clients::{Clients, Heard};
use journal::Journal;
use llm_os_wire::init::Reply;
use poll::{Poll, Source};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
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

/// a third of the watchdog's time, so that two late turns do no harm.
#[derive(Clone, Copy, Debug)]
struct Feeding {
    at: Millis,
    every: Millis,
}

/// everything the loop holds.
pub struct Shell<S> {
    pub system: S,
    booted: Booted,
    core: Supervisor,
    poll: Poll,
    signals: OwnedFd,
    init: Option<UnixListener>,
    keys: Vec<File>,
    /// when the watchdog is fed next, and how often.
    feeding: Option<Feeding>,
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
        let keys = keys::open(&mut system);
        for (number, key) in keys.iter().enumerate() {
            poll.add(key, Source::Key(number))?;
        }
        let every = system
            .start_watchdog()
            .map(|seconds| u64::from(seconds) * 1000 / 3);
        let feeding = every.map(|every| Feeding {
            at: now.saturating_add(every),
            every,
        });
        Ok(Shell {
            keys,
            feeding,
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
        let feeding = self.feeding.map(|feeding| feeding.at);
        let deadlines = [
            self.core.next_deadline(),
            self.clients.next_deadline(),
            feeding,
        ];
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
        if let Some(feeding) = &mut self.feeding
            && feeding.at <= now
        {
            feeding.at = now.saturating_add(feeding.every);
            self.system.feed_watchdog();
        }
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
            Source::Key(key) => {
                if self.keys.get(key).is_some_and(keys::pressed) {
                    self.tell(Event::Power(Power::Poweroff));
                }
            }
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

    /// terminals that get a line when something is to be said.
    pub fn consoles(&self) -> &[String] {
        &self.booted.consoles
    }
}
