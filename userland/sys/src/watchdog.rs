//! the hardware watchdog: a timer that resets the machine unless it is fed (the kernel's
//! watchdog-api document). once opened it runs, also when its holder dies: that is the point.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsRawFd;

/// `_IOWR('W', 6, int)` and `_IOR('W', 7, int)`.
const SET_TIMEOUT: libc::c_ulong = 0xc004_5706;
const GET_TIMEOUT: libc::c_ulong = 0x8004_5707;

/// a running watchdog. dropping it does not stop it.
#[derive(Debug)]
pub struct Watchdog {
    file: File,
    timeout_s: u32,
}

impl Watchdog {
    /// starts it with the first of these timeouts that the hardware takes (a raspberry pi's counts
    /// to 15), or with its own if it takes none.
    ///
    /// # Errors
    /// what the kernel said, such as that there is none.
    pub fn start(path: &str, timeouts_s: &[u32]) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).open(path)?;
        let fd = file.as_raw_fd();
        for wanted in timeouts_s {
            let mut seconds = i32::try_from(*wanted).unwrap_or(i32::MAX);
            // reason: the kernel reads and writes this one int.
            if unsafe { libc::ioctl(fd, SET_TIMEOUT as _, &raw mut seconds) } == 0 {
                break;
            }
        }
        let mut seconds: i32 = 0;
        // reason: the kernel writes this one int.
        if unsafe { libc::ioctl(fd, GET_TIMEOUT as _, &raw mut seconds) } != 0 {
            seconds = 0;
        }
        // a driver that does not tell is fed as if it were the fastest in use.
        let timeout_s = u32::try_from(seconds)
            .ok()
            .filter(|seconds| *seconds > 0)
            .unwrap_or(5);
        Ok(Watchdog { file, timeout_s })
    }

    /// from one feeding to the reset.
    pub fn timeout_s(&self) -> u32 {
        self.timeout_s
    }

    /// sets it back to its full time.
    ///
    /// # Errors
    /// what the kernel said.
    pub fn feed(&mut self) -> io::Result<()> {
        // never the letter V, which would stop it at close.
        self.file.write_all(b"\0")
    }
}
