//! the trait, and what its halves are given and give back.

use llm_os_schema::before::{Before, Fingerprint};
use llm_os_schema::result::StepResult;
use llm_os_schema::{Action, CapabilitySpec, Risk};
use llm_os_wire::executor::Stream;
use llm_os_wire::init;
use llm_os_wire::worker::Job;
use std::fmt;

/// one thing that the machine can do.
pub trait Capability: Sync {
    /// its name, arguments, usual risk and short names.
    fn spec(&self) -> CapabilitySpec;

    /// looks at the machine and says what this action would do. runs in the executor; opens what it
    /// looks at read-only, changes nothing.
    ///
    /// # Errors
    /// when the action cannot be done as it stands: the file to read is not there, the unit is
    /// unknown. a thing that must not be done is not an error but `Risk::Forbidden`.
    fn assess(&self, action: &Action, look: &Look) -> Result<Assessment, CapabilityError>;

    /// the least rights with which `run` can do this job. asked on both sides of the jail: outside for
    /// the user and the capabilities, inside for the paths. looks at the machine only to see which
    /// part of a path exists.
    fn rights(&self, job: &Job) -> Rights;

    /// does it. runs in the worker, in the jail.
    ///
    /// # Errors
    /// what failed, why, and what to do; the caller makes a failed step of it.
    fn run(&self, job: &Job, output: &mut dyn Output) -> Result<StepResult, CapabilityError>;
}

/// what `assess` may use.
pub struct Look<'a> {
    /// the operator's ids and home.
    pub uid: u32,
    pub gid: u32,
    pub home: &'a str,
    /// asks pid 1.
    pub init: &'a dyn Fn(init::Request) -> Result<init::Reply, String>,
    /// what an `undo` would put back, and what the entry left behind; `None` if there is no such entry.
    pub entry: &'a dyn Fn(u64) -> Option<UndoEntry>,
    /// the places that earlier actions of the same plan change: what is there now says little, so a
    /// file that is missing may still be read after the action that writes it.
    pub earlier: &'a [Place],
}

/// what the journal knows of an entry that may be undone.
pub struct UndoEntry {
    /// the sentences that were confirmed then.
    pub sentences: Vec<String>,
    /// last change first.
    pub before: Vec<Before>,
    /// what the entry left: an undo is refused where this is no longer so.
    pub after: Vec<Fingerprint>,
    /// the entry that took it back already.
    pub undone_by: Option<u64>,
    /// why there is nothing to take back, if there is not (`exec`, `reboot`).
    pub no_way_back: Option<String>,
}

/// what an action would do.
#[derive(Clone, Debug, PartialEq)]
pub struct Assessment {
    pub risk: Risk,
    /// one sentence with absolute paths, names escaped; for `Risk::Forbidden` the reason.
    pub sentence: String,
    pub loses: Option<String>,
    pub way_back: Option<String>,
    /// what a person types to confirm a destroying action, such as the file's name.
    pub challenge: Option<String>,
    /// what must still be so when it runs.
    pub preconditions: Vec<Fingerprint>,
    /// the places whose state is captured before it runs, so that it can be taken back.
    pub captures: Vec<Place>,
}

impl Assessment {
    /// it only looks.
    pub fn observe(sentence: impl Into<String>) -> Self {
        Assessment {
            risk: Risk::Observe,
            sentence: sentence.into(),
            loses: None,
            way_back: None,
            challenge: None,
            preconditions: Vec::new(),
            captures: Vec::new(),
        }
    }

    /// it will not be done.
    pub fn forbidden(reason: impl Into<String>) -> Self {
        Assessment {
            risk: Risk::Forbidden,
            ..Self::observe(reason)
        }
    }
}

/// a place whose state can be captured and put back.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// a file, or a directory with all below it.
    Path(String),
    Unit(String),
}

/// what the worker may still do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rights {
    /// the landlock domain.
    pub access: Vec<Access>,
    /// linux capabilities kept, by `capabilities(7)` name such as `CAP_DAC_OVERRIDE`.
    pub keep: Vec<&'static str>,
    /// whether it runs as the operator from the start (`exec` without `as_root`).
    pub as_operator: bool,
    pub sockets: Sockets,
}

/// which sockets the worker may make. a program that could reach the executor's own socket as the
/// operator could confirm its own plans, so nothing that runs a program may make a unix socket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sockets {
    #[default]
    None,
    /// unix sockets, to ask pid 1.
    Unix,
    /// anything but unix sockets.
    Network,
}

/// one path and what may be done beneath it.
#[derive(Clone, Debug, PartialEq)]
pub struct Access {
    pub path: String,
    pub right: Right,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    Read,
    ReadExecute,
    Write,
}

impl Rights {
    /// reads these paths as the operator, and nothing else.
    pub fn reading(paths: &[&str]) -> Self {
        let access = paths
            .iter()
            .map(|path| Access::new(*path, Right::Read))
            .collect();
        Rights {
            access,
            as_operator: true,
            ..Rights::default()
        }
    }
}

impl Access {
    pub fn new(path: impl Into<String>, right: Right) -> Self {
        Access {
            path: path.into(),
            right,
        }
    }
}

/// where `run` writes what a person is to see. bounded: past the limit it drops and remembers it.
pub trait Output {
    /// bytes as they come; invalid utf-8 is written as `\xNN`.
    fn write(&mut self, stream: Stream, bytes: &[u8]);
    /// whether something was dropped.
    fn was_cut(&self) -> bool;
}

/// why an action cannot be done, for a person: what, where, what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapabilityError {
    pub message: String,
}

impl CapabilityError {
    pub fn new(message: impl Into<String>) -> Self {
        CapabilityError {
            message: message.into(),
        }
    }
}

impl fmt::Display for CapabilityError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CapabilityError {}
