//! putting back what was kept.

use crate::capability::CapabilityError;
use crate::state::fingerprint::hex;
use crate::state::{AskInit, Below, remove};
use crate::units;
use crate::words::{failure, shown};
use llm_os_schema::before::{Before, KeptFile, TreeEntry};
use llm_os_sys::beneath::{self, Place};
use llm_os_sys::durable::{self, Over, Owned};
use rustix::fs::{Mode, OFlags};
use sha2::{Digest, Sha256};
use std::io;
use std::path::Path;

/// makes a place what it was. runs in the worker.
pub(crate) fn restore(before: &Before, store: &Path, init: AskInit) -> Result<(), CapabilityError> {
    match before {
        Before::Absent { path } => clear(path),
        Before::File { path, file } => put_file(path, file, store),
        Before::Dir {
            path,
            mode,
            uid,
            gid,
        } => {
            let owned = Owned {
                uid: *uid,
                gid: *gid,
                mode: *mode,
            };
            put_dir(path, owned)
        }
        Before::Tree { path, entries } => {
            clear(path)?;
            entries
                .iter()
                .try_for_each(|entry| put_entry(path, entry, store))
        }
        Before::Unit {
            unit,
            running,
            enabled,
        } => units::put_back(unit, *running, *enabled, init),
    }
}

/// takes away what is there, if anything is.
fn clear(path: &str) -> Result<(), CapabilityError> {
    let place = match beneath::open_place(Path::new(path)) {
        Ok(place) => place,
        // a directory above it is gone already.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failure("take away", path, &error)),
    };
    match remove(&place, Below::Everything) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(failure("take away", path, &error))
        }
        _ => Ok(()),
    }
}

fn put_entry(top: &str, entry: &TreeEntry, store: &Path) -> Result<(), CapabilityError> {
    let below = |path: &str| match path {
        "" => top.to_owned(),
        path => format!("{top}/{path}"),
    };
    match entry {
        TreeEntry::Dir {
            path,
            mode,
            uid,
            gid,
        } => put_dir(
            &below(path),
            Owned {
                uid: *uid,
                gid: *gid,
                mode: *mode,
            },
        ),
        TreeEntry::File { path, file } => put_file(&below(path), file, store),
        TreeEntry::Link { path, target } => {
            let path = below(path);
            let place = open(&path)?;
            rustix::fs::symlinkat(target.as_str(), &place.dir, &place.name)
                .map_err(|error| failure("put back", &path, &error.into()))
        }
    }
}

fn put_dir(path: &str, owned: Owned) -> Result<(), CapabilityError> {
    let place = open(path)?;
    let made = || -> io::Result<()> {
        rustix::fs::mkdirat(&place.dir, &place.name, Mode::RWXU)?;
        let dir = place.open(OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())?;
        durable::own(&dir, owned)?;
        durable::sync_dir(&place.dir)
    };
    made().map_err(|error| failure("put back", path, &error))
}

fn put_file(path: &str, file: &KeptFile, store: &Path) -> Result<(), CapabilityError> {
    let blob = store.join(&file.sha256);
    let lost = |why: &str| {
        CapabilityError::new(format!(
            "cannot put back {}: its kept content {why}",
            shown(path)
        ))
    };
    // looked at whole before anything is replaced.
    let mut hash = Sha256::new();
    let mut content = beneath::open_read(&blob).map_err(|_| lost("is gone"))?;
    io::copy(&mut content, &mut hash).map_err(|_| lost("cannot be read"))?;
    if hex(hash) != file.sha256 {
        return Err(lost("is damaged"));
    }
    io::Seek::rewind(&mut content).map_err(|_| lost("cannot be read"))?;
    let place = open(path)?;
    let owned = Owned {
        uid: file.uid,
        gid: file.gid,
        mode: file.mode,
    };
    durable::replace(&place, &mut content, owned, Over::Anything)
        .map_err(|error| failure("put back", path, &error))
}

fn open(path: &str) -> Result<Place, CapabilityError> {
    beneath::open_place(Path::new(path)).map_err(|error| failure("put back", path, &error))
}
