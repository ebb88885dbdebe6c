//! what a proposer may say, and what the executor makes of it.
//!
//! the contract crate: types without io. a capability table says which actions exist; a plan is a
//! list of actions in one canonical form; its hash is what a confirmation binds to. everything here
//! is bounded by [`limits`]. source: `docs/architecture.md` and the plan language.
//!
//! in reading order:

#![forbid(unsafe_code)]

/// one action: a type and its arguments.
pub mod action;
/// what a change found before it happened, kept so that it can be taken back.
pub mod before;
/// the one form in which an action is written; everything else is an error or is brought into it.
pub mod canonical;
/// a direct command (`cat a.txt`, `read_file path=a.txt`) parsed by the table alone.
pub mod command;
/// help and documentation, generated from the table.
pub mod help;
/// json schema of actions and outcomes, generated from the table.
pub mod json_schema;
/// a worked example that a person taught.
pub mod lesson;
/// how much of anything there may be.
pub mod limits;
/// names that were mistyped.
pub mod mended;
/// names that exist on the machine now.
pub mod names;
/// plan, ask, answer or refuse.
pub mod outcome;
/// absolute paths out of what a person types.
pub mod paths;
/// plans with what was proved of them in their type.
pub mod plan;
/// what a step and a plan came to.
pub mod result;
/// observe, change, destroy, forbidden.
pub mod risk;
/// which actions exist, with their arguments and short names.
pub mod table;
/// command lines of unix, read as plans by code.
pub mod unix;

pub use action::Action;
pub use names::{Names, Turn};
pub use outcome::Outcome;
pub use plan::{Checked, Confirmed, Plan, PlanHash, Proposed};
pub use risk::Risk;
pub use table::{
    ArgKind, ArgSpec, CapabilitySpec, CapabilityTable, NameClass, Required, ShortForm,
};
