//! the daemon: requests over the socket that pid 1 holds, until nobody asks.
//!
//! a thread for each client, because a server that takes its time for one must not hold up another;
//! and one for each request, which waits for the server while the client is listened to, so that a
//! cancel or a closed connection ends the request at once.

use crate::answer::{Ask, Written};
use crate::endpoint::Endpoint;
use crate::hosts::Hosts;
use crate::{RemoteError, client, shut_in};
use llm_os_schema::limits::REQUEST_MAX_BYTES;
use llm_os_schema::{CapabilityTable, Names};
use llm_os_sys::inherited;
use llm_os_wire::frame::{self, FrameError};
use llm_os_wire::model::{Reply, Request, Stage};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, TryRecvError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// connections held at once; the next one is closed again.
const CLIENTS_MAX: usize = 8;
/// how long a client may take over one frame, either way.
const FRAME_TIMEOUT: Duration = Duration::from_secs(5);

/// serves until `idle` passes without a request.
///
/// # Errors
/// when the socket fails, or the process cannot be shut in.
pub fn run(listener: &UnixListener, endpoint: Endpoint, idle: Duration) -> io::Result<()> {
    let hosts = Arc::new(Hosts::read());
    shut_in::enter(&endpoint)?;
    let server = Arc::new(Server {
        endpoint,
        hosts,
        clients: AtomicUsize::new(0),
        asking: AtomicUsize::new(0),
        last: Mutex::new(Instant::now()),
    });
    listener.set_nonblocking(true)?;
    while let Some(left) = server.left(idle) {
        if !wait(&[listener.into()], Some(left))?[0] {
            continue;
        }
        let Some(client) = accept(listener)? else {
            continue;
        };
        if server.clients.fetch_add(1, Ordering::SeqCst) >= CLIENTS_MAX {
            server.clients.fetch_sub(1, Ordering::SeqCst);
            continue;
        }
        let server = Arc::clone(&server);
        thread::Builder::new().spawn(move || {
            server.client(client);
            server.clients.fetch_sub(1, Ordering::SeqCst);
        })?;
    }
    Ok(())
}

struct Server {
    endpoint: Endpoint,
    hosts: Arc<Hosts>,
    clients: AtomicUsize,
    /// requests under way.
    asking: AtomicUsize,
    /// when the last one ended.
    last: Mutex<Instant>,
}

impl Server {
    /// how long nobody may still say nothing; `None`: long enough.
    fn left(&self, idle: Duration) -> Option<Duration> {
        if self.asking.load(Ordering::SeqCst) > 0 {
            return Some(idle);
        }
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        idle.checked_sub(last.elapsed())
    }

    /// one connection, to its end.
    fn client(&self, mut client: UnixStream) {
        while let Ok(ready) = wait(&[(&client).into()], None) {
            if !ready[0] {
                continue;
            }
            let reply = match frame::read::<Request>(&mut client) {
                Ok(Request::Ask {
                    request,
                    names,
                    table,
                    ..
                }) => {
                    self.asking.fetch_add(1, Ordering::SeqCst);
                    let reply = self.answer(&mut client, request, names, table);
                    *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
                    self.asking.fetch_sub(1, Ordering::SeqCst);
                    reply
                }
                // too late: what it meant is done.
                Ok(Request::Cancel) => continue,
                Err(error @ (FrameError::Malformed { .. } | FrameError::TooDeep)) => Reply::Error {
                    message: error.to_string(),
                },
                Err(_) => return,
            };
            if frame::write(&mut client, &reply).is_err() {
                return;
            }
        }
    }

    fn answer(
        &self,
        client: &mut UnixStream,
        request: String,
        names: Box<Names>,
        table: CapabilityTable,
    ) -> Reply {
        let began = Instant::now();
        match self.outcome(client, request, names, table) {
            Ok(written) => Reply::Outcome {
                outcome: written.outcome,
                model: self.endpoint.name(),
                tokens: written.tokens,
                ms: began.elapsed().as_secs_f64() * 1000.0,
                confidence: written.confidence,
                remembered: false,
            },
            Err(error) => Reply::Error {
                message: error.to_string(),
            },
        }
    }

    fn outcome(
        &self,
        client: &mut UnixStream,
        request: String,
        names: Box<Names>,
        table: CapabilityTable,
    ) -> Result<Written, RemoteError> {
        good(&request)?;
        let stage = Stage::Thinking;
        frame::write(client, &Reply::Progress { stage }).map_err(|_| RemoteError::Cancelled)?;
        let agent = client::agent(&self.endpoint, Arc::clone(&self.hosts));
        let own = |error: io::Error| RemoteError::Own(error.to_string());
        let (done, ended) = rustix::pipe::pipe().map_err(|error| own(error.into()))?;
        let (sender, receiver) = mpsc::channel();
        let (endpoint, asking) = (self.endpoint.clone(), agent.clone());
        // not waited for when it is given up: a connection that is being made cannot be interrupted,
        // only left to its own end.
        thread::Builder::new()
            .spawn(move || {
                let ask = Ask {
                    request: &request,
                    names: &names,
                    table: &table,
                };
                let _ = sender.send(client::ask(&asking, &endpoint, ask));
                drop(ended);
            })
            .map_err(own)?;
        loop {
            let ready = wait(&[(&*client).into(), (&done).into()], None).map_err(own)?;
            match receiver.try_recv() {
                Ok(written) => return written,
                Err(TryRecvError::Disconnected) => {
                    return Err(RemoteError::Own("a part of it broke".to_owned()));
                }
                Err(TryRecvError::Empty) => {}
            }
            if ready[0] {
                // a cancel, an end, or a second request, which breaks the rule of one at a time.
                let _ = frame::read::<Request>(client);
                agent.shutdown();
                return Err(RemoteError::Cancelled);
            }
        }
    }
}

/// # Errors
/// when a request is empty or too long.
pub fn good(request: &str) -> Result<(), RemoteError> {
    if request.len() > REQUEST_MAX_BYTES {
        return Err(RemoteError::Request(format!(
            "the request is longer than {REQUEST_MAX_BYTES} bytes: say it shorter"
        )));
    }
    if request.trim().is_empty() {
        return Err(RemoteError::Request(
            "the request is empty: say what should be done".to_owned(),
        ));
    }
    Ok(())
}

/// something to wait for.
struct Source<'a>(rustix::fd::BorrowedFd<'a>);

impl<'a, F: rustix::fd::AsFd> From<&'a F> for Source<'a> {
    fn from(fd: &'a F) -> Self {
        Source(fd.as_fd())
    }
}

/// which of them have something to say, within `longest`.
fn wait(sources: &[Source<'_>], longest: Option<Duration>) -> io::Result<Vec<bool>> {
    let mut fds: Vec<PollFd<'_>> = sources
        .iter()
        .map(|source| PollFd::from_borrowed_fd(source.0, PollFlags::IN))
        .collect();
    let longest = longest.map(|longest| Timespec {
        tv_sec: i64::try_from(longest.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(longest.subsec_nanos()),
    });
    match poll(&mut fds, longest.as_ref()) {
        Ok(_) => Ok(fds.iter().map(|fd| !fd.revents().is_empty()).collect()),
        Err(rustix::io::Errno::INTR) => Ok(vec![false; sources.len()]),
        Err(error) => Err(error.into()),
    }
}

/// the next client, if one is still there, with a limit to how long a frame may take.
fn accept(listener: &UnixListener) -> io::Result<Option<UnixStream>> {
    let Some(client) = inherited::accept(listener)? else {
        return Ok(None);
    };
    client.set_nonblocking(false)?;
    client.set_read_timeout(Some(FRAME_TIMEOUT))?;
    client.set_write_timeout(Some(FRAME_TIMEOUT))?;
    Ok(Some(client))
}
