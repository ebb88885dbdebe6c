//! runs one action with the least rights.
//!
//! two sides of one wall. outside, the executor starts a worker for each action: its own program
//! executed afresh with three descriptors, an empty environment, a user and capabilities that the
//! action needs and no more, limits, and a cgroup of its own that is killed as one. inside, the
//! worker reads its job, shuts itself into a landlock domain and a seccomp filter, and only then
//! runs the capability.

#![forbid(unsafe_code)]

/// outside: where workers are started.
pub mod jail;
/// outside: one running worker, its events, its end.
pub mod worker;
/// inside: from the job on stdin to the last event on stdout.
pub mod inside;
/// inside: bounded output as events.
pub mod output;
/// why a worker could not be started or heard.
pub mod error;

pub use error::JailError;
pub use inside::worker_main;
pub use jail::Jail;
pub use worker::{End, Killer, Worker};

/// the argument with which the executor's program becomes a worker.
pub const JAILED: &str = "--jailed";
