//! a short-lived program without rights: it reads one file, writes one answer, and is gone.
//!
//! whatever parses what a person wrote runs here and not in pid 1: as `nobody`, with no capability,
//! no byte into any file, little memory and a time limit.

use llm_os_sys::spawn::{Child, Limit, Spawn, spawn};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::process::{Pid, Signal, WaitOptions};
use std::ffi::CString;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

const NOBODY: u32 = 65534;
/// bytes of its answer.
const ANSWER_MAX_BYTES: usize = 64 * 1024;
/// numbers of linux, for x86_64 and aarch64 alike: RLIMIT_CPU, _FSIZE, _CORE, _NOFILE, _AS.
const LIMITS: [Limit; 5] = [
    Limit {
        resource: 0,
        value: 2,
    },
    Limit {
        resource: 1,
        value: 0,
    },
    Limit {
        resource: 4,
        value: 0,
    },
    Limit {
        resource: 7,
        value: 8,
    },
    Limit {
        resource: 9,
        value: 64 << 20,
    },
];

/// its stdout, if it ended with code 0 before the limit.
///
/// # Errors
/// it could not be started, was too slow, said too much, or ended badly.
pub fn ask(program: &str, input: &str, limit: Duration) -> io::Result<Vec<u8>> {
    let input = File::open(input)?;
    let null = OpenOptions::new().write(true).open("/dev/null")?;
    let flags = rustix::pipe::PipeFlags::CLOEXEC;
    let (answer, write) = rustix::pipe::pipe_with(flags)?;
    let mut child = spawn(&Spawn {
        program: CString::new(program)?,
        argv: vec![CString::new(program)?],
        envp: Vec::new(),
        descriptors: vec![input.as_fd(), write.as_fd(), null.as_fd()],
        cgroup: None,
        uid: NOBODY,
        gid: NOBODY,
        groups: Vec::new(),
        capabilities: 0,
        no_new_privs: true,
        // there is no network yet when it runs; a namespace of its own would cost time at each start.
        own_network: false,
        session: true,
        terminal: false,
        limits: LIMITS.to_vec(),
        oom_score_adj: 1000,
        directory: c"/".to_owned(),
        umask: 0o077,
    })?;
    drop(write);
    let end = Instant::now() + limit;
    let said = listen(File::from(answer), end);
    if said.is_err() || !readable(&child.pidfd, end)? {
        // it is not left behind.
        let _ = rustix::process::pidfd_send_signal(&child.pidfd, Signal::KILL);
    }
    let code = wait(&mut child)?;
    match (said?, code) {
        (said, Some(0)) => Ok(said),
        (_, Some(code)) => Err(io::Error::other(format!("it ended with code {code}"))),
        (_, None) => Err(io::Error::other("it was ended by a signal")),
    }
}

/// everything up to the end of the pipe, which has to come before `end`.
fn listen(mut from: File, end: Instant) -> io::Result<Vec<u8>> {
    let mut said = Vec::new();
    let mut piece = [0; 4096];
    loop {
        if !readable(&from, end)? {
            return Err(io::Error::from(io::ErrorKind::TimedOut));
        }
        match from.read(&mut piece)? {
            0 => return Ok(said),
            count if said.len() + count > ANSWER_MAX_BYTES => {
                return Err(io::Error::from(io::ErrorKind::FileTooLarge));
            }
            count => said.extend_from_slice(&piece[..count]),
        }
    }
}

/// waits for something to read, or for a process to end; `false`: the time is over.
fn readable(fd: &impl AsFd, end: Instant) -> io::Result<bool> {
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let timeout = Timespec::try_from(left).map_err(io::Error::other)?;
        let mut wanted = [PollFd::new(fd, PollFlags::IN)];
        match rustix::event::poll(&mut wanted, Some(&timeout)) {
            Ok(count) => return Ok(count > 0),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn wait(child: &mut Child) -> io::Result<Option<i32>> {
    let pid = i32::try_from(child.pid).ok().and_then(Pid::from_raw);
    let status = rustix::process::waitpid(pid, WaitOptions::empty())?;
    Ok(status.and_then(|(_, status)| status.exit_status()))
}
