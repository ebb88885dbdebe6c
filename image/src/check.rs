//! `cargo os check FILE`: a settings file, judged by the same code that the machine uses.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use llm_os_settings::FILE_MAX_BYTES;

use crate::error::{Doing, Error, Result};

/// checks a settings file and prints what is wrong with it, with line numbers.
///
/// # Errors
/// when it cannot be read, or anything in it is wrong.
pub fn check(path: &Path) -> Result<()> {
    let file = File::open(path).doing("read", path)?;
    let mut bytes = Vec::new();
    // one byte more than is allowed shows that the file is too long, without reading a disk.
    file.take(FILE_MAX_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .doing("read", path)?;
    let checked = llm_os_settings::read(&bytes);
    if checked.problems.is_empty() {
        println!("{}: good", path.display());
        return Ok(());
    }
    for problem in &checked.problems {
        println!("{}: {problem}", path.display());
    }
    Err(Error::CheckFailed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_and_bad_files() {
        let dir = llm_os_qemu::Scratch::new().unwrap();
        let file = dir.join("llm-os.toml");
        let verdict = |text: &str| {
            std::fs::write(&file, text).unwrap();
            check(&file).map_err(|error| error.exit_code())
        };
        assert_eq!(verdict(llm_os_settings::DEFAULT_FILE), Ok(()));
        assert_eq!(verdict("hostname = \"workshop\"\n"), Ok(()));
        assert_eq!(verdict("hostnaem = \"workshop\"\n"), Err(1));
        assert_eq!(verdict("hostname = \n"), Err(1));
        assert!(check(&dir.join("nothing-here")).is_err());
    }
}
