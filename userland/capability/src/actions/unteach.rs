//! `unteach`: takes a worked example out of what was taught.

use crate::capability::{Assessment, Capability, CapabilityError, Look, Output, Place, Rights};
use crate::finish::{done, text};
use crate::lessons;
use crate::state::fingerprint_path;
use crate::words::shown;
use llm_os_schema::lesson::PLACE;
use llm_os_schema::result::StepResult;
use llm_os_schema::{Action, ArgKind, ArgSpec, CapabilitySpec, Risk};
use llm_os_wire::worker::Job;

/// see the module.
pub struct Unteach;

impl Capability for Unteach {
    fn spec(&self) -> CapabilitySpec {
        CapabilitySpec {
            name: "unteach".to_owned(),
            family: "memory".to_owned(),
            summary: "forgets what words were taught to mean".to_owned(),
            args: vec![ArgSpec::always(
                "request",
                ArgKind::Text,
                "the words, or their number as `taught` shows it",
                "which words?",
            )],
            risk: Risk::Change,
            short: vec![],
            for_model: false,
            available: true,
        }
    }

    fn assess(&self, action: &Action, _look: &Look) -> Result<Assessment, CapabilityError> {
        let lessons = lessons::taught()?;
        let lesson = &lessons[lessons::find(&lessons, text(action, "request")?)?];
        let sentence = format!(
            "forget that {} means: {}",
            shown(&lesson.request),
            shown(&lesson.means)
        );
        Ok(Assessment {
            risk: Risk::Change,
            way_back: Some("`undo` puts it back".to_owned()),
            preconditions: vec![fingerprint_path(PLACE)?],
            captures: vec![Place::Path(PLACE.to_owned())],
            ..Assessment::observe(sentence)
        })
    }

    fn rights(&self, _job: &Job) -> Rights {
        lessons::changing()
    }

    fn run(&self, job: &Job, output: &mut dyn Output) -> Result<StepResult, CapabilityError> {
        let mut lessons = lessons::taught()?;
        let at = lessons::find(&lessons, text(&job.action, "request")?)?;
        let gone = lessons.remove(at);
        lessons::keep(&lessons)?;
        let summary = format!("forgot {}", shown(&gone.request));
        Ok(done(summary, format!("file {PLACE}"), output))
    }
}
