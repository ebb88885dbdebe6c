//! one connection to a service: frames out, frames in as they come, nothing that blocks for long.

use llm_os_wire::executor::{PROTOCOL, Reply, Request};
use llm_os_wire::frame::{self, FRAME_MAX_BYTES, FrameError};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

/// a service that does not take a request for this long is not well.
const SEND_MAX: Duration = Duration::from_secs(10);

/// an open connection.
#[derive(Debug)]
pub struct Link {
    stream: UnixStream,
    /// bytes of frames that were not taken out yet.
    inbox: Vec<u8>,
}

/// what came in.
#[derive(Debug)]
pub struct Received<T> {
    pub messages: Vec<T>,
    /// the connection is of no more use.
    pub ended: bool,
}

impl Link {
    /// # Errors
    /// when nobody listens there.
    pub fn open(path: &Path) -> io::Result<Link> {
        let stream = UnixStream::connect(path)?;
        stream.set_write_timeout(Some(SEND_MAX))?;
        Ok(Link {
            stream,
            inbox: Vec::new(),
        })
    }

    /// # Errors
    /// when the message does not fit a frame, or the other side does not take it.
    pub fn send<T: Serialize>(&mut self, message: &T) -> Result<(), FrameError> {
        frame::write(&mut self.stream, message)
    }

    pub fn fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }

    /// reads once and gives the messages that are whole. to be called when there is something to read.
    pub fn receive<T: DeserializeOwned>(&mut self) -> Received<T> {
        let mut piece = [0; 64 * 1024];
        let mut ended = match self.stream.read(&mut piece) {
            Ok(0) => true,
            Ok(count) => {
                self.inbox.extend_from_slice(&piece[..count]);
                false
            }
            Err(error) => error.kind() != io::ErrorKind::Interrupted,
        };
        let mut messages = Vec::new();
        let mut at = 0;
        while let Some(head) = self
            .inbox
            .get(at..)
            .and_then(|rest| rest.first_chunk::<4>())
        {
            let length = u32::from_le_bytes(*head) as usize;
            if length > FRAME_MAX_BYTES {
                ended = true;
                break;
            }
            let Some(json) = self.inbox.get(at + 4..at + 4 + length) else {
                break;
            };
            match frame::decode(json) {
                Ok(message) => messages.push(message),
                // a service that says what this shell does not know is of another build.
                Err(_) => {
                    ended = true;
                    break;
                }
            }
            at += 4 + length;
        }
        self.inbox.drain(..at);
        Received { messages, ended }
    }

    /// waits for one message, until something can be read from `stop`.
    ///
    /// # Errors
    /// one sentence when it does not come in time or is not understood.
    pub fn wait<T: DeserializeOwned>(
        &mut self,
        longest: Duration,
        stop: Option<BorrowedFd>,
    ) -> Result<T, String> {
        let deadline = Instant::now() + longest;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err("it does not answer".to_owned());
            }
            let fds: Vec<BorrowedFd> = [self.fd()].into_iter().chain(stop).collect();
            let ready = readable(&fds, Some(left));
            if ready.get(1) == Some(&true) {
                return Err("stopped waiting for it".to_owned());
            }
            if !ready[0] {
                continue;
            }
            let received = self.receive();
            if let Some(message) = received.messages.into_iter().next() {
                return Ok(message);
            }
            if received.ended {
                return Err("it closed the connection".to_owned());
            }
        }
    }
}

/// a connection to the executor, and its welcome, which may take `longest` to come.
///
/// # Errors
/// one sentence: why there is none.
pub fn greet(
    path: &Path,
    longest: Duration,
    stop: Option<BorrowedFd>,
) -> Result<(Link, Reply), String> {
    let mut link = Link::open(path).map_err(|error| error.to_string())?;
    link.send(&Request::Hello { protocol: PROTOCOL })
        .map_err(|error| error.to_string())?;
    match link.wait(longest, stop)? {
        Reply::Welcome { protocol, .. } if protocol != PROTOCOL => Err(format!(
            "it speaks version {protocol} of the protocol and this shell {PROTOCOL}: they are of two builds"
        )),
        welcome @ Reply::Welcome { .. } => Ok((link, welcome)),
        Reply::Error { message } => Err(message),
        _ => Err("it answers what was not asked".to_owned()),
    }
}

/// which of `fds` can be read, or have ended; all false when the time is over or a signal came.
pub fn readable(fds: &[BorrowedFd], longest: Option<Duration>) -> Vec<bool> {
    let mut polled: Vec<PollFd> = fds
        .iter()
        .map(|fd| PollFd::from_borrowed_fd(*fd, PollFlags::IN))
        .collect();
    let longest = longest.map(|longest| Timespec {
        tv_sec: longest.as_secs().try_into().unwrap_or(i64::MAX),
        tv_nsec: longest.subsec_nanos().into(),
    });
    match poll(&mut polled, longest.as_ref()) {
        Ok(_) => polled.iter().map(|one| !one.revents().is_empty()).collect(),
        Err(_) => vec![false; fds.len()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::io::Write;

    fn pair() -> (Link, UnixStream) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let link = Link {
            stream: ours,
            inbox: Vec::new(),
        };
        (link, theirs)
    }

    #[test]
    fn frames_are_taken_out_as_they_become_whole() {
        let (mut link, mut service) = pair();
        let bytes = [
            frame::encode(&json!({"a": 1})).unwrap(),
            frame::encode(&json!({"b": 2})).unwrap(),
        ]
        .concat();
        service.write_all(&bytes[..bytes.len() - 3]).unwrap();
        let first = link.receive::<Value>();
        assert_eq!(first.messages, [json!({"a": 1})]);
        service.write_all(&bytes[bytes.len() - 3..]).unwrap();
        let second = link.receive::<Value>();
        assert_eq!(second.messages, [json!({"b": 2})]);
        assert!(!second.ended);
        drop(service);
        assert!(link.receive::<Value>().ended);
    }

    #[test]
    fn a_frame_that_is_too_long_or_no_message_ends_the_connection() {
        for bytes in [b"\xff\xff\xff\x7f".as_slice(), b"\x02\0\0\0{]"] {
            let (mut link, mut service) = pair();
            service.write_all(bytes).unwrap();
            let received = link.receive::<Value>();
            assert!(received.ended && received.messages.is_empty(), "{bytes:?}");
        }
    }
}
