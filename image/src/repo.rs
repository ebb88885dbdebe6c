//! where the sources are.

use std::env;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// a file that only this repository has at its top.
const MARK: &str = "kernel-config/source.lock";

/// the top folder of the sources: the folder we are in, or one above it; else the one that this
/// program was built from.
///
/// # Errors
/// when neither is there (the sources were moved and we were started elsewhere).
pub fn top() -> Result<PathBuf> {
    let here = env::current_dir().unwrap_or_default();
    let built_from = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    built_from
        .iter()
        .flat_map(|path| path.ancestors())
        .chain(here.ancestors())
        .find(|path| path.join(MARK).is_file())
        .map(Path::to_owned)
        .ok_or_else(|| Error::failed("the sources of llm-os are not here", "cd into the clone"))
}
