//! what a new child does before its program: system calls in order, nothing else.
//!
//! this runs in a copy of a process that may have had threads, so it must not allocate, lock, panic
//! or call a libc function that keeps state. see signal-safety(7), credentials(7), capabilities(7).

use crate::spawn::{CAPABILITIES_ALL, Spawn};
use std::convert::Infallible;
use std::ffi::{c_char, c_long};
use std::os::fd::{AsRawFd, RawFd};

/// the step (an index into the names in `spawn`) and the errno.
type Failed = (i32, i32);

/// descriptors are first copied above this, so that no target overwrites a source.
const ABOVE: c_long = 64;
const SIGNAL_LAST: i32 = 64;
const CAPABILITY_VERSION_3: u32 = 0x2008_0522;

/// turns this process into the program, or says which step failed.
pub(crate) fn become_program(
    spawn: &Spawn,
    argv: &[*const c_char],
    envp: &[*const c_char],
    oom_score_adj: &[u8],
    report: RawFd,
) -> Result<Infallible, Failed> {
    if spawn.session {
        call(0, libc::SYS_setsid, [0; 5])?;
    }
    descriptors(spawn, report)?;
    if spawn.terminal {
        // stealing is refused (last argument 0): a console that is another session's stays so.
        call(1, libc::SYS_ioctl, [0, libc::TIOCSCTTY as c_long, 0, 0, 0])?;
    }
    write_oom_score_adj(oom_score_adj);
    for limit in &spawn.limits {
        let pair = [limit.value, limit.value];
        let resource = limit.resource as c_long;
        call(
            3,
            libc::SYS_prlimit64,
            [0, resource, &raw const pair as c_long, 0, 0],
        )?;
    }
    call(3, libc::SYS_umask, [spawn.umask as c_long, 0, 0, 0, 0])?;
    identity(spawn)?;
    // after the change of user, so that a folder the user may not enter is not entered for them.
    let directory = spawn.directory.as_ptr() as c_long;
    if call(10, libc::SYS_chdir, [directory, 0, 0, 0, 0]).is_err() {
        call(10, libc::SYS_chdir, [c"/".as_ptr() as c_long, 0, 0, 0, 0])?;
    }
    if spawn.no_new_privs {
        let set = libc::PR_SET_NO_NEW_PRIVS as c_long;
        call(8, libc::SYS_prctl, [set, 1, 0, 0, 0])?;
    }
    signals()?;
    let arguments = [
        spawn.program.as_ptr() as c_long,
        argv.as_ptr() as c_long,
        envp.as_ptr() as c_long,
        0,
        0,
    ];
    call(10, libc::SYS_execve, arguments)?;
    Err((10, libc::ENOEXEC))
}

/// 0, 1, 2, … as given, the report pipe until execve, nothing else.
fn descriptors(spawn: &Spawn, report: RawFd) -> Result<(), Failed> {
    let count = spawn.descriptors.len();
    let mut copies = [0; 16];
    for (copy, fd) in copies.iter_mut().zip(&spawn.descriptors) {
        let dup = libc::F_DUPFD_CLOEXEC as c_long;
        *copy = call(
            2,
            libc::SYS_fcntl,
            [fd.as_raw_fd() as c_long, dup, ABOVE, 0, 0],
        )?;
    }
    // the report pipe may itself sit where a target goes.
    let dup = libc::F_DUPFD_CLOEXEC as c_long;
    let kept = call(2, libc::SYS_fcntl, [report as c_long, dup, ABOVE, 0, 0])?;
    for (target, copy) in copies.iter().take(count).enumerate() {
        call(2, libc::SYS_dup3, [*copy, target as c_long, 0, 0, 0])?;
    }
    if (report as usize) < count {
        call(2, libc::SYS_dup3, [kept, report as c_long, 0, 0, 0]).map(|_| ())?;
    }
    let cloexec = libc::CLOSE_RANGE_CLOEXEC as c_long;
    call(
        2,
        libc::SYS_close_range,
        [count as c_long, u32::MAX as c_long, cloexec, 0, 0],
    )?;
    Ok(())
}

/// a kernel without it, or a process that may not, goes on with what it has.
fn write_oom_score_adj(text: &[u8]) {
    let path = c"/proc/self/oom_score_adj".as_ptr() as c_long;
    let flags = (libc::O_WRONLY | libc::O_CLOEXEC) as c_long;
    let at = libc::AT_FDCWD as c_long;
    if let Ok(fd) = call(3, libc::SYS_openat, [at, path, flags, 0, 0]) {
        let _ = call(
            3,
            libc::SYS_write,
            [fd, text.as_ptr() as c_long, text.len() as c_long, 0, 0],
        );
        let _ = call(3, libc::SYS_close, [fd, 0, 0, 0, 0]);
    }
}

/// bounding set, groups, user, then the kept capabilities again as ambient ones.
fn identity(spawn: &Spawn) -> Result<(), Failed> {
    let keep = spawn.capabilities & CAPABILITIES_ALL;
    let mut number = 0;
    while CAPABILITIES_ALL >> number != 0 {
        if keep >> number & 1 == 0 {
            let drop = libc::PR_CAPBSET_DROP as c_long;
            match call(4, libc::SYS_prctl, [drop, number, 0, 0, 0]) {
                // a capability that this kernel does not know; or the caller is no root and has
                // none to drop.
                Ok(_) | Err((_, libc::EINVAL | libc::EPERM)) => {}
                Err(failed) => return Err(failed),
            }
        }
        number += 1;
    }
    // reason: these only read this process's own credentials.
    let (uid, gid) = unsafe { (libc::getuid(), libc::getgid()) };
    if uid == 0 {
        let groups = spawn.groups.as_ptr() as c_long;
        let count = spawn.groups.len() as c_long;
        call(5, libc::SYS_setgroups, [count, groups, 0, 0, 0])?;
    }
    let carries = spawn.uid != 0 && keep != 0;
    if carries {
        call(
            4,
            libc::SYS_prctl,
            [libc::PR_SET_KEEPCAPS as c_long, 1, 0, 0, 0],
        )?;
    }
    if gid != spawn.gid {
        let gid = spawn.gid as c_long;
        call(6, libc::SYS_setresgid, [gid, gid, gid, 0, 0])?;
    }
    if uid != spawn.uid {
        let uid = spawn.uid as c_long;
        call(7, libc::SYS_setresuid, [uid, uid, uid, 0, 0])?;
    }
    if carries {
        raise(keep)?;
    }
    Ok(())
}

/// permitted, effective, inheritable and ambient: exactly `keep`.
fn raise(keep: u64) -> Result<(), Failed> {
    let header = [CAPABILITY_VERSION_3, 0];
    let (low, high) = (keep as u32, (keep >> 32) as u32);
    let data = [low, low, low, high, high, high];
    let arguments = [
        &raw const header as c_long,
        &raw const data as c_long,
        0,
        0,
        0,
    ];
    call(4, libc::SYS_capset, arguments)?;
    let mut number = 0;
    while keep >> number != 0 {
        if keep >> number & 1 == 1 {
            let (ambient, raise) = (libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_RAISE);
            call(
                4,
                libc::SYS_prctl,
                [ambient as c_long, raise as c_long, number, 0, 0],
            )?;
        }
        number += 1;
    }
    Ok(())
}

/// nothing blocked, nothing ignored: clone3 put back the handled ones, not the ignored ones.
fn signals() -> Result<(), Failed> {
    // the kernel's own sigaction: handler, flags, restorer, mask; all zero is the default.
    let default = [0_u64; 4];
    for signal in 1..=SIGNAL_LAST {
        // kill and stop cannot be set; they are the default anyway.
        let action = &raw const default as c_long;
        let _ = call(
            9,
            libc::SYS_rt_sigaction,
            [signal as c_long, action, 0, 8, 0],
        );
    }
    let none = 0_u64;
    let mask = [
        libc::SIG_SETMASK as c_long,
        &raw const none as c_long,
        0,
        8,
        0,
    ];
    call(9, libc::SYS_rt_sigprocmask, mask)?;
    Ok(())
}

fn call(step: i32, number: c_long, a: [c_long; 5]) -> Result<c_long, Failed> {
    // reason: every caller above passes numbers and pointers into memory that outlives the call, in
    // the order of that call's manual page. `syscall` only sets errno, which is this thread's own.
    let result = unsafe { libc::syscall(number, a[0], a[1], a[2], a[3], a[4]) };
    if result == -1 {
        // reason: the address of this thread's errno is always readable.
        return Err((step, unsafe { *libc::__errno_location() }));
    }
    Ok(result)
}
