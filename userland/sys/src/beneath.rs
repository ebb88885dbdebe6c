//! opening absolute paths so that no link and no mount leads anywhere else than the text says.
//!
//! the path is split at the longest of a constant list of roots, and the rest is resolved by
//! openat2(2) with BENEATH, NO_SYMLINKS, NO_MAGICLINKS and NO_XDEV. a check before an open would be a
//! race; here the open is the check.

use rustix::fs::{AtFlags, Mode, OFlags, ResolveFlags, Stat, openat2};
use rustix::io::Errno;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

/// the mount points that the machine is made with, and `/`. below one of them no other mount is
/// entered: what an owner mounts elsewhere is not reached by accident.
pub const ROOTS: [&str; 12] = [
    "/sys/fs/cgroup",
    "/dev/pts",
    "/dev/shm",
    "/data",
    "/tmp",
    "/run",
    "/etc",
    "/proc",
    "/sys",
    "/dev",
    "/boot",
    "/",
];

const RESOLVE: ResolveFlags = ResolveFlags::BENEATH
    .union(ResolveFlags::NO_SYMLINKS)
    .union(ResolveFlags::NO_MAGICLINKS)
    .union(ResolveFlags::NO_XDEV);

/// a name in an open directory: what is created, replaced or removed.
#[derive(Debug)]
pub struct Place {
    pub dir: OwnedFd,
    pub name: OsString,
    /// the absolute path, for messages.
    pub path: PathBuf,
}

/// opens `path` with `flags`; close-on-exec and no-follow are added.
///
/// # Errors
/// `InvalidInput` for a path that is not absolute or holds `..`; `ELOOP` where a link stands in the
/// way; `EXDEV` where another mount does; else what the kernel said.
pub fn open(path: &Path, flags: OFlags, mode: Mode) -> io::Result<OwnedFd> {
    let (root, rest) = split(path)?;
    let base = open_root(root)?;
    let rest = if rest.as_os_str().is_empty() {
        Path::new(".")
    } else {
        &rest
    };
    let flags = flags | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    Ok(resolve(&base, rest, flags, mode)?)
}

/// opens for reading; never blocks on a pipe and never takes a terminal.
///
/// # Errors
/// see [`open`].
pub fn open_read(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
    open(path, flags, Mode::empty()).map(File::from)
}

/// opens a directory for reading its names.
///
/// # Errors
/// see [`open`]; `ENOTDIR` if it is none.
pub fn open_dir(path: &Path) -> io::Result<OwnedFd> {
    open(path, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())
}

/// opens the directory above `path`, which need not exist itself.
///
/// # Errors
/// see [`open`]; `InvalidInput` for `/`, which has no name.
pub fn open_place(path: &Path) -> io::Result<Place> {
    let (parent, name) = path
        .parent()
        .zip(path.file_name())
        .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    // to create, rename and remove by this descriptor, the directory need not be readable.
    let dir = open(parent, OFlags::PATH | OFlags::DIRECTORY, Mode::empty())?;
    Ok(Place {
        dir,
        name: name.to_owned(),
        path: path.to_owned(),
    })
}

/// what is at `path`; a link is reported as a link.
///
/// # Errors
/// see [`open`].
pub fn stat(path: &Path) -> io::Result<Stat> {
    if path == Path::new("/") {
        return Ok(rustix::fs::fstat(open(path, OFlags::PATH, Mode::empty())?)?);
    }
    match open_place(path) {
        Ok(place) => place.stat(),
        Err(error) => Err(error),
    }
}

impl Place {
    /// what is there; a link is reported as a link.
    ///
    /// # Errors
    /// what the kernel said.
    pub fn stat(&self) -> io::Result<Stat> {
        Ok(rustix::fs::statat(
            &self.dir,
            &self.name,
            AtFlags::SYMLINK_NOFOLLOW,
        )?)
    }

    /// opens what is there.
    ///
    /// # Errors
    /// see [`open`].
    pub fn open(&self, flags: OFlags, mode: Mode) -> io::Result<OwnedFd> {
        let flags = flags | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        Ok(resolve(&self.dir, Path::new(&self.name), flags, mode)?)
    }
}

/// opens `name` in the directory `dir`; a name with a slash in it is an error.
///
/// # Errors
/// see [`open`].
pub fn open_in(dir: impl AsFd, name: &OsStr, flags: OFlags) -> io::Result<OwnedFd> {
    let flags = flags | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    Ok(resolve(dir, Path::new(name), flags, Mode::empty())?)
}

/// a rename elsewhere in the tree makes openat2 give up with `EAGAIN`; it is tried again a few times.
fn resolve(dir: impl AsFd, path: &Path, flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
    let mut left = 64;
    loop {
        match openat2(&dir, path, flags, mode, RESOLVE) {
            Err(Errno::AGAIN | Errno::INTR) if left > 0 => left -= 1,
            result => return result,
        }
    }
}

/// a root is a mount point or `/`, made by pid 1: on a machine where `/tmp` is a link it is an error.
fn open_root(root: &str) -> io::Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(rustix::fs::open(root, flags, Mode::empty())?)
}

/// the longest root that holds `path`, and the rest relative to it.
fn split(path: &Path) -> io::Result<(&'static str, PathBuf)> {
    let plain = |part: Component| matches!(part, Component::RootDir | Component::Normal(_));
    if !path.is_absolute() || !path.components().all(plain) {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    }
    // the list ends with `/`, which holds every absolute path.
    let root = ROOTS
        .into_iter()
        .find(|root| path.starts_with(root))
        .unwrap_or("/");
    let rest = path.strip_prefix(root).unwrap_or(path).to_owned();
    Ok((root, rest))
}

#[cfg(test)]
mod tests;
