//! what can go wrong. each is one sentence for a person: what, where, what to do.

use std::fmt;
use std::path::PathBuf;

/// why there is no outcome.
#[derive(Debug)]
pub enum RemoteError {
    /// the request itself is at fault.
    Request(String),
    /// the key cannot be had.
    Key { path: PathBuf, why: String },
    /// no connection came about.
    Unreachable { place: String, why: String },
    /// the time was over before the answer was whole.
    Slow { place: String, seconds: u64 },
    /// the connection ended before the answer was whole.
    Half { place: String },
    /// the server wants a key, or another one.
    NotAllowed {
        place: String,
        status: u16,
        had_key: bool,
    },
    /// it knows no such model or no such path.
    NotThere { place: String, model: String },
    /// it said no, with a status and perhaps a word of its own.
    Status {
        place: String,
        status: u16,
        said: String,
    },
    /// more bytes than an answer may have.
    TooLong { place: String, most: usize },
    /// no chat completion.
    Foreign { place: String, why: String },
    /// the model's text is no outcome.
    NotAnOutcome { model: String, why: String },
    /// a plan with a value from nowhere.
    Ungrounded {
        model: String,
        action: String,
        key: String,
        value: String,
    },
    /// the person gave up.
    Cancelled,
    /// this process could not do its part.
    Own(String),
}

impl fmt::Display for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RemoteError::Request(why) => f.write_str(why),
            RemoteError::Key { path, why } => write!(
                f,
                "the key {} cannot be read or used: {why}; put it there, as one line",
                path.display()
            ),
            RemoteError::Unreachable { place, why } => write!(
                f,
                "{place} cannot be reached ({why}): is the server running, and `url` in [endpoint] right?"
            ),
            RemoteError::Slow { place, seconds } => write!(
                f,
                "{place} gave no whole answer in {seconds} s: ask again, or raise `timeout_s` in [endpoint]"
            ),
            RemoteError::Half { place } => write!(
                f,
                "{place} closed the connection before its answer was whole: ask again"
            ),
            RemoteError::NotAllowed {
                place,
                status,
                had_key: true,
            } => write!(
                f,
                "{place} does not accept the key ({status}): check the file that `key` in [endpoint] names"
            ),
            RemoteError::NotAllowed { place, status, .. } => write!(
                f,
                "{place} wants a key ({status}): name its file with `key` in [endpoint]"
            ),
            RemoteError::NotThere { place, model } => write!(
                f,
                "{place} has no model `{model}` at this address (404): check `url` and `model` in [endpoint]"
            ),
            RemoteError::Status {
                place,
                status,
                said,
            } if said.is_empty() => {
                write!(
                    f,
                    "{place} answered with an error ({status}): ask again later"
                )
            }
            RemoteError::Status {
                place,
                status,
                said,
            } => write!(
                f,
                "{place} answered with an error ({status}: {said}): ask again later"
            ),
            RemoteError::TooLong { place, most } => write!(
                f,
                "{place} answered with more than {} KiB, which is no plan: say it in smaller steps, or take another model",
                most / 1024
            ),
            RemoteError::Foreign { place, why } => write!(
                f,
                "what {place} answered is no chat completion ({why}): check `url` in [endpoint]"
            ),
            RemoteError::NotAnOutcome { model, why } => write!(
                f,
                "what {model} wrote is no plan of this machine ({why}): say it in other words"
            ),
            RemoteError::Ungrounded {
                model,
                action,
                key,
                value,
            } => write!(
                f,
                "{model} put `{value}` into {key} of {action}, which was not said and is not there: say it in other words"
            ),
            RemoteError::Cancelled => write!(f, "cancelled; nothing was planned"),
            RemoteError::Own(why) => write!(f, "the request could not be sent: {why}; ask again"),
        }
    }
}

impl std::error::Error for RemoteError {}
