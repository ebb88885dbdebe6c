//! the daemon: requests over the socket that pid 1 holds, one at a time, until nobody asks.
//!
//! one thread and one `poll`. a second client waits in line; the one being served is listened to
//! between passes, so that a cancel or a closed connection ends a generation at once.

use crate::memory::Memory;
use crate::model::{Ask, Model, Session, Source, Written};
use crate::remembered::Remembered;
use crate::{ModelError, shut_in};
use llm_os_wire::frame::{self, FrameError};
use llm_os_wire::model::{Reply, Request, Stage};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::cell::OnceCell;
use std::io;
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::{Duration, Instant};

/// connections held at once; the next one waits in the socket's backlog.
const CLIENTS_MAX: usize = 8;
/// how long a client may take over one frame, either way.
const FRAME_TIMEOUT: Duration = Duration::from_secs(5);

/// serves until `idle` passes without a request.
///
/// # Errors
/// when the socket fails, or the process cannot be shut in.
pub fn run(listener: &UnixListener, source: &Source, idle: Duration) -> io::Result<()> {
    let memory = Memory::open();
    shut_in::enter(source)?;
    Server::new(source, memory).until_idle(listener, idle)
}

/// the model, loaded by the first request.
struct Server<'s> {
    source: &'s Source,
    memory: Memory,
    remembered: Remembered,
}

impl<'s> Server<'s> {
    fn new(source: &'s Source, memory: Memory) -> Self {
        Server {
            source,
            memory,
            remembered: Remembered::of(source),
        }
    }

    fn until_idle(mut self, listener: &UnixListener, idle: Duration) -> io::Result<()> {
        listener.set_nonblocking(true)?;
        let model = OnceCell::new();
        let mut session: Option<Session<'_>> = None;
        let mut clients: Vec<UnixStream> = Vec::new();
        let mut last = Instant::now();
        while let Some(left) = idle.checked_sub(last.elapsed()) {
            let ready = wait(listener, &clients, left)?;
            let mut kept = Vec::new();
            for (mut client, ready) in clients.into_iter().zip(&ready[1..]) {
                if !ready || self.turn(&mut client, &model, &mut session, &mut last) {
                    kept.push(client);
                }
            }
            clients = kept;
            if ready[0] {
                clients.extend(accept(listener)?);
            }
        }
        Ok(())
    }

    /// reads one message and answers it; false when the connection is over.
    fn turn<'m>(
        &mut self,
        client: &mut UnixStream,
        model: &'m OnceCell<Model>,
        session: &mut Option<Session<'m>>,
        last: &mut Instant,
    ) -> bool {
        let reply = match frame::read::<Request>(client) {
            Ok(Request::Ask {
                request,
                names,
                table,
            }) => {
                let ask = Ask {
                    request: &request,
                    names: &names,
                    table: &table,
                };
                let reply = self.answer(client, ask, model, session);
                // counted from the answer: a slow model has not been idle.
                *last = Instant::now();
                reply
            }
            // too late: what it meant is done.
            Ok(Request::Cancel) => return true,
            Err(error @ (FrameError::Malformed { .. } | FrameError::TooDeep)) => Reply::Error {
                message: error.to_string(),
            },
            Err(_) => return false,
        };
        frame::write(client, &reply).is_ok()
    }

    fn answer<'m>(
        &mut self,
        client: &mut UnixStream,
        ask: Ask<'_>,
        model: &'m OnceCell<Model>,
        session: &mut Option<Session<'m>>,
    ) -> Reply {
        let began = Instant::now();
        let key = self.remembered.key(ask);
        // only a model that is there has written anything.
        let name = model.get().map_or("", Model::name);
        if let Some(known) = key.and_then(|key| self.remembered.get(key)) {
            return outcome(known.clone(), name, began, true);
        }
        match self.think(client, ask, model, session) {
            Ok((name, written)) => {
                if let Some(key) = key {
                    self.remembered.keep(key, &written);
                }
                outcome(written, name, began, false)
            }
            Err(error) => Reply::Error {
                message: error.to_string(),
            },
        }
    }

    fn think<'m>(
        &mut self,
        client: &mut UnixStream,
        ask: Ask<'_>,
        model: &'m OnceCell<Model>,
        session: &mut Option<Session<'m>>,
    ) -> Result<(&'m str, Written), ModelError> {
        if session.is_none() {
            progress(client, Stage::Waking)?;
            if model.get().is_none() {
                let loaded = Model::load(self.source, &mut self.memory)?;
                let _ = model.set(loaded);
            }
        }
        let Some(loaded) = model.get() else {
            return Err(ModelError::compute("load", "the model is gone"));
        };
        let open = match session.take() {
            Some(open) => open,
            None => loaded.open()?,
        };
        progress(client, Stage::Thinking)?;
        let written = session.insert(open).write(ask, &mut || gave_up(client))?;
        Ok((loaded.name(), written))
    }
}

/// the reply with what was written, by the model called `name`.
fn outcome(written: Written, name: &str, began: Instant, remembered: bool) -> Reply {
    Reply::Outcome {
        outcome: written.outcome,
        model: name.to_owned(),
        tokens: written.tokens,
        ms: began.elapsed().as_secs_f64() * 1000.0,
        confidence: written.confidence,
        remembered,
    }
}

/// tells the client what is going on; one that is not there any more wants nothing.
fn progress(client: &mut UnixStream, stage: Stage) -> Result<(), ModelError> {
    frame::write(client, &Reply::Progress { stage }).map_err(|_| ModelError::Cancelled)
}

/// whether the client cancelled, closed, or broke the rule of one request at a time.
fn gave_up(client: &mut UnixStream) -> bool {
    let now = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let mut fds = [PollFd::new(client, PollFlags::IN)];
    match poll(&mut fds, Some(&now)) {
        Ok(0) | Err(_) => false,
        Ok(_) => {
            // whatever it is, the generation ends; a second ask on the same line is dropped with it.
            let _ = frame::read::<Request>(client);
            true
        }
    }
}

/// which of listener and clients have something to say, within `left`.
fn wait(listener: &UnixListener, clients: &[UnixStream], left: Duration) -> io::Result<Vec<bool>> {
    let listening = if clients.len() < CLIENTS_MAX {
        PollFlags::IN
    } else {
        PollFlags::empty()
    };
    let mut fds = vec![PollFd::new(listener, listening)];
    fds.extend(
        clients
            .iter()
            .map(|client| PollFd::new(client, PollFlags::IN)),
    );
    let left = Timespec {
        tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(left.subsec_nanos()),
    };
    match poll(&mut fds, Some(&left)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(fds.iter().map(|fd| !fd.revents().is_empty()).collect())
}

/// the next client, if one is still there.
fn accept(listener: &UnixListener) -> io::Result<Option<UnixStream>> {
    match listener.accept() {
        Ok((client, _)) => {
            client.set_nonblocking(false)?;
            client.set_read_timeout(Some(FRAME_TIMEOUT))?;
            client.set_write_timeout(Some(FRAME_TIMEOUT))?;
            Ok(Some(client))
        }
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::WouldBlock
                    | io::ErrorKind::Interrupted
                    | io::ErrorKind::ConnectionAborted
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
