//! what a change found before it happened, kept so that it can be taken back.
//!
//! plain data: the executor captures it (contents go to the blob store first), the journal keeps it,
//! the worker restores it when an `undo` runs.

use serde::{Deserialize, Serialize};

/// the state of one thing before a change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Before {
    /// nothing was there; undoing removes what is there now.
    Absent {
        path: String,
    },
    File {
        path: String,
        file: KeptFile,
    },
    /// a directory without its contents.
    Dir {
        path: String,
        mode: u32,
        uid: u32,
        gid: u32,
    },
    /// a directory with everything below it, parents first; paths relative to `path`.
    Tree {
        path: String,
        entries: Vec<TreeEntry>,
    },
    /// a unit's state.
    Unit {
        unit: String,
        running: bool,
        enabled: bool,
    },
}

/// one file with its content in the blob store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptFile {
    /// sha-256 of the content, hex; also the blob's name.
    pub sha256: String,
    pub bytes: u64,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
}

/// one entry of a kept tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TreeEntry {
    Dir {
        path: String,
        mode: u32,
        uid: u32,
        gid: u32,
    },
    File {
        path: String,
        file: KeptFile,
    },
    Link {
        path: String,
        target: String,
    },
}

/// what is at a place now, enough to see that it changed: a precondition of a confirmation, and what
/// an undo compares with what the change left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Fingerprint {
    Absent {
        path: String,
    },
    File {
        path: String,
        inode: u64,
        bytes: u64,
        mode: u32,
        sha256: String,
    },
    /// `sha256` is over the sorted names, kinds and contents below it.
    Dir {
        path: String,
        inode: u64,
        mode: u32,
        sha256: String,
    },
    Other {
        path: String,
        inode: u64,
        mode: u32,
    },
    Unit {
        unit: String,
        running: bool,
        enabled: bool,
    },
}

impl Fingerprint {
    /// the path or unit that it speaks of.
    pub fn place(&self) -> &str {
        match self {
            Fingerprint::Absent { path }
            | Fingerprint::File { path, .. }
            | Fingerprint::Dir { path, .. }
            | Fingerprint::Other { path, .. } => path,
            Fingerprint::Unit { unit, .. } => unit,
        }
    }

    /// the same thing, whether or not it is the same inode: what an undo may act on.
    pub fn same_state(&self, other: &Fingerprint) -> bool {
        self.without_inode() == other.without_inode()
    }

    fn without_inode(&self) -> Fingerprint {
        let mut copy = self.clone();
        match &mut copy {
            Fingerprint::File { inode, .. }
            | Fingerprint::Dir { inode, .. }
            | Fingerprint::Other { inode, .. } => *inode = 0,
            Fingerprint::Absent { .. } | Fingerprint::Unit { .. } => {}
        }
        copy
    }
}
