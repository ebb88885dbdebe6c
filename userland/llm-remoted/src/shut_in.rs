//! the process shuts itself in before it reads a byte of anyone's.
//!
//! requests and a server's replies are strangers' input. whoever takes this process over finds one
//! file, the key that is sent to the endpoint anyway; no other path, no program to start, no local
//! socket and nobody to send a signal to.

use crate::endpoint::Endpoint;
use llm_os_sys::domain::{self, Grant, Outside};
use llm_os_sys::filter;
use std::io;
use std::path::PathBuf;

/// what is never needed: reviewed data, one reason each.
pub const FILTER: &str = include_str!("seccomp.json");

/// # Errors
/// when the kernel does not take it: what cannot be shut in must not run.
pub fn enter(endpoint: &Endpoint) -> io::Result<()> {
    rustix::thread::set_no_new_privs(true)?;
    let key = endpoint.key.iter();
    let grants: Vec<(PathBuf, Grant)> = key.map(|path| (path.clone(), Grant::Read)).collect();
    let outside = Outside {
        network: true,
        ..Outside::default()
    };
    domain::enter(&grants, outside)?;
    filter::install(FILTER).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_is_good_for_both_processors() {
        filter::check(FILTER).unwrap();
    }
}
