//! a console's terminal, ready for a shell.

use rustix::fs::OFlags;
use std::fs::{self, OpenOptions};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, chown};

/// a console's terminal for a shell: opened without waiting for a carrier, then blocking as any
/// program expects, and in a sane mode whatever an earlier shell left.
///
/// # Errors
/// what the kernel said.
pub fn open(name: &str, uid: u32) -> io::Result<OwnedFd> {
    let path = format!("/dev/{name}");
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits() as i32;
    let mut options = OpenOptions::new();
    let terminal = options
        .read(true)
        .write(true)
        .custom_flags(flags)
        .open(&path)?;
    chown(&path, Some(uid), Some(crate::boot::TTY_GROUP))?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
    rustix::fs::fcntl_setfl(&terminal, OFlags::empty())?;
    make_sane(terminal.as_fd())?;
    Ok(OwnedFd::from(terminal))
}

fn make_sane(terminal: BorrowedFd) -> io::Result<()> {
    use rustix::termios::{ControlModes, InputModes, LocalModes, OptionalActions, OutputModes};
    let mut modes = rustix::termios::tcgetattr(terminal)?;
    modes.input_modes = InputModes::ICRNL | InputModes::IXON | InputModes::IUTF8;
    modes.output_modes = OutputModes::OPOST | OutputModes::ONLCR;
    modes.control_modes |= ControlModes::CREAD | ControlModes::CLOCAL;
    modes.local_modes = LocalModes::ISIG
        | LocalModes::ICANON
        | LocalModes::IEXTEN
        | LocalModes::ECHO
        | LocalModes::ECHOE
        | LocalModes::ECHOK;
    Ok(rustix::termios::tcsetattr(
        terminal,
        OptionalActions::Now,
        &modes,
    )?)
}
