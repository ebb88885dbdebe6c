//! kept contents that nobody can ask for any more.

use crate::log;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// room for kept contents.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    pub free_bytes: u64,
    pub total_bytes: u64,
}

impl Room {
    /// what kept contents may take, so that a machine that runs for years does not fill up with what
    /// nobody wants back: a quarter of the disk.
    pub fn kept_max_bytes(self) -> u64 {
        self.total_bytes / 4
    }

    /// too little for anything of size.
    pub fn is_full(self) -> bool {
        self.free_bytes < FULL_BYTES
    }
}

/// bytes below which a disk counts as full: less than an action may keep at once.
const FULL_BYTES: u64 = 256 * 1024 * 1024;

/// how much room there is where `folder` is.
///
/// # Errors
/// what the kernel said.
pub fn room(folder: &Path) -> Result<Room, String> {
    let stat =
        rustix::fs::statvfs(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(Room {
        free_bytes: stat.f_bavail.saturating_mul(stat.f_frsize),
        total_bytes: stat.f_blocks.saturating_mul(stat.f_frsize),
    })
}

/// takes away what no entry in `kept` names: contents of entries that are too old to be taken back,
/// and what a power cut left half written.
pub fn sweep(blobs: &Path, kept: &BTreeMap<String, u64>) {
    let list = fs::read_dir(blobs)
        .into_iter()
        .flatten()
        .filter_map(Result::ok);
    let mut gone = 0;
    for entry in list {
        let named = entry
            .file_name()
            .to_str()
            .is_some_and(|name| kept.contains_key(name));
        if !named && fs::remove_file(entry.path()).is_ok() {
            gone += 1;
        }
    }
    if gone > 0 {
        log::line(&format!(
            "{gone} kept contents that nothing can ask for any more are gone"
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_stays() {
        let folder = std::env::temp_dir().join(format!("llm-osd-keep-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        for name in ["aa", "bb", ".llm-os-new-1"] {
            fs::write(folder.join(name), "").unwrap();
        }
        sweep(&folder, &BTreeMap::from([("bb".to_owned(), 1)]));
        let left: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        assert_eq!(left, ["bb"]);
        fs::remove_dir_all(folder).unwrap();
    }
}
