//! llminit, pid 1: brings the machine up, keeps it up, takes it down.
//!
//! a pure supervisor core decides, a thin shell does; every system call goes through one seam, so
//! that boot and shutdown are tested as an ordinary process. pid 1 parses no file that a person or a
//! program can write, and it never ends.

#![forbid(unsafe_code)]

/// (state, event, now) → actions.
pub mod supervisor;
/// who exists: programs, users, sockets, limits.
pub mod units;
