//! a private folder that is gone when its owner is.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::error::{Doing, Result};

/// a folder under the system's temporary folder, removed on drop. its path is short, since unix
/// socket addresses end at 108 bytes.
pub struct Scratch(PathBuf);

impl Scratch {
    /// makes a new one.
    ///
    /// # Errors
    /// when the folder cannot be made.
    pub fn new() -> Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("llm-os-{}-{n}", std::process::id()));
        // a folder of this name is a leftover of a process that was killed: ids come round again.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).doing("make the folder", &path)?;
        Ok(Scratch(path))
    }

    /// a file in it.
    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// the folder.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
