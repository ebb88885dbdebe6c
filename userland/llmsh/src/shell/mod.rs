//! the thin shell around the session: brings events in, carries effects out.

/// finding the services and sending to them.
mod reach;

use crate::builtin;
use crate::interrupt::Interrupts;
use crate::link::{Link, readable};
use crate::session::tiers::{Tier, Tiers};
use crate::session::{Code, Effect, Event, Options, Session, Want};
use crate::terminal::editor::{Edited, Editor};
use crate::terminal::plain::{Input, Lines};
use crate::terminal::say::Mouth;
use crate::terminal::{self, Kind};
use std::collections::VecDeque;
use std::io;
use std::os::fd::BorrowedFd;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// where the services listen.
#[derive(Clone, Debug)]
pub struct Sockets {
    pub executor: PathBuf,
    pub model: PathBuf,
    pub big: PathBuf,
    pub remote: PathBuf,
}

/// one shell.
pub struct Shell {
    session: Session,
    sockets: Sockets,
    executor: Option<Link>,
    /// whether the last search for the executor ended without finding it.
    away: bool,
    /// one at a time, whoever it is to.
    model: Option<(Tier, Link)>,
    /// when the time of the model under way is over.
    late: Option<Instant>,
    interrupts: Interrupts,
    kind: Kind,
    mouth: Mouth,
    lines: Lines,
    editor: Option<Editor>,
    events: VecDeque<Event>,
}

/// what is set in the environment.
#[derive(Clone, Debug, Default)]
pub struct Setting {
    pub term: Option<String>,
    pub no_colour: bool,
    /// where the history of typed lines is kept.
    pub history: Option<PathBuf>,
    /// the models that there are.
    pub tiers: Tiers,
}

impl Shell {
    /// # Errors
    /// when the process may not have the few descriptors it needs.
    pub fn new(sockets: Sockets, options: Options, setting: Setting) -> io::Result<Self> {
        let kind = if options.one_line {
            Kind::Plain
        } else {
            terminal::kind(setting.term.as_deref())
        };
        let editor = (kind == Kind::Editing)
            .then(|| Editor::new(sockets.executor.clone(), setting.history))
            .flatten();
        let kind = if editor.is_some() { kind } else { Kind::Plain };
        Ok(Shell {
            session: Session::with_tiers(options, setting.tiers),
            sockets,
            executor: None,
            away: false,
            model: None,
            late: None,
            interrupts: Interrupts::listen()?,
            kind,
            mouth: Mouth::new(kind, options, setting.no_colour),
            lines: Lines::default(),
            editor,
            events: VecDeque::new(),
        })
    }

    /// runs until the person leaves, or until `line`, if there is one, is done.
    ///
    /// # Errors
    /// when the terminal or pipe is gone.
    pub fn run(mut self, line: Option<String>) -> io::Result<Code> {
        // the banner comes with the first welcome; without one the prompt comes all the same.
        let one_line = line.is_some();
        self.meet()?;
        if let Some(line) = line {
            self.events.push_back(Event::Line(line));
        }
        loop {
            while let Some(event) = self.events.pop_front() {
                for effect in self.session.step(event) {
                    self.carry_out(effect)?;
                }
            }
            match self.session.wants() {
                Want::Exit(code) => return Ok(if one_line { code } else { Code::Done }),
                Want::Line if one_line => return Ok(self.session.code()),
                Want::Line => self.read_line()?,
                Want::Answer(question) => self.read_answer(&question)?,
                Want::Reply => self.wait(),
            }
        }
    }

    fn read_line(&mut self) -> io::Result<()> {
        self.interrupts.take();
        let event = match &mut self.editor {
            Some(editor) => {
                let (cwd, home) = (self.session.cwd(), self.session.home());
                let prompt = self.session.prompt();
                match editor.next(prompt, self.session.table(), cwd, home) {
                    Edited::Line(line) => Event::Line(line),
                    Edited::Interrupt => Event::Interrupt,
                    Edited::Eof => Event::Eof,
                }
            }
            None => {
                self.mouth.prompt(self.session.prompt())?;
                match self.lines.next(&[self.interrupts.fd()]) {
                    Input::Line(line) => Event::Line(line),
                    Input::Eof => {
                        self.mouth.prompt("\n")?;
                        Event::Eof
                    }
                    Input::Other(_) => {
                        self.interrupts.take();
                        self.mouth.prompt("\n")?;
                        Event::Interrupt
                    }
                }
            }
        };
        // what happened while the person was typing comes first.
        self.receive(Some(Duration::ZERO));
        if let Event::Line(line) = &event
            && !line.trim().is_empty()
            && !builtin::parse(line).is_some_and(|builtin| builtin.is_local())
        {
            self.meet()?;
        }
        self.events.push_back(event);
        Ok(())
    }

    fn read_answer(&mut self, question: &str) -> io::Result<()> {
        self.lines.forget_typed_ahead();
        self.mouth.ask(question)?;
        let mut others = vec![self.interrupts.fd()];
        others.extend(self.executor.iter().map(Link::fd));
        let event = match self.lines.next(&others) {
            Input::Line(line) => Event::Line(line),
            Input::Eof => Event::Eof,
            Input::Other(0) => {
                self.interrupts.take();
                self.mouth.ask("\n")?;
                Event::Interrupt
            }
            Input::Other(_) => {
                self.receive(Some(Duration::ZERO));
                return Ok(());
            }
        };
        self.events.push_back(event);
        Ok(())
    }

    /// waits for a message or ^c.
    fn wait(&mut self) {
        // nothing to wait for: the state would never end.
        if self.executor.is_none() && self.session.needs_executor() {
            self.events.push_back(Event::ExecutorLost);
        } else if self.model.is_none() && !self.session.needs_executor() {
            self.events.push_back(Event::ModelLost);
        } else {
            let late = self.late.filter(|_| !self.session.needs_executor());
            let left = late.map(|late| late.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                self.late = None;
                self.events.push_back(Event::ModelLate);
            } else {
                self.receive(left);
            }
        }
    }

    /// takes in what has come; waits for it at most `longest`.
    fn receive(&mut self, longest: Option<Duration>) {
        let mut fds: Vec<BorrowedFd> = vec![self.interrupts.fd()];
        fds.extend(self.executor.iter().map(Link::fd));
        fds.extend(self.model.iter().map(|(_, link)| link.fd()));
        let mut ready = readable(&fds, longest).into_iter();
        let interrupted = ready.next() == Some(true);
        let executor = self.executor.is_some() && ready.next() == Some(true);
        let model = self.model.is_some() && ready.next() == Some(true);
        if interrupted && self.interrupts.take() {
            self.events.push_back(Event::Interrupt);
        }
        if executor && let Some(link) = &mut self.executor {
            let received = link.receive();
            self.events
                .extend(received.messages.into_iter().map(Event::Executor));
            if received.ended {
                self.executor = None;
                self.events.push_back(Event::ExecutorLost);
            }
        }
        if model && let Some((_, link)) = &mut self.model {
            let received = link.receive();
            self.events
                .extend(received.messages.into_iter().map(Event::Model));
            if received.ended {
                self.model = None;
                self.events.push_back(Event::ModelLost);
            }
        }
    }

    fn carry_out(&mut self, effect: Effect) -> io::Result<()> {
        match effect {
            Effect::Say(voice, text) => self.mouth.say(voice, &text)?,
            Effect::Json(value) => self.mouth.json(&value)?,
            Effect::ClearScreen => self.mouth.clear(self.kind)?,
            Effect::ExecutorHangUp => self.executor = None,
            Effect::ModelHangUp => self.model = None,
            Effect::Executor(request) => self.send_to_executor(&request),
            Effect::Model(tier, request) => self.send_to_model(tier, &request),
        }
        Ok(())
    }
}
