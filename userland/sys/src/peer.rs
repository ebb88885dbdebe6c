//! who is at the other end of a unix socket, by the kernel's word (unix(7), `SO_PEERCRED`).

use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd, RawFd};

/// `SO_PEERPIDFD` of linux 6.5.
const SO_PEERPIDFD: i32 = 77;

/// the process that connected, as it was at that moment.
#[derive(Debug)]
pub struct Peer {
    pub uid: u32,
    pub gid: u32,
    pub pid: u32,
    /// names that process even after its number is used again; `None` before linux 6.5, or when it
    /// has ended already.
    pub pidfd: Option<OwnedFd>,
}

/// asks the kernel.
///
/// # Errors
/// what the kernel said, such as that it is no unix socket.
pub fn peer(socket: impl AsFd) -> io::Result<Peer> {
    let credentials = rustix::net::sockopt::socket_peercred(&socket)?;
    Ok(Peer {
        uid: credentials.uid.as_raw(),
        gid: credentials.gid.as_raw(),
        pid: credentials.pid.as_raw_nonzero().get().unsigned_abs(),
        pidfd: peer_pidfd(&socket),
    })
}

fn peer_pidfd(socket: &impl AsFd) -> Option<OwnedFd> {
    let mut fd: RawFd = -1;
    let mut length = size_of::<RawFd>() as libc::socklen_t;
    // reason: the kernel writes one int of the given length, a descriptor that is ours from then on.
    unsafe {
        let result = libc::getsockopt(
            socket.as_fd().as_raw_fd(),
            libc::SOL_SOCKET,
            SO_PEERPIDFD,
            (&raw mut fd).cast(),
            &raw mut length,
        );
        (result == 0 && fd >= 0).then(|| OwnedFd::from_raw_fd(fd))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixStream;

    #[test]
    fn a_socket_pair_is_this_process() {
        let (one, _two) = UnixStream::pair().unwrap();
        let peer = peer(&one).unwrap();
        assert_eq!(peer.pid, std::process::id());
        assert_eq!(peer.uid, rustix::process::getuid().as_raw());
        if let Some(fd) = peer.pidfd {
            let null = rustix::process::pidfd_send_signal(&fd, rustix::process::Signal::CONT);
            assert!(null.is_ok());
        }
    }

    #[test]
    fn what_is_no_socket_is_an_error() {
        assert!(peer(std::fs::File::open("/dev/null").unwrap()).is_err());
    }
}
