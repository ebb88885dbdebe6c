//! `append_file`: adds text at the end of a file.

use crate::capability::{Assessment, Capability, CapabilityError, Look, Output, Place, Rights};
use crate::files::{make_above, new_or_old, writing};
use crate::finish::{done, text};
use crate::guard;
use crate::state::{KEEP_MAX_BYTES, fingerprint_path};
use crate::target::{Now, Target, path_argument};
use crate::words::{bytes, failure, shown, size};
use llm_os_schema::result::StepResult;
use llm_os_schema::{Action, ArgKind, ArgSpec, CapabilitySpec, Risk};
use llm_os_sys::beneath;
use llm_os_sys::durable::{self, Owned};
use llm_os_wire::worker::Job;
use rustix::fs::{Mode, OFlags};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// permissions of a new file.
const NEW_MODE: u32 = 0o644;

/// see the module.
pub struct AppendFile;

impl Capability for AppendFile {
    fn spec(&self) -> CapabilitySpec {
        CapabilitySpec {
            name: "append_file".to_owned(),
            family: "files".to_owned(),
            summary: "adds a line or more at the end of a file".to_owned(),
            args: vec![
                ArgSpec::always(
                    "path",
                    ArgKind::Path,
                    "the file to add to",
                    "which file should I add it to?",
                ),
                ArgSpec::always(
                    "content",
                    ArgKind::Text,
                    "what is added, as a line of its own",
                    "what should I add?",
                ),
            ],
            risk: Risk::Change,
            short: vec![],
            for_model: true,
            available: true,
        }
    }

    fn assess(&self, action: &Action, look: &Look) -> Result<Assessment, CapabilityError> {
        let target = Target::of(action, "path", look)?;
        if let Some(reason) = guard::write_reason(&target.path) {
            return Ok(Assessment::forbidden(format!(
                "{} cannot be written: {reason}",
                target.shown
            )));
        }
        let path = &target.shown;
        let more = bytes(text(action, "content")?.len() as u64);
        let (sentence, kept) = match target.now {
            Now::Absent if target.planned => (
                format!("add {more} as a line to {path}"),
                "`undo` takes it away again",
            ),
            Now::Absent => (
                format!("write {more} as a line to the new file {path}"),
                "`undo` takes it away again",
            ),
            Now::File { bytes: old } if old > KEEP_MAX_BYTES => {
                return Err(CapabilityError::new(format!(
                    "{path} is larger than {}: it cannot be added to in one piece",
                    size(KEEP_MAX_BYTES)
                )));
            }
            Now::File { bytes: old } => (
                format!("add {more} as a line at the end of {path} ({})", bytes(old)),
                "what is there now is kept: `undo` puts it back",
            ),
            Now::Dir => {
                return Err(CapabilityError::new(format!(
                    "{path} is a directory: name a file in it"
                )));
            }
            Now::Link => {
                return Err(CapabilityError::new(format!(
                    "{path} is a link, and links are not followed: name the file itself"
                )));
            }
            Now::Other => {
                return Ok(Assessment::forbidden(format!(
                    "{path} is a device, pipe or socket, and only files are written"
                )));
            }
        };
        let preconditions = if target.planned {
            Vec::new()
        } else {
            vec![fingerprint_path(&target.text)?]
        };
        Ok(Assessment {
            risk: Risk::Change,
            way_back: Some(kept.to_owned()),
            preconditions,
            captures: vec![Place::Path(target.first_missing())],
            ..Assessment::observe(sentence)
        })
    }

    fn rights(&self, job: &Job) -> Rights {
        writing(job)
    }

    fn run(&self, job: &Job, output: &mut dyn Output) -> Result<StepResult, CapabilityError> {
        let path = path_argument(&job.action, "path")?;
        let content = text(&job.action, "content")?;
        make_above(&path, job)?;
        let failed = |error: io::Error| failure("add to", &path, &error);
        let place = beneath::open_place(Path::new(&path)).map_err(failed)?;
        let old = match place.open(OFlags::RDONLY | OFlags::NONBLOCK, Mode::empty()) {
            Ok(old) => Some(File::from(old)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(error)),
        };
        let owned = match &old {
            Some(file) => {
                let stat = rustix::fs::fstat(file).map_err(|error| failed(error.into()))?;
                Owned {
                    uid: stat.st_uid,
                    gid: stat.st_gid,
                    mode: stat.st_mode & 0o7777,
                }
            }
            None => Owned {
                uid: job.uid,
                gid: job.gid,
                mode: NEW_MODE,
            },
        };
        let added = line(old.as_ref(), content).map_err(failed)?;
        // the whole file anew, so that a power cut leaves the line there or not, and no part of it.
        let mut all: Box<dyn Read> = match old {
            Some(file) => Box::new(file.chain(added.as_bytes())),
            None => Box::new(added.as_bytes()),
        };
        durable::replace(&place, &mut all, owned, new_or_old(&path, job)).map_err(failed)?;
        let summary = format!("added {} to {}", bytes(content.len() as u64), shown(&path));
        Ok(done(summary, format!("file {}", shown(&path)), output))
    }
}

/// `content` with what makes it a line of its own: a line end before it where the file ends without
/// one, and one after it.
fn line(old: Option<&File>, content: &str) -> io::Result<String> {
    let mut last = [b'\n'];
    if let Some(mut file) = old
        && file.seek(SeekFrom::End(0))? > 0
    {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        file.rewind()?;
    }
    let before = if last == [b'\n'] { "" } else { "\n" };
    let after = if content.ends_with('\n') { "" } else { "\n" };
    Ok(format!("{before}{content}{after}"))
}
