//! the hash tree behind the root: whoever changes a byte of the root has to change its hash, which
//! is on the kernel's command line.

use std::fs;
use std::path::Path;

use crate::error::{Doing, Error, Result};
use crate::root::tool;
use crate::step::output_of;

/// fixed: two builds of the same root have the same hash. a salt only keeps one from preparing
/// collisions for many disks at once, which nobody can for sha-256.
const SALT: &str = "6c6c6d2d6f7320726f6f7420736c6f742073616c74206f662033322062797465";
const UUID: &str = "6c6c6d2d-6f73-4000-8000-766572697479";
/// of data and of hashes, in bytes; the page size.
const BLOCK: u64 = 4096;

/// what the kernel has to know to mount a verified root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verity {
    /// blocks of the file system.
    pub data_blocks: u64,
    pub root_hash: String,
}

/// appends the hash tree to a packed root, in the same file.
///
/// # Errors
/// when veritysetup is missing or fails.
pub fn append(image: &Path) -> Result<Verity> {
    let length = fs::metadata(image)
        .doing("look at", image)?
        .len()
        .next_multiple_of(BLOCK);
    let file = fs::File::options()
        .write(true)
        .open(image)
        .doing("open", image)?;
    file.set_len(length).doing("size", image)?;
    drop(file);
    let mut format = tool("veritysetup");
    format
        .args([
            "format",
            "--hash=sha256",
            "--data-block-size=4096",
            "--hash-block-size=4096",
        ])
        .args([format!("--salt={SALT}"), format!("--uuid={UUID}")])
        .args([
            format!("--data-blocks={}", length / BLOCK),
            format!("--hash-offset={length}"),
        ])
        .args([image, image]);
    let said = output_of(&mut format)?;
    let root_hash = root_hash(&said)
        .ok_or_else(|| Error::failed("veritysetup named no root hash", "is cryptsetup too old?"))?;
    Ok(Verity {
        data_blocks: length / BLOCK,
        root_hash,
    })
}

fn root_hash(said: &str) -> Option<String> {
    let line = said
        .lines()
        .find_map(|line| line.strip_prefix("Root hash:"))?
        .trim();
    (line.len() == 64 && line.bytes().all(|b| b.is_ascii_hexdigit())).then(|| line.to_owned())
}

impl Verity {
    /// the kernel's `dm-mod.create=` for a root in one partition: file system, super block of the
    /// hashes, hashes. a block that does not fit its hash is an i/o error, said in the log and
    /// never handed to a program; the machine stays up to say so. (`restart_on_corruption` would
    /// be for a trial boot of a second slot: with one slot it is a loop.)
    /// see the kernel's dm-init.rst and verity.rst.
    pub fn dm_mod_create(&self, partuuid: &str) -> String {
        let sectors = self.data_blocks * (BLOCK / 512);
        let device = format!("PARTUUID={partuuid}");
        // the first block after the data is veritysetup's super block.
        let first_hash_block = self.data_blocks + 1;
        format!(
            "dm-mod.create=\"root,,,ro,0 {sectors} verity 1 {device} {device} {BLOCK} {BLOCK} \
             {} {first_hash_block} sha256 {} {SALT}\"",
            self.data_blocks, self.root_hash
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_found_in_what_veritysetup_says() {
        let hash = "ab".repeat(32);
        fn check(said: &str, expect: Option<&str>) {
            assert_eq!(root_hash(said).as_deref(), expect, "{said:?}");
        }
        check(&format!("UUID: x\nRoot hash:      \t{hash}\n"), Some(&hash));
        check("Root hash: short", None);
        check("", None);
    }

    #[test]
    fn the_table_counts_blocks_and_sectors() {
        let verity = Verity {
            data_blocks: 100,
            root_hash: "00".into(),
        };
        assert_eq!(
            verity.dm_mod_create("U"),
            format!(
                "dm-mod.create=\"root,,,ro,0 800 verity 1 PARTUUID=U PARTUUID=U 4096 4096 100 101 \
                 sha256 00 {SALT}\""
            )
        );
    }
}
