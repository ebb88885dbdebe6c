//! the helper of pid 1: `llm-os.toml` on stdin, one frame of settings on stdout.
//!
//! it is started once at boot as `nobody`, with nothing but these two descriptors, and is ended when
//! it takes too long. whatever the file holds, the answer is a frame or nothing.

#![forbid(unsafe_code)]

use llm_os_settings::{FILE_MAX_BYTES, read};
use std::io::{self, Read};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut bytes = Vec::new();
    // one byte more than may be there, so that too long is seen.
    let most = FILE_MAX_BYTES as u64 + 1;
    if io::stdin().take(most).read_to_end(&mut bytes).is_err() {
        return ExitCode::FAILURE;
    }
    match llm_os_wire::write(&mut io::stdout().lock(), &read(&bytes).settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
