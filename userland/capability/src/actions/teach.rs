//! `teach`: keeps a worked example, so that the same words mean the same the next time.

use crate::capability::{Assessment, Capability, CapabilityError, Look, Output, Rights};
use crate::finish::{done, text};
use crate::lessons::{self, Taught};
use crate::registry;
use crate::words::shown;
use llm_os_schema::lesson::{self, Lesson, PLACE};
use llm_os_schema::limits::REQUEST_MAX_BYTES;
use llm_os_schema::result::StepResult;
use llm_os_schema::{Action, ArgKind, ArgSpec, CapabilitySpec, Risk};
use llm_os_wire::worker::Job;

/// see the module.
pub struct Teach;

impl Capability for Teach {
    fn spec(&self) -> CapabilitySpec {
        CapabilitySpec {
            name: "teach".to_owned(),
            family: "memory".to_owned(),
            summary: "learns what words mean, from the next request on".to_owned(),
            args: vec![
                ArgSpec::always(
                    "request",
                    ArgKind::Text,
                    "the words, in quotes if they are several",
                    "which words?",
                ),
                ArgSpec::always(
                    "means",
                    ArgKind::Text,
                    "the commands that they mean, with `; ` between them",
                    "what do they mean?",
                ),
            ],
            risk: Risk::Change,
            short: vec![],
            for_model: false,
            available: true,
        }
    }

    fn assess(&self, action: &Action, _look: &Look) -> Result<Assessment, CapabilityError> {
        let new = lesson_of(action)?;
        let before = Taught::read()?;
        let old = before
            .lessons
            .iter()
            .find(|old| old.same_words(&new.request));
        let instead = match old {
            Some(old) => format!(" (until now: {})", shown(&old.means)),
            None => String::new(),
        };
        let sentence = format!(
            "learn that {} means: {}{instead}",
            shown(&new.request),
            shown(&new.means)
        );
        before.with(new)?;
        lessons::change(sentence, "`undo` or `unteach` takes it out again")
    }

    fn rights(&self, _job: &Job) -> Rights {
        lessons::changing()
    }

    fn run(&self, job: &Job, output: &mut dyn Output) -> Result<StepResult, CapabilityError> {
        let new = lesson_of(&job.action)?;
        let summary = format!("learnt {}", shown(&new.request));
        Taught::read()?.with(new)?.keep()?;
        Ok(done(summary, format!("file {PLACE}"), output))
    }
}

/// the lesson of a `teach` action, if its commands are ones that a model might propose.
fn lesson_of(action: &Action) -> Result<Lesson, CapabilityError> {
    let (request, means) = (text(action, "request")?, text(action, "means")?);
    if lesson::plain_words(request).next().is_none() || request.len() > REQUEST_MAX_BYTES {
        return Err(CapabilityError::new(format!(
            "the words to learn have to be between one word and {REQUEST_MAX_BYTES} bytes"
        )));
    }
    let table = registry::table();
    let plan = lesson::plan(&table, means).map_err(CapabilityError::new)?;
    let own = plan
        .iter()
        .find(|action| table.get(&action.kind).is_none_or(|spec| !spec.for_model));
    if let Some(own) = own {
        return Err(CapabilityError::new(format!(
            "`{}` is for people to type, so no words can be taught to mean it",
            own.kind
        )));
    }
    Ok(Lesson {
        request: request.trim().to_owned(),
        means: means.trim().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_commands_that_a_model_might_propose_are_taught() {
        let check = |request: &str, means: &str, expect: Option<&str>| {
            let action = Action::new("teach")
                .with("request", request)
                .with("means", means);
            let got = lesson_of(&action).err().map(|error| error.message);
            match (expect, &got) {
                (None, None) => {}
                (Some(part), Some(got)) if got.contains(part) => {}
                _ => panic!("{request} / {means}: {got:?}"),
            }
        };
        check("tidy up", "rm -r /tmp/x; ls", None);
        check("tidy up", "make it nice", Some("is no command"));
        check("tidy up", "", Some("no command is given"));
        check("tidy up", "undo 3", Some("for people to type"));
        check("tidy up", "teach a ls", Some("for people to type"));
        check(" ?! ", "ls", Some("one word"));
    }
}
