//! everything below a directory, parents first, in the order of the names; links are not followed.

use crate::capability::CapabilityError;
use crate::state::{WALK_MAX_DEPTH, WALK_MAX_ENTRIES};
use crate::words::{counted, failure, shown, size};
use llm_os_sys::beneath;
use rustix::fs::{AtFlags, Dir, FileType, OFlags, Stat, statat};
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// one thing below the directory.
pub(crate) struct Entry {
    /// relative to the directory.
    pub path: PathBuf,
    pub kind: FileType,
    pub stat: Stat,
    /// for a link.
    pub target: Option<OsString>,
}

/// the directory's own stat, and all that is below it.
pub(crate) fn walk(path: &Path) -> Result<(Stat, Vec<Entry>), CapabilityError> {
    let text = path.to_string_lossy();
    let failed = |error: std::io::Error| failure("look into", &text, &error);
    let top = beneath::open_dir(path).map_err(failed)?;
    let stat = rustix::fs::fstat(&top).map_err(|error| failed(error.into()))?;
    let mut entries = Vec::new();
    below(top, Path::new(""), &mut entries, &text)?;
    Ok((stat, entries))
}

fn below(
    dir: OwnedFd,
    prefix: &Path,
    entries: &mut Vec<Entry>,
    text: &str,
) -> Result<(), CapabilityError> {
    let failed = |error: std::io::Error| failure("look into", text, &error);
    if prefix.components().count() >= WALK_MAX_DEPTH {
        return Err(CapabilityError::new(format!(
            "{} is nested deeper than {WALK_MAX_DEPTH} directories",
            shown(text)
        )));
    }
    for name in names(&dir).map_err(failed)? {
        if entries.len() >= WALK_MAX_ENTRIES {
            return Err(CapabilityError::new(format!(
                "{} holds more than {WALK_MAX_ENTRIES} entries: name a part of it",
                shown(text)
            )));
        }
        let stat =
            statat(&dir, &name, AtFlags::SYMLINK_NOFOLLOW).map_err(|error| failed(error.into()))?;
        let kind = FileType::from_raw_mode(stat.st_mode);
        let target = (kind == FileType::Symlink)
            .then(|| rustix::fs::readlinkat(&dir, &name, Vec::new()))
            .transpose()
            .map_err(|error| failed(error.into()))?
            .map(|target| OsString::from_vec(target.into_bytes()));
        let path = prefix.join(&name);
        entries.push(Entry {
            path: path.clone(),
            kind,
            stat,
            target,
        });
        if kind == FileType::Directory {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY;
            let inner = beneath::open_in(&dir, &name, flags).map_err(failed)?;
            below(inner, &path, entries, text)?;
        }
    }
    Ok(())
}

/// how much there is below a directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Content {
    files: u64,
    dirs: u64,
    bytes: u64,
}

impl Content {
    pub fn is_empty(&self) -> bool {
        self.files == 0 && self.dirs == 0
    }
}

/// `12 files, 3 directories, 4.5 MiB`.
impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let dirs = match self.dirs {
            1 => "1 directory".to_owned(),
            dirs => format!("{dirs} directories"),
        };
        match (self.files, self.dirs) {
            (0, _) => f.write_str(&dirs),
            (files, 0) => write!(f, "{}, {}", counted(files, "file"), size(self.bytes)),
            (files, _) => write!(
                f,
                "{}, {dirs}, {}",
                counted(files, "file"),
                size(self.bytes)
            ),
        }
    }
}

/// counts what is below a directory.
pub(crate) fn measure(path: &Path) -> Result<Content, CapabilityError> {
    let (_, entries) = walk(path)?;
    let mut content = Content::default();
    for entry in &entries {
        match entry.kind {
            FileType::Directory => content.dirs += 1,
            _ => {
                content.files += 1;
                content.bytes += entry.stat.st_size.unsigned_abs();
            }
        }
    }
    Ok(content)
}

/// the names in a directory, sorted by their bytes, without `.` and `..`.
pub(crate) fn names(dir: impl AsFd) -> std::io::Result<Vec<OsString>> {
    let mut names = Vec::new();
    for entry in Dir::read_from(dir)? {
        let entry = entry?;
        let name = OsStr::from_bytes(entry.file_name().to_bytes());
        if name != "." && name != ".." {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}
