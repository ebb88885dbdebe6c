//! one program, watched: both its streams as they come, its end, and its time limit.

use crate::capability::{CapabilityError, Output};
use crate::words::shown;
use llm_os_sys::spawn::{CAPABILITIES_ALL, Child, Spawn, spawn};
use llm_os_wire::executor::Stream;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Signal, WaitId, WaitIdOptions, waitid};
use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

/// what is started, and as whom. the rights are those that this process has already given up to.
pub(crate) struct Command {
    /// absolute.
    pub program: String,
    pub argv: Vec<String>,
    /// `KEY=value`.
    pub environment: Vec<String>,
    /// absolute.
    pub directory: String,
    pub uid: u32,
    pub gid: u32,
    pub limit: Duration,
}

/// how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Code(i32),
    Signal(i32),
    TimedOut,
}

/// how long what a program left behind may still write after its end.
const DRAIN: Duration = Duration::from_millis(100);

/// runs it to its end, or to its limit. what it leaves behind ends with the jail.
pub(crate) fn run(command: &Command, output: &mut dyn Output) -> Result<Ended, CapabilityError> {
    let failed = |error: io::Error| {
        CapabilityError::new(format!("cannot run {}: {error}", shown(&command.program)))
    };
    // entered here, because a child that cannot enter its directory would start in another.
    std::env::set_current_dir(&command.directory)
        .map_err(|error| crate::words::failure("enter", &command.directory, &error))?;
    let (child, streams) = start(command).map_err(failed)?;
    watch(&child, streams, command.limit, output).map_err(failed)
}

/// the readable ends of the program's output and errors.
type Streams = [(Stream, OwnedFd); 2];

fn start(command: &Command) -> io::Result<(Child, Streams)> {
    let text =
        |text: &str| CString::new(text).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput));
    let texts = |list: &[String]| {
        list.iter()
            .map(|one| text(one))
            .collect::<io::Result<Vec<_>>>()
    };
    let null = rustix::fs::open("/dev/null", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
    let (out_read, out_write) = pipe_with(PipeFlags::CLOEXEC)?;
    let (err_read, err_write) = pipe_with(PipeFlags::CLOEXEC)?;
    let child = spawn(&Spawn {
        program: text(&command.program)?,
        argv: texts(&command.argv)?,
        envp: texts(&command.environment)?,
        descriptors: vec![null.as_fd(), out_write.as_fd(), err_write.as_fd()],
        cgroup: None,
        uid: command.uid,
        gid: command.gid,
        groups: Vec::new(),
        // what this process kept is all there is: the bounding set has no more.
        capabilities: if command.uid == 0 {
            CAPABILITIES_ALL
        } else {
            0
        },
        no_new_privs: true,
        own_network: false,
        // no session of its own: a jail without a cgroup ends the worker's whole process group.
        session: false,
        terminal: false,
        limits: Vec::new(),
        // chosen before the executor when memory runs out.
        oom_score_adj: 500,
        directory: c".".to_owned(),
        umask: 0o022,
    })?;
    Ok((child, [(Stream::Out, out_read), (Stream::Err, err_read)]))
}

fn watch(
    child: &Child,
    streams: Streams,
    limit: Duration,
    output: &mut dyn Output,
) -> io::Result<Ended> {
    let end = Instant::now() + limit;
    let mut open: Vec<(Stream, OwnedFd)> = streams.into();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            kill(child);
            drain(&mut open, &mut buffer, output);
            wait(child)?;
            return Ok(Ended::TimedOut);
        }
        let (ready, ended) = ready(&open, child, left)?;
        for index in ready.into_iter().rev() {
            if !pass_on(&open[index], &mut buffer, output) {
                open.remove(index);
            }
        }
        if ended {
            let ended = wait(child)?;
            drain(&mut open, &mut buffer, output);
            return Ok(ended);
        }
    }
}

/// which streams have something, and whether the program has ended.
fn ready(
    open: &[(Stream, OwnedFd)],
    child: &Child,
    limit: Duration,
) -> io::Result<(Vec<usize>, bool)> {
    let mut fds: Vec<PollFd> = open
        .iter()
        .map(|(_, fd)| PollFd::new(fd, PollFlags::IN))
        .collect();
    fds.push(PollFd::new(&child.pidfd, PollFlags::IN));
    let limit = Timespec {
        tv_sec: limit.as_secs() as i64,
        tv_nsec: i64::from(limit.subsec_nanos()),
    };
    match poll(&mut fds, Some(&limit)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => {}
        Err(error) => return Err(error.into()),
    }
    let ready = |fd: &PollFd| !fd.revents().is_empty();
    let ended = fds.last().is_some_and(ready);
    let streams = fds.iter().take(open.len()).enumerate();
    Ok((
        streams
            .filter(|(_, fd)| ready(fd))
            .map(|(index, _)| index)
            .collect(),
        ended,
    ))
}

/// one piece of a stream; false at its end. past the output's limit the pieces are dropped there, so
/// that a program that writes without end does not stand still but reaches its time limit.
fn pass_on(stream: &(Stream, OwnedFd), buffer: &mut [u8], output: &mut dyn Output) -> bool {
    match rustix::io::read(&stream.1, &mut *buffer) {
        Ok(0) => false,
        Ok(count) => {
            output.write(stream.0, &buffer[..count]);
            true
        }
        Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => true,
        Err(_) => false,
    }
}

/// what is still in the pipes; something that the program left behind may hold them open.
fn drain(open: &mut Vec<(Stream, OwnedFd)>, buffer: &mut [u8], output: &mut dyn Output) {
    let end = Instant::now() + DRAIN;
    while !open.is_empty() && Instant::now() < end {
        let mut fds: Vec<PollFd> = open
            .iter()
            .map(|(_, fd)| PollFd::new(fd, PollFlags::IN))
            .collect();
        let now = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        if !poll(&mut fds, Some(&now)).is_ok_and(|count| count > 0) {
            return;
        }
        let ready: Vec<bool> = fds.iter().map(|fd| !fd.revents().is_empty()).collect();
        for index in (0..ready.len()).rev().filter(|index| ready[*index]) {
            if !pass_on(&open[index], buffer, output) {
                open.remove(index);
            }
        }
    }
}

/// the program itself; what it started ends with the jail.
fn kill(child: &Child) {
    let _ = rustix::process::pidfd_send_signal(&child.pidfd, Signal::KILL);
}

fn wait(child: &Child) -> io::Result<Ended> {
    loop {
        match waitid(WaitId::PidFd(child.pidfd.as_fd()), WaitIdOptions::EXITED) {
            Ok(Some(status)) => {
                return Ok(match (status.exit_status(), status.terminating_signal()) {
                    (Some(code), _) => Ended::Code(code),
                    (None, signal) => Ended::Signal(signal.unwrap_or(0)),
                });
            }
            Ok(None) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
