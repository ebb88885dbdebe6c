//! what goes wrong with a machine, told so that a failed test explains itself.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// lines of the console that come with a failure.
pub(crate) const TAIL_LINES: usize = 40;

/// a failure of the harness or of what it waited for.
pub enum Error {
    /// a file or socket operation failed.
    Io {
        doing: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    /// the text did not come in time; `tail` is the end of the console's log.
    Timeout {
        wanted: String,
        after: Duration,
        tail: String,
    },
    /// the machine ended while something was waited for.
    Gone { wanted: String, tail: String },
    /// QEMU could not be started, or ended at once.
    NotStarted { why: String },
    /// the monitor refused a command, or spoke nonsense.
    Monitor { command: String, why: String },
    /// the image, its manifest, or a partition is not as expected.
    Image { why: String },
}

pub type Result<T> = std::result::Result<T, Error>;

/// names the operation and the path of an [`io::Error`].
pub(crate) trait Doing<T> {
    fn doing(self, doing: &'static str, path: &Path) -> Result<T>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, doing: &'static str, path: &Path) -> Result<T> {
        self.map_err(|source| Error::Io {
            doing,
            path: path.to_owned(),
            source,
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Io {
                doing,
                path,
                source,
            } => {
                write!(f, "cannot {doing} {}: {source}", path.display())
            }
            Error::Timeout {
                wanted,
                after,
                tail,
            } => write!(
                f,
                "{wanted} did not come within {} s. the console's last lines:\n{tail}",
                after.as_secs()
            ),
            Error::Gone { wanted, tail } => write!(
                f,
                "the machine ended while waiting for {wanted}. the console's last lines:\n{tail}"
            ),
            Error::NotStarted { why } => write!(f, "QEMU did not start: {why}"),
            Error::Monitor { command, why } => write!(f, "the monitor on {command}: {why}"),
            Error::Image { why } => write!(f, "{why}"),
        }
    }
}

// a test that returns an error prints its debug form: make that the readable one.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// the last lines of a console's log, indented, without escape sequences' control bytes.
pub(crate) fn tail_of(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..]
        .iter()
        .map(|line| {
            let clean: String = line.chars().filter(|c| !c.is_control()).collect();
            format!("  | {clean}\n")
        })
        .collect()
}
