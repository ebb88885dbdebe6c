//! the seam: everything that boot, the main loop and shutdown ask of the kernel.
//!
//! one implementation makes the calls ([`linux`]); the other ([`fake`], in tests) keeps a machine in
//! memory, records what was asked and can fail any call. paths are constants of this crate or made
//! from kernel names; none comes from a person.

/// a machine in memory that records and fails.
#[cfg(test)]
pub mod fake;
/// a short-lived program without rights, its answer and its end.
mod helper;
/// the calls themselves.
pub mod linux;
/// a console's terminal, ready for a shell.
pub mod terminal;

use crate::supervisor::{Exit, Millis, Power};
use crate::units::Socket;
use std::io;
use std::os::fd::OwnedFd;

/// one mount; options as mount(8) would take them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mount<'a> {
    pub source: &'a str,
    pub target: &'a str,
    pub kind: &'a str,
    pub flags: Flags,
    pub data: &'a str,
}

/// mount flags that are used here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    pub nosuid: bool,
    pub nodev: bool,
    pub noexec: bool,
    pub read_only: bool,
}

/// what a path is; links are not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Folder,
    File,
    Other,
}

/// how urgent a line in the kernel's log is; the numbers are syslog's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    Error = 3,
    Warning = 4,
    Info = 6,
}

/// mode and owner of a folder or file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
}

/// the calls. none of them panics, and none waits longer than it says.
pub trait System {
    fn pid(&self) -> u32;
    /// umask, working directory, session, and the signals that are taken by descriptor.
    fn settle(&mut self) -> io::Result<OwnedFd>;

    /// at most 64 KiB of a file.
    fn read(&mut self, path: &str) -> io::Result<String>;
    /// replaces a file's content, or makes it (mode 0644).
    fn write(&mut self, path: &str, text: &str) -> io::Result<()>;
    /// names in a folder, sorted.
    fn list(&mut self, path: &str) -> io::Result<Vec<String>>;
    /// `None`: nothing is there.
    fn kind(&mut self, path: &str) -> Option<Kind>;
    /// makes a folder with exactly this mode and owner; one that is there gets them.
    fn folder(&mut self, path: &str, owner: Owner) -> io::Result<()>;
    /// gives a file exactly this mode and owner.
    fn own(&mut self, path: &str, owner: Owner) -> io::Result<()>;
    fn link(&mut self, target: &str, path: &str) -> io::Result<()>;
    /// where a link leads.
    fn read_link(&mut self, path: &str) -> io::Result<String>;
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()>;
    /// a file, or a folder with all that is in it; links are not followed.
    fn remove(&mut self, path: &str) -> io::Result<()>;
    /// a listening stream socket.
    fn listen(&mut self, socket: &Socket) -> io::Result<OwnedFd>;

    fn mount(&mut self, mount: &Mount) -> io::Result<()>;
    fn unmount(&mut self, target: &str) -> io::Result<()>;
    fn remount_read_only(&mut self, target: &str) -> io::Result<()>;
    fn sync(&mut self);

    fn set_hostname(&mut self, name: &str) -> io::Result<()>;
    fn loopback_up(&mut self) -> io::Result<()>;
    /// the kernel is not to reset by itself but to send SIGINT.
    fn take_ctrl_alt_del(&mut self) -> io::Result<()>;
    /// returns only if the kernel refused.
    fn power(&mut self, kind: Power) -> io::Error;

    /// starts the hardware watchdog, if there is one; its seconds.
    fn start_watchdog(&mut self) -> Option<u32>;
    fn feed_watchdog(&mut self);

    /// milliseconds on the boot clock.
    fn now(&self) -> Millis;
    /// seconds since 1970.
    fn clock(&self) -> u64;
    fn set_clock(&mut self, unix_s: u64) -> io::Result<()>;
    fn pause(&mut self, ms: Millis);
    /// 16 bytes of the kernel's randomness; waits for none.
    fn random(&mut self) -> [u8; 16];

    /// the next dead child; `Ok(None)`: none is dead now; an error: there are no children.
    fn reap(&mut self) -> io::Result<Option<(u32, Exit)>>;
    /// to every process but pid 1.
    fn signal_all(&mut self, signal: Signal) -> io::Result<()>;
    fn signal(&mut self, pid: u32, signal: Signal) -> io::Result<()>;
    /// runs a program as `nobody` with `input` as its stdin; its stdout if it ended well in time.
    fn ask_helper(&mut self, program: &str, input: &str, limit_ms: Millis) -> io::Result<Vec<u8>>;

    /// a line in the kernel's log; never waits.
    fn log(&mut self, priority: Priority, text: &str);
    /// text on a terminal; never waits, drops what does not fit.
    fn console(&mut self, name: &str, text: &str);
}

/// signals that are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    Terminate,
    Kill,
}
