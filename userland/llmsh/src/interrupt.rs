//! ^c, as something that can be waited for.

use signal_hook::consts::{SIGINT, SIGQUIT};
use signal_hook::low_level::pipe;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

/// the reading end of a pipe into which each ^c puts a byte.
#[derive(Debug)]
pub struct Interrupts {
    pipe: UnixStream,
}

impl Interrupts {
    /// from now on ^c (and ^\\, which would end the shell) ends up here.
    ///
    /// # Errors
    /// when there are no descriptors left.
    pub fn listen() -> io::Result<Self> {
        let (ours, theirs) = UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        pipe::register(SIGINT, theirs.try_clone()?)?;
        pipe::register(SIGQUIT, theirs)?;
        Ok(Interrupts { pipe: ours })
    }

    pub fn fd(&self) -> BorrowedFd<'_> {
        self.pipe.as_fd()
    }

    /// whether there was any since the last time; several count as one.
    pub fn take(&mut self) -> bool {
        let mut bytes = [0; 64];
        let mut any = false;
        while matches!(self.pipe.read(&mut bytes), Ok(count) if count > 0) {
            any = true;
        }
        any
    }
}
