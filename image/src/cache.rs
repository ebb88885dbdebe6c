//! where built things are kept: `${XDG_CACHE_HOME:-~/.cache}/llm-os/KIND/KEY/`.
//!
//! a product is a folder named by the hash of its inputs. it is made under a temporary name and
//! renamed when complete, so a folder that exists is whole: an interrupted build leaves nothing
//! that a later one would trust.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::error::{Doing, Error, Result};

/// the cache folder.
pub struct Cache {
    root: PathBuf,
}

impl Cache {
    /// opens the user's cache, making the folder when it is not there.
    ///
    /// # Errors
    /// when there is no home, or the folder cannot be made.
    pub fn open() -> Result<Self> {
        let base = env::var_os("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
            .or_else(|| env::home_dir().map(|home| home.join(".cache")))
            .ok_or_else(|| Error::failed("this user has no home folder", "set XDG_CACHE_HOME"))?;
        Self::at(base.join("llm-os"))
    }

    /// a cache in a given folder.
    ///
    /// # Errors
    /// when the folder cannot be made.
    pub fn at(root: PathBuf) -> Result<Self> {
        fs::create_dir_all(root.join("log")).doing("make the folder", &root)?;
        Ok(Cache { root })
    }

    /// a fixed place in the cache, for things that are no products (an unpacked source tree).
    pub fn place(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// where a step's output goes. the same name is written over each time.
    pub fn log(&self, step: &str) -> PathBuf {
        self.root.join("log").join(format!("{step}.log"))
    }

    /// the folder of a product, if it was made before.
    pub fn find(&self, kind: &str, key: &str) -> Option<PathBuf> {
        let path = self.root.join(kind).join(key);
        path.is_dir().then_some(path)
    }

    /// returns the product's folder, calling `make` with an empty folder when it is not there.
    ///
    /// # Errors
    /// what `make` says, or that the cache cannot be written.
    pub fn get_or(
        &self,
        kind: &str,
        key: &str,
        make: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<PathBuf> {
        if let Some(found) = self.find(kind, key) {
            return Ok(found);
        }
        let _lock = self.lock(kind)?;
        // someone else may have made it while we waited.
        if let Some(found) = self.find(kind, key) {
            return Ok(found);
        }
        let done = self.root.join(kind).join(key);
        let partial = self.root.join(kind).join(format!(".partial-{key}"));
        if partial.exists() {
            fs::remove_dir_all(&partial).doing("remove", &partial)?;
        }
        fs::create_dir_all(&partial).doing("make the folder", &partial)?;
        make(&partial)?;
        fs::rename(&partial, &done).doing("rename", &partial)?;
        Ok(done)
    }

    /// one builder of a kind at a time; held until dropped.
    ///
    /// # Errors
    /// when the lock file cannot be made.
    pub fn lock(&self, kind: &str) -> Result<File> {
        let folder = self.root.join(kind);
        fs::create_dir_all(&folder).doing("make the folder", &folder)?;
        let path = folder.join(".lock");
        let file = File::create(&path).doing("make", &path)?;
        file.lock().doing("lock", &path)?;
        Ok(file)
    }

    /// removes all but the newest `keep` products of a kind: images are large, and old ones are
    /// rebuilt in seconds. a failure is no reason to stop anything.
    pub fn prune(&self, kind: &str, keep: usize) {
        let Ok(entries) = fs::read_dir(self.root.join(kind)) else {
            return;
        };
        let mut found: Vec<_> = entries
            .flatten()
            .filter(|entry| !entry.file_name().as_encoded_bytes().starts_with(b"."))
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        found.sort();
        let surplus = found.len().saturating_sub(keep);
        for (_, path) in found.into_iter().take(surplus) {
            let _ = fs::remove_dir_all(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> Cache {
        let path = env::temp_dir().join(format!("llm-os-cache-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Cache::at(path).unwrap()
    }

    #[test]
    fn made_once_and_whole() {
        let cache = scratch("once");
        let make = |dir: &Path| fs::write(dir.join("x"), "1").doing("write", dir);
        let first = cache.get_or("thing", "k", make).unwrap();
        let again = cache
            .get_or("thing", "k", |_| Err(Error::failed("made twice", "")))
            .unwrap();
        assert_eq!(first, again);
        assert_eq!(fs::read_to_string(first.join("x")).unwrap(), "1");
        fs::remove_dir_all(&cache.root).unwrap();
    }

    #[test]
    fn a_failed_build_leaves_nothing_to_trust() {
        let cache = scratch("failed");
        let failed = cache.get_or("thing", "k", |dir| {
            fs::write(dir.join("half"), "").unwrap();
            Err(Error::failed("power cut", ""))
        });
        assert!(failed.is_err());
        assert!(cache.find("thing", "k").is_none());
        // the next try starts from an empty folder.
        let made = cache.get_or("thing", "k", |_| Ok(())).unwrap();
        assert_eq!(fs::read_dir(made).unwrap().count(), 0);
        fs::remove_dir_all(&cache.root).unwrap();
    }

    #[test]
    fn prune_keeps_some() {
        let cache = scratch("prune");
        for key in ["a", "b", "c"] {
            cache.get_or("thing", key, |_| Ok(())).unwrap();
        }
        cache.prune("thing", 2);
        let left = ["a", "b", "c"]
            .iter()
            .filter(|k| cache.find("thing", k).is_some())
            .count();
        assert_eq!(left, 2);
        fs::remove_dir_all(&cache.root).unwrap();
    }
}
