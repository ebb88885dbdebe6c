//! what was intended and what came of it: an append-only chain of records.
//!
//! intent is on the disk before the effect; every record names the one before it by hash; the head of
//! the chain is kept a second time in a small file. recovery is pure: bytes in, records and what is
//! wrong out. nothing is decided here.
//!
//! in reading order:

#![forbid(unsafe_code)]

/// the head of the chain, kept apart from it.
pub mod anchor;
/// records → entries: what was done, what was taken back, what may be.
pub mod book;
/// one record as bytes: length, checksum, json.
pub mod frame;
/// the log on a store: open, append, rotate.
pub mod journal;
/// what is written down.
pub mod record;
/// bytes of a log → records, and what is wrong with it.
pub mod recover;
/// the one seam to the disk.
pub mod store;
/// does everything on the disk still say what was written?
pub mod verify;

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;

pub use book::{Book, Entry};
pub use journal::{Journal, JournalError, Opened};
pub use record::{Intent, Outcome, Record, StepIntent, StepOutcome};
pub use store::{Disk, Store};
pub use verify::Audit;
