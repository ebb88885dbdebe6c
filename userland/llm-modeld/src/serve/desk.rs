//! all clients, and whose turn it is.

use super::line::Line;
use super::queue::{Queue, Waiting};
use crate::ModelError;
use crate::model::{Ask, Written};
use crate::remembered::{Key, Remembered};
use llm_os_schema::{CapabilityTable, Names};
use llm_os_sys::inherited;
use llm_os_wire::frame::FrameError;
use llm_os_wire::model::{Reply, Request, Stage};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io;
use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};

/// connections held at once; the next one waits in the socket's backlog.
const CLIENTS_MAX: usize = 16;

/// whoever writes outcomes: the model, or what stands for one in a test.
pub trait Thinker {
    /// one outcome for one request.
    ///
    /// # Errors
    /// one sentence why there is none; `Cancelled` after `watch` said to stop.
    fn think(&mut self, ask: Ask<'_>, watch: &mut dyn Watch) -> Result<Written, ModelError>;

    /// the model's name.
    fn name(&self) -> &str;
}

/// what goes on outside while a thinker thinks.
pub trait Watch {
    /// tells the client what is going on.
    ///
    /// # Errors
    /// `Cancelled`: one that is not there any more wants nothing.
    fn stage(&mut self, stage: Stage) -> Result<(), ModelError>;

    /// looks after the clients, between passes; whether to stop.
    fn stop(&mut self) -> bool;
}

/// a request.
struct Job {
    request: String,
    names: Box<Names>,
    table: CapabilityTable,
    came: Instant,
}

impl Job {
    fn ask(&self) -> Ask<'_> {
        Ask {
            request: &self.request,
            names: &self.names,
            table: &self.table,
        }
    }
}

/// clients, their requests, and what was answered before.
pub struct Desk<'l> {
    listener: &'l UnixListener,
    lines: Vec<Line>,
    ids: u64,
    queue: Queue<Job>,
    remembered: Remembered,
    /// the model that wrote what is remembered.
    model: String,
    /// the client whose request is being answered, until it wants no answer any more.
    running: Option<u64>,
    /// why the sockets could not be looked after while something ran.
    failed: Option<io::Error>,
    /// when the last request was answered.
    pub last: Instant,
}

impl<'l> Desk<'l> {
    /// # Errors
    /// when the socket fails.
    pub fn new(listener: &'l UnixListener, remembered: Remembered) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        Ok(Desk {
            listener,
            lines: Vec::new(),
            ids: 0,
            queue: Queue::default(),
            remembered,
            model: String::new(),
            running: None,
            failed: None,
            last: Instant::now(),
        })
    }

    /// waits until somebody says something, `most` at most, and hears all who do.
    ///
    /// # Errors
    /// when the socket fails.
    pub fn look(&mut self, most: Duration) -> io::Result<()> {
        let patience = self.lines.iter().filter_map(Line::patience).min();
        let (called, spoke) = self.wait(patience.map_or(most, |left| left.min(most)))?;
        let mut said = Vec::new();
        let mut gone = Vec::new();
        for (line, spoke) in self.lines.iter_mut().zip(spoke) {
            if spoke {
                match line.hear() {
                    Ok(messages) => {
                        said.extend(messages.into_iter().map(|message| (line.id, message)));
                    }
                    Err(_) => gone.push(line.id),
                }
            }
            if line.patience().is_some_and(|left| left.is_zero()) {
                gone.push(line.id);
            }
        }
        for client in gone {
            self.hang_up(client);
        }
        for (client, message) in said {
            self.take(client, message);
        }
        while called && self.lines.len() < CLIENTS_MAX {
            let Some(stream) = inherited::accept(self.listener)? else {
                break;
            };
            self.ids += 1;
            self.lines.push(Line::new(self.ids, stream));
        }
        Ok(())
    }

    /// whether somebody calls, and which of the lines have something to say.
    fn wait(&self, most: Duration) -> io::Result<(bool, Vec<bool>)> {
        let listening = if self.lines.len() < CLIENTS_MAX {
            PollFlags::IN
        } else {
            PollFlags::empty()
        };
        let mut fds = vec![PollFd::new(self.listener, listening)];
        fds.extend(
            self.lines
                .iter()
                .map(|line| PollFd::new(line, PollFlags::IN)),
        );
        let most = Timespec {
            tv_sec: i64::try_from(most.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(most.subsec_nanos()),
        };
        match poll(&mut fds, Some(&most)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let mut ready = fds.iter().map(|fd| !fd.revents().is_empty());
        Ok((ready.next().unwrap_or(false), ready.collect()))
    }

    fn take(&mut self, client: u64, message: Result<Request, FrameError>) {
        // whatever it is that comes before the answer, it ends the request, and is dropped with it:
        // there is one at a time.
        if self.running == Some(client) {
            self.running = None;
            return self.fail(client, &ModelError::Cancelled);
        }
        if self.queue.forget(client) {
            return self.fail(client, &ModelError::Cancelled);
        }
        match message {
            Ok(Request::Ask {
                request,
                names,
                table,
                background,
            }) => {
                let job = Job {
                    request,
                    names,
                    table,
                    came: Instant::now(),
                };
                let key = self.remembered.key(job.ask());
                if !self.recall(client, key, job.came) {
                    self.queue.push(client, background, job);
                }
            }
            // too late: what it meant is done.
            Ok(Request::Cancel) => {}
            Err(why) => self.fail(client, &why),
        }
    }

    /// answers everyone who waits.
    ///
    /// # Errors
    /// when the socket fails.
    pub fn serve(&mut self, thinker: &mut impl Thinker) -> io::Result<()> {
        while let Some(waiting) = self.queue.next() {
            self.turn(waiting, thinker);
            if let Some(error) = self.failed.take() {
                return Err(error);
            }
            self.look(Duration::ZERO)?;
        }
        Ok(())
    }

    fn turn(&mut self, waiting: Waiting<Job>, thinker: &mut impl Thinker) {
        let (client, job) = (waiting.client, &waiting.what);
        // the same may have been answered while this one waited.
        let key = self.remembered.key(job.ask());
        if self.recall(client, key, job.came) {
            return;
        }
        self.running = Some(client);
        let mut turn = Turn {
            waiting: &waiting,
            desk: self,
            gave_way: false,
        };
        let written = thinker.think(job.ask(), &mut turn);
        let gave_way = turn.gave_way;
        if self.running.take().is_none() {
            // it gave up, and was told so.
            return;
        }
        match written {
            Err(ModelError::Cancelled) if gave_way => self.queue.put_back(waiting),
            Ok(written) => {
                thinker.name().clone_into(&mut self.model);
                if let Some(key) = key {
                    self.remembered.keep(key, &written);
                }
                self.answer(client, written, job.came, false);
            }
            Err(error) => self.fail(client, &error),
        }
    }

    /// answers from memory; whether that could be done.
    fn recall(&mut self, client: u64, key: Option<Key>, came: Instant) -> bool {
        let Some(known) = key.and_then(|key| self.remembered.get(key).cloned()) else {
            return false;
        };
        self.answer(client, known, came, true);
        true
    }

    fn answer(&mut self, client: u64, written: Written, came: Instant, remembered: bool) {
        let reply = Reply::Outcome {
            outcome: written.outcome,
            model: self.model.clone(),
            tokens: written.tokens,
            ms: came.elapsed().as_secs_f64() * 1000.0,
            confidence: written.confidence,
            remembered,
        };
        self.say(client, &reply);
        // counted from the answer: a slow model has not been idle.
        self.last = Instant::now();
    }

    fn fail(&mut self, client: u64, why: &dyn std::fmt::Display) {
        let message = why.to_string();
        self.say(client, &Reply::Error { message });
        self.last = Instant::now();
    }

    /// whether it was said; a line that does not take it is over.
    fn say(&mut self, client: u64, reply: &Reply) -> bool {
        let line = self.lines.iter().find(|line| line.id == client);
        let said = line.is_some_and(|line| line.say(reply).is_ok());
        if !said {
            self.hang_up(client);
        }
        said
    }

    fn hang_up(&mut self, client: u64) {
        self.lines.retain(|line| line.id != client);
        self.queue.forget(client);
        if self.running == Some(client) {
            self.running = None;
        }
    }
}

/// one request while it is being answered.
struct Turn<'a, 'l> {
    waiting: &'a Waiting<Job>,
    desk: &'a mut Desk<'l>,
    gave_way: bool,
}

impl Watch for Turn<'_, '_> {
    fn stage(&mut self, stage: Stage) -> Result<(), ModelError> {
        // who was told once need not hear that it begins anew.
        let told = self.waiting.interrupted > 0;
        if told
            || self
                .desk
                .say(self.waiting.client, &Reply::Progress { stage })
        {
            return Ok(());
        }
        Err(ModelError::Cancelled)
    }

    fn stop(&mut self) -> bool {
        if let Err(error) = self.desk.look(Duration::ZERO) {
            self.desk.failed = Some(error);
            return true;
        }
        if self.desk.running.is_none() {
            return true;
        }
        self.gave_way = self.desk.queue.gives_way(self.waiting);
        self.gave_way
    }
}

#[cfg(test)]
mod tests;
