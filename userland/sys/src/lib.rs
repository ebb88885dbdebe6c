//! the system calls that no safe library offers, and the only crate of the project with `unsafe`.
//!
//! each module is one subject, and each unsafe block says why it is sound. what rustix or the
//! standard library already does safely is not wrapped again.

/// `lo` up.
pub mod loopback;
/// signals from a descriptor.
pub mod signals;
/// a child process with exactly what it was given, born in its cgroup.
pub mod spawn;

/// the half of `spawn` that runs in the child.
mod child;
