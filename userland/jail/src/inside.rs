//! the worker: from the job on its stdin to the last event on its stdout.

use crate::lists;
use crate::output::Events;
use llm_os_capability::words::shown;
use llm_os_capability::{
    Capability, CapabilityError, Output, Place, Right, Rights, Sockets, find, state, units,
};
use llm_os_schema::before::Fingerprint;
use llm_os_schema::result::{Status, StepResult};
use llm_os_sys::domain::{self, Grant, Outside};
use llm_os_sys::filter;
use llm_os_wire::worker::{Event, Job};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

/// does the one job and gives back the exit code: 0 when the last event was written, whatever it
/// says; 1 when there was no job or nobody to tell.
pub fn worker_main() -> i32 {
    // what a list of processes shows; started as `/proc/self/exe` it would be `exe`. failing is harmless.
    let _ = rustix::thread::set_name(c"llm-osd-worker");
    let job: Job = match llm_os_wire::read(&mut io::stdin().lock()) {
        Ok(job) => job,
        Err(error) => {
            eprintln!("no job: {error}");
            return 1;
        }
    };
    let mut events = Events::new(io::stdout().lock(), job.output_max_bytes);
    let mut result = match work(&job, &mut events) {
        Ok(result) => result,
        Err(error) => StepResult {
            status: Status::Failed,
            summary: error.message,
            origin: format!("action {}", job.action.kind),
            cut: false,
            exit_code: None,
            names: Vec::new(),
        },
    };
    result.cut |= events.was_cut();
    match llm_os_wire::write(&mut events.finish(), &Event::Done(result)) {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("the result could not be told: {error}");
            1
        }
    }
}

/// shut in, look again, do it.
fn work<W: io::Write>(job: &Job, events: &mut Events<W>) -> Result<StepResult, CapabilityError> {
    let capability = find(&job.action.kind).ok_or_else(|| {
        CapabilityError::new(format!("there is no action {}", shown(&job.action.kind)))
    })?;
    shut_in(capability, job)?;
    for expected in &job.expect {
        look_again(expected)?;
    }
    // a defect in a capability is a failed step, not a silent worker.
    catch_unwind(AssertUnwindSafe(|| capability.run(job, events))).unwrap_or_else(|_| {
        let kind = &job.action.kind;
        Err(CapabilityError::new(format!(
            "`{kind}` stopped at a defect of its own"
        )))
    })
}

/// user, linux capabilities, limits and descriptors were set before this program began.
fn shut_in(capability: &dyn Capability, job: &Job) -> Result<(), CapabilityError> {
    let rights: Rights = capability.rights(job);
    let grants: Vec<(PathBuf, Grant)> = rights
        .access
        .iter()
        .map(|access| {
            let grant = match access.right {
                Right::Read => Grant::Read,
                Right::ReadExecute => Grant::ReadExecute,
                Right::Write => Grant::Write,
            };
            (PathBuf::from(&access.path), grant)
        })
        .collect();
    let failed = |error: &dyn std::fmt::Display| {
        CapabilityError::new(format!(
            "the jail could not be closed, so nothing was done: {error}"
        ))
    };
    let outside = Outside {
        network: rights.sockets == Sockets::Network,
        // whoever keeps the right to signal anyone was confirmed to: `sudo kill 42`.
        signals: rights.keep.contains(&"CAP_KILL"),
    };
    domain::enter(&grants, outside).map_err(|error| failed(&error))?;
    filter::install(lists::EVERY_ACTION).map_err(|error| failed(&error))?;
    filter::install(lists::sockets(rights.sockets)).map_err(|error| failed(&error))
}

/// what was confirmed has to be so still.
fn look_again(expected: &Fingerprint) -> Result<(), CapabilityError> {
    let place = match expected {
        Fingerprint::Unit { unit, .. } => Place::Unit(unit.clone()),
        other => Place::Path(other.place().to_owned()),
    };
    let now = state::fingerprint(&place, &units::ask_init)?;
    if now == *expected {
        return Ok(());
    }
    Err(CapabilityError::new(format!(
        "{} changed since it was shown, so nothing was done: ask again",
        shown(expected.place())
    )))
}
