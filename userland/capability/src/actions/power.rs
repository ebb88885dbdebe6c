//! `power`: restarts the machine, turns it off, or empties it.

use crate::capability::{
    Access, Assessment, Capability, CapabilityError, Look, Output, Right, Rights, Sockets,
};
use crate::clock::span;
use crate::finish::{done, number, text};
use crate::units::{ask_init, command};
use crate::words::failure;
use llm_os_schema::result::StepResult;
use llm_os_schema::{Action, ArgKind, ArgSpec, CapabilitySpec, Risk, ShortForm};
use llm_os_sys::beneath;
use llm_os_sys::durable::{self, Over, Owned};
use llm_os_wire::init::{self, Request};
use llm_os_wire::worker::Job;
use std::path::Path;

/// what may be done with the machine.
const ACTIONS: [&str; 4] = ["reboot", "poweroff", "factory_reset", "cancel"];
/// seconds that it may be put off: one day.
const DELAY_MAX_SEC: i64 = 86_400;
/// while this file is there, pid 1 empties `/data` before it mounts it for use.
const FACTORY_RESET: &str = "/data/state/factory-reset";
/// where it stands.
const STATE: &str = "/data/state";

/// see the module.
pub struct Power;

impl Capability for Power {
    fn spec(&self) -> CapabilitySpec {
        CapabilitySpec {
            name: "power".to_owned(),
            family: "machine".to_owned(),
            summary: "reboots the machine, turns it off, or puts it back as it was delivered"
                .to_owned(),
            args: vec![
                ArgSpec::always(
                    "action",
                    ArgKind::choice(&ACTIONS),
                    "what to do; cancel calls off one that was put off",
                    "should I reboot the machine or turn it off?",
                ),
                ArgSpec::optional(
                    "delay_sec",
                    ArgKind::integer(0, DELAY_MAX_SEC, "seconds"),
                    "wait this many seconds; at once if not given",
                ),
            ],
            risk: Risk::Destroy,
            short: vec![
                ShortForm::new("reboot", &[]).preset("action", "reboot"),
                ShortForm::new("poweroff", &[]).preset("action", "poweroff"),
                ShortForm::new("shutdown", &[]).preset("action", "poweroff"),
            ],
            for_model: true,
            available: true,
        }
    }

    fn assess(&self, action: &Action, _look: &Look) -> Result<Assessment, CapabilityError> {
        let when = match number(action, "delay_sec") {
            None | Some(0) => "now".to_owned(),
            Some(seconds) => format!("in {}", span(seconds)),
        };
        let what = text(action, "action")?;
        let (sentence, loses, way_back) = match what {
            "reboot" => (
                format!("reboot the machine {when}"),
                "what is running is ended; files are not touched",
                "it comes back by itself; `power cancel` calls it off while it waits",
            ),
            "poweroff" => (
                format!("turn the machine off {when}"),
                "what is running is ended; files are not touched",
                "it has to be turned on by hand; `power cancel` calls it off while it waits",
            ),
            "factory_reset" => (
                format!("reboot the machine {when} and delete every file on /data"),
                "every file of yours, the history, and the machine's own state",
                "there is no way back once it starts again",
            ),
            _ => {
                return Ok(Assessment {
                    risk: Risk::Change,
                    way_back: Some("ask for it again".to_owned()),
                    ..Assessment::observe("call off the reboot or power-off that waits")
                });
            }
        };
        Ok(Assessment {
            risk: Risk::Destroy,
            loses: Some(loses.to_owned()),
            way_back: Some(way_back.to_owned()),
            challenge: Some(what.to_owned()),
            ..Assessment::observe(sentence)
        })
    }

    fn rights(&self, job: &Job) -> Rights {
        let marks = matches!(job.action.text("action"), Some("factory_reset" | "cancel"));
        let access = if marks {
            vec![Access::new(STATE, Right::Write)]
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
        let delay_s = number(&job.action, "delay_sec").unwrap_or(0) as u32;
        let kind = match text(&job.action, "action")? {
            "cancel" => {
                let said = command(Request::CancelPower, &ask_init)?;
                mark_reset(false)?;
                return Ok(done(said, "pid 1", output));
            }
            "poweroff" => init::Power::Poweroff,
            "factory_reset" => {
                mark_reset(true)?;
                init::Power::Reboot
            }
            _ => init::Power::Reboot,
        };
        let said = command(Request::Power { kind, delay_s }, &ask_init)?;
        Ok(done(said, "pid 1", output))
    }
}

/// writes the marker, or takes it away if it is there.
fn mark_reset(wanted: bool) -> Result<(), CapabilityError> {
    let change = || -> std::io::Result<()> {
        let place = beneath::open_place(Path::new(FACTORY_RESET))?;
        if wanted {
            let owned = Owned {
                uid: 0,
                gid: 0,
                mode: 0o600,
            };
            return durable::replace(&place, &mut std::io::empty(), owned, Over::Anything);
        }
        match rustix::fs::unlinkat(&place.dir, &place.name, rustix::fs::AtFlags::empty()) {
            Ok(()) => durable::sync_dir(&place.dir),
            Err(rustix::io::Errno::NOENT) => Ok(()),
            Err(error) => Err(error.into()),
        }
    };
    change().map_err(|error| failure("write", FACTORY_RESET, &error))
}
