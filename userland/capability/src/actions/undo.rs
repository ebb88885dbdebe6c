//! `undo`: takes back what an entry of the journal did.

use crate::capability::{
    Access, Assessment, Capability, CapabilityError, Look, Output, Place, Right, Rights, Sockets,
};
use crate::files::WRITER;
use crate::finish::{done, number};
use crate::state::{fingerprint, restore};
use crate::target::existing_dir;
use crate::units::{DISABLED, ask_init};
use crate::words::{bytes, shown};
use llm_os_schema::before::{Before, Fingerprint};
use llm_os_schema::result::StepResult;
use llm_os_schema::{Action, ArgKind, ArgSpec, CapabilitySpec, Risk};
use llm_os_wire::worker::Job;
use std::path::Path;

/// see the module.
pub struct Undo;

impl Capability for Undo {
    fn spec(&self) -> CapabilitySpec {
        CapabilitySpec {
            name: "undo".to_owned(),
            family: "history".to_owned(),
            summary: "takes back what an entry of the history did".to_owned(),
            args: vec![ArgSpec::always(
                "id",
                ArgKind::integer(1, i64::MAX, ""),
                "the number of the entry, as `history` shows it",
                "which entry should I take back?",
            )],
            risk: Risk::Change,
            // the shell's own `undo`, `undo 3` and `undo #41` find the number.
            short: vec![],
            for_model: false,
            available: true,
        }
    }

    fn assess(&self, action: &Action, look: &Look) -> Result<Assessment, CapabilityError> {
        let id = number(action, "id").unwrap_or(0);
        let entry = (look.entry)(id).ok_or_else(|| {
            CapabilityError::new(format!(
                "there is no entry #{id}: `history` shows what there is"
            ))
        })?;
        if let Some(by) = entry.undone_by {
            return Err(CapabilityError::new(format!(
                "#{id} was taken back already, by #{by}"
            )));
        }
        if let Some(why) = entry.no_way_back {
            return Err(CapabilityError::new(format!(
                "#{id} cannot be taken back: {why}"
            )));
        }
        let mut now = Vec::new();
        for left in &entry.after {
            let found = fingerprint(&place_of(left), look.init)?;
            if !left.same_state(&found) {
                return Err(CapabilityError::new(format!(
                    "#{id} is not taken back: {} is no longer as it left it ({})",
                    shown(left.place()),
                    difference(left, &found)
                )));
            }
            now.push(found);
        }
        let steps: Vec<String> = entry
            .before
            .iter()
            .map(|before| sentence(before, look))
            .collect();
        let steps = match steps.is_empty() {
            true => return Err(CapabilityError::new(format!("#{id} changed nothing"))),
            false => steps.join(", then "),
        };
        Ok(Assessment {
            risk: Risk::Change,
            way_back: Some("what is there now is kept: `redo` puts it back".to_owned()),
            preconditions: now,
            captures: entry.before.iter().map(place_before).collect(),
            ..Assessment::observe(format!(
                "take back #{id} ({}): {steps}",
                entry.sentences.join("; ")
            ))
        })
    }

    fn rights(&self, job: &Job) -> Rights {
        let mut access = vec![Access::new(job.blobs.as_str(), Right::Read)];
        for before in &job.restore {
            match place_before(before) {
                Place::Path(path) => {
                    if let Some(above) = existing_dir(Path::new(&path)).to_str() {
                        access.push(Access::new(above, Right::Write));
                    }
                }
                Place::Unit(_) => access.push(Access::new(DISABLED, Right::Write)),
            }
        }
        Rights {
            access,
            keep: WRITER.to_vec(),
            sockets: Sockets::Unix,
            ..Rights::default()
        }
    }

    fn run(&self, job: &Job, output: &mut dyn Output) -> Result<StepResult, CapabilityError> {
        let id = number(&job.action, "id").unwrap_or(0);
        for before in &job.restore {
            restore(before, Path::new(&job.blobs), &ask_init)?;
        }
        Ok(done(format!("took back #{id}"), "journal", output))
    }
}

/// what will be done to put it back.
fn sentence(before: &Before, look: &Look) -> String {
    match before {
        Before::Absent { path } => format!("take away {}", shown(path)),
        Before::File { path, file } => {
            format!("put back {} as it was ({})", shown(path), bytes(file.bytes))
        }
        Before::Dir { path, .. } => format!("put back the directory {}", shown(path)),
        Before::Tree { path, entries } => {
            // the first entry is the place itself.
            match entries.len() - entries.len().min(1) {
                0 => format!("put back {}", shown(path)),
                1 => format!("put back {} with the one thing that was in it", shown(path)),
                below => format!(
                    "put back {} with the {below} things that were in it",
                    shown(path)
                ),
            }
        }
        Before::Unit {
            unit,
            running,
            enabled,
        } => {
            let place = Place::Unit(unit.clone());
            let now = fingerprint(&place, look.init);
            unit_sentence(unit, *running, *enabled, now.ok().as_ref())
        }
    }
}

/// what has to be done with a unit, seen from how it is now.
fn unit_sentence(unit: &str, running: bool, enabled: bool, now: Option<&Fingerprint>) -> String {
    let unit = shown(unit);
    let (runs, starts) = match now {
        Some(Fingerprint::Unit {
            running, enabled, ..
        }) => (Some(*running), Some(*enabled)),
        _ => (None, None),
    };
    let run = match running {
        _ if runs == Some(running) => None,
        true => Some(format!("start the service {unit}")),
        false => Some(format!("stop the service {unit}")),
    };
    let boot = match enabled {
        _ if starts == Some(enabled) => None,
        true => Some(format!("start the service {unit} at boot again")),
        false => Some(format!("no longer start the service {unit} at boot")),
    };
    match (run, boot) {
        (Some(run), Some(boot)) => format!("{run}, and {boot}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => format!("leave the service {unit} as it is"),
    }
}

fn place_before(before: &Before) -> Place {
    match before {
        Before::Absent { path }
        | Before::File { path, .. }
        | Before::Dir { path, .. }
        | Before::Tree { path, .. } => Place::Path(path.clone()),
        Before::Unit { unit, .. } => Place::Unit(unit.clone()),
    }
}

fn place_of(fingerprint: &Fingerprint) -> Place {
    match fingerprint {
        Fingerprint::Unit { unit, .. } => Place::Unit(unit.clone()),
        other => Place::Path(other.place().to_owned()),
    }
}

fn difference(left: &Fingerprint, found: &Fingerprint) -> String {
    use Fingerprint::{Absent, Dir, File, Unit};
    match (left, found) {
        (_, Absent { .. }) => "it is gone".to_owned(),
        (Absent { .. }, _) => "something is there again".to_owned(),
        (File { bytes: was, .. }, File { bytes: is, .. }) if was != is => {
            format!("it had {}, now {}", bytes(*was), bytes(*is))
        }
        (File { mode: was, .. }, File { mode: is, .. })
        | (Dir { mode: was, .. }, Dir { mode: is, .. })
            if was != is =>
        {
            format!("its permissions were {was:04o}, now {is:04o}")
        }
        (File { .. }, File { .. }) => "its content is another".to_owned(),
        (Dir { .. }, Dir { .. }) => "what is in it is other".to_owned(),
        (Unit { .. }, Unit { .. }) => {
            "it was started, stopped, enabled or disabled since".to_owned()
        }
        _ => "it is another kind of thing now".to_owned(),
    }
}
