//! the worker alone, for the tests of this crate: on the machine it is `llm-osd --jailed`.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(u8::try_from(llm_os_jail::worker_main()).unwrap_or(u8::MAX))
}
