//! the two file systems of the image that can be written: the boot partition (FAT, with the
//! settings file) and the data partition (an empty ext4). both the same bytes each time.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use crate::disk;
use crate::error::{Doing, Result};
use crate::root::tool;
use crate::step::run_logged;

/// 1 January 2026: any time will do, as long as it is always the same.
const FAKE_TIME: &str = "1767225600";
const DATA_UUID: &str = "6c6c6d2d-6f73-4000-8000-64617461666f";
/// directory hashes are salted with it; the first boot may choose its own.
const HASH_SEED: &str = "6c6c6d2d-6f73-4000-8000-73656564666f";

/// the settings file that a fresh image has: every key in it is a comment.
pub use llm_os_settings::DEFAULT_FILE as SETTINGS;

/// makes the boot partition.
///
/// # Errors
/// when writing fails.
pub fn boot(image: &Path) -> Result<()> {
    let file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(image);
    let mut file = file.doing("make", image)?;
    file.set_len(disk::size_of("llm-os-esp"))
        .doing("size", image)?;
    let options = fatfs::FormatVolumeOptions::new()
        // UEFI wants FAT32, whatever the size.
        .fat_type(fatfs::FatType::Fat32)
        .bytes_per_cluster(512)
        .volume_id(0x6c6c_6d6f)
        .volume_label(*b"LLM-OS     ");
    let fill = |file: &mut File| -> std::io::Result<()> {
        fatfs::format_volume(&mut *file, options)?;
        // without the crate's clock (feature `chrono`) every date is the first that FAT knows.
        let fat = fatfs::FileSystem::new(file, fatfs::FsOptions::new())?;
        fat.root_dir()
            .create_file("llm-os.toml")?
            .write_all(SETTINGS.as_bytes())?;
        fat.unmount()
    };
    fill(&mut file).doing("format", image)
}

/// makes the data partition: empty, root's, without anything of this computer in it.
///
/// # Errors
/// when mke2fs is missing or fails.
pub fn data(image: &Path, log: &Path) -> Result<()> {
    let file = File::create(image).doing("make", image)?;
    file.set_len(disk::size_of("llm-os-data"))
        .doing("size", image)?;
    drop(file);
    let mut mke2fs = tool("mke2fs");
    mke2fs
        // the features by name: each distribution has its own defaults.
        .args([
            "-q", "-F", "-t", "ext4", "-b", "4096", "-I", "256", "-i", "16384", "-m", "1",
        ])
        .args([
            "-O",
            "none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit",
        ])
        .args([
            "-O",
            "flex_bg,sparse_super,large_file,huge_file,dir_nlink,extra_isize,metadata_csum",
        ])
        .args(["-L", "llm-os-data", "-U", DATA_UUID])
        // tables are written now: a kernel thread would else do it during the first boots.
        .args([
            "-E",
            &format!("hash_seed={HASH_SEED},lazy_itable_init=0,root_owner=0:0,nodiscard"),
        ])
        .arg(image)
        .env("E2FSPROGS_FAKE_TIME", FAKE_TIME)
        .env("MKE2FS_CONFIG", "/dev/null");
    run_logged(
        &mut mke2fs,
        "making the data partition",
        log,
        "is e2fsprogs installed?",
    )
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::hash::file_sha256;

    #[test]
    fn the_boot_partition_holds_the_settings() {
        let dir = llm_os_qemu::Scratch::new().unwrap();
        let (first, second) = (dir.join("1"), dir.join("2"));
        boot(&first).unwrap();
        boot(&second).unwrap();
        assert_eq!(file_sha256(&first).unwrap(), file_sha256(&second).unwrap());
        let fat = fatfs::FileSystem::new(
            File::options().read(true).write(true).open(&first).unwrap(),
            fatfs::FsOptions::new(),
        );
        let fat = fat.unwrap();
        let mut text = String::new();
        fat.root_dir()
            .open_file("llm-os.toml")
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, SETTINGS);
    }

    #[test]
    fn the_data_partition_is_the_same_twice() {
        if tool("mke2fs").arg("-V").output().is_err() {
            return; // `cargo os test` installs it before it runs this
        }
        let dir = llm_os_qemu::Scratch::new().unwrap();
        let (first, second) = (dir.join("1"), dir.join("2"));
        data(&first, &dir.join("log")).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(1100));
        data(&second, &dir.join("log")).unwrap();
        assert_eq!(file_sha256(&first).unwrap(), file_sha256(&second).unwrap());
    }
}
