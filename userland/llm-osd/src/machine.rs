//! the seam to the machine: capabilities, captures and jails.

use crate::keep::Room;
use llm_os_capability::{Assessment, Look, Place};
use llm_os_schema::before::{Before, Fingerprint};
use llm_os_schema::{Action, CapabilityTable};
use llm_os_wire::init;
use llm_os_wire::worker::{Event, Job};
use std::collections::BTreeMap;

/// everything that the pipeline does to the machine or asks of it. errors are sentences for a person.
pub trait Machine: Send + Sync {
    fn table(&self) -> CapabilityTable;

    /// what an action would do; changes nothing.
    ///
    /// # Errors
    /// when it cannot be done as it stands.
    fn assess(&self, action: &Action, look: &Look) -> Result<Assessment, String>;

    /// what is at a place now.
    ///
    /// # Errors
    /// when it cannot be looked at.
    fn fingerprint(&self, place: &Place) -> Result<Fingerprint, String>;

    /// keeps what is at a place; its contents are flushed when this returns.
    ///
    /// # Errors
    /// when it cannot be kept; then nothing may be done to it.
    fn capture(&self, place: &Place) -> Result<Before, String>;

    /// room for what is kept.
    ///
    /// # Errors
    /// when it cannot be found out.
    fn room(&self) -> Result<Room, String>;

    /// takes away kept contents that are not in `kept`.
    fn sweep(&self, kept: &BTreeMap<String, u64>);

    /// starts a job in a jail of its own.
    ///
    /// # Errors
    /// when there is no jail; then nothing ran.
    fn start(&self, job: &Job) -> Result<Box<dyn Worker>, String>;

    /// asks pid 1.
    ///
    /// # Errors
    /// when it does not answer.
    fn init(&self, request: init::Request) -> Result<init::Reply, String>;
}

/// a job that runs.
pub trait Worker: Send {
    /// the next thing it says; `None` once it has ended. blocks.
    fn next(&mut self) -> Option<Event>;

    /// what ends it and everything that it started, from any thread, as often as one likes.
    fn killer(&self) -> Box<dyn Fn() + Send>;

    /// kills what is left of it and waits until it is gone.
    fn finish(self: Box<Self>) -> End;
}

/// how a worker ended.
#[derive(Clone, Debug, Default)]
pub struct End {
    pub timed_out: bool,
    /// its exit or signal.
    pub how: String,
}
