//! a machine's disk on this computer: a private copy of an image, and access to its partitions by
//! name, for tests that break or inspect it while the machine is off.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Doing, Error, Result};
use crate::{Image, Manifest, Scratch, sparse_copy};

/// where the boot partition keeps the settings.
const SETTINGS: &str = "llm-os.toml";

/// a disk. one made by [`Image::scratch_disk`] is removed when dropped.
pub struct Disk {
    path: PathBuf,
    manifest: Manifest,
    _dir: Option<Scratch>,
}

impl Disk {
    pub(crate) fn scratch(image: &Image) -> Result<Self> {
        let dir = Scratch::new()?;
        let path = dir.join("disk.img");
        sparse_copy(&image.disk(), &path)?;
        Ok(Disk {
            path,
            manifest: image.manifest.clone(),
            _dir: Some(dir),
        })
    }

    /// a disk that was made from an image before, and stays.
    pub fn kept(path: &Path, image: &Image) -> Self {
        Disk {
            path: path.to_owned(),
            manifest: image.manifest.clone(),
            _dir: None,
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// reads bytes of a partition, by its GPT name.
    ///
    /// # Errors
    /// when there is no such partition, or it ends before.
    pub fn read(&self, partition: &str, offset: u64, length: usize) -> Result<Vec<u8>> {
        let at = self.place(partition, offset, length as u64)?;
        let mut bytes = vec![0; length];
        let file = File::open(&self.path).doing("open", &self.path)?;
        file.read_exact_at(&mut bytes, at)
            .doing("read", &self.path)?;
        Ok(bytes)
    }

    /// writes bytes into a partition.
    ///
    /// # Errors
    /// like [`Disk::read`].
    pub fn write(&self, partition: &str, offset: u64, bytes: &[u8]) -> Result<()> {
        let at = self.place(partition, offset, bytes.len() as u64)?;
        let file = File::options()
            .write(true)
            .open(&self.path)
            .doing("open", &self.path)?;
        file.write_all_at(bytes, at).doing("write", &self.path)
    }

    /// turns every bit of one byte.
    ///
    /// # Errors
    /// like [`Disk::read`].
    pub fn flip_byte(&self, partition: &str, offset: u64) -> Result<()> {
        let byte = self.read(partition, offset, 1)?[0];
        self.write(partition, offset, &[!byte])
    }

    /// where `needle` first occurs in a partition, as an offset into it. looks at the packed bytes:
    /// what the root compresses is not found.
    ///
    /// # Errors
    /// when the disk cannot be read.
    pub fn find(&self, partition: &str, needle: &[u8]) -> Result<Option<u64>> {
        let size = self.manifest.partition(partition)?.size_bytes;
        let bytes = self.read(partition, 0, size as usize)?;
        let mut windows = bytes.windows(needle.len().max(1));
        Ok(windows
            .position(|window| window == needle)
            .map(|at| at as u64))
    }

    /// writes the settings file of the boot partition.
    ///
    /// # Errors
    /// when the partition is no FAT file system.
    pub fn set_settings(&self, toml: &str) -> Result<()> {
        let window = self.boot_partition()?;
        let write = || -> io::Result<()> {
            let fat = fatfs::FileSystem::new(window, fatfs::FsOptions::new())?;
            {
                let mut file = fat.root_dir().create_file(SETTINGS)?;
                file.truncate()?;
                file.write_all(toml.as_bytes())?;
            }
            fat.unmount()
        };
        write().doing("write the settings into", &self.path)
    }

    /// the settings file of the boot partition; empty where there is none.
    ///
    /// # Errors
    /// when the partition cannot be read.
    pub fn settings(&self) -> Result<String> {
        let window = self.boot_partition()?;
        let read = || -> io::Result<String> {
            let fat = fatfs::FileSystem::new(window, fatfs::FsOptions::new())?;
            let mut text = String::new();
            if let Ok(mut file) = fat.root_dir().open_file(SETTINGS) {
                file.read_to_string(&mut text)?;
            }
            Ok(text)
        };
        read().doing("read the settings of", &self.path)
    }

    fn boot_partition(&self) -> Result<Window> {
        let part = self.manifest.partition("llm-os-esp")?;
        let file = File::options().read(true).write(true).open(&self.path);
        Ok(Window {
            file: file.doing("open", &self.path)?,
            start: part.start_bytes,
            size: part.size_bytes,
            at: 0,
        })
    }

    /// the data partition as e2fsprogs' programs take it: the file, and where in it.
    ///
    /// # Errors
    /// when there is no such partition.
    pub fn data_device(&self) -> Result<String> {
        let offset = self.manifest.partition("llm-os-data")?.start_bytes;
        Ok(format!("{}?offset={offset}", self.path.display()))
    }

    /// a file of `/data` (`/home/operator/hello.txt`, without `/data`), by debugfs; `None` when it
    /// is not there. the machine must be off.
    ///
    /// # Errors
    /// when debugfs (e2fsprogs) is not installed.
    pub fn data_file(&self, path: &str) -> Result<Option<Vec<u8>>> {
        let offset = self.manifest.partition("llm-os-data")?.start_bytes;
        let device = format!("{}?offset={offset}", self.path.display());
        let output = tool("debugfs")
            .args(["-R", &format!("cat {path}"), &device])
            .output();
        let output = output.doing("run", Path::new("debugfs"))?;
        let said = String::from_utf8_lossy(&output.stderr);
        if said.contains("File not found") {
            return Ok(None);
        }
        Ok(Some(output.stdout))
    }

    /// whether `/data` was unmounted in order, with nothing left to replay from its journal.
    ///
    /// # Errors
    /// when there is no ext4 file system.
    pub fn data_is_clean(&self) -> Result<bool> {
        // ext4(5), the super block at byte 1024: magic at 0x38, state at 0x3a (1: clean), and in
        // the incompatible features at 0x60 bit 2 says that the journal has to be replayed.
        let block = self.read("llm-os-data", 1024, 0x64)?;
        if block[0x38..0x3a] != [0x53, 0xef] {
            return Err(Error::Image {
                why: "the data partition holds no ext4".into(),
            });
        }
        let clean = block[0x3a] & 1 == 1;
        let needs_recovery = block[0x60] & 4 != 0;
        Ok(clean && !needs_recovery)
    }

    /// checks `/data` with e2fsck, changing nothing: what it printed when it found something.
    ///
    /// # Errors
    /// when e2fsck is not installed.
    pub fn data_check(&self) -> Result<std::result::Result<(), String>> {
        let device = self.data_device()?;
        let output = tool("e2fsck").args(["-fn", &device]).output();
        let output = output.doing("run", Path::new("e2fsck"))?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok(if output.status.success() {
            Ok(())
        } else {
            Err(said)
        })
    }

    /// the offset into the disk of a range in a partition.
    fn place(&self, partition: &str, offset: u64, length: u64) -> Result<u64> {
        let part = self.manifest.partition(partition)?;
        if offset
            .checked_add(length)
            .is_none_or(|end| end > part.size_bytes)
        {
            let why = format!("byte {offset} + {length} is beyond the end of {partition}");
            return Err(Error::Image { why });
        }
        Ok(part.start_bytes + offset)
    }
}

/// a program of the system: file system tools are often outside a user's path.
fn tool(name: &str) -> Command {
    let sbin = Path::new("/usr/sbin").join(name);
    if sbin.exists() {
        Command::new(sbin)
    } else {
        Command::new(name)
    }
}

/// a partition as if it were a file of its own.
struct Window {
    file: File,
    start: u64,
    size: u64,
    at: u64,
}

impl Window {
    fn room(&self, wanted: usize) -> usize {
        wanted.min(usize::try_from(self.size.saturating_sub(self.at)).unwrap_or(usize::MAX))
    }
}

impl Read for Window {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = self.room(buffer.len());
        let n = self
            .file
            .read_at(&mut buffer[..room], self.start + self.at)?;
        self.at += n as u64;
        Ok(n)
    }
}

impl Write for Window {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let room = self.room(buffer.len());
        let n = self.file.write_at(&buffer[..room], self.start + self.at)?;
        self.at += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for Window {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (base, offset) = match to {
            SeekFrom::Start(at) => (at, 0),
            SeekFrom::Current(offset) => (self.at, offset),
            SeekFrom::End(offset) => (self.size, offset),
        };
        self.at = base
            .checked_add_signed(offset)
            .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}
