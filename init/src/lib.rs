//! llminit, pid 1: brings the machine up, keeps it up, takes it down.
//!
//! a pure supervisor core decides, a thin shell does; every call to the kernel goes through one
//! seam, so that boot and shutdown are tested as an ordinary process. pid 1 parses no file that a
//! person or a program can write, and it never ends.

#![forbid(unsafe_code)]

/// from an empty machine to one where units can start.
pub mod boot;
/// the way down.
pub mod down;
/// what units are told of the settings.
pub mod given;
/// the last output of a unit.
pub mod ring;
/// the main loop.
pub mod run;
/// the whole story, and what happens when it goes wrong.
pub mod story;
/// (state, event, now) → actions.
pub mod supervisor;
/// what is asked of the kernel.
pub mod system;
/// who exists: programs, users, sockets, limits.
pub mod units;
