//! `taught`: lists what words were taught to mean.

use crate::capability::{Assessment, Capability, CapabilityError, Look, Output, Rights};
use crate::finish::done;
use crate::lessons;
use crate::words::{counted, shown};
use llm_os_schema::lesson::{FOLDER, PLACE};
use llm_os_schema::result::StepResult;
use llm_os_schema::{Action, CapabilitySpec, Risk};
use llm_os_wire::executor::Stream;
use llm_os_wire::worker::Job;

/// see the module.
pub struct Taught;

impl Capability for Taught {
    fn spec(&self) -> CapabilitySpec {
        CapabilitySpec {
            name: "taught".to_owned(),
            family: "memory".to_owned(),
            summary: "lists what words were taught to mean".to_owned(),
            args: vec![],
            risk: Risk::Observe,
            short: vec![],
            for_model: false,
            available: true,
        }
    }

    fn assess(&self, _action: &Action, _look: &Look) -> Result<Assessment, CapabilityError> {
        Ok(Assessment::observe("list what words were taught to mean"))
    }

    fn rights(&self, _job: &Job) -> Rights {
        Rights::reading(&[FOLDER])
    }

    fn run(&self, _job: &Job, output: &mut dyn Output) -> Result<StepResult, CapabilityError> {
        let lessons::Taught { lessons, strange } = lessons::Taught::read()?;
        for (at, lesson) in lessons.iter().enumerate() {
            let line = format!(
                "{:>3}  {} means: {}\n",
                at + 1,
                shown(&lesson.request),
                shown(&lesson.means)
            );
            output.write(Stream::Out, line.as_bytes());
        }
        let summary = match lessons.len() {
            0 => "nothing was taught yet: `teach WORDS COMMANDS` does it".to_owned(),
            count => counted(count as u64, "lesson"),
        };
        let summary = match strange.len() {
            0 => summary,
            count => format!(
                "{summary}, and {} that say nothing to me",
                counted(count as u64, "line")
            ),
        };
        Ok(done(summary, format!("file {PLACE}"), output))
    }
}
