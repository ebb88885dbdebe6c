//! kept contents that nobody can ask for any more.

use crate::log;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// takes away what no entry in `kept` names: contents of entries that are too old to be taken back,
/// and what a power cut left half written.
pub fn sweep(blobs: &Path, kept: &BTreeSet<String>) {
    let list = fs::read_dir(blobs)
        .into_iter()
        .flatten()
        .filter_map(Result::ok);
    let mut gone = 0;
    for entry in list {
        let named = entry
            .file_name()
            .to_str()
            .is_some_and(|name| kept.contains(name));
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
        sweep(&folder, &BTreeSet::from(["bb".to_owned()]));
        let left: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        assert_eq!(left, ["bb"]);
        fs::remove_dir_all(folder).unwrap();
    }
}
