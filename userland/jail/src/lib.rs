//! runs one action with the least rights.
//!
//! the executor starts itself anew as a worker (`llm-osd --jailed`) with three descriptors, an empty
//! environment, the user and the linux capabilities that the action needs, limits, and a cgroup of
//! its own. the worker shuts itself in further (landlock, seccomp) before it looks at anything, does
//! the one job on its stdin, and says on its stdout what happened. in reading order:

#![forbid(unsafe_code)]

/// outside: cgroups for actions.
mod groups;
/// inside: from the job on stdin to the last event on stdout.
mod inside;
/// reviewed lists of system calls.
mod lists;
/// inside: output as events, bounded.
mod output;
/// outside: a worker that runs; its events, its end.
mod running;
/// outside: what a worker is given, and starting it.
mod start;

pub use inside::worker_main;
pub use running::{End, Killer, Worker};
pub use start::{Jail, JailError};
