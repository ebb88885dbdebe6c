//! `service_control`: starts, stops and looks at services.

use crate::capability::{
    Access, Assessment, Capability, CapabilityError, Look, Output, Place, Right, Rights, Sockets,
};
use crate::finish::{done, listing, text};
use crate::state::{find_unit, fingerprint, is_running};
use crate::units::{DISABLED, ask_init, command, set_enabled};
use crate::words::shown;
use llm_os_schema::result::StepResult;
use llm_os_schema::{Action, ArgKind, ArgSpec, CapabilitySpec, Risk, ShortForm};
use llm_os_wire::executor::Stream;
use llm_os_wire::init::{Reply, Request, Unit, UnitState};
use llm_os_wire::worker::Job;

/// what may be done with a unit.
const ACTIONS: [&str; 7] = [
    "start", "stop", "restart", "status", "enable", "disable", "list",
];

/// see the module.
pub struct ServiceControl;

impl Capability for ServiceControl {
    fn spec(&self) -> CapabilitySpec {
        CapabilitySpec {
            name: "service_control".to_owned(),
            family: "services".to_owned(),
            summary: "starts, stops, restarts, enables, disables, shows or lists services"
                .to_owned(),
            args: vec![
                ArgSpec::always(
                    "action",
                    ArgKind::choice(&ACTIONS),
                    "what to do",
                    "what should I do with it: start, stop, restart, status, enable or disable?",
                ),
                ArgSpec::unless(
                    "unit",
                    ArgKind::Unit,
                    "action",
                    &["list"],
                    "the unit",
                    "which service?",
                ),
            ],
            risk: Risk::Change,
            short: vec![ShortForm::new("systemctl", &["action", "unit"]).preset("action", "list")],
            for_model: true,
            available: true,
        }
    }

    fn assess(&self, action: &Action, look: &Look) -> Result<Assessment, CapabilityError> {
        let what = text(action, "action")?;
        if what == "list" {
            return Ok(Assessment::observe("list the services"));
        }
        let unit = find_unit(text(action, "unit")?, look.init)?;
        let name = shown(&unit.name);
        if what == "status" {
            return Ok(Assessment::observe(format!("show the state of {name}")));
        }
        if unit.essential && matches!(what, "stop" | "disable") {
            return Ok(Assessment::forbidden(format!(
                "{name} is not stopped: without it nobody could talk to the machine; it can be restarted"
            )));
        }
        let runs = is_running(&unit);
        let sentence = match what {
            "start" if runs => format!("start the service {name}, which runs already"),
            "start" => format!("start the service {name}"),
            "stop" if !runs => format!("stop the service {name}, which does not run"),
            "stop" => format!("stop the service {name}"),
            "restart" => format!("restart the service {name}"),
            "enable" => format!("start the service {name} at every boot from now on"),
            _ => format!("no longer start the service {name} at boot"),
        };
        let place = Place::Unit(unit.name.clone());
        let way_back = match what {
            "restart" => "it starts again by itself; there is nothing to take back",
            _ => "`undo` puts it back as it was",
        };
        // whether it runs may change by itself (a service that ends, one that is started by a
        // connection), so it is no condition of a restart.
        // for the same reason nothing of it is captured.
        let (preconditions, captures) = match what {
            "restart" => (Vec::new(), Vec::new()),
            _ => (vec![fingerprint(&place, look.init)?], vec![place]),
        };
        Ok(Assessment {
            risk: Risk::Change,
            way_back: Some(way_back.to_owned()),
            preconditions,
            captures,
            ..Assessment::observe(sentence)
        })
    }

    fn rights(&self, job: &Job) -> Rights {
        let marks = matches!(job.action.text("action"), Some("enable" | "disable"));
        let access = if marks {
            vec![Access::new(DISABLED, Right::Write)]
        } else {
            Vec::new()
        };
        Rights {
            access,
            sockets: Sockets::Unix,
            ..Rights::default()
        }
    }

    fn run(&self, job: &Job, output: &mut dyn Output) -> Result<StepResult, CapabilityError> {
        let what = text(&job.action, "action")?;
        if what == "list" {
            let units = list()?;
            units
                .iter()
                .for_each(|unit| output.write(Stream::Out, line(unit).as_bytes()));
            let result = done(format!("{} services", units.len()), "pid 1", output);
            return Ok(listing(result, units.iter().map(|unit| unit.name.clone())));
        }
        let unit = text(&job.action, "unit")?.to_owned();
        let name = shown(&unit);
        let summary = match what {
            "status" => {
                let unit = find_unit(&unit, &ask_init)?;
                output.write(Stream::Out, line(&unit).as_bytes());
                format!("{name} is {}", word(unit.state))
            }
            "start" => command(Request::Start { unit }, &ask_init)?,
            "stop" => command(Request::Stop { unit }, &ask_init)?,
            "restart" => command(Request::Restart { unit }, &ask_init)?,
            "enable" => {
                set_enabled(&unit, true)?;
                format!("{name} is started at boot from now on")
            }
            _ => {
                set_enabled(&unit, false)?;
                format!("{name} is no longer started at boot")
            }
        };
        Ok(done(summary, format!("service {name}"), output))
    }
}

fn list() -> Result<Vec<Unit>, CapabilityError> {
    match ask_init(Request::Units) {
        Ok(Reply::Units(units)) => Ok(units),
        Ok(_) => Err(CapabilityError::new(
            "pid 1 gave an answer that is not understood",
        )),
        Err(why) => Err(CapabilityError::new(why)),
    }
}

/// one unit in one line.
fn line(unit: &Unit) -> String {
    let pid = unit.pid.map_or(String::new(), |pid| format!("pid {pid}"));
    let boot = if unit.enabled { "enabled" } else { "disabled" };
    format!(
        "{:<14} {:<10} {pid:<9} {boot:<12} started {}x  {}\n",
        unit.name,
        word(unit.state),
        unit.starts,
        unit.summary
    )
}

fn word(state: UnitState) -> &'static str {
    match state {
        UnitState::Listening => "listening",
        UnitState::Running => "running",
        UnitState::Waiting => "waiting",
        UnitState::Stopping => "stopping",
        UnitState::Stopped => "stopped",
        UnitState::Failed => "failed",
    }
}
