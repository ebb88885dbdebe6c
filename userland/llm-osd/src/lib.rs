//! the executor: the only privileged service, and one pipeline that every plan goes through.
//!
//! a library only so that its tests can stand in for the machine; no other program links it. it
//! trusts no proposer's word: who asks is the kernel's word, what an action may do is the
//! capability's, what it takes is the policy's.
//!
//! in reading order:

#![forbid(unsafe_code)]

/// who is at the other end.
pub mod asker;
/// one connection: requests in, replies out, cancel at any time.
pub mod client;
/// now, on the boot clock and on the wall.
pub mod clock;
/// single-use tokens and what a person answers.
pub mod confirm;
/// accepts connections, within limits.
pub mod daemon;
/// an entry of the journal while its plan runs.
pub mod entry;
/// what all connections share.
pub mod executor;
/// what a plan would do, and what that takes.
pub mod judge;
/// kept contents that nobody can ask for any more.
pub mod keep;
/// one escaped line each on stderr.
pub mod log;
/// the seam to the machine: capabilities, captures and jails.
pub mod machine;
/// names that exist, as the operator may see them.
pub mod names;
/// the next thing to look at after a failure.
pub mod next;
/// where things are: arguments with defaults for the machine.
pub mod options;
/// history, one entry, the audit.
pub mod past;
/// propose, check, confirm, journal, jail, run, journal, result.
pub mod pipeline;
/// requests that become plans: proposed, undo, redo, replay.
pub mod propose;
/// the machine this runs on.
pub mod real;
/// what is asked besides plans.
pub mod session;
/// what this process gives up before it listens.
pub mod shut_in;

use options::Command;
use std::process::ExitCode;

/// parses, then runs.
pub fn main() -> ExitCode {
    match Command::parse(std::env::args_os().skip(1)) {
        Ok(Command::Worker) => {
            ExitCode::from(u8::try_from(llm_os_jail::worker_main()).unwrap_or(u8::MAX))
        }
        Ok(Command::Serve(options)) => match daemon::run(&options) {
            Ok(()) => ExitCode::SUCCESS,
            Err(message) => {
                log::line(&message);
                ExitCode::FAILURE
            }
        },
        Err(message) => {
            log::line(&message);
            ExitCode::from(2)
        }
    }
}
