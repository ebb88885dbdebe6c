//! one connection: requests in, replies out, cancel at any time.
//!
//! a thread reads frames, so that `Cancel` and the end of the connection are seen while a plan runs;
//! everything else waits its turn in a short queue. writing has a deadline: a reader that does not
//! read loses its connection, not the executor's memory.

use llm_os_policy::Who;
use llm_os_wire::executor::{Reply, Request};
use llm_os_wire::frame::{self, FrameError};
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// requests that may wait while a plan runs.
const QUEUE_MAX: usize = 8;
/// how long `Hello` may take.
const HELLO_MAX: Duration = Duration::from_secs(5);
/// how long a frame may take from its first byte to its last.
const FRAME_MAX: Duration = Duration::from_secs(10);
/// how long a client may not take what it is sent.
const SEND_MAX: Duration = Duration::from_secs(10);

/// the connection is over.
#[derive(Debug)]
pub struct Gone;

/// who is connected, by the kernel's word.
#[derive(Clone, Copy, Debug)]
pub struct Asker {
    pub who: Who,
    pub uid: u32,
}

/// the pipeline's side of a connection.
pub struct Client {
    pub asker: Asker,
    stream: UnixStream,
    inbox: Receiver<Result<(u64, Request), FrameError>>,
    stop: Arc<Stop>,
    /// number of the request that is being answered.
    now: u64,
}

/// what is to happen when the person presses ^C.
#[derive(Default)]
struct Stop(Mutex<Stopping>);

#[derive(Default)]
struct Stopping {
    /// a run that a request before this one started is to end.
    before: u64,
    /// what ends the run under way, and the request that started it.
    run: Option<(u64, Box<dyn Fn() + Send>)>,
}

impl Client {
    /// takes over a connection and starts its reader.
    ///
    /// # Errors
    /// when the socket takes no deadlines or no thread can be started.
    pub fn new(stream: UnixStream, asker: Asker) -> io::Result<Self> {
        stream.set_write_timeout(Some(SEND_MAX))?;
        let stop = Arc::new(Stop::default());
        let (sender, inbox) = sync_channel(QUEUE_MAX);
        let (reading, stopping) = (stream.try_clone()?, Arc::clone(&stop));
        std::thread::Builder::new()
            .name("reader".to_owned())
            .spawn(move || read_all(reading, &sender, &stopping))?;
        Ok(Client {
            asker,
            stream,
            inbox,
            stop,
            now: 0,
        })
    }

    /// the next request. what is no request is answered here, and the connection goes on where the
    /// next frame can still be found.
    ///
    /// # Errors
    /// `Gone` when the connection is over.
    pub fn receive(&mut self) -> Result<Request, Gone> {
        loop {
            match self.inbox.recv().map_err(|_| Gone)? {
                Ok((number, request)) => {
                    self.now = number;
                    return Ok(request);
                }
                Err(error) => {
                    let goes_on =
                        matches!(error, FrameError::Malformed { .. } | FrameError::TooDeep);
                    self.error(error.to_string())?;
                    if !goes_on {
                        return Err(Gone);
                    }
                }
            }
        }
    }

    /// # Errors
    /// `Gone` when the client does not take it in time, or is not there.
    pub fn send(&mut self, reply: &Reply) -> Result<(), Gone> {
        let bytes = match frame::encode(reply) {
            Ok(bytes) => bytes,
            Err(error) => {
                let message = format!("the answer cannot be sent: {error}");
                frame::encode(&Reply::Error { message }).map_err(|_| Gone)?
            }
        };
        self.stream.write_all(&bytes).map_err(|_| self.hang_up())
    }

    /// # Errors
    /// `Gone`, as [`Client::send`].
    pub fn error(&mut self, message: impl Into<String>) -> Result<(), Gone> {
        self.send(&Reply::Error {
            message: message.into(),
        })
    }

    /// whether the run that the present request started is to end.
    pub fn is_cancelled(&self) -> bool {
        self.stop.lock().before > self.now
    }

    /// `kill` is called when the run is to end, also when that was said already.
    pub fn on_cancel(&self, kill: Box<dyn Fn() + Send>) {
        let mut stopping = self.stop.lock();
        if stopping.before > self.now {
            kill();
        }
        stopping.run = Some((self.now, kill));
    }

    /// nothing runs any more.
    pub fn run_is_over(&self) {
        self.stop.lock().run = None;
    }

    fn hang_up(&self) -> Gone {
        // the reader wakes up and ends as well.
        let _ = self.stream.shutdown(std::net::Shutdown::Both);
        Gone
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.hang_up();
    }
}

impl Stop {
    fn lock(&self) -> MutexGuard<'_, Stopping> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// ends a run that a request before the number `number` started.
    fn fire(&self, number: u64) {
        let mut stopping = self.lock();
        stopping.before = stopping.before.max(number);
        if let Some((run, kill)) = &stopping.run
            && *run < number
        {
            kill();
        }
    }
}

fn read_all(
    stream: UnixStream,
    sender: &SyncSender<Result<(u64, Request), FrameError>>,
    stop: &Stop,
) {
    let mut stream = Timed {
        stream,
        first: Some(HELLO_MAX),
        until: None,
    };
    for number in 1.. {
        let incoming = frame::read::<Request>(&mut stream);
        stream.until = None;
        stream.first = None;
        let sent = match incoming {
            Ok(Request::Cancel) => {
                stop.fire(number);
                continue;
            }
            Ok(request) => sender.try_send(Ok((number, request))).is_ok(),
            Err(FrameError::Closed | FrameError::Io(_)) => false,
            Err(error) => {
                let goes_on = matches!(error, FrameError::Malformed { .. } | FrameError::TooDeep);
                sender.try_send(Err(error)).is_ok() && goes_on
            }
        };
        if !sent {
            break;
        }
    }
    // whoever asked is gone: what runs for them ends too.
    stop.fire(u64::MAX);
}

/// a stream on which a frame that has begun has to come to its end in time.
struct Timed {
    stream: UnixStream,
    /// how long the next frame may take to begin; `None`: a shell may be idle for days.
    first: Option<Duration>,
    until: Option<Instant>,
}

impl Read for Timed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let limit = match self.until {
            None => self.first,
            Some(until) => {
                let left = until.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return Err(io::Error::from(io::ErrorKind::TimedOut));
                }
                Some(left)
            }
        };
        self.stream.set_read_timeout(limit)?;
        let count = self.stream.read(into)?;
        self.until.get_or_insert_with(|| Instant::now() + FRAME_MAX);
        Ok(count)
    }
}
