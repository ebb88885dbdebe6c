//! writing a file so that after a power cut there is the old one or the new one, never a part.
//!
//! a new file beside it, fsync, rename over it, fsync of the directory: one function, so that no
//! caller forgets a step.

use crate::beneath::Place;
use rustix::fs::{AtFlags, Gid, Mode, OFlags, RenameFlags, Uid};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};

/// names of files that a power cut may leave behind begin so.
pub const TEMPORARY_PREFIX: &str = ".llm-os-new-";

/// who owns a file and what may be done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owned {
    pub uid: u32,
    pub gid: u32,
    /// permission bits.
    pub mode: u32,
}

/// whether something may be there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// `EEXIST` if there is.
    Nothing,
    /// it is replaced.
    Anything,
}

/// puts the bytes of `content` at `place`, all of them or none.
///
/// # Errors
/// what the kernel said; the temporary file is gone then.
pub fn replace(place: &Place, content: &mut dyn Read, owned: Owned, over: Over) -> io::Result<()> {
    let temporary = temporary_name()?;
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let private = Mode::RUSR | Mode::WUSR;
    let file = rustix::fs::openat(&place.dir, &temporary, flags, private)?;
    let written = fill(file, content, owned).and_then(|()| {
        let flags = match over {
            Over::Nothing => RenameFlags::NOREPLACE,
            Over::Anything => RenameFlags::empty(),
        };
        rustix::fs::renameat_with(&place.dir, &temporary, &place.dir, &place.name, flags)?;
        Ok(())
    });
    if let Err(error) = written {
        let _ = rustix::fs::unlinkat(&place.dir, &temporary, AtFlags::empty());
        return Err(error);
    }
    sync_dir(&place.dir)
}

/// flushes a directory's names. the descriptor may be one opened with `O_PATH`.
///
/// # Errors
/// what the kernel said.
pub fn sync_dir(dir: impl AsFd) -> io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let dir = rustix::fs::openat(dir, ".", flags, Mode::empty())?;
    Ok(rustix::fs::fsync(dir)?)
}

fn fill(file: OwnedFd, content: &mut dyn Read, owned: Owned) -> io::Result<()> {
    let mut file = File::from(file);
    io::copy(content, &mut file)?;
    own(&file, owned)?;
    file.sync_all()
}

/// owner first: changing it clears set-id bits, and the mode is what was asked for.
///
/// # Errors
/// what the kernel said.
pub fn own(file: impl AsFd, owned: Owned) -> io::Result<()> {
    let now = rustix::fs::fstat(&file)?;
    if (now.st_uid, now.st_gid) != (owned.uid, owned.gid) {
        let (uid, gid) = (Uid::from_raw(owned.uid), Gid::from_raw(owned.gid));
        rustix::fs::fchown(&file, Some(uid), Some(gid))?;
    }
    Ok(rustix::fs::fchmod(
        &file,
        Mode::from_raw_mode(owned.mode & 0o7777),
    )?)
}

fn temporary_name() -> io::Result<OsString> {
    let mut random = [0_u8; 8];
    let got = rustix::rand::getrandom(&mut random, rustix::rand::GetRandomFlags::empty())?;
    if got != random.len() {
        return Err(io::Error::from(io::ErrorKind::Interrupted));
    }
    Ok(format!("{TEMPORARY_PREFIX}{:016x}", u64::from_ne_bytes(random)).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beneath::open_place;
    use std::fs;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn a_file_is_made_replaced_and_not_clobbered() {
        let dir = std::env::temp_dir().join(format!("llm-os-durable-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let place = open_place(&dir.join("f")).unwrap();
        let (uid, gid) = (
            rustix::process::getuid().as_raw(),
            rustix::process::getgid().as_raw(),
        );
        let owned = Owned {
            uid,
            gid,
            mode: 0o640,
        };
        replace(&place, &mut b"one".as_slice(), owned, Over::Nothing).unwrap();
        let again = replace(&place, &mut b"two".as_slice(), owned, Over::Nothing).unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(dir.join("f")).unwrap(), b"one");
        replace(&place, &mut b"three".as_slice(), owned, Over::Anything).unwrap();
        assert_eq!(fs::read(dir.join("f")).unwrap(), b"three");
        assert_eq!(fs::metadata(dir.join("f")).unwrap().mode() & 0o7777, 0o640);
        // nothing else is left in the directory.
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 1);
        fs::remove_dir_all(dir).unwrap();
    }
}
