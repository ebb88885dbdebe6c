//! `read_log`: shows the last lines that the machine's services wrote.

use crate::capability::{Assessment, Capability, CapabilityError, Look, Output, Rights, Sockets};
use crate::finish::{done, number};
use crate::state::find_unit;
use crate::units::ask_init;
use crate::words::{counted, shown};
use llm_os_schema::result::StepResult;
use llm_os_schema::{Action, ArgKind, ArgSpec, CapabilitySpec, Risk, ShortForm};
use llm_os_wire::executor::Stream;
use llm_os_wire::init::{Reply, Request};
use llm_os_wire::worker::Job;

/// lines in one answer.
const LINES_MAX: i64 = 10_000;
/// lines when no number is given.
const LINES: u64 = 40;

/// see the module.
pub struct ReadLog;

impl Capability for ReadLog {
    fn spec(&self) -> CapabilitySpec {
        CapabilitySpec {
            name: "read_log".to_owned(),
            family: "facts".to_owned(),
            summary: "shows the last lines that a service, or every service, wrote".to_owned(),
            args: vec![
                ArgSpec::optional("unit", ArgKind::Unit, "the unit; every unit if not given"),
                ArgSpec::optional(
                    "lines",
                    ArgKind::integer(1, LINES_MAX, "lines"),
                    "how many lines; 40 if not given",
                ),
            ],
            risk: Risk::Observe,
            short: vec![
                ShortForm::new("log", &["unit"]).option("-n", "lines"),
                ShortForm::new("journalctl", &[])
                    .option("-u", "unit")
                    .option("-n", "lines"),
                ShortForm::new("dmesg", &[]),
            ],
            for_model: true,
            available: true,
        }
    }

    fn assess(&self, action: &Action, look: &Look) -> Result<Assessment, CapabilityError> {
        let lines = counted(number(action, "lines").unwrap_or(LINES), "line");
        Ok(Assessment::observe(match action.text("unit") {
            Some(unit) => {
                find_unit(unit, look.init)?;
                format!("show the last {lines} of the log of {}", shown(unit))
            }
            None => format!("show the last {lines} of the log"),
        }))
    }

    fn rights(&self, _job: &Job) -> Rights {
        // root, because pid 1 answers nobody else; no path and no linux capability.
        Rights {
            sockets: Sockets::Unix,
            ..Rights::default()
        }
    }

    fn run(&self, job: &Job, output: &mut dyn Output) -> Result<StepResult, CapabilityError> {
        let unit = job.action.text("unit").map(str::to_owned);
        let asked = number(&job.action, "lines").unwrap_or(LINES) as u32;
        let origin = match &unit {
            Some(unit) => format!("log of {}", shown(unit)),
            None => "log".to_owned(),
        };
        let (lines, cut) = match ask_init(Request::Log { unit, lines: asked }) {
            Ok(Reply::Log { lines, cut }) => (lines, cut),
            Ok(_) => {
                return Err(CapabilityError::new(
                    "pid 1 gave an answer that is not understood",
                ));
            }
            Err(why) => return Err(CapabilityError::new(why)),
        };
        for line in &lines {
            output.write(Stream::Out, line.as_bytes());
            output.write(Stream::Out, b"\n");
        }
        let summary = match lines.len() {
            0 => "nothing has been logged".to_owned(),
            count => counted(count as u64, "line"),
        };
        let mut result = done(summary, origin, output);
        // older lines than those asked for are no loss; fewer than asked for are.
        result.cut |= cut && lines.len() < asked as usize;
        Ok(result)
    }
}
