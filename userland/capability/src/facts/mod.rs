//! what the kernel says of itself and its processes: pure parsers, and the reading of its files.

/// `/proc/meminfo`, `/proc/loadavg`, `/proc/uptime`, `/proc/cpuinfo`.
pub(crate) mod machine;
/// `/proc/PID/stat` and `/proc/PID/cmdline`.
pub(crate) mod process;

use llm_os_sys::beneath;
use std::io::{self, Read};
use std::path::Path;

/// bytes of one of the kernel's files.
const FILE_MAX_BYTES: u64 = 256 * 1024;

/// one of the kernel's files as text.
pub(crate) fn read(path: &str) -> io::Result<String> {
    let mut bytes = Vec::new();
    beneath::open_read(Path::new(path))?
        .take(FILE_MAX_BYTES)
        .read_to_end(&mut bytes)?;
    Ok(crate::words::lossy(&bytes))
}
