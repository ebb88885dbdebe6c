//! whether this processor has the instructions that llama.cpp was built with.
//!
//! the library is built for one level of the architecture and does not look: without this check a
//! lesser processor ends the process with SIGILL and says nothing.

use crate::ModelError;

/// # Errors
/// `Processor` with the names of what is missing, as `/proc/cpuinfo` writes them.
pub fn check() -> Result<(), ModelError> {
    let missing: Vec<&'static str> = wanted()
        .into_iter()
        .filter(|(_, there)| !there)
        .map(|(name, _)| name)
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(ModelError::Processor { missing })
    }
}

/// what ggml switches on for x86-64 when it is not built for the machine at hand:
/// ggml/CMakeLists.txt, `INS_ENB`.
#[cfg(target_arch = "x86_64")]
fn wanted() -> Vec<(&'static str, bool)> {
    use std::arch::is_x86_feature_detected as has;
    vec![
        ("sse4_2", has!("sse4.2")),
        ("avx", has!("avx")),
        ("avx2", has!("avx2")),
        ("bmi2", has!("bmi2")),
        ("fma", has!("fma")),
        ("f16c", has!("f16c")),
    ]
}

/// armv8-a has all that is used there.
#[cfg(not(target_arch = "x86_64"))]
fn wanted() -> Vec<(&'static str, bool)> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let error = ModelError::Processor {
            missing: vec!["avx2", "fma"],
        };
        assert!(
            error
                .to_string()
                .starts_with("this processor lacks avx2, fma,"),
            "{error}"
        );
        // the build machine runs the library, so it has them all.
        assert!(check().is_ok());
    }
}
