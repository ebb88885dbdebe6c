//! signals taken as bytes from a descriptor, so that a main loop has no handler to be careful in.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// blocks `signals` in this thread and opens a descriptor that becomes readable when one comes
/// (signalfd(2), non-blocking). call it before any other thread and before the first child.
///
/// # Errors
/// what the kernel said.
pub fn take(signals: &[i32]) -> io::Result<OwnedFd> {
    // reason: `sigset_t` is plain bytes that sigemptyset fills before anything reads them; every
    // pointer is to this local.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        for signal in signals {
            if libc::sigaddset(&raw mut set, *signal) != 0 {
                return Err(io::Error::last_os_error());
            }
        }
        let errno = libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut());
        if errno != 0 {
            return Err(io::Error::from_raw_os_error(errno));
        }
        let fd = libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK);
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(OwnedFd::from_raw_fd(fd))
    }
}

/// the next signal's number, or `None` when there is none now.
///
/// # Errors
/// what the kernel said.
pub fn next(fd: &OwnedFd) -> io::Result<Option<i32>> {
    let mut info = [0_u8; size_of::<libc::signalfd_siginfo>()];
    // reason: the buffer is as long as the kernel is told.
    let count = unsafe { libc::read(fd.as_raw_fd(), info.as_mut_ptr().cast(), info.len()) };
    if count < 0 {
        let error = io::Error::last_os_error();
        return match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => Ok(None),
            _ => Err(error),
        };
    }
    // the number is the first field, four bytes.
    Ok(Some(i32::from_ne_bytes([
        info[0], info[1], info[2], info[3],
    ])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blocked_signal_is_read_once() {
        // in a thread of its own: the mask is the thread's, and so is a signal sent to it.
        std::thread::spawn(|| {
            let fd = take(&[libc::SIGUSR2]).unwrap();
            assert_eq!(next(&fd).unwrap(), None);
            // reason: a signal that this thread has just blocked, to itself.
            unsafe { libc::pthread_kill(libc::pthread_self(), libc::SIGUSR2) };
            assert_eq!(next(&fd).unwrap(), Some(libc::SIGUSR2));
            assert_eq!(next(&fd).unwrap(), None);
        })
        .join()
        .unwrap();
    }
}
