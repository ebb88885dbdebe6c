//! `llm-os.toml`: what the owner of a machine may set, read and checked.
//!
//! pure: bytes in, settings and sentences out. on the machine this runs in `llm-settings`, a
//! short-lived process without rights; on the build machine `cargo os check` calls it.

#![forbid(unsafe_code)]

/// every setting there is: its key, its form, what it sets.
mod keys;
/// from bytes to settings, with a sentence and a line for whatever is wrong.
mod read;

pub use llm_os_wire::settings::Settings;
pub use read::{Checked, FILE_MAX_BYTES, Problem, read};

/// the file of a fresh machine: every setting with its default, as a comment.
pub const DEFAULT_FILE: &str = include_str!("../llm-os.toml");
