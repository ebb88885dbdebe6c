//! one running worker: its events, and how it ended.

use crate::error::JailError;
use llm_os_sys::cgroup::Group;
use llm_os_sys::spawn::Child;
use llm_os_wire::worker::{Event, Job};
use llm_os_wire::{FrameError, frame};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, WaitIdStatus};
use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// bytes of a worker's own last words that are kept for the log.
const DIAGNOSTICS_MAX_BYTES: u64 = 4096;
/// how long the killed may take to be gone before their cgroup is left behind.
const REMOVE: Duration = Duration::from_secs(5);

const RUNNING: u8 = 0;
const TIMED_OUT: u8 = 1;
const CANCELLED: u8 = 2;

/// one running worker. dropping it without [`Worker::finish`] kills it.
#[derive(Debug)]
pub struct Worker {
    events: File,
    killer: Killer,
    /// dropping it tells the timer that the worker is done.
    timer: Option<(mpsc::Sender<()>, JoinHandle<()>)>,
    diagnostics: Option<JoinHandle<String>>,
    group: Option<Group>,
}

/// kills a worker from another thread; all copies speak of the same one.
#[derive(Clone, Debug)]
pub struct Killer {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    pid: u32,
    pidfd: OwnedFd,
    /// writes to `cgroup.kill`; `None` without a cgroup.
    group: Option<Group>,
    why: AtomicU8,
}

/// how a worker ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    pub cancelled: bool,
    pub timed_out: bool,
    /// for the log: its exit or signal, and what it said on stderr.
    pub how: String,
    pub diagnostics: String,
}

impl Worker {
    pub(crate) fn new(
        child: Child,
        group: Option<Group>,
        mut to_worker: File,
        events: File,
        diagnostics: File,
        job: &Job,
    ) -> Result<Self, JailError> {
        let shared = Shared {
            pid: child.pid,
            pidfd: child.pidfd,
            group: group.as_ref().map(Group::again),
            why: AtomicU8::new(RUNNING),
        };
        let killer = Killer { shared: Arc::new(shared) };
        let limit = Duration::from_millis(job.timeout_ms);
        let (done, wait) = mpsc::channel::<()>();
        let mut worker = Worker {
            events,
            killer: killer.clone(),
            timer: None,
            diagnostics: Some(thread::spawn(move || tail(diagnostics))),
            group,
        };
        let timer = thread::spawn(move || {
            if wait.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
                killer.end(TIMED_OUT);
            }
        });
        worker.timer = Some((done, timer));
        // a job that does not fit the pipe waits for the worker to read; the timer is running.
        frame::write(&mut to_worker, job).map_err(JailError::Job)?;
        Ok(worker)
    }

    /// the next event, or `None` when there are no more.
    ///
    /// # Errors
    /// when what it wrote is no event; it should be killed then.
    pub fn next(&mut self) -> Result<Option<Event>, JailError> {
        match frame::read(&mut self.events) {
            Ok(event) => Ok(Some(event)),
            // a frame cut short is a worker that was killed.
            Err(FrameError::Closed | FrameError::Io(_)) => Ok(None),
            Err(error) => Err(JailError::Events(error)),
        }
    }

    pub fn killer(&self) -> Killer {
        self.killer.clone()
    }

    /// kills what is left of it, waits, and takes its cgroup away.
    pub fn finish(mut self) -> End {
        let why = self.killer.shared.why.load(Ordering::Relaxed);
        let how = self.clean_up();
        let diagnostics = self.diagnostics.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        End { cancelled: why == CANCELLED, timed_out: why == TIMED_OUT, how, diagnostics }
    }

    fn clean_up(&mut self) -> String {
        let Some((done, timer)) = self.timer.take() else { return String::new() };
        // what it left behind (a program in the background) ends with it. one that has ended already
        // keeps its own exit.
        self.killer.shared.kill();
        let how = self.killer.shared.wait();
        drop(done);
        let _ = timer.join();
        if let Some(group) = self.group.take() {
            // a group that stays is empty and harmless; the executor's own ends it.
            let _ = group.remove(REMOVE);
        }
        how
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.clean_up();
    }
}

impl Killer {
    /// the person does not want it any more.
    pub fn cancel(&self) {
        self.end(CANCELLED);
    }

    fn end(&self, why: u8) {
        let first = self.shared.why.compare_exchange(RUNNING, why, Ordering::Relaxed, Ordering::Relaxed);
        if first.is_ok() {
            self.shared.kill();
        }
    }
}

impl Shared {
    /// the whole cgroup; without one, the session's process group and the worker itself.
    fn kill(&self) {
        if let Some(group) = &self.group {
            let _ = group.kill();
        } else if let Some(pid) = Pid::from_raw(self.pid as i32) {
            let _ = rustix::process::kill_process_group(pid, Signal::KILL);
        }
        let _ = rustix::process::pidfd_send_signal(&self.pidfd, Signal::KILL);
    }

    fn wait(&self) -> String {
        loop {
            let id = WaitId::PidFd(self.pidfd.as_fd());
            match rustix::process::waitid(id, WaitIdOptions::EXITED) {
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return error.to_string(),
                Ok(None) => return String::new(),
                Ok(Some(status)) => return describe(&status),
            }
        }
    }
}

fn describe(status: &WaitIdStatus) -> String {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => format!("exit {code}"),
        (_, Some(signal)) => format!("signal {signal}"),
        _ => "unknown end".to_owned(),
    }
}

/// the last words, read until nobody can say more.
fn tail(mut from: File) -> String {
    let mut kept = Vec::new();
    let mut buffer = [0; 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        kept.extend_from_slice(&buffer[..count]);
        let over = kept.len().saturating_sub(DIAGNOSTICS_MAX_BYTES as usize);
        kept.drain(..over);
    }
    String::from_utf8_lossy(&kept).into_owned()
}
