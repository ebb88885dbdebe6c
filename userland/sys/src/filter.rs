//! a seccomp filter out of reviewed data (seccomp(2)): json as the seccompiler crate defines it, a
//! reason in each rule's `comment`.

use seccompiler::{BpfMap, TargetArch};
use std::fmt;

/// why a filter could not be installed.
#[derive(Debug)]
pub enum FilterError {
    /// the data names a system call that this processor's kernel does not have, or is no filter.
    Data(seccompiler::Error),
    /// the kernel refused it.
    Install(seccompiler::Error),
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            FilterError::Data(error) => write!(f, "a seccomp list is not understood: {error}"),
            FilterError::Install(error) => write!(f, "seccomp: {error}"),
        }
    }
}

impl std::error::Error for FilterError {}

/// installs every filter of `json` for this thread and what it starts. needs no_new_privs.
///
/// # Errors
/// see [`FilterError`]; some of several filters may be installed then.
pub fn install(json: &str) -> Result<(), FilterError> {
    for program in compile(json, ARCH)?.values() {
        seccompiler::apply_filter(program).map_err(FilterError::Install)?;
    }
    Ok(())
}

/// whether `json` is a good filter for both processors that the machine is built for.
///
/// # Errors
/// the first thing that is wrong with it.
pub fn check(json: &str) -> Result<(), FilterError> {
    compile(json, TargetArch::x86_64)?;
    compile(json, TargetArch::aarch64)?;
    Ok(())
}

fn compile(json: &str, arch: TargetArch) -> Result<BpfMap, FilterError> {
    seccompiler::compile_from_json(json.as_bytes(), arch).map_err(FilterError::Data)
}

#[cfg(target_arch = "x86_64")]
const ARCH: TargetArch = TargetArch::x86_64;
#[cfg(target_arch = "aarch64")]
const ARCH: TargetArch = TargetArch::aarch64;
