//! a landlock domain: which paths this process and its children may still reach (landlock(7)).

use crate::beneath;
use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, Ruleset,
    RulesetAttr, RulesetCreatedAttr, RulesetStatus, Scope,
};
use rustix::fs::{FileType, Mode, OFlags};
use std::io;
use std::path::PathBuf;

/// the newest rights that the machine's kernel (6.12) knows; on an older one what it knows.
const NEWEST: ABI = ABI::V6;

/// what may be done beneath a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// read files and list directories.
    Read,
    /// read, and run programs.
    ReadExecute,
    /// read, and make, change and remove files, directories and links; no devices.
    Write,
}

/// what a domain may still do to the world outside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outside {
    /// tcp.
    pub network: bool,
    /// signals to processes outside.
    pub signals: bool,
}

/// shuts this thread, and what it starts, into `grants`; everything else is denied, as are abstract
/// sockets of processes outside, and what `outside` does not allow. a path that cannot be opened
/// (it is not there, or a link) grants nothing. needs no_new_privs.
///
/// # Errors
/// when the kernel does not enforce landlock: what cannot be shut in must not run.
pub fn enter(grants: &[(PathBuf, Grant)], outside: Outside) -> io::Result<()> {
    let mut scope = Scope::from_all(NEWEST);
    if outside.signals {
        scope.remove(Scope::Signal);
    }
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))
        .and_then(|ruleset| ruleset.scope(scope))
        .map_err(failed)?;
    if !outside.network {
        ruleset = ruleset
            .handle_access(AccessNet::from_all(NEWEST))
            .map_err(failed)?;
    }
    let mut created = ruleset.create().map_err(failed)?;
    for (path, grant) in grants {
        let Ok(fd) = beneath::open(path, OFlags::PATH, Mode::empty()) else {
            continue;
        };
        let is_dir =
            FileType::from_raw_mode(rustix::fs::fstat(&fd)?.st_mode) == FileType::Directory;
        let access = if is_dir {
            grant.access()
        } else {
            grant.access() & AccessFs::from_file(NEWEST)
        };
        created = created
            .add_rule(PathBeneath::new(fd, access))
            .map_err(failed)?;
    }
    match created.restrict_self().map_err(failed)?.ruleset {
        RulesetStatus::NotEnforced => Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "the kernel does not enforce landlock",
        )),
        _ => Ok(()),
    }
}

impl Grant {
    fn access(self) -> BitFlags<AccessFs> {
        let read = AccessFs::ReadFile | AccessFs::ReadDir;
        match self {
            Grant::Read => read,
            Grant::ReadExecute => read | AccessFs::Execute,
            Grant::Write => {
                let devices = AccessFs::MakeChar | AccessFs::MakeBlock;
                read | (AccessFs::from_write(NEWEST) & !devices)
            }
        }
    }
}

fn failed(error: impl std::fmt::Display) -> io::Error {
    io::Error::other(format!("landlock: {error}"))
}
