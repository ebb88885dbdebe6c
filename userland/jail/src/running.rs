//! a worker that runs: its events, its end.

use crate::start::JailError;
use llm_os_sys::cgroup::Group;
use llm_os_sys::spawn::Child;
use llm_os_wire::frame::{FRAME_MAX_BYTES, decode};
use llm_os_wire::worker::Event;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// bytes of the worker's own complaints that are kept: the last ones.
const DIAGNOSTICS_MAX_BYTES: usize = 8 * 1024;
/// how long the dead may take to be gone.
const REMOVE_LIMIT: Duration = Duration::from_secs(2);

/// one worker. dropped without [`Worker::finish`], it is killed all the same.
pub struct Worker {
    target: Arc<Target>,
    stdout: Option<OwnedFd>,
    stderr: Option<OwnedFd>,
    /// bytes of events that are not whole yet.
    received: Vec<u8>,
    diagnostics: Vec<u8>,
    end: Instant,
    timed_out: bool,
    reaped: bool,
}

/// how a worker ended.
#[derive(Debug)]
pub struct End {
    pub timed_out: bool,
    /// `exit code 0`, `signal 9`.
    pub how: String,
    /// the last of what it wrote to its errors; nothing when all is well.
    pub diagnostics: String,
}

/// ends a worker and all that it started, from any thread.
#[derive(Clone)]
pub struct Killer {
    target: Arc<Target>,
}

/// what is killed.
struct Target {
    child: Child,
    group: Option<Group>,
}

impl Target {
    fn kill(&self) {
        let killed = self
            .group
            .as_ref()
            .is_some_and(|group| group.kill().is_ok());
        if killed {
            return;
        }
        // the worker is its group's leader and not waited for yet, so the number is still its own.
        if let Some(group) = Pid::from_raw(self.child.pid as i32) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = rustix::process::pidfd_send_signal(&self.child.pidfd, Signal::KILL);
    }
}

impl Killer {
    /// kills at once; does nothing where all is dead already.
    pub fn cancel(&self) {
        // a worker that was waited for has no group to kill by number any more: the descriptor says.
        if rustix::process::pidfd_send_signal(&self.target.child.pidfd, Signal::KILL).is_ok() {
            self.target.kill();
        }
    }
}

impl Worker {
    pub(crate) fn new(
        child: Child,
        stdout: OwnedFd,
        stderr: OwnedFd,
        group: Option<Group>,
        limit: Duration,
    ) -> Self {
        Worker {
            target: Arc::new(Target { child, group }),
            stdout: Some(stdout),
            stderr: Some(stderr),
            received: Vec::new(),
            diagnostics: Vec::new(),
            end: Instant::now() + limit,
            timed_out: false,
            reaped: false,
        }
    }

    /// the worker's process.
    pub fn pid(&self) -> u32 {
        self.target.child.pid
    }

    /// ends it from another thread.
    pub fn killer(&self) -> Killer {
        Killer {
            target: Arc::clone(&self.target),
        }
    }

    /// the next event, or `None` after the last. blocks; past the job's time limit the worker is
    /// killed, and what it said until then is still given out.
    ///
    /// # Errors
    /// when it says what is no event; it is killed then.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator has no errors of its own"
    )]
    pub fn next(&mut self) -> Result<Option<Event>, JailError> {
        loop {
            match self.take_event() {
                Ok(None) if self.stdout.is_none() => return Ok(None),
                Ok(None) => {}
                Ok(event) => return Ok(event),
                Err(why) => {
                    self.target.kill();
                    self.stdout = None;
                    self.received.clear();
                    return Err(JailError::Events(why));
                }
            }
            if let Err(error) = self.listen() {
                self.target.kill();
                self.stdout = None;
                return Err(JailError::Events(error.to_string()));
            }
        }
    }

    /// kills what is left and waits until it is gone.
    pub fn finish(mut self) -> End {
        self.target.kill();
        let how = self.reap();
        self.last_words();
        if let Some(group) = self.target.group.clone() {
            // what cannot be taken away now is cleared at the next start of the executor.
            let _ = group.remove(REMOVE_LIMIT);
        }
        let diagnostics = String::from_utf8_lossy(&self.diagnostics).trim().to_owned();
        End {
            timed_out: self.timed_out,
            how,
            diagnostics,
        }
    }

    /// a whole event out of what was received.
    fn take_event(&mut self) -> Result<Option<Event>, String> {
        let Some((head, rest)) = self.received.split_first_chunk::<4>() else {
            return Ok(None);
        };
        let length = u32::from_le_bytes(*head) as usize;
        if length > FRAME_MAX_BYTES {
            return Err(format!("an event of {length} bytes"));
        }
        if rest.len() < length {
            return Ok(None);
        }
        let event = decode(&rest[..length]).map_err(|error| error.to_string())?;
        self.received.drain(..4 + length);
        Ok(Some(event))
    }

    /// waits for something to read and takes it.
    fn listen(&mut self) -> rustix::io::Result<()> {
        let left = self.end.saturating_duration_since(Instant::now());
        if left.is_zero() && !self.timed_out {
            self.timed_out = true;
            self.target.kill();
        }
        let limit = if self.timed_out { REMOVE_LIMIT } else { left };
        let limit = Timespec {
            tv_sec: limit.as_secs() as i64,
            tv_nsec: i64::from(limit.subsec_nanos()),
        };
        let mut fds: Vec<PollFd> = [&self.stdout, &self.stderr]
            .into_iter()
            .flatten()
            .map(|fd| PollFd::new(fd, PollFlags::IN))
            .collect();
        match poll(&mut fds, Some(&limit)) {
            Ok(0) if self.timed_out => {
                // killed, and something still holds the pipe: it is given up.
                self.stdout = None;
                return Ok(());
            }
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
        let mut ready = fds.iter().map(|fd| !fd.revents().is_empty());
        let out = self.stdout.is_some() && ready.next().unwrap_or(false);
        let err = self.stderr.is_some() && ready.next().unwrap_or(false);
        if out && !take(self.stdout.as_ref(), &mut self.received) {
            self.stdout = None;
        }
        if err && !take(self.stderr.as_ref(), &mut self.diagnostics) {
            self.stderr = None;
        }
        self.bound_diagnostics();
        Ok(())
    }

    fn bound_diagnostics(&mut self) {
        let over = self.diagnostics.len().saturating_sub(DIAGNOSTICS_MAX_BYTES);
        self.diagnostics.drain(..over);
    }

    /// what is left in the pipe of its errors, without waiting for more.
    fn last_words(&mut self) {
        let now = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        while let Some(stderr) = &self.stderr {
            let mut fds = [PollFd::new(stderr, PollFlags::IN)];
            if !poll(&mut fds, Some(&now)).is_ok_and(|count| count > 0)
                || !take(Some(stderr), &mut self.diagnostics)
            {
                break;
            }
            self.bound_diagnostics();
        }
    }

    fn reap(&mut self) -> String {
        loop {
            match waitid(
                WaitId::PidFd(self.target.child.pidfd.as_fd()),
                WaitIdOptions::EXITED,
            ) {
                Ok(Some(status)) => {
                    self.reaped = true;
                    return match (status.exit_status(), status.terminating_signal()) {
                        (Some(code), _) => format!("exit code {code}"),
                        (None, Some(signal)) => format!("signal {signal}"),
                        (None, None) => "ended".to_owned(),
                    };
                }
                Ok(None) | Err(Errno::INTR) => {}
                Err(error) => {
                    self.reaped = true;
                    return error.to_string();
                }
            }
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if !self.reaped {
            self.target.kill();
            self.reap();
        }
    }
}

/// appends one piece; false at the end.
fn take(fd: Option<&OwnedFd>, into: &mut Vec<u8>) -> bool {
    let Some(fd) = fd else { return false };
    let mut piece = [0; 64 * 1024];
    match rustix::io::read(fd, &mut piece) {
        Ok(0) => false,
        Ok(count) => {
            into.extend_from_slice(&piece[..count]);
            true
        }
        Err(Errno::INTR | Errno::AGAIN) => true,
        Err(_) => false,
    }
}
