//! what is at a path now, as `assess` needs it.

use crate::capability::{CapabilityError, Look, Place};
use crate::words::{failure, is_plain, shown};
use llm_os_schema::Action;
use llm_os_sys::beneath;
use rustix::fs::{FileType, Stat};
use std::io;
use std::path::{Path, PathBuf};

/// a path that an action names, and what is there.
pub(crate) struct Target {
    pub path: PathBuf,
    /// as the action has it.
    pub text: String,
    /// as it may stand in a sentence.
    pub shown: String,
    pub now: Now,
    /// an earlier action of the same plan changes it, so `now` says little.
    pub planned: bool,
}

/// what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Now {
    Absent,
    File {
        bytes: u64,
    },
    Dir,
    Link,
    /// a device, pipe or socket.
    Other,
}

impl Target {
    /// looks at the path in the argument `key`.
    pub fn of(action: &Action, key: &str, look: &Look) -> Result<Target, CapabilityError> {
        let text = path_argument(action, key)?;
        let path = PathBuf::from(&text);
        let now = match beneath::stat(&path) {
            Ok(stat) => Now::of(&stat),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Now::Absent,
            Err(error) => return Err(failure("look at", &text, &error)),
        };
        let planned = look.earlier.iter().any(|place| match place {
            Place::Path(changed) => path.starts_with(changed),
            Place::Unit(_) => false,
        });
        Ok(Target {
            shown: shown(&text),
            path,
            text,
            now,
            planned,
        })
    }

    /// what a person types to confirm: the last part of the path, or a fixed word where that cannot
    /// be typed.
    pub fn name(&self) -> String {
        let name = self.path.file_name().and_then(|name| name.to_str());
        let name = name.unwrap_or(&self.text);
        match is_plain(name) {
            true => name.to_owned(),
            false => "yes".to_owned(),
        }
    }

    /// `there is no …`, unless an earlier action may make it.
    pub fn must_exist(&self) -> Result<(), CapabilityError> {
        if self.now != Now::Absent || self.planned {
            return Ok(());
        }
        let folder = self.path.parent().and_then(Path::to_str).unwrap_or("/");
        Err(CapabilityError::new(format!(
            "there is no file or directory {}: `ls {}` shows what is there",
            self.shown,
            shown(folder)
        )))
    }

    /// the place to capture before something new comes to be here: the first part of the path that
    /// is missing, so that taking it back takes the directories made on the way too.
    pub fn first_missing(&self) -> String {
        let above = existing_dir(&self.path);
        let first = self
            .path
            .strip_prefix(&above)
            .ok()
            .and_then(|rest| rest.components().next());
        let place = first.map_or(above.clone(), |part| above.join(part));
        place.to_str().unwrap_or(&self.text).to_owned()
    }
}

impl Target {
    /// the directories above it that are missing, outermost first.
    pub fn missing_above(&self) -> Vec<String> {
        let there = existing_dir(&self.path);
        let missing = self
            .path
            .ancestors()
            .skip(1)
            .take_while(|above| **above != *there);
        let mut missing: Vec<String> = missing
            .filter_map(Path::to_str)
            .map(str::to_owned)
            .collect();
        missing.reverse();
        missing
    }
}

impl Now {
    /// out of what the kernel says.
    pub fn of(stat: &Stat) -> Now {
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Now::File {
                bytes: stat.st_size.unsigned_abs(),
            },
            FileType::Directory => Now::Dir,
            FileType::Symlink => Now::Link,
            _ => Now::Other,
        }
    }
}

/// the text argument `key`; the schema has made sure that it is there, and absolute.
pub(crate) fn path_argument(action: &Action, key: &str) -> Result<String, CapabilityError> {
    match action.text(key) {
        Some(text) if text.starts_with('/') => Ok(text.to_owned()),
        _ => Err(CapabilityError::new(format!(
            "`{}` needs `{key}`, absolute",
            action.kind
        ))),
    }
}

/// the nearest directory above `path` that exists.
pub(crate) fn existing_dir(path: &Path) -> PathBuf {
    let is_dir = |above: &Path| {
        beneath::stat(above)
            .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Directory)
    };
    let found = path.ancestors().skip(1).find(|above| is_dir(above));
    found.unwrap_or(Path::new("/")).to_owned()
}
