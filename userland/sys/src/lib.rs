//! the system calls that no safe library offers, and the only crate of the project with `unsafe`.
//!
//! each module is one subject, and each unsafe block says why it is sound. what rustix or the
//! standard library already does safely is not wrapped again.

/// absolute paths opened so that no link or mount leads astray.
pub mod beneath;
/// groups of processes that are limited and killed together.
pub mod cgroup;
/// which paths this process may still reach: landlock.
pub mod domain;
/// files that are the old one or the new one after a power cut.
pub mod durable;
/// which system calls this process may still make: seccomp.
pub mod filter;
/// the listening socket that pid 1 handed over.
pub mod inherited;
/// `lo` up.
pub mod loopback;
/// who is at the other end of a socket.
pub mod peer;
/// linux capabilities by name.
pub mod rights;
/// signals from a descriptor.
pub mod signals;
/// a child process with exactly what it was given, born in its cgroup.
pub mod spawn;

/// the timer that resets a machine which no longer feeds it.
pub mod watchdog;

/// the half of `spawn` that runs in the child.
mod child;
