//! `make_dir`: makes a directory, and the ones above it where they are missing.

use crate::capability::{Assessment, Capability, CapabilityError, Look, Output, Place, Rights};
use crate::files::{make_above, make_one, writing};
use crate::finish::done;
use crate::guard;
use crate::state::fingerprint_path;
use crate::target::{Now, Target, path_argument};
use crate::words::shown;
use llm_os_schema::result::StepResult;
use llm_os_schema::{Action, ArgKind, ArgSpec, CapabilitySpec, Risk, ShortForm};
use llm_os_wire::worker::Job;

/// see the module.
pub struct MakeDir;

impl Capability for MakeDir {
    fn spec(&self) -> CapabilitySpec {
        CapabilitySpec {
            name: "make_dir".to_owned(),
            family: "files".to_owned(),
            summary: "makes a directory, and the ones above it where they are missing".to_owned(),
            args: vec![ArgSpec::always(
                "path",
                ArgKind::Path,
                "the directory to make",
                "what should the directory be called?",
            )],
            risk: Risk::Change,
            short: vec![ShortForm::new("mkdir", &["path"])],
            for_model: true,
            available: true,
        }
    }

    fn assess(&self, action: &Action, look: &Look) -> Result<Assessment, CapabilityError> {
        let target = Target::of(action, "path", look)?;
        if let Some(reason) = guard::write_reason(&target.path) {
            return Ok(Assessment::forbidden(format!(
                "{} cannot be made: {reason}",
                target.shown
            )));
        }
        if target.now != Now::Absent {
            return Err(CapabilityError::new(format!(
                "{} is there already",
                target.shown
            )));
        }
        let preconditions = if target.planned {
            Vec::new()
        } else {
            vec![fingerprint_path(&target.text)?]
        };
        Ok(Assessment {
            risk: Risk::Change,
            way_back: Some("`undo` takes it away again".to_owned()),
            preconditions,
            captures: vec![Place::Path(target.first_missing())],
            ..Assessment::observe(format!("make the directory {}", target.shown))
        })
    }

    fn rights(&self, job: &Job) -> Rights {
        writing(job)
    }

    fn run(&self, job: &Job, output: &mut dyn Output) -> Result<StepResult, CapabilityError> {
        let path = path_argument(&job.action, "path")?;
        make_above(&path, job)?;
        make_one(&path, job)?;
        let summary = format!("made the directory {}", shown(&path));
        Ok(done(summary, format!("directory {}", shown(&path)), output))
    }
}
