//! absolute paths out of what a person types.
//!
//! `..` is resolved in the text, before any file is looked at: the executor opens paths without
//! following links, so the text and the file system agree.

use crate::limits::{NAME_MAX_BYTES, PATH_MAX_BYTES};
use std::fmt;

/// why a text is not a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathError {
    Empty,
    ZeroByte,
    TooLong,
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            PathError::Empty => write!(f, "the path is empty: name a file"),
            PathError::ZeroByte => write!(f, "the path holds a zero byte: no file is called that"),
            PathError::TooLong => write!(
                f,
                "the path is too long: {PATH_MAX_BYTES} bytes in all and {NAME_MAX_BYTES} for each name are the limits"
            ),
        }
    }
}

impl std::error::Error for PathError {}

/// `path` as seen from `cwd` (absolute), with `~` for `home` (absolute), without `.`, `..`, double or
/// final slashes.
///
/// # Errors
/// when the text cannot name a file at all.
pub fn absolute(cwd: &str, home: &str, path: &str) -> Result<String, PathError> {
    if path.is_empty() {
        return Err(PathError::Empty);
    }
    if path.contains('\0') {
        return Err(PathError::ZeroByte);
    }
    let (base, rest) = match path.strip_prefix('~') {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => (home, rest),
        _ if path.starts_with('/') => ("", path),
        _ => (cwd, path),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in base.split('/').chain(rest.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            name if name.len() > NAME_MAX_BYTES => return Err(PathError::TooLong),
            name => parts.push(name),
        }
    }
    let joined = format!("/{}", parts.join("/"));
    if joined.len() > PATH_MAX_BYTES {
        Err(PathError::TooLong)
    } else {
        Ok(joined)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paths_become_absolute() {
        let check = |path: &str, expect: &str| {
            assert_eq!(
                absolute("/data/home/operator", "/data/home/operator", path).unwrap(),
                expect
            );
        };
        check("hello.txt", "/data/home/operator/hello.txt");
        check("./a//b/", "/data/home/operator/a/b");
        check("../x", "/data/home/x");
        check("../../../../../etc/passwd", "/etc/passwd");
        check("~", "/data/home/operator");
        check("~/x", "/data/home/operator/x");
        check("~x", "/data/home/operator/~x");
        check("/", "/");
        check("/a/../..", "/");
    }

    #[test]
    fn what_cannot_be_a_path_is_refused() {
        assert_eq!(absolute("/", "/", ""), Err(PathError::Empty));
        assert_eq!(absolute("/", "/", "a\0b"), Err(PathError::ZeroByte));
        assert_eq!(
            absolute("/", "/", &"x".repeat(256)),
            Err(PathError::TooLong)
        );
        assert_eq!(
            absolute("/", "/", &"x/".repeat(3000)),
            Err(PathError::TooLong)
        );
    }

    proptest! {
        #[test]
        fn an_absolute_path_is_a_fixed_point(path in "[a-z./~ ]{1,40}") {
            let once = absolute("/c/d", "/h", &path).unwrap();
            prop_assert!(once.starts_with('/'));
            prop_assert!(!once.split('/').any(|part| part == ".." || part == "."));
            prop_assert_eq!(absolute("/x", "/y", &once).unwrap(), once);
        }
    }
}
