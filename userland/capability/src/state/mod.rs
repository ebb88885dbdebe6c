//! the state of a place: seen (a fingerprint), kept before a change, put back by an undo.

/// files and trees into the blob store.
mod capture;
/// what is at a place now.
mod fingerprint;
/// deleting a directory with all below it.
mod remove;
/// out of the blob store, back to where it was.
mod restore;
/// everything below a directory, parents first.
mod walk;

pub use capture::capture;
pub(crate) use capture::keepable;
pub use fingerprint::fingerprint;
pub(crate) use fingerprint::{find_unit, fingerprint_path, is_running};
pub(crate) use remove::{Below, remove};
pub(crate) use restore::restore;
pub(crate) use walk::{measure, names};

/// bytes of content kept for one action; more has no way back, and the person is told.
pub const KEEP_MAX_BYTES: u64 = 256 * 1024 * 1024;
/// entries of a tree that is kept: their list has to fit into one frame.
pub const KEEP_MAX_ENTRIES: usize = 2000;
/// bytes of all their names together, for the same reason.
const KEEP_MAX_NAME_BYTES: usize = 128 * 1024;
/// entries of a tree that is looked at or deleted at all.
const WALK_MAX_ENTRIES: usize = 200_000;
/// directories in directories.
const WALK_MAX_DEPTH: usize = 128;
/// a longer file is told from another by size and time, not by its content.
const HASH_MAX_BYTES: u64 = 64 * 1024 * 1024;
/// the same for all files of a tree together.
const TREE_HASH_MAX_BYTES: u64 = 256 * 1024 * 1024;

/// asks pid 1.
pub type AskInit<'a> =
    &'a dyn Fn(llm_os_wire::init::Request) -> Result<llm_os_wire::init::Reply, String>;
