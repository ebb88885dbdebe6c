//! deleting what is at a place, with all below it, by descriptors: a directory that is swapped for a
//! link meanwhile leads nowhere else.

use crate::state::WALK_MAX_DEPTH;
use crate::state::walk::names;
use llm_os_sys::beneath::{self, Place};
use llm_os_sys::durable;
use rustix::fs::{AtFlags, FileType, OFlags, statat, unlinkat};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::io;
use std::os::fd::AsFd;
use std::os::fd::BorrowedFd;

/// how much is deleted with a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Below {
    Nothing,
    Everything,
}

/// deletes it; gives back how many things were deleted, and flushes the directory.
pub(crate) fn remove(place: &Place, below: Below) -> io::Result<u64> {
    let mut count = 0;
    remove_in(place.dir.as_fd(), &place.name, below, 0, &mut count)?;
    durable::sync_dir(&place.dir)?;
    Ok(count)
}

fn remove_in(
    dir: BorrowedFd,
    name: &OsStr,
    below: Below,
    depth: usize,
    count: &mut u64,
) -> io::Result<()> {
    let stat = statat(dir, name, AtFlags::SYMLINK_NOFOLLOW)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::Directory {
        unlinkat(dir, name, AtFlags::empty())?;
        *count += 1;
        return Ok(());
    }
    if below == Below::Everything {
        if depth >= WALK_MAX_DEPTH {
            return Err(Errno::NAMETOOLONG.into());
        }
        let inner = beneath::open_in(dir, name, OFlags::RDONLY | OFlags::DIRECTORY)?;
        for name in names(&inner)? {
            remove_in(inner.as_fd(), &name, below, depth + 1, count)?;
        }
    }
    unlinkat(dir, name, AtFlags::REMOVEDIR)?;
    *count += 1;
    Ok(())
}
