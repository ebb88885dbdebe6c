//! inside the jail: from the job on stdin to the last event on stdout.

use crate::output::Events;
use llm_os_capability::{Access, Capability, Output, Right, find};
use llm_os_schema::result::{Status, StepResult};
use llm_os_sys::domain::{self, Grant};
use llm_os_sys::filter;
use llm_os_wire::frame;
use llm_os_wire::worker::Job;
use std::io::{stdin, stdout};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

/// system calls that no action makes; a program that tries gets `EPERM`.
const FILTER: &str = include_str!("worker.seccomp.json");

/// what `llm-osd --jailed` does; returns the exit code.
pub fn worker_main() -> i32 {
    let job: Job = match frame::read(&mut stdin().lock()) {
        Ok(job) => job,
        Err(error) => {
            eprintln!("worker: no job: {error}");
            return 2;
        }
    };
    let mut events = Events::new(stdout().lock(), job.output_max_bytes);
    let result = match find(&job.action.kind) {
        None => failed(&job, "there is no such action".to_owned()),
        Some(capability) => match shut_in(capability, &job) {
            Err(why) => failed(&job, format!("the jail could not be closed, so nothing was done: {why}")),
            Ok(()) => run(capability, &job, &mut events),
        },
    };
    events.done(result);
    0
}

/// the order matters: the domain opens paths, and the filter forbids to loosen anything.
fn shut_in(capability: &dyn Capability, job: &Job) -> Result<(), String> {
    let rights = capability.rights(job);
    let grants: Vec<(PathBuf, Grant)> = rights.access.iter().map(grant).collect();
    domain::enter(&grants, rights.network).map_err(|error| error.to_string())?;
    filter::install(FILTER).map_err(|error| error.to_string())
}

fn grant(access: &Access) -> (PathBuf, Grant) {
    let grant = match access.right {
        Right::Read => Grant::Read,
        Right::ReadExecute => Grant::ReadExecute,
        Right::Write => Grant::Write,
    };
    (PathBuf::from(&access.path), grant)
}

/// a defect in a capability is a failed step, not a silent worker.
fn run(capability: &dyn Capability, job: &Job, output: &mut dyn Output) -> StepResult {
    match catch_unwind(AssertUnwindSafe(|| capability.run(job, output))) {
        Ok(Ok(result)) => result,
        Ok(Err(error)) => failed(job, error.message),
        Err(_) => failed(job, format!("`{}` stopped at a defect of its own", job.action.kind)),
    }
}

fn failed(job: &Job, summary: String) -> StepResult {
    StepResult {
        status: Status::Failed,
        summary,
        origin: format!("action {}", job.action.kind),
        cut: false,
        exit_code: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_is_good_for_both_processors() {
        filter::check(FILTER).unwrap();
    }
}
