//! what can go wrong while building or running, and the one line that a person reads.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// a failure. every variant says what failed and, where there is something to do, what.
#[derive(Debug)]
pub enum Error {
    /// the command line made no sense. exit code 2.
    Usage(String),
    /// a file operation failed.
    Io {
        doing: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    /// a program that we started failed; `tail` are the last lines of its log.
    Child {
        what: String,
        status: String,
        log: PathBuf,
        tail: Vec<String>,
        hint: String,
    },
    /// programs or headers are missing and could not be installed.
    Missing { what: Vec<String>, hint: String },
    /// anything else: a sentence why, and one what to do (may be empty).
    Failed { why: String, hint: String },
    /// tests ran and some failed; everything worth saying was printed.
    TestsFailed,
    /// a settings file was checked and found wrong; everything worth saying was printed.
    CheckFailed,
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// a failure with a reason and what to do about it.
    pub fn failed(why: impl Into<String>, hint: impl Into<String>) -> Self {
        Error::Failed {
            why: why.into(),
            hint: hint.into(),
        }
    }

    /// the process's exit code: 2 for a wrong command line, else 1.
    pub fn exit_code(&self) -> u8 {
        if matches!(self, Error::Usage(_)) {
            2
        } else {
            1
        }
    }
}

/// names the operation and the path of an [`io::Error`].
pub trait Doing<T> {
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
            Error::Usage(why) => write!(f, "{why}. `cargo os help` lists the commands."),
            Error::Io {
                doing,
                path,
                source,
            } => {
                write!(f, "cannot {doing} {}: {source}.", path.display())?;
                match source.kind() {
                    io::ErrorKind::StorageFull => write!(f, " make room and run it again."),
                    io::ErrorKind::PermissionDenied => {
                        write!(f, " see who owns it; `XDG_CACHE_HOME` moves the cache.")
                    }
                    _ => Ok(()),
                }
            }
            Error::Child {
                what,
                status,
                log,
                tail,
                hint,
            } => {
                writeln!(
                    f,
                    "{what} failed ({status}); the whole log is {}",
                    log.display()
                )?;
                for line in tail {
                    writeln!(f, "  | {line}")?;
                }
                write!(f, "{hint}")
            }
            Error::Missing { what, hint } => {
                write!(f, "missing: {}. {hint}", what.join(" "))
            }
            Error::Failed { why, hint } if hint.is_empty() => write!(f, "{why}."),
            Error::Failed { why, hint } => write!(f, "{why}. {hint}."),
            Error::TestsFailed => write!(f, "some tests failed."),
            Error::CheckFailed => write!(f, "the settings file needs a correction."),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_and_what_to_do() {
        fn check(error: Error, code: u8, text: &str) {
            assert_eq!(error.exit_code(), code);
            assert_eq!(error.to_string(), text);
        }
        check(
            Error::Usage("`frob` is no command".into()),
            2,
            "`frob` is no command. `cargo os help` lists the commands.",
        );
        check(
            Error::failed("no disk", "plug one in"),
            1,
            "no disk. plug one in.",
        );
        check(Error::failed("no disk", ""), 1, "no disk.");
        check(
            Error::Io {
                doing: "write",
                path: "/x".into(),
                source: io::Error::from(io::ErrorKind::StorageFull),
            },
            1,
            "cannot write /x: no storage space. make room and run it again.",
        );
    }
}
