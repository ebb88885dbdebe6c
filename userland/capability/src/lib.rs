//! what the machine can do: one file for each capability, and the registry.
//!
//! a capability has two halves that never run in the same process. the executor calls `assess` and
//! `rights`, which look and change nothing; the worker, shut in by the jail, calls `run`.

#![forbid(unsafe_code)]

/// one file for each capability: its arguments, risk, sentence, effect and tests.
pub mod actions;
/// the trait, and what its halves are given and give back.
pub mod capability;
/// every capability, in the order in which help shows them. a new one is one word here.
pub mod registry;

pub use capability::{
    Access, Assessment, Capability, CapabilityError, Look, Output, Place, Right, Rights, UndoEntry,
};
pub use registry::{find, table};
