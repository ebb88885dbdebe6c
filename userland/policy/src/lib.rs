//! judgement: (who, action, risk, rules, now) → allow, confirm or deny.
//!
//! pure. the defaults come from the risk alone; the owner's rules make them stricter, and the
//! strictest answer wins, so no order of rules can loosen anything.
//!
//! in reading order:

#![forbid(unsafe_code)]

/// the judgement itself.
pub mod judge;
/// one rule: when it holds, and what it says.
pub mod rule;
/// the owner's file: defaults, rules, and their examples checked.
pub mod rules;
/// who asks, as the kernel says.
pub mod who;

pub use judge::{Ask, Verdict, judge};
pub use rules::{PolicyError, Rules};
pub use who::Who;
