//! content hashes: the keys of the cache, and the sums printed for images.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::{Doing, Result};

/// collects everything that a product depends on; equal inputs give an equal key.
#[derive(Default)]
pub struct Key(Sha256);

impl Key {
    /// starts a key. `recipe` names the product and the version of the code that makes it: raise it
    /// when the same inputs should give something else.
    pub fn new(recipe: &str) -> Self {
        let mut key = Key::default();
        key.text("recipe", recipe);
        key
    }

    /// adds a named text. name and text are length-prefixed, so no two lists of parts collide.
    pub fn text(&mut self, name: &str, text: &str) {
        self.bytes(name, text.as_bytes());
    }

    /// adds named bytes.
    pub fn bytes(&mut self, name: &str, bytes: &[u8]) {
        for part in [name.as_bytes(), bytes] {
            self.0.update((part.len() as u64).to_le_bytes());
            self.0.update(part);
        }
    }

    /// adds a file's content under a name (never its path: a clone elsewhere has the same key).
    ///
    /// # Errors
    /// when the file cannot be read.
    pub fn file(&mut self, name: &str, path: &Path) -> Result<()> {
        let sum = file_sha256(path)?;
        self.text(name, &sum);
        Ok(())
    }

    /// the key: 32 hexadecimal digits, half a sha-256, which is plenty against accidents.
    pub fn finish(self) -> String {
        let mut hex = hex(&self.0.finalize());
        hex.truncate(32);
        hex
    }
}

/// the sha-256 of a file, in lower-case hexadecimal.
///
/// # Errors
/// when the file cannot be read.
pub fn file_sha256(path: &Path) -> Result<String> {
    let mut file = File::open(path).doing("open", path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0u8; 1 << 20];
    loop {
        let n = file.read(&mut buffer).doing("read", path)?;
        if n == 0 {
            return Ok(hex(&hasher.finalize()));
        }
        hasher.update(&buffer[..n]);
    }
}

/// lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        let key = |parts: &[(&str, &str)]| {
            let mut key = Key::new("test 1");
            for (name, text) in parts {
                key.text(name, text);
            }
            key.finish()
        };
        assert_eq!(key(&[("a", "b")]), key(&[("a", "b")]));
        assert_ne!(key(&[("a", "bc")]), key(&[("ab", "c")]));
        assert_ne!(
            key(&[("a", "b"), ("c", "d")]),
            key(&[("c", "d"), ("a", "b")])
        );
        assert_eq!(key(&[]).len(), 32);
    }

    #[test]
    fn known_sum() {
        let path = std::env::temp_dir().join(format!("llm-os-hash-{}", std::process::id()));
        std::fs::write(&path, "abc").unwrap();
        let sum = file_sha256(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(
            sum,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
