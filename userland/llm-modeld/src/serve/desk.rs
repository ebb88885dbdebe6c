//! all clients, and whose turn it is.

use super::line::Line;
use super::queue::{Queue, Waiting};
use crate::ModelError;
use crate::model::{Ask, Watch, Written};
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
    /// one outcome for each request that `watch` still wants.
    ///
    /// # Errors
    /// one sentence why there is none for all those that nothing was said of yet.
    fn think(&mut self, asks: &[Ask<'_>], watch: &mut dyn Watch) -> Result<(), ModelError>;
}

/// a request.
struct Job {
    request: String,
    names: Box<Names>,
    table: CapabilityTable,
    came: Instant,
    /// its state when it was looked up last.
    key: Option<Key>,
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
    /// the model's name.
    model: String,
    /// the clients whose requests are being answered, each until it has its answer or wants none.
    running: Vec<u64>,
    /// why the sockets could not be looked after while something ran.
    failed: Option<io::Error>,
    /// when the last request was answered.
    pub last: Instant,
}

impl<'l> Desk<'l> {
    /// # Errors
    /// when the socket fails.
    pub fn new(
        listener: &'l UnixListener,
        remembered: Remembered,
        model: String,
    ) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        Ok(Desk {
            listener,
            lines: Vec::new(),
            ids: 0,
            queue: Queue::default(),
            remembered,
            model,
            running: Vec::new(),
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
        if self.ends(client) || self.queue.forget(client) {
            return self.fail(client, &ModelError::Cancelled);
        }
        match message {
            Ok(Request::Ask {
                request,
                names,
                table,
                background,
            }) => {
                let mut job = Job {
                    request,
                    names,
                    table,
                    came: Instant::now(),
                    key: None,
                };
                job.key = self.remembered.key(job.ask());
                if !self.recall(client, &job) {
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
        while !self.queue.is_empty() {
            self.turn(thinker);
            if let Some(error) = self.failed.take() {
                return Err(error);
            }
            self.look(Duration::ZERO)?;
        }
        Ok(())
    }

    fn turn(&mut self, thinker: &mut impl Thinker) {
        let mut keys = Vec::new();
        let mut batch = self.queue.batch(|job: &mut Job| {
            job.key = self.remembered.key(job.ask());
            // of two that ask the same one waits: it is answered from memory afterwards.
            let twin = job.key.is_some() && keys.contains(&job.key);
            keys.push(job.key);
            !twin
        });
        // the same may have been answered while these waited.
        batch.retain(|waiting| !self.recall(waiting.client, &waiting.what));
        if batch.is_empty() {
            return;
        }
        self.running = batch.iter().map(|waiting| waiting.client).collect();
        let asks: Vec<Ask<'_>> = batch.iter().map(|waiting| waiting.what.ask()).collect();
        let mut turn = Turn {
            gave_way: vec![false; batch.len()],
            batch: &batch,
            desk: self,
        };
        let thought = thinker.think(&asks, &mut turn);
        let gave_way = turn.gave_way;
        let why = thought.err().unwrap_or(ModelError::Cancelled);
        for (waiting, gave_way) in batch.into_iter().zip(gave_way) {
            if !self.ends(waiting.client) {
                // it was answered, or gave up and was told so.
                continue;
            }
            if gave_way {
                self.queue.put_back(waiting);
            } else {
                self.fail(waiting.client, &why);
            }
        }
    }

    /// whether this client's request was being answered; now it is not any more.
    fn ends(&mut self, client: u64) -> bool {
        let before = self.running.len();
        self.running.retain(|running| *running != client);
        self.running.len() < before
    }

    /// answers from memory; whether that could be done.
    fn recall(&mut self, client: u64, job: &Job) -> bool {
        let Some(known) = job.key.and_then(|key| self.remembered.get(key).cloned()) else {
            return false;
        };
        self.answer(client, known, job.came, true);
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
        self.ends(client);
    }
}

/// requests while they are being answered.
struct Turn<'a, 'l> {
    batch: &'a [Waiting<Job>],
    desk: &'a mut Desk<'l>,
    /// which of them are put back.
    gave_way: Vec<bool>,
}

impl Watch for Turn<'_, '_> {
    fn stage(&mut self, stage: Stage) {
        for waiting in self.batch {
            // who was told once need not hear that it begins anew.
            if waiting.interrupted == 0 && self.desk.running.contains(&waiting.client) {
                self.desk.say(waiting.client, &Reply::Progress { stage });
            }
        }
    }

    fn look(&mut self) {
        if let Err(error) = self.desk.look(Duration::ZERO) {
            self.desk.failed = Some(error);
        }
        for (waiting, gave_way) in self.batch.iter().zip(&mut self.gave_way) {
            *gave_way |= self.desk.queue.gives_way(waiting);
        }
    }

    fn wants(&self, at: usize) -> bool {
        let running = self.desk.running.contains(&self.batch[at].client);
        running && !self.gave_way[at] && self.desk.failed.is_none()
    }

    fn done(&mut self, at: usize, written: Result<Written, ModelError>) {
        let Waiting { client, what, .. } = &self.batch[at];
        if !self.desk.ends(*client) {
            return;
        }
        match written {
            Ok(written) => {
                if let Some(key) = what.key {
                    self.desk.remembered.keep(key, &written);
                }
                self.desk.answer(*client, written, what.came, false);
            }
            Err(error) => self.desk.fail(*client, &error),
        }
    }
}

#[cfg(test)]
mod tests;
