//! one child process with exactly what it was given: clone3 into a cgroup, then execve.
//!
//! between clone3 and execve the child makes plain system calls and nothing else: no allocation, no
//! lock, no libc function that keeps books (glibc's `setresuid` would wait for threads that the
//! child does not have). what fails there comes back through a close-on-exec pipe, so [`spawn`]
//! returns only when the program runs or it is known why it does not.

use std::ffi::{CString, c_char};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

/// the highest capability that linux has (`CAP_CHECKPOINT_RESTORE`); dropping one that the kernel
/// does not know is an error that is passed over.
const CAPABILITY_LAST: u32 = 40;
/// descriptors that a child may be given.
const DESCRIPTORS_MAX: usize = 16;

/// every capability, for a service that keeps them all.
pub const CAPABILITIES_ALL: u64 = (1 << (CAPABILITY_LAST + 1)) - 1;

/// a resource limit, soft and hard the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// `RLIMIT_…` of linux.
    pub resource: u32,
    pub value: u64,
}

/// what a child is given. what is not named here it does not get.
#[derive(Debug)]
pub struct Spawn<'a> {
    /// absolute.
    pub program: CString,
    /// with the program's own name first.
    pub argv: Vec<CString>,
    /// `KEY=value`.
    pub envp: Vec<CString>,
    /// become descriptors 0, 1, 2, … of the child; at most 16.
    pub descriptors: Vec<BorrowedFd<'a>>,
    /// a cgroup v2 folder; the child is born in it and never runs outside.
    pub cgroup: Option<BorrowedFd<'a>>,
    pub uid: u32,
    pub gid: u32,
    pub groups: Vec<u32>,
    /// bit n keeps capability n, also through a change of user.
    pub capabilities: u64,
    pub no_new_privs: bool,
    /// an empty network namespace of its own.
    pub own_network: bool,
    /// leads a session of its own.
    pub session: bool,
    /// descriptor 0 becomes the session's controlling terminal; needs `session`.
    pub terminal: bool,
    pub limits: Vec<Limit>,
    /// -1000 (never chosen) to 1000 (chosen first) when memory runs out.
    pub oom_score_adj: i16,
    /// absolute; `/` where it cannot be entered.
    pub directory: CString,
    pub umask: u32,
}

/// a child that runs its program.
#[derive(Debug)]
pub struct Child {
    pub pid: u32,
    pub pidfd: OwnedFd,
}

/// starts the program.
///
/// # Errors
/// what clone3 said, or the failed step in the child with its reason.
pub fn spawn(spawn: &Spawn) -> io::Result<Child> {
    if spawn.descriptors.len() > DESCRIPTORS_MAX {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    }
    let (mut report, report_write) = pipe()?;
    let plan = Prepared::new(spawn, report_write.as_raw_fd());
    let mut pidfd: RawFd = -1;
    let mut flags = libc::CLONE_PIDFD as u64 | CLONE_CLEAR_SIGHAND;
    if spawn.own_network {
        flags |= libc::CLONE_NEWNET as u64;
    }
    let mut cgroup = 0;
    if let Some(fd) = spawn.cgroup {
        flags |= CLONE_INTO_CGROUP;
        cgroup = fd.as_raw_fd() as u64;
    }
    let arguments = libc::clone_args {
        flags,
        pidfd: (&raw mut pidfd) as u64,
        child_tid: 0,
        parent_tid: 0,
        exit_signal: libc::SIGCHLD as u64,
        stack: 0,
        stack_size: 0,
        tls: 0,
        set_tid: 0,
        set_tid_size: 0,
        cgroup,
    };
    // reason: clone3 has no wrapper. without CLONE_VM the child has a copy of this memory and goes on
    // here alone, as after fork; it only runs `in_child`, which neither allocates nor returns.
    let pid = unsafe {
        libc::syscall(
            libc::SYS_clone3,
            &raw const arguments,
            size_of::<libc::clone_args>(),
        )
    };
    match pid {
        0 => in_child(&plan),
        pid if pid < 0 => Err(io::Error::last_os_error()),
        pid => {
            drop(report_write);
            // reason: the kernel has just put this descriptor there and nobody else has it.
            let pidfd = unsafe { OwnedFd::from_raw_fd(pidfd) };
            let mut failed = [0; 8];
            match report.read_exact(&mut failed) {
                // the pipe was closed by execve: the program runs.
                Err(_) => Ok(Child {
                    pid: pid as u32,
                    pidfd,
                }),
                Ok(()) => {
                    reap(pid as i32);
                    Err(explain(failed))
                }
            }
        }
    }
}

const CLONE_CLEAR_SIGHAND: u64 = 0x1_0000_0000;
const CLONE_INTO_CGROUP: u64 = 0x2_0000_0000;

/// the steps of the child, named for the error.
const STEPS: [&str; 11] = [
    "session",
    "terminal",
    "descriptors",
    "limits",
    "capabilities",
    "groups",
    "group",
    "user",
    "no new privileges",
    "signals",
    "program",
];

fn explain(report: [u8; 8]) -> io::Error {
    let [step, errno] = [&report[..4], &report[4..]]
        .map(|part| i32::from_ne_bytes(part.try_into().unwrap_or_default()));
    let step = STEPS.get(step as usize).copied().unwrap_or("child");
    let error = io::Error::from_raw_os_error(errno);
    io::Error::new(error.kind(), format!("{step}: {error}"))
}

/// pointers and numbers, made before the clone so that the child allocates nothing.
struct Prepared<'a> {
    spawn: &'a Spawn<'a>,
    argv: Vec<*const c_char>,
    envp: Vec<*const c_char>,
    oom_score_adj: String,
    report: RawFd,
}

impl<'a> Prepared<'a> {
    fn new(spawn: &'a Spawn, report: RawFd) -> Self {
        let pointers = |list: &[CString]| {
            let end = std::iter::once(std::ptr::null());
            list.iter().map(|text| text.as_ptr()).chain(end).collect()
        };
        Prepared {
            spawn,
            argv: pointers(&spawn.argv),
            envp: pointers(&spawn.envp),
            oom_score_adj: spawn.oom_score_adj.to_string(),
            report,
        }
    }
}

fn in_child(plan: &Prepared) -> ! {
    let (step, errno) = match crate::child::become_program(
        plan.spawn,
        &plan.argv,
        &plan.envp,
        plan.oom_score_adj.as_bytes(),
        plan.report,
    ) {
        Ok(never) => match never {},
        Err(failed) => failed,
    };
    let mut report = [0; 8];
    report[..4].copy_from_slice(&step.to_ne_bytes());
    report[4..].copy_from_slice(&errno.to_ne_bytes());
    // reason: plain system calls on this process alone; the report is 8 bytes long.
    unsafe {
        let _ = libc::write(plan.report, report.as_ptr().cast(), report.len());
        libc::_exit(127)
    }
}

fn pipe() -> io::Result<(File, OwnedFd)> {
    let (read, write) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
    Ok((File::from(read), write))
}

/// takes a child that never became a program off the process table; nobody else knows of it.
fn reap(pid: i32) {
    if let Some(pid) = rustix::process::Pid::from_raw(pid) {
        let _ = rustix::process::waitpid(Some(pid), rustix::process::WaitOptions::empty());
    }
}

#[cfg(test)]
mod tests;
