//! keeping what a change will take away: contents go to the blob store, flushed, before anything is
//! said of them.

use crate::capability::{CapabilityError, Place};
use crate::state::fingerprint::{find_unit, hex, is_running};
use crate::state::walk::walk;
use crate::state::{AskInit, KEEP_MAX_BYTES, KEEP_MAX_ENTRIES, KEEP_MAX_NAME_BYTES};
use crate::words::{failure, shown, size};
use llm_os_schema::before::{Before, KeptFile, TreeEntry};
use llm_os_sys::beneath;
use llm_os_sys::durable::{self, Over, Owned};
use rustix::fs::{FileType, Stat};
use sha2::{Digest, Sha256};
use std::io::{self, Read, Seek};
use std::path::Path;

/// bytes that stay free when something is kept.
const MARGIN_BYTES: u64 = 1024 * 1024;

/// keeps the state of a place; `store` is the folder of blobs, which exists.
///
/// # Errors
/// when it cannot be read, cannot be kept whole (see [`KEEP_MAX_BYTES`]), or changes meanwhile.
pub fn capture(place: &Place, store: &Path, init: AskInit) -> Result<Before, CapabilityError> {
    let text = match place {
        Place::Path(path) => path,
        Place::Unit(name) => {
            let unit = find_unit(name, init)?;
            let (running, enabled) = (is_running(&unit), unit.enabled);
            return Ok(Before::Unit {
                unit: unit.name,
                running,
                enabled,
            });
        }
    };
    if let Some(why) = keepable(text)? {
        return Err(CapabilityError::new(format!(
            "{} cannot be kept: {why}",
            shown(text)
        )));
    }
    let path = Path::new(text);
    let stat = match beneath::stat(path) {
        Ok(stat) => stat,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(Before::Absent { path: text.clone() });
        }
        Err(error) => return Err(failure("look at", text, &error)),
    };
    if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile {
        return Ok(Before::File {
            path: text.clone(),
            file: keep_file(path, store)?,
        });
    }
    if FileType::from_raw_mode(stat.st_mode) == FileType::Symlink {
        let entry = TreeEntry::Link {
            path: String::new(),
            target: link_target(path)?,
        };
        return Ok(Before::Tree {
            path: text.clone(),
            entries: vec![entry],
        });
    }
    let (_, entries) = walk(path)?;
    let mut kept = Vec::new();
    for entry in entries {
        // `keepable` has seen that every name is text.
        let name = entry.path.to_string_lossy().into_owned();
        kept.push(match entry.kind {
            FileType::RegularFile => TreeEntry::File {
                path: name,
                file: keep_file(&path.join(&entry.path), store)?,
            },
            FileType::Symlink => TreeEntry::Link {
                path: name,
                target: entry
                    .target
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned(),
            },
            _ => {
                let (mode, uid, gid) = owner(&entry.stat);
                TreeEntry::Dir {
                    path: name,
                    mode,
                    uid,
                    gid,
                }
            }
        });
    }
    let (mode, uid, gid) = owner(&stat);
    // the directory itself comes first, with an empty path.
    kept.insert(
        0,
        TreeEntry::Dir {
            path: String::new(),
            mode,
            uid,
            gid,
        },
    );
    Ok(Before::Tree {
        path: text.clone(),
        entries: kept,
    })
}

/// why a place cannot be kept whole, if so.
pub(crate) fn keepable(text: &str) -> Result<Option<String>, CapabilityError> {
    let path = Path::new(text);
    let stat = match beneath::stat(path) {
        Ok(stat) => stat,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failure("look at", text, &error)),
    };
    let mut bytes = 0;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => bytes = stat.st_size.unsigned_abs(),
        FileType::Directory => {
            let (_, entries) = walk(path)?;
            let mut name_bytes = 0;
            for entry in &entries {
                let target = entry.target.as_ref().map(|target| target.to_str());
                let Some((name, target)) = entry.path.to_str().zip(target.unwrap_or(Some("")))
                else {
                    return Ok(Some("a name in it is no text".to_owned()));
                };
                name_bytes += name.len() + target.len();
                match entry.kind {
                    FileType::RegularFile => bytes += entry.stat.st_size.unsigned_abs(),
                    FileType::Directory | FileType::Symlink => {}
                    _ => return Ok(Some("it holds a device, pipe or socket".to_owned())),
                }
            }
            if entries.len() > KEEP_MAX_ENTRIES || name_bytes > KEEP_MAX_NAME_BYTES {
                return Ok(Some(format!(
                    "it holds more than {KEEP_MAX_ENTRIES} entries"
                )));
            }
        }
        FileType::Symlink => return Ok(None),
        _ => return Ok(Some("it is no file and no directory".to_owned())),
    }
    if bytes > KEEP_MAX_BYTES {
        let why = format!("{} is more than {}", size(bytes), size(KEEP_MAX_BYTES));
        return Ok(Some(why));
    }
    // who deletes to make room has to be able to.
    let full = room_bytes(path).is_some_and(|room| bytes + MARGIN_BYTES > room);
    Ok((full && bytes > 0).then(|| "the disk has no room to keep it".to_owned()))
}

/// bytes that are free where `path` is; `None` where nobody can tell.
fn room_bytes(path: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(path).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

fn keep_file(path: &Path, store: &Path) -> Result<KeptFile, CapabilityError> {
    let text = path.to_string_lossy();
    let failed = |error: io::Error| failure("keep", &text, &error);
    let mut file = beneath::open_read(path).map_err(failed)?;
    let stat = rustix::fs::fstat(&file).map_err(|error| failed(error.into()))?;
    let mut hash = Sha256::new();
    let bytes = io::copy(&mut (&mut file).take(KEEP_MAX_BYTES + 1), &mut hash).map_err(failed)?;
    if bytes > KEEP_MAX_BYTES {
        return Err(CapabilityError::new(format!(
            "{} cannot be kept: it grows",
            shown(&text)
        )));
    }
    let sha256 = hex(hash);
    let (mode, uid, gid) = owner(&stat);
    let kept = KeptFile {
        sha256,
        bytes,
        mode,
        uid,
        gid,
    };
    let place = beneath::open_place(&store.join(&kept.sha256)).map_err(failed)?;
    if place
        .stat()
        .is_ok_and(|there| there.st_size.unsigned_abs() == bytes)
    {
        // the same content was kept before.
        return Ok(kept);
    }
    file.rewind().map_err(failed)?;
    let mut copy = Hashing {
        inner: file.take(bytes),
        hash: Sha256::new(),
    };
    let ids = (rustix::process::geteuid(), rustix::process::getegid());
    let owned = Owned {
        uid: ids.0.as_raw(),
        gid: ids.1.as_raw(),
        mode: 0o600,
    };
    durable::replace(&place, &mut copy, owned, Over::Anything).map_err(failed)?;
    if hex(copy.hash) != kept.sha256 {
        let _ = rustix::fs::unlinkat(&place.dir, &place.name, rustix::fs::AtFlags::empty());
        return Err(CapabilityError::new(format!(
            "{} changed while it was being kept: try again",
            shown(&text)
        )));
    }
    Ok(kept)
}

fn link_target(path: &Path) -> Result<String, CapabilityError> {
    let text = path.to_string_lossy();
    let failed = |error: io::Error| failure("keep", &text, &error);
    let place = beneath::open_place(path).map_err(failed)?;
    let target = rustix::fs::readlinkat(&place.dir, &place.name, Vec::new());
    let target = target.map_err(|error| failed(error.into()))?;
    target.into_string().map_err(|_| {
        CapabilityError::new(format!(
            "{} cannot be kept: its target is no text",
            shown(&text)
        ))
    })
}

fn owner(stat: &Stat) -> (u32, u32, u32) {
    (stat.st_mode & 0o7777, stat.st_uid, stat.st_gid)
}

/// hashes what is read through it.
struct Hashing<R> {
    inner: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hash.update(&buffer[..count]);
        Ok(count)
    }
}
