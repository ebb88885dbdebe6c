//! `write_file`: makes a file with the given content, or replaces one.

use crate::capability::{Assessment, Capability, CapabilityError, Look, Output, Place, Rights};
use crate::files::{make_above, new_or_old, writing};
use crate::finish::{done, text};
use crate::guard;
use crate::state::{fingerprint_path, keepable};
use crate::target::{Now, Target, path_argument};
use crate::words::{bytes, counted, failure, shown};
use llm_os_schema::canonical::parse_mode;
use llm_os_schema::result::StepResult;
use llm_os_schema::{Action, ArgKind, ArgSpec, CapabilitySpec, Risk};
use llm_os_sys::beneath;
use llm_os_sys::durable::{self, Owned};
use llm_os_wire::worker::Job;
use std::path::Path;

/// permissions of a new file.
const NEW_MODE: u32 = 0o644;

/// see the module.
pub struct WriteFile;

impl Capability for WriteFile {
    fn spec(&self) -> CapabilitySpec {
        CapabilitySpec {
            name: "write_file".to_owned(),
            family: "files".to_owned(),
            summary: "makes a file with the given content, or replaces one".to_owned(),
            args: vec![
                ArgSpec::always(
                    "path",
                    ArgKind::Path,
                    "the file to write",
                    "which file should I write?",
                ),
                ArgSpec::always(
                    "content",
                    ArgKind::Text,
                    "what will be in it",
                    "what should be in it?",
                ),
                ArgSpec::optional(
                    "mode",
                    ArgKind::Mode,
                    "its permissions; 0644 for a new file",
                ),
            ],
            risk: Risk::Change,
            // no short name: `write` begins too many sentences that are meant for the model.
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
        let new = bytes(text(action, "content")?.len() as u64);
        let path = &target.shown;
        let mode = match action.text("mode") {
            Some(mode) => format!(", with permissions {mode}"),
            None => String::new(),
        };
        let mut assessment = Assessment {
            risk: Risk::Change,
            ..Assessment::observe(String::new())
        };
        match target.now {
            Now::Absent if target.planned => {
                assessment.sentence = format!("write {new} to {path}{mode}");
            }
            Now::Absent => {
                let above = target.missing_above();
                let making = match above.as_slice() {
                    [] => String::new(),
                    [one] => format!(", making the directory {}", shown(one)),
                    [.., last] => format!(
                        ", making {} down to {}",
                        counted(above.len() as u64, "directory"),
                        shown(last)
                    )
                    .replace("directorys", "directories"),
                };
                assessment.sentence = format!("write {new} to the new file {path}{mode}{making}");
            }
            Now::File { bytes: 0 } => {
                assessment.sentence = format!("write {new} to the empty file {path}{mode}");
            }
            Now::File { bytes: old } => {
                assessment.risk = Risk::Destroy;
                assessment.sentence = format!("replace {path} ({}) with {new}{mode}", bytes(old));
                assessment.loses = Some(format!("the {} that are in it now", bytes(old)));
                assessment.challenge = Some(target.name());
            }
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
        }
        if !target.planned {
            assessment.preconditions = vec![fingerprint_path(&target.text)?];
        }
        match keepable(&target.text)? {
            None => {
                assessment.captures = vec![Place::Path(target.first_missing())];
                let kept = match target.now {
                    Now::Absent => "`undo` takes it away again",
                    _ => "what is there now is kept: `undo` puts it back",
                };
                assessment.way_back = Some(kept.to_owned());
            }
            Some(why) => {
                assessment.risk = Risk::Destroy;
                assessment.challenge = Some(target.name());
                assessment.way_back = Some(format!("there is no way back: {why}"));
            }
        }
        Ok(assessment)
    }

    fn rights(&self, job: &Job) -> Rights {
        writing(job)
    }

    fn run(&self, job: &Job, output: &mut dyn Output) -> Result<StepResult, CapabilityError> {
        let path = path_argument(&job.action, "path")?;
        let content = text(&job.action, "content")?;
        make_above(&path, job)?;
        let failed = |error: std::io::Error| failure("write", &path, &error);
        let place = beneath::open_place(Path::new(&path)).map_err(failed)?;
        let old = place.stat().ok();
        let asked = job.action.text("mode").and_then(parse_mode);
        let owned = match &old {
            // whose it was and what was allowed stays, unless asked for otherwise.
            Some(stat) => Owned {
                uid: stat.st_uid,
                gid: stat.st_gid,
                mode: asked.unwrap_or(stat.st_mode & 0o7777),
            },
            None => Owned {
                uid: job.uid,
                gid: job.gid,
                mode: asked.unwrap_or(NEW_MODE),
            },
        };
        let over = new_or_old(&path, job);
        durable::replace(&place, &mut content.as_bytes(), owned, over).map_err(failed)?;
        let summary = format!("wrote {} to {}", bytes(content.len() as u64), shown(&path));
        Ok(done(summary, format!("file {}", shown(&path)), output))
    }
}
