//! `lo` up, by the oldest interface there is (netdevice(7)): no netlink library in pid 1.

use std::io;
use std::os::fd::AsRawFd;

/// raises the loopback interface of this network namespace.
///
/// # Errors
/// what the kernel said, such as that there is no `lo`.
pub fn up() -> io::Result<()> {
    use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};
    let socket = socket_with(
        AddressFamily::INET,
        SocketType::DGRAM,
        SocketFlags::CLOEXEC,
        None,
    )?;
    // reason: `ifreq` is plain bytes; its name ends with zero, and the two calls read and write only
    // the name and the flags.
    unsafe {
        let mut request: libc::ifreq = std::mem::zeroed();
        request.ifr_name[0] = b'l' as libc::c_char;
        request.ifr_name[1] = b'o' as libc::c_char;
        let fd = socket.as_raw_fd();
        if libc::ioctl(fd, libc::SIOCGIFFLAGS, &raw mut request) != 0 {
            return Err(io::Error::last_os_error());
        }
        request.ifr_ifru.ifru_flags |= libc::IFF_UP as libc::c_short;
        if libc::ioctl(fd, libc::SIOCSIFFLAGS, &raw const request) != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}
