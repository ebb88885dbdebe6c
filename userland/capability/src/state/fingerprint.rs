//! what is at a place now, enough to see that it changed.

use crate::capability::{CapabilityError, Place};
use crate::state::walk::{Entry, walk};
use crate::state::{AskInit, HASH_MAX_BYTES, TREE_HASH_MAX_BYTES};
use crate::words::{failure, shown};
use llm_os_schema::before::Fingerprint;
use llm_os_sys::beneath;
use llm_os_wire::init::{Reply, Request, Unit, UnitState};
use rustix::fs::{FileType, Stat};
use sha2::{Digest, Sha256};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// looks at a place.
///
/// # Errors
/// when it cannot be looked at.
pub fn fingerprint(place: &Place, init: AskInit) -> Result<Fingerprint, CapabilityError> {
    match place {
        Place::Path(path) => fingerprint_path(path),
        Place::Unit(name) => {
            let unit = find_unit(name, init)?;
            let (running, enabled) = (is_running(&unit), unit.enabled);
            Ok(Fingerprint::Unit {
                unit: unit.name,
                running,
                enabled,
            })
        }
    }
}

/// looks at a path.
pub(crate) fn fingerprint_path(text: &str) -> Result<Fingerprint, CapabilityError> {
    let path = Path::new(text);
    let stat = match beneath::stat(path) {
        Ok(stat) => stat,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(Fingerprint::Absent {
                path: text.to_owned(),
            });
        }
        Err(error) => return Err(failure("look at", text, &error)),
    };
    let (path_text, inode, mode) = (text.to_owned(), stat.st_ino, stat.st_mode & 0o7777);
    Ok(match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Fingerprint::File {
            path: path_text,
            inode,
            bytes: stat.st_size.unsigned_abs(),
            mode,
            sha256: content(path, &stat, HASH_MAX_BYTES)
                .map_err(|error| failure("read", text, &error))?,
        },
        FileType::Directory => {
            let (stat, entries) = walk(path)?;
            Fingerprint::Dir {
                path: path_text,
                inode: stat.st_ino,
                mode,
                sha256: tree(path, &entries)?,
            }
        }
        _ => Fingerprint::Other {
            path: path_text,
            inode,
            mode,
        },
    })
}

/// sha-256 of a file's content; for one longer than `most` its size and time, so that looking stays
/// quick.
fn content(path: &Path, stat: &Stat, most: u64) -> io::Result<String> {
    if stat.st_size.unsigned_abs() > most {
        return Ok(format!(
            "size {} time {}.{:09}",
            stat.st_size, stat.st_mtime, stat.st_mtime_nsec
        ));
    }
    // one byte more than may be: a file that grows meanwhile is a different one.
    let mut file = beneath::open_read(path)?.take(most + 1);
    let mut hash = Sha256::new();
    io::copy(&mut file, &mut hash)?;
    Ok(hex(hash))
}

/// sha-256 over names, kinds, permissions and contents.
fn tree(path: &Path, entries: &[Entry]) -> Result<String, CapabilityError> {
    let mut hash = Sha256::new();
    // of all files together; the rest by size and time, in the same order each time.
    let mut left = TREE_HASH_MAX_BYTES;
    for entry in entries {
        let name = entry.path.as_os_str().as_bytes();
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name);
        hash.update((entry.stat.st_mode as u64).to_le_bytes());
        if entry.kind == FileType::RegularFile {
            let file = path.join(&entry.path);
            let text = file.to_string_lossy();
            let content = content(&file, &entry.stat, left.min(HASH_MAX_BYTES))
                .map_err(|error| failure("read", &text, &error))?;
            left = left.saturating_sub(entry.stat.st_size.unsigned_abs());
            hash.update(content.as_bytes());
        }
        if let Some(target) = &entry.target {
            hash.update(target.as_bytes());
        }
    }
    Ok(hex(hash))
}

/// the unit called `name`.
pub(crate) fn find_unit(name: &str, init: AskInit) -> Result<Unit, CapabilityError> {
    let units = match init(Request::Units) {
        Ok(Reply::Units(units)) => units,
        Ok(_) => {
            return Err(CapabilityError::new(
                "pid 1 gave an answer that is not understood",
            ));
        }
        Err(why) => return Err(CapabilityError::new(why)),
    };
    let known: Vec<&str> = units.iter().map(|unit| unit.name.as_str()).collect();
    let known = known.join(", ");
    units
        .into_iter()
        .find(|unit| unit.name == name)
        .ok_or_else(|| {
            CapabilityError::new(format!(
                "there is no unit {}: there are {known}",
                shown(name)
            ))
        })
}

/// whether it runs or would as soon as it is needed.
pub(crate) fn is_running(unit: &Unit) -> bool {
    matches!(
        unit.state,
        UnitState::Running | UnitState::Listening | UnitState::Waiting
    )
}

pub(crate) fn hex(hash: Sha256) -> String {
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
