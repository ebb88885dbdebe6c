//! the one seam to the disk. names are fixed words of this crate, never anyone's input.

use rustix::fs::{AtFlags, CWD, FallocateFlags, Mode, OFlags};
use rustix::io::Errno;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

/// a folder with few files, every operation of which may fail.
pub trait Store: Send {
    /// the whole file; `None` if there is none.
    fn read(&mut self, name: &str, max_bytes: u64) -> io::Result<Option<Vec<u8>>>;
    /// writes into the file, which is made if need be.
    fn write_at(&mut self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()>;
    /// makes sure that the file can grow to `bytes` without more room on the disk.
    fn reserve(&mut self, name: &str, bytes: u64) -> io::Result<()>;
    fn truncate(&mut self, name: &str, bytes: u64) -> io::Result<()>;
    /// the file's bytes and size are on the disk after this.
    fn sync(&mut self, name: &str) -> io::Result<()>;
    /// a second name for a file; an error if it is taken.
    fn link(&mut self, name: &str, second: &str) -> io::Result<()>;
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()>;
    /// names are on the disk after this.
    fn sync_names(&mut self) -> io::Result<()>;
}

/// a folder on a disk.
pub struct Disk {
    folder: OwnedFd,
}

impl Disk {
    /// opens the folder, which is made if need be, readable by its owner alone.
    ///
    /// # Errors
    /// when it can be neither opened nor made.
    pub fn open(folder: &Path) -> io::Result<Self> {
        match rustix::fs::mkdirat(CWD, folder, Mode::RWXU) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder = rustix::fs::openat(CWD, folder, flags, Mode::empty())?;
        rustix::fs::fchmod(&folder, Mode::RWXU)?;
        Ok(Disk { folder })
    }

    fn file(&self, name: &str, flags: OFlags) -> io::Result<OwnedFd> {
        let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(
            &self.folder,
            name,
            flags,
            Mode::RUSR | Mode::WUSR,
        )?)
    }
}

impl Store for Disk {
    fn read(&mut self, name: &str, max_bytes: u64) -> io::Result<Option<Vec<u8>>> {
        let file = match self.file(name, OFlags::RDONLY) {
            Ok(file) => std::fs::File::from(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut io::Read::take(&file, max_bytes + 1), &mut bytes)?;
        if bytes.len() as u64 > max_bytes {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        Ok(Some(bytes))
    }

    fn write_at(&mut self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let file = std::fs::File::from(self.file(name, OFlags::WRONLY | OFlags::CREATE)?);
        std::os::unix::fs::FileExt::write_all_at(&file, bytes, offset)
    }

    fn reserve(&mut self, name: &str, bytes: u64) -> io::Result<()> {
        let file = self.file(name, OFlags::WRONLY | OFlags::CREATE)?;
        match rustix::fs::fallocate(&file, FallocateFlags::KEEP_SIZE, 0, bytes) {
            // a file system without it: room is then found out by the write.
            Ok(()) | Err(Errno::OPNOTSUPP) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn truncate(&mut self, name: &str, bytes: u64) -> io::Result<()> {
        Ok(rustix::fs::ftruncate(
            self.file(name, OFlags::WRONLY)?,
            bytes,
        )?)
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        Ok(rustix::fs::fdatasync(self.file(name, OFlags::WRONLY)?)?)
    }

    fn link(&mut self, name: &str, second: &str) -> io::Result<()> {
        Ok(rustix::fs::linkat(
            &self.folder,
            name,
            &self.folder,
            second,
            AtFlags::empty(),
        )?)
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.folder, from, &self.folder, to)?)
    }

    fn sync_names(&mut self) -> io::Result<()> {
        Ok(rustix::fs::fsync(&self.folder)?)
    }
}
