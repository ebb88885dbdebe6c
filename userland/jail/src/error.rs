//! why a worker could not be started or heard.

use llm_os_wire::FrameError;
use std::fmt;
use std::io;

/// the failed step and its source.
#[derive(Debug)]
pub enum JailError {
    /// the registry has no such action: the caller did not check the plan.
    Unknown { kind: String },
    /// a capability of linux that the action asks to keep is not in the list of those that exist.
    Rights { kind: String },
    Start(io::Error),
    Job(FrameError),
    Events(FrameError),
}

impl fmt::Display for JailError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            JailError::Unknown { kind } => write!(f, "there is no action `{}`", kind.escape_debug()),
            JailError::Rights { kind } => write!(f, "`{kind}` asks for a capability that is not known"),
            JailError::Start(error) => write!(f, "the worker could not be started: {error}"),
            JailError::Job(error) => write!(f, "the worker did not take its job: {error}"),
            JailError::Events(error) => write!(f, "the worker could not be heard: {error}"),
        }
    }
}

impl std::error::Error for JailError {}
