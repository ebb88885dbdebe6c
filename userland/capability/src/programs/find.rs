//! where a program is looked for: a constant path for names, and an absolute path as it stands.

use crate::capability::CapabilityError;
use crate::programs::environment::PATH;
use crate::words::{failure, shown};
use llm_os_schema::paths::absolute;
use llm_os_sys::beneath;
use rustix::fs::FileType;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// a program that is there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Program {
    /// absolute.
    pub path: String,
    /// the name in the constant search path, if it was found there: only such a program can be on
    /// the list of those that read.
    pub system_name: Option<String>,
}

/// finds what `word` means; a path that is not absolute is seen from `cwd`.
pub(crate) fn find(word: &str, cwd: &str, home: &str) -> Result<Program, CapabilityError> {
    if !word.contains('/') {
        let found = PATH
            .iter()
            .map(|folder| format!("{folder}/{word}"))
            .find(|path| {
                // these folders are on the verified root, where links are part of it.
                std::fs::metadata(path)
                    .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
            });
        return match found {
            Some(path) => Ok(Program {
                path,
                system_name: Some(word.to_owned()),
            }),
            None => Err(CapabilityError::new(format!(
                "there is no program {}: `ls /usr/bin` shows what there is",
                shown(word)
            ))),
        };
    }
    let path =
        absolute(cwd, home, word).map_err(|error| CapabilityError::new(error.to_string()))?;
    // `/usr/bin/ls` is the same program as `ls`.
    if let Some((folder, name)) = path.rsplit_once('/')
        && PATH.contains(&folder)
    {
        return find(name, cwd, home);
    }
    let stat = beneath::stat(Path::new(&path)).map_err(|error| failure("run", &path, &error))?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(CapabilityError::new(format!(
            "{} is no program",
            shown(&path)
        )));
    }
    if stat.st_mode & 0o111 == 0 {
        return Err(CapabilityError::new(format!(
            "{} may not be run: its permissions do not say so",
            shown(&path)
        )));
    }
    Ok(Program {
        path,
        system_name: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_looked_for_in_the_constant_path_alone() {
        let found = find("true", "/tmp", "/tmp").unwrap();
        assert_eq!(found.system_name.as_deref(), Some("true"));
        assert_eq!(find("/usr/bin/true", "/", "/").unwrap(), found);
        assert_eq!(find("bin/true", "/usr", "/").unwrap(), found);
        for bad in [
            "no-such-program",
            "/etc/passwd",
            "/etc",
            "/no/such",
            "",
            ".",
            "..",
        ] {
            assert!(find(bad, "/tmp", "/tmp").is_err(), "{bad}");
        }
    }
}
