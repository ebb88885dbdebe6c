//! `unteach`: takes a worked example out of what was taught.

use crate::capability::{Assessment, Capability, CapabilityError, Look, Output, Rights};
use crate::finish::{done, text};
use crate::lessons::{self, Taught};
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
        let taught = Taught::read()?;
        let lesson = &taught.lessons[taught.find(text(action, "request")?)?];
        let sentence = format!(
            "forget that {} means: {}",
            shown(&lesson.request),
            shown(&lesson.means)
        );
        lessons::change(sentence, "`undo` puts it back")
    }

    fn rights(&self, _job: &Job) -> Rights {
        lessons::changing()
    }

    fn run(&self, job: &Job, output: &mut dyn Output) -> Result<StepResult, CapabilityError> {
        let mut taught = Taught::read()?;
        let gone = taught
            .lessons
            .remove(taught.find(text(&job.action, "request")?)?);
        taught.keep()?;
        let summary = format!("forgot {}", shown(&gone.request));
        Ok(done(summary, format!("file {PLACE}"), output))
    }
}
