//! one client's connection: whole messages out of what comes in pieces, and never a wait.

use llm_os_wire::frame::{self, FRAME_MAX_BYTES, FrameError};
use llm_os_wire::model::{Reply, Request};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, send};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

/// how long a client may take over one frame.
const FRAME_TIMEOUT: Duration = Duration::from_secs(5);
/// bytes taken at once, so that no client is heard for long.
const PIECE_BYTES: usize = 64 * 1024;
/// bytes of a frame's length.
const HEAD_BYTES: usize = 4;

/// the connection is over.
#[derive(Debug)]
pub struct Gone;

/// a connection.
pub struct Line {
    pub id: u64,
    stream: UnixStream,
    heard: Vec<u8>,
    /// since when there has been a part of a frame.
    part_since: Option<Instant>,
}

impl Line {
    pub fn new(id: u64, stream: UnixStream) -> Self {
        Line {
            id,
            stream,
            heard: Vec::new(),
            part_since: None,
        }
    }

    /// the messages that are whole by now, in order; an error is one that is not understood.
    ///
    /// # Errors
    /// when the client closed, or the line can be of no more use.
    pub fn hear(&mut self) -> Result<Vec<Result<Request, FrameError>>, Gone> {
        let old = self.heard.len();
        self.heard.resize(old + PIECE_BYTES, 0);
        let got = recv(&self.stream, &mut self.heard[old..], RecvFlags::DONTWAIT);
        let count = match got {
            Ok((0, _)) => return Err(Gone),
            Ok((count, _)) => count,
            Err(Errno::AGAIN | Errno::INTR) => 0,
            Err(_) => return Err(Gone),
        };
        self.heard.truncate(old + count);
        let mut messages = Vec::new();
        let mut from = 0;
        while let Some(head) = self.heard[from..].first_chunk::<HEAD_BYTES>() {
            let length = u32::from_le_bytes(*head) as usize;
            if length > FRAME_MAX_BYTES {
                return Err(Gone);
            }
            let json = from + HEAD_BYTES..from + HEAD_BYTES + length;
            let Some(json) = self.heard.get(json.clone()).map(|text| (json, text)) else {
                break;
            };
            messages.push(frame::decode(json.1));
            from = json.0.end;
        }
        self.heard.drain(..from);
        if self.heard.is_empty() {
            // what a long message needed is not held for ever.
            self.heard = Vec::new();
            self.part_since = None;
        } else if from > 0 || self.part_since.is_none() {
            self.part_since = Some(Instant::now());
        }
        Ok(messages)
    }

    /// how long the rest of a frame may still take; `None` where none has begun.
    pub fn patience(&self) -> Option<Duration> {
        self.part_since
            .map(|since| FRAME_TIMEOUT.saturating_sub(since.elapsed()))
    }

    /// says something. a client that does not read what it asked for is let go: nobody waits for it.
    ///
    /// # Errors
    /// when the client closed, or has no room for it.
    pub fn say(&self, reply: &Reply) -> Result<(), Gone> {
        let bytes = frame::encode(reply).map_err(|_| Gone)?;
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
            match send(&self.stream, rest, flags) {
                Ok(0) => return Err(Gone),
                Ok(count) => rest = &rest[count..],
                Err(Errno::INTR) => {}
                Err(_) => return Err(Gone),
            }
        }
        Ok(())
    }
}

impl AsFd for Line {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn messages_come_in_pieces_and_in_heaps() {
        let (mut client, ours) = UnixStream::pair().unwrap();
        let mut line = Line::new(1, ours);
        let bytes = frame::encode(&Request::Cancel).unwrap();
        for byte in &bytes[..bytes.len() - 1] {
            client.write_all(&[*byte]).unwrap();
            assert!(line.hear().unwrap().is_empty());
            assert!(line.patience().is_some());
        }
        client.write_all(&bytes[bytes.len() - 1..]).unwrap();
        client.write_all(&bytes).unwrap();
        frame::write(&mut client, &"nonsense").unwrap();
        client.write_all(&bytes[..2]).unwrap();
        let heard = line.hear().unwrap();
        assert!(
            matches!(
                heard.as_slice(),
                [
                    Ok(Request::Cancel),
                    Ok(Request::Cancel),
                    Err(FrameError::Malformed { .. })
                ]
            ),
            "{heard:?}"
        );
        assert!(line.patience().is_some());
        client.write_all(&bytes[2..]).unwrap();
        assert_eq!(line.hear().unwrap().len(), 1);
        assert!(line.patience().is_none());
        // nothing there is nothing; a close is the end.
        assert!(line.hear().unwrap().is_empty());
        drop(client);
        assert!(line.hear().is_err());
        assert!(line.say(&error()).is_err());
    }

    fn error() -> Reply {
        Reply::Error {
            message: "x".repeat(1000),
        }
    }

    #[test]
    fn who_promises_too_much_or_never_reads_is_let_go() {
        let (mut client, ours) = UnixStream::pair().unwrap();
        let mut line = Line::new(1, ours);
        client.write_all(&u32::MAX.to_le_bytes()).unwrap();
        assert!(line.hear().is_err());
        // the kernel's buffer is full at some time; this ends, and does not wait.
        while line.say(&error()).is_ok() {}
    }
}
