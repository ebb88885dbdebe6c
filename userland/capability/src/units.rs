//! units as pid 1 knows them, and the markers that say which are not started at boot.

use crate::capability::CapabilityError;
use crate::state::AskInit;
use crate::words::{failure, shown};
use llm_os_sys::beneath;
use llm_os_sys::durable::{self, Over, Owned};
use llm_os_wire::init::{Reply, Request};
use rustix::fs::AtFlags;
use std::io;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// pid 1 answers here; root only.
pub const INIT_SOCKET: &str = "/run/llm-os/init.sock";
/// a file for each unit that is not started at boot.
pub(crate) const DISABLED: &str = "/data/state/disabled";
/// pid 1 answers at once; stopping a unit it does in its own time.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// asks pid 1 one thing.
///
/// # Errors
/// one sentence: that it does not answer, or what it said against it.
pub fn ask_init(request: Request) -> Result<Reply, String> {
    let failed = |error: io::Error| format!("pid 1 does not answer at {INIT_SOCKET}: {error}");
    let mut socket = UnixStream::connect(INIT_SOCKET).map_err(failed)?;
    socket
        .set_read_timeout(Some(ANSWER_LIMIT))
        .map_err(failed)?;
    socket
        .set_write_timeout(Some(ANSWER_LIMIT))
        .map_err(failed)?;
    llm_os_wire::write(&mut socket, &request).map_err(|error| format!("pid 1: {error}"))?;
    match llm_os_wire::read(&mut socket) {
        Ok(Reply::Error { message }) => Err(message),
        Ok(reply) => Ok(reply),
        Err(error) => Err(format!("pid 1: {error}")),
    }
}

/// asks for something to be done; gives back what pid 1 says of it.
pub(crate) fn command(request: Request, init: AskInit) -> Result<String, CapabilityError> {
    match init(request) {
        Ok(Reply::Ok { message }) => Ok(message),
        Ok(_) => Err(CapabilityError::new(
            "pid 1 gave an answer that is not understood",
        )),
        Err(why) => Err(CapabilityError::new(why)),
    }
}

/// starts it at boot, or not, from now on.
pub(crate) fn set_enabled(unit: &str, enabled: bool) -> Result<(), CapabilityError> {
    // a unit's name becomes a file's name: pid 1 knows the unit, and this keeps the rule here too.
    if unit.is_empty() || unit.starts_with('.') || unit.contains('/') {
        return Err(CapabilityError::new(format!(
            "{} is no unit's name",
            shown(unit)
        )));
    }
    let path = format!("{DISABLED}/{unit}");
    let change = || -> io::Result<()> {
        let place = beneath::open_place(Path::new(&path))?;
        if enabled {
            match rustix::fs::unlinkat(&place.dir, &place.name, AtFlags::empty()) {
                Err(rustix::io::Errno::NOENT) => Ok(()),
                Err(error) => Err(error.into()),
                Ok(()) => durable::sync_dir(&place.dir),
            }
        } else {
            let owned = Owned {
                uid: 0,
                gid: 0,
                mode: 0o644,
            };
            durable::replace(&place, &mut io::empty(), owned, Over::Anything)
        }
    };
    change().map_err(|error| failure("change", &path, &error))
}

/// makes a unit what it was.
pub(crate) fn put_back(
    unit: &str,
    running: bool,
    enabled: bool,
    init: AskInit,
) -> Result<(), CapabilityError> {
    let now = crate::state::find_unit(unit, init)?;
    if now.enabled != enabled {
        set_enabled(unit, enabled)?;
    }
    let runs = crate::state::is_running(&now);
    let unit = unit.to_owned();
    match (runs, running) {
        (false, true) => command(Request::Start { unit }, init).map(drop),
        (true, false) => command(Request::Stop { unit }, init).map(drop),
        _ => Ok(()),
    }
}
