//! QEMU's machine protocol: one JSON object a line, answers and events mixed.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::error::{Doing, Error, Result};

/// an answer takes microseconds, unless the host is very busy.
const ANSWER: Duration = Duration::from_secs(30);

/// the monitor of a machine.
pub struct Qmp {
    stream: UnixStream,
    lines: Receiver<Value>,
    /// events that came while an answer was waited for, oldest first.
    events: Vec<Value>,
}

impl Qmp {
    /// waits for QEMU to connect, and shakes hands.
    pub(crate) fn accept(listener: &UnixListener, at: &Path) -> Result<Self> {
        let (stream, _) = listener.accept().doing("accept on", at)?;
        let reader = BufReader::new(stream.try_clone().doing("use", at)?);
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in reader.lines().map_while(std::result::Result::ok) {
                let Ok(value) = serde_json::from_str(&line) else {
                    continue;
                };
                if sender.send(value).is_err() {
                    return;
                }
            }
        });
        let mut qmp = Qmp {
            stream,
            lines,
            events: Vec::new(),
        };
        qmp.command("qmp_capabilities", json!({}))?;
        Ok(qmp)
    }

    /// sends a command and returns its answer.
    ///
    /// # Errors
    /// when QEMU refuses it, or is gone.
    pub fn command(&mut self, command: &str, arguments: Value) -> Result<Value> {
        let failed = |why: String| Error::Monitor {
            command: command.to_owned(),
            why,
        };
        let line = format!("{}\n", json!({"execute": command, "arguments": arguments}));
        self.stream
            .write_all(line.as_bytes())
            .map_err(|error| failed(error.to_string()))?;
        let deadline = Instant::now() + ANSWER;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let answer = self
                .lines
                .recv_timeout(left)
                .map_err(|error| failed(error.to_string()))?;
            if let Some(value) = answer.get("return") {
                return Ok(value.clone());
            }
            if let Some(error) = answer.get("error") {
                return Err(failed(
                    error["desc"]
                        .as_str()
                        .unwrap_or("no reason given")
                        .to_owned(),
                ));
            }
            if answer.get("event").is_some() {
                self.events.push(answer);
            }
        }
    }

    /// waits for an event by its name (`RESET`, `SHUTDOWN`, `WATCHDOG`, …) and takes it. events
    /// that came before the call count, others are kept.
    ///
    /// # Errors
    /// when it does not come in time.
    pub fn wait_event(&mut self, name: &str, timeout: Duration) -> Result<Value> {
        let deadline = Instant::now() + timeout;
        loop {
            if let Some(at) = self.events.iter().position(|event| event["event"] == name) {
                return Ok(self.events.remove(at));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(value) if value.get("event").is_some() => self.events.push(value),
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => {
                    return Err(Error::Timeout {
                        wanted: format!("the event {name}"),
                        after: timeout,
                        tail: String::new(),
                    });
                }
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Error::Gone {
                        wanted: format!("the event {name}"),
                        tail: String::new(),
                    });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SECOND, Scratch};

    /// a monitor that answers each command with the next of `answers` (lines).
    fn fake(dir: &Scratch, answers: &'static [&'static str]) -> Qmp {
        let at = dir.join("q");
        let listener = UnixListener::bind(&at).unwrap();
        let mut far = UnixStream::connect(&at).unwrap();
        thread::spawn(move || {
            far.write_all(b"{\"QMP\": {}}\n").unwrap();
            let mut commands = BufReader::new(far.try_clone().unwrap()).lines();
            for answer in [&["{\"return\": {}}"], answers].concat() {
                commands.next().unwrap().unwrap();
                far.write_all(format!("{answer}\n").as_bytes()).unwrap();
            }
        });
        Qmp::accept(&listener, &at).unwrap()
    }

    #[test]
    fn answers_and_events_are_sorted_apart() {
        let dir = Scratch::new().unwrap();
        let answers = &[
            "{\"event\": \"RESET\"}\n{\"return\": {\"status\": \"running\"}}",
            "{\"error\": {\"desc\": \"no such command\"}}",
        ];
        let mut qmp = fake(&dir, answers);
        assert_eq!(
            qmp.command("query-status", json!({})).unwrap()["status"],
            "running"
        );
        let error = qmp.command("frob", json!({})).unwrap_err();
        assert!(error.to_string().contains("no such command"), "{error}");
        assert_eq!(qmp.wait_event("RESET", SECOND).unwrap()["event"], "RESET");
        assert!(qmp.wait_event("RESET", SECOND / 50).is_err());
    }
}
