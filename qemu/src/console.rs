//! one serial console of a machine: what it said, waiting for what it says, typing at it.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Doing, Error, Result, tail_of};

/// a console that says more than this is broken; what comes after is dropped.
const LOG_MAX_BYTES: usize = 16 << 20;

/// the reader's side of a console.
#[derive(Default)]
struct Log {
    bytes: Vec<u8>,
    closed: bool,
}

/// a serial console. a thread reads it from the first byte on, so nothing is missed between calls.
pub struct Console {
    stream: UnixStream,
    log: Arc<(Mutex<Log>, Condvar)>,
    /// everything before it was matched already.
    cursor: usize,
}

impl Console {
    /// waits for QEMU to connect to a listening socket.
    pub(crate) fn accept(listener: &UnixListener, at: &Path) -> Result<Self> {
        let (stream, _) = listener.accept().doing("accept on", at)?;
        let mut reader = stream.try_clone().doing("use", at)?;
        let log: Arc<(Mutex<Log>, Condvar)> = Arc::default();
        let shared = log.clone();
        thread::spawn(move || {
            let mut buffer = [0u8; 4096];
            loop {
                let n = reader.read(&mut buffer).unwrap_or(0);
                let mut log = lock(&shared.0);
                if n == 0 {
                    log.closed = true;
                } else if log.bytes.len() < LOG_MAX_BYTES {
                    log.bytes.extend_from_slice(&buffer[..n]);
                }
                shared.1.notify_all();
                if n == 0 {
                    return;
                }
            }
        });
        Ok(Console {
            stream,
            log,
            cursor: 0,
        })
    }

    /// waits until `text` appears after what was matched last, and returns everything from there
    /// to the end of the match.
    ///
    /// # Errors
    /// [`Error::Timeout`], or [`Error::Gone`] when the machine ended before; both with the
    /// console's last lines.
    pub fn expect(&mut self, text: &str, timeout: Duration) -> Result<String> {
        self.expect_any(&[text], timeout).map(|(_, seen)| seen)
    }

    /// like [`Console::expect`] for the first of several texts; says which one came.
    ///
    /// # Errors
    /// like [`Console::expect`].
    pub fn expect_any(&mut self, texts: &[&str], timeout: Duration) -> Result<(usize, String)> {
        let deadline = Instant::now() + timeout;
        let wanted = || format!("{texts:?}");
        let (mutex, changed) = &*self.log;
        let mut log = lock(mutex);
        loop {
            if let Some((which, end)) = first_match(&log.bytes[self.cursor..], texts) {
                let seen = &log.bytes[self.cursor..self.cursor + end];
                let seen = String::from_utf8_lossy(seen).into_owned();
                self.cursor += end;
                return Ok((which, seen));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let tail = || tail_of(&String::from_utf8_lossy(&log.bytes));
            if log.closed {
                return Err(Error::Gone {
                    wanted: wanted(),
                    tail: tail(),
                });
            }
            if left.is_zero() {
                return Err(Error::Timeout {
                    wanted: wanted(),
                    after: timeout,
                    tail: tail(),
                });
            }
            log = match changed.wait_timeout(log, left) {
                Ok((log, _)) => log,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }

    /// types a line and the enter key (a carriage return, as a terminal sends it).
    ///
    /// # Errors
    /// when the machine is gone.
    pub fn type_line(&mut self, line: &str) -> Result<()> {
        self.send(format!("{line}\r").as_bytes())
    }

    /// types bytes as they are; `b"\x03"` is ^C.
    ///
    /// # Errors
    /// when the machine is gone.
    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream
            .write_all(bytes)
            .doing("type at", Path::new("the console"))
    }

    /// forgets what came so far: the next `expect` looks only at what comes from now on.
    pub fn skip(&mut self) {
        self.cursor = lock(&self.log.0).bytes.len();
    }

    /// everything that the console said since the machine started.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&lock(&self.log.0).bytes).into_owned()
    }
}

fn lock(mutex: &Mutex<Log>) -> MutexGuard<'_, Log> {
    mutex
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// the text whose match ends first: its index, and where the match ends.
fn first_match(bytes: &[u8], texts: &[&str]) -> Option<(usize, usize)> {
    texts
        .iter()
        .enumerate()
        .filter_map(|(which, text)| {
            let start = find(bytes, text.as_bytes())?;
            Some((which, start + text.len()))
        })
        .min_by_key(|&(_, end)| end)
}

fn find(bytes: &[u8], text: &[u8]) -> Option<usize> {
    if text.is_empty() {
        return Some(0);
    }
    bytes.windows(text.len()).position(|window| window == text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SECOND, Scratch};

    fn pair() -> (Console, UnixStream, Scratch) {
        let dir = Scratch::new().unwrap();
        let at = dir.join("s");
        let listener = UnixListener::bind(&at).unwrap();
        let far = UnixStream::connect(&at).unwrap();
        (Console::accept(&listener, &at).unwrap(), far, dir)
    }

    #[test]
    fn matches_in_order_and_across_reads() {
        let (mut console, mut far, _dir) = pair();
        far.write_all(b"boot... llm").unwrap();
        far.write_all(b"sh> ok\r\nllmsh> ").unwrap();
        assert_eq!(
            console.expect("llmsh> ", SECOND).unwrap(),
            "boot... llmsh> "
        );
        assert_eq!(console.expect("llmsh> ", SECOND).unwrap(), "ok\r\nllmsh> ");
        assert!(matches!(
            console.expect("llmsh> ", SECOND / 50),
            Err(Error::Timeout { .. })
        ));
    }

    #[test]
    fn the_earliest_of_several_wins() {
        fn check(bytes: &str, texts: &[&str], expect: Option<(usize, usize)>) {
            assert_eq!(
                first_match(bytes.as_bytes(), texts),
                expect,
                "{bytes:?} {texts:?}"
            );
        }
        check("a b", &["b", "a"], Some((1, 1)));
        check("yes? ", &["? ", "llmsh> "], Some((0, 5)));
        check("nothing", &["x"], None);
        check("", &["x"], None);
    }

    #[test]
    fn an_ended_machine_is_told_apart_from_a_slow_one() {
        let (mut console, mut far, _dir) = pair();
        far.write_all(b"Kernel panic\r\n").unwrap();
        drop(far);
        let error = console.expect("llmsh> ", 5 * SECOND).unwrap_err();
        assert!(matches!(error, Error::Gone { .. }));
        assert!(error.to_string().contains("| Kernel panic"), "{error}");
    }

    #[test]
    fn what_is_typed_arrives() {
        let (mut console, mut far, _dir) = pair();
        console.type_line("hi").unwrap();
        console.send(b"\x03").unwrap();
        let mut got = [0u8; 4];
        far.read_exact(&mut got).unwrap();
        assert_eq!(&got, b"hi\r\x03");
    }
}
