//! progress: which step, for how long, what comes next; and programs run inside a step, with their
//! output in a log file that is shown when they fail.

use std::fs::{self, File, OpenOptions};
use std::io::{IsTerminal, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Doing, Error, Result};

/// how many lines of a log are shown when its program failed.
const TAIL_LINES: usize = 15;
/// how much of a log's end is read for that.
const TAIL_BYTES: i64 = 8 << 10;
/// without a terminal a line like "still at it" comes this often.
const QUIET_TICK: Duration = Duration::from_secs(30);

/// prints the steps of one command. lines go to stderr: stdout belongs to the machine and to JSON.
pub struct Progress {
    started: Instant,
    quiet: bool,
    next: Option<&'static str>,
    /// something was printed, so the end is worth a line too.
    worked: bool,
}

impl Progress {
    /// `quiet` prints nothing but failures.
    pub fn new(quiet: bool) -> Self {
        Progress {
            started: Instant::now(),
            quiet,
            next: None,
            worked: false,
        }
    }

    /// says what comes after the step that starts now.
    pub fn next(&mut self, next: &'static str) -> &mut Self {
        self.next = Some(next);
        self
    }

    /// a line for the person.
    pub fn say(&mut self, line: &str) {
        if !self.quiet {
            self.worked = true;
            eprintln!("cargo os: {line}");
        }
    }

    /// runs `work` under a line that shows the time passed. `what` may name how long it takes.
    ///
    /// # Errors
    /// what `work` says.
    pub fn step<T>(
        &mut self,
        what: &str,
        log: &Path,
        work: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        let next = self.next.take();
        if self.quiet {
            return work();
        }
        self.worked = true;
        let ticker = Ticker::start(what, next, log);
        let result = work();
        ticker.stop(result.is_ok());
        result
    }

    /// the last line, when there was any work.
    pub fn done(&self, what: &str) {
        if self.worked && !self.quiet {
            eprintln!("cargo os: {what} after {}", clock(self.started.elapsed()));
        }
    }
}

/// the line that is rewritten once a second, in a thread of its own.
struct Ticker {
    what: String,
    started: Instant,
    stop: mpsc::Sender<()>,
    thread: thread::JoinHandle<()>,
}

impl Ticker {
    fn start(what: &str, next: Option<&'static str>, log: &Path) -> Self {
        let (stop, stopped) = mpsc::channel::<()>();
        let started = Instant::now();
        let line = what.to_owned();
        let log = log.to_owned();
        let thread = thread::spawn(move || {
            let tty = std::io::stderr().is_terminal();
            let tick = if tty {
                Duration::from_secs(1)
            } else {
                QUIET_TICK
            };
            let then = next
                .map(|next| format!(" (then: {next})"))
                .unwrap_or_default();
            if !tty {
                eprintln!("cargo os: {line} …{then}");
            }
            loop {
                if tty {
                    let now = last_line(&log).unwrap_or_default();
                    let text = format!("{line} … {}{then}  {now}", clock(started.elapsed()));
                    eprint!("\r\x1b[K{}", crop(&text, 100));
                    let _ = std::io::stderr().flush();
                }
                match stopped.recv_timeout(tick) {
                    Err(mpsc::RecvTimeoutError::Timeout) => {}
                    _ => break,
                }
                if !tty {
                    eprintln!("cargo os: {line} … {}", clock(started.elapsed()));
                }
            }
            if tty {
                eprint!("\r\x1b[K");
            }
        });
        Ticker {
            what: what.to_owned(),
            started,
            stop,
            thread,
        }
    }

    fn stop(self, ok: bool) {
        let _ = self.stop.send(());
        let _ = self.thread.join();
        let verdict = if ok { "done" } else { "failed" };
        eprintln!(
            "cargo os: {} … {verdict} in {}",
            self.what,
            clock(self.started.elapsed())
        );
    }
}

/// runs a program with its output appended to a log.
///
/// # Errors
/// when it cannot be started, or ends with anything but success: then the last lines of its log
/// come with the error, and `hint` says what to do.
pub fn run_logged(command: &mut Command, what: &str, log: &Path, hint: &str) -> Result<()> {
    let mut file = open_log(log)?;
    let _ = writeln!(file, "$ {command:?}");
    let status = command
        .stdin(Stdio::null())
        .stdout(file.try_clone().doing("use", log)?)
        .stderr(file)
        .status()
        .map_err(|error| not_started(command, &error))?;
    if status.success() {
        return Ok(());
    }
    Err(Error::Child {
        what: what.to_owned(),
        status: status.to_string(),
        log: log.to_owned(),
        tail: tail(log, TAIL_LINES),
        hint: hint.to_owned(),
    })
}

/// runs a program and returns what it printed on stdout; stderr goes to the error.
///
/// # Errors
/// when it cannot be started or fails.
pub fn output_of(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| not_started(command, &error))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        let why = stderr
            .lines()
            .last()
            .unwrap_or("it said nothing")
            .to_owned();
        let name = command.get_program().to_string_lossy().into_owned();
        return Err(Error::failed(
            format!("{name} failed ({}): {why}", output.status),
            "",
        ));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// an empty log for a step that begins.
///
/// # Errors
/// when the log cannot be written.
pub fn fresh_log(log: &Path) -> Result<PathBuf> {
    File::create(log).doing("write", log)?;
    Ok(log.to_owned())
}

fn open_log(log: &Path) -> Result<File> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(log)
        .doing("write", log)
}

fn not_started(command: &Command, error: &std::io::Error) -> Error {
    let name = command.get_program().to_string_lossy();
    Error::failed(
        format!("cannot start {name}: {error}"),
        "`cargo os doctor` says what is installed and what is missing",
    )
}

/// the last lines of a log; empty when it cannot be read.
pub fn tail(log: &Path, lines: usize) -> Vec<String> {
    let text = end_of(log).unwrap_or_default();
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..]
        .iter()
        .map(|line| crop(line, 300))
        .collect()
}

fn last_line(log: &Path) -> Option<String> {
    let text = end_of(log)?;
    let line = text.lines().rev().find(|line| !line.trim().is_empty())?;
    Some(line.trim().chars().filter(|c| !c.is_control()).collect())
}

fn end_of(log: &Path) -> Option<String> {
    let mut file = File::open(log).ok()?;
    let length = fs::metadata(log).ok()?.len() as i64;
    if length > TAIL_BYTES {
        file.seek(SeekFrom::End(-TAIL_BYTES)).ok()?;
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn crop(text: &str, width: usize) -> String {
    text.chars().take(width).collect()
}

/// `m:ss`.
pub fn clock(time: Duration) -> String {
    format!("{}:{:02}", time.as_secs() / 60, time.as_secs() % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("llm-os-step-{name}-{}", std::process::id()))
    }

    #[test]
    fn a_failure_brings_its_last_lines() {
        let path = fresh_log(&log("fail")).unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "for i in $(seq 40); do echo line $i; done; exit 3"]);
        let error = run_logged(&mut command, "the thing", &path, "try again").unwrap_err();
        let text = error.to_string();
        assert!(
            text.starts_with("the thing failed (exit status: 3)"),
            "{text}"
        );
        assert!(
            text.contains("| line 40") && !text.contains("| line 20"),
            "{text}"
        );
        assert!(text.ends_with("try again"), "{text}");
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_program_that_is_not_there() {
        let error = output_of(&mut Command::new("/no/such/program")).unwrap_err();
        assert!(
            error.to_string().contains("cannot start /no/such/program"),
            "{error}"
        );
    }

    #[test]
    fn time_is_readable() {
        assert_eq!(clock(Duration::from_secs(0)), "0:00");
        assert_eq!(clock(Duration::from_secs(754)), "12:34");
    }
}
