//! what the actions that write files have in common.

use crate::capability::{Access, CapabilityError, Right, Rights};
use crate::target::existing_dir;
use crate::words::failure;
use llm_os_schema::before::Fingerprint;
use llm_os_sys::beneath;
use llm_os_sys::durable::{self, Over, Owned};
use llm_os_wire::worker::Job;
use rustix::fs::{Mode, OFlags};
use std::io;
use std::path::{Path, PathBuf};

/// permissions of a new directory.
const DIR_MODE: u32 = 0o755;

/// linux capabilities for writing anywhere below a path, for any owner.
pub(crate) const WRITER: [&str; 3] = ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER"];

/// writing beneath the nearest directory above the path that exists: a new name needs the right to
/// change the directory that it stands in.
pub(crate) fn writing(job: &Job) -> Rights {
    let above = job
        .action
        .text("path")
        .map(|path| existing_dir(Path::new(path)));
    let access = above
        .iter()
        .filter_map(|above| above.to_str())
        .map(|above| Access::new(above, Right::Write))
        .collect();
    Rights {
        access,
        keep: WRITER.to_vec(),
        ..Rights::default()
    }
}

/// whether what is there may be replaced: not where it was confirmed that nothing is.
pub(crate) fn new_or_old(path: &str, job: &Job) -> Over {
    let absent = |fingerprint: &Fingerprint| matches!(fingerprint, Fingerprint::Absent { path: place } if place == path);
    if job.expect.iter().any(absent) {
        Over::Nothing
    } else {
        Over::Anything
    }
}

/// makes the directories above `path` that are missing; they belong to the operator.
pub(crate) fn make_above(path: &str, job: &Job) -> Result<(), CapabilityError> {
    let above = existing_dir(Path::new(path));
    let parent = Path::new(path).parent().unwrap_or(Path::new("/"));
    let mut at: PathBuf = above.clone();
    for part in parent.strip_prefix(&above).unwrap_or(Path::new("")) {
        at.push(part);
        make_one(&at.to_string_lossy(), job)?;
    }
    Ok(())
}

/// makes one directory that belongs to the operator.
pub(crate) fn make_one(path: &str, job: &Job) -> Result<(), CapabilityError> {
    let make = || -> io::Result<()> {
        let place = beneath::open_place(Path::new(path))?;
        rustix::fs::mkdirat(&place.dir, &place.name, Mode::RWXU)?;
        let dir = place.open(OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())?;
        durable::own(
            &dir,
            Owned {
                uid: job.uid,
                gid: job.gid,
                mode: DIR_MODE,
            },
        )?;
        durable::sync_dir(&place.dir)
    };
    make().map_err(|error| failure("make the directory", path, &error))
}
