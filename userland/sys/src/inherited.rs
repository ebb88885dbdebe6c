//! the listening socket that pid 1 made and handed over.

use rustix::io::{FdFlags, fcntl_setfd};
use rustix::net::sockopt::{socket_acceptconn, socket_domain, socket_type};
use rustix::net::{AddressFamily, SocketType};
use std::io;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::atomic::{AtomicBool, Ordering};

/// names the descriptor; `docs/architecture.md`.
pub const VARIABLE: &str = "LLM_OS_SOCKET_FD";

/// a descriptor can be taken over once: after that this process owns it.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// takes over the socket that the environment names, if it names one; close-on-exec from then on.
///
/// # Errors
/// when the variable is no number above 2, names no listening unix stream socket, or was used before.
pub fn listener() -> io::Result<Option<UnixListener>> {
    let Some(text) = std::env::var_os(VARIABLE) else {
        return Ok(None);
    };
    let wrong =
        |what: &str| io::Error::new(io::ErrorKind::InvalidInput, format!("{VARIABLE} {what}"));
    let number: RawFd = text
        .to_str()
        .and_then(|text| text.parse().ok())
        .filter(|fd| *fd > 2)
        .ok_or_else(|| wrong("is no descriptor above 2"))?;
    if TAKEN.swap(true, Ordering::SeqCst) {
        return Err(wrong("was taken over already"));
    }
    // reason: whether it is open at all is asked first; a second owner is kept out by `TAKEN`, and
    // nothing in this process makes one of a number before its `main` has called this.
    let socket = unsafe {
        if libc::fcntl(number, libc::F_GETFD) < 0 {
            return Err(wrong("names a descriptor that is not open"));
        }
        OwnedFd::from_raw_fd(number)
    };
    let good = socket_domain(&socket) == Ok(AddressFamily::UNIX)
        && socket_type(&socket) == Ok(SocketType::STREAM)
        && socket_acceptconn(&socket) == Ok(true);
    if !good {
        return Err(wrong("names no listening unix socket"));
    }
    fcntl_setfd(&socket, FdFlags::CLOEXEC)?;
    Ok(Some(UnixListener::from(socket)))
}

/// the next client of a listener that does not block, if one is still there.
///
/// # Errors
/// when the listener itself fails.
pub fn accept(listener: &UnixListener) -> io::Result<Option<UnixStream>> {
    use io::ErrorKind::{ConnectionAborted, Interrupted, WouldBlock};
    match listener.accept() {
        Ok((client, _)) => Ok(Some(client)),
        Err(error) if matches!(error.kind(), WouldBlock | Interrupted | ConnectionAborted) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsRawFd;
    use std::process::Command;

    const NAME: &str = "inherited::tests::a_listening_socket_is_taken_over_once";

    /// runs itself again as the child that finds the variable.
    #[test]
    fn a_listening_socket_is_taken_over_once() {
        if std::env::var_os(VARIABLE).is_some() {
            let taken = listener().unwrap().unwrap();
            let flags = rustix::io::fcntl_getfd(&taken).unwrap();
            assert!(flags.contains(FdFlags::CLOEXEC));
            assert!(listener().unwrap_err().to_string().contains("already"));
            return;
        }
        assert!(listener().unwrap().is_none());
        let path = std::env::temp_dir().join(format!("llm-os-inherited-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let socket = UnixListener::bind(&path).unwrap();
        let file = std::fs::File::open("/dev/null").unwrap();
        fcntl_setfd(&socket, FdFlags::empty()).unwrap();
        fcntl_setfd(&file, FdFlags::empty()).unwrap();
        let check = |value: String, good: bool| {
            let test = std::env::current_exe().unwrap();
            let output = Command::new(test)
                .args(["--exact", NAME])
                .env(VARIABLE, &value)
                .output()
                .unwrap();
            assert_eq!(output.status.success(), good, "{value}: {output:?}");
        };
        check(socket.as_raw_fd().to_string(), true);
        for bad in [
            file.as_raw_fd().to_string(),
            "900".into(),
            "1".into(),
            "x".into(),
            "".into(),
        ] {
            check(bad, false);
        }
        std::fs::remove_file(path).unwrap();
    }
}
