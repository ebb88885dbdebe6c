//! `delete_file`: deletes a file, or a directory with all that is in it.

use crate::capability::{Assessment, Capability, CapabilityError, Look, Output, Place, Rights};
use crate::files::writing;
use crate::finish::{done, flag};
use crate::guard;
use crate::state::{Below, fingerprint_path, keepable, measure, remove};
use crate::target::{Now, Target, path_argument};
use crate::words::{bytes, failure, shown};
use llm_os_schema::result::StepResult;
use llm_os_schema::{Action, ArgKind, ArgSpec, CapabilitySpec, Risk, ShortForm};
use llm_os_sys::beneath;
use llm_os_wire::worker::Job;
use std::path::Path;

/// see the module.
pub struct DeleteFile;

impl Capability for DeleteFile {
    fn spec(&self) -> CapabilitySpec {
        CapabilitySpec {
            name: "delete_file".to_owned(),
            family: "files".to_owned(),
            summary: "deletes a file, or a directory with all that is in it".to_owned(),
            args: vec![
                ArgSpec::always(
                    "path",
                    ArgKind::Path,
                    "the file or directory to delete",
                    "which file should I delete?",
                ),
                ArgSpec::optional(
                    "recursive",
                    ArgKind::Flag,
                    "for a directory: with all that is in it",
                ),
            ],
            risk: Risk::Destroy,
            short: vec![
                ShortForm::new("rm", &["path"])
                    .option("-r", "recursive")
                    .option("-R", "recursive")
                    .option("-rf", "recursive"),
            ],
            for_model: true,
            available: true,
        }
    }

    fn assess(&self, action: &Action, look: &Look) -> Result<Assessment, CapabilityError> {
        let text = path_argument(action, "path")?;
        if let Some(reason) = guard::delete_reason(Path::new(&text)) {
            return Ok(Assessment::forbidden(format!(
                "{} is not deleted: {reason}",
                shown(&text)
            )));
        }
        let target = Target::of(action, "path", look)?;
        target.must_exist()?;
        let path = &target.shown;
        let (sentence, loses) = match target.now {
            Now::Absent => (format!("delete {path}"), None),
            Now::File { bytes: count } => (
                format!("delete {path} ({})", bytes(count)),
                Some(format!("the file and its {}", bytes(count))),
            ),
            Now::Dir => {
                let content = measure(&target.path)?;
                if content.is_empty() {
                    (format!("delete the empty directory {path}"), None)
                } else if flag(action, "recursive") {
                    (
                        format!("delete the directory {path} with all that is in it ({content})"),
                        Some(content.to_string()),
                    )
                } else {
                    return Err(CapabilityError::new(format!(
                        "{path} is a directory and not empty ({content}): `rm -r {path}` deletes it with all that is in it"
                    )));
                }
            }
            Now::Link => (
                format!("delete the link {path}, not what it leads to"),
                Some("the link".to_owned()),
            ),
            Now::Other => {
                return Ok(Assessment::forbidden(format!(
                    "{path} is a device, pipe or socket, and only files are deleted"
                )));
            }
        };
        let kept = keepable(&target.text)?;
        let captures = match kept {
            None => vec![Place::Path(target.text.clone())],
            Some(_) => Vec::new(),
        };
        let way_back = match kept {
            None => "it is kept: `undo` puts it back".to_owned(),
            Some(why) => format!("there is no way back: {why}"),
        };
        let preconditions = if target.planned {
            Vec::new()
        } else {
            vec![fingerprint_path(&target.text)?]
        };
        Ok(Assessment {
            risk: Risk::Destroy,
            loses,
            way_back: Some(way_back),
            challenge: Some(target.name()),
            preconditions,
            captures,
            ..Assessment::observe(sentence)
        })
    }

    fn rights(&self, job: &Job) -> Rights {
        writing(job)
    }

    fn run(&self, job: &Job, output: &mut dyn Output) -> Result<StepResult, CapabilityError> {
        let path = path_argument(&job.action, "path")?;
        let failed = |error: std::io::Error| failure("delete", &path, &error);
        let place = beneath::open_place(Path::new(&path)).map_err(failed)?;
        let below = if flag(&job.action, "recursive") {
            Below::Everything
        } else {
            Below::Nothing
        };
        let count = remove(&place, below).map_err(failed)?;
        let summary = match count {
            1 => format!("deleted {}", shown(&path)),
            count => format!(
                "deleted {} with all that was in it: {count} files and directories",
                shown(&path)
            ),
        };
        Ok(done(summary, format!("file {}", shown(&path)), output))
    }
}
