//! what the machine can do: one file for each capability, and the registry.
//!
//! a capability has two halves that never run in the same process. the executor calls `assess` and
//! `rights`, which look and change nothing; the worker, shut in by the jail, calls `run`.

#![forbid(unsafe_code)]

/// one file for each capability: its arguments, risk, sentence, effect and tests.
pub mod actions;
/// the trait, and what its halves are given and give back.
pub mod capability;
/// what the plan language has and this machine does not, yet.
pub mod planned;
/// every capability, in the order in which help shows them. a new one is one word here.
pub mod registry;
/// what is kept before a change, and what undo compares.
pub mod state;
/// units as pid 1 knows them.
pub mod units;
/// how names, sizes and failures are put to a person.
pub mod words;

/// days and times.
mod clock;
/// what the kernel says of itself and its processes, parsed.
mod facts;
/// what the actions that write files have in common.
mod files;
/// results, and the arguments of a job.
mod finish;
/// which places an action may touch at all.
mod guard;
/// the file of what was taught.
mod lessons;
/// which programs only read, and what a program is given.
mod programs;
/// one program, watched to its end.
mod runner;
/// what is at a path now.
mod target;
/// names of users.
mod users;

pub use capability::{
    Access, Assessment, Capability, CapabilityError, Look, Output, Place, Right, Rights, Sockets,
    UndoEntry,
};
pub use registry::{find, table};
