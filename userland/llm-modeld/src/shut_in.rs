//! the process shuts itself in before it reads a byte of anyone's.
//!
//! a model file and a request are strangers' input, and llama.cpp is a large program in a language
//! that forgives nothing. whoever takes this process over finds no path but the model's own files,
//! no socket to open, no program to start and nobody to send a signal to.

use crate::model::Source;
use llm_os_sys::domain::{self, Grant, Outside};
use llm_os_sys::filter;
use std::io;
use std::path::{Path, PathBuf};

/// what is never needed: reviewed data, one reason each.
pub const FILTER: &str = include_str!("seccomp.json");

/// # Errors
/// when the kernel does not take it: what cannot be shut in must not run.
pub fn enter(source: &Source) -> io::Result<()> {
    rustix::thread::set_no_new_privs(true)?;
    domain::enter(&grants(source), Outside::default())?;
    filter::install(FILTER).map_err(io::Error::other)
}

/// the model's own files, its cache, and how many cores there are.
fn grants(source: &Source) -> Vec<(PathBuf, Grant)> {
    let mut grants = vec![(PathBuf::from("/sys/devices/system/cpu"), Grant::Read)];
    match source {
        Source::Embedded { folder, .. } => grants.push((real(folder), Grant::Read)),
        Source::File { path, cache, .. } => {
            grants.push((real(path), Grant::Read));
            grants.extend(cache.as_deref().map(|folder| (real(folder), Grant::Write)));
        }
    }
    // the folder: the file is replaced whenever something is taught.
    let library = source.taught().and_then(Path::parent);
    let library = library.filter(|library| library.is_dir());
    grants.extend(library.map(|library| (real(library), Grant::Read)));
    grants
}

/// a grant is for what a link leads to, not for the link.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_is_good_for_both_processors() {
        filter::check(FILTER).unwrap();
    }
}
