//! `exec`: runs a program by its argument list, never through a shell.

use crate::capability::{
    Access, Assessment, Capability, CapabilityError, Look, Output, Right, Rights, Sockets,
};
use crate::clock::span;
use crate::finish::{flag, number};
use crate::guard;
use crate::programs::environment::{environment, may_set};
use crate::programs::find::{Program, find};
use crate::programs::reading::only_reads;
use crate::runner::{self, Command, Ended};
use crate::users;
use crate::words::shown;
use llm_os_schema::result::{Status, StepResult};
use llm_os_schema::{Action, ArgKind, ArgSpec, CapabilitySpec, Risk, ShortForm};
use llm_os_sys::beneath;
use llm_os_wire::worker::Job;
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

/// seconds that a program may be given.
const TIMEOUT_MAX_SEC: i64 = 3600;
/// seconds when no number is given.
pub(crate) const TIMEOUT_SEC: u64 = 60;
/// the operator's home; `docs/architecture.md`.
const HOME: &str = "/data/home/operator";
/// where system programs and what they need are.
const SYSTEM: [&str; 6] = ["/usr", "/bin", "/sbin", "/lib", "/lib64", "/opt"];
/// what a program may read besides.
const READABLE: [&str; 5] = ["/etc", "/proc", "/sys", "/tmp", "/boot"];
/// devices that do nothing to the machine.
const DEVICES: [&str; 6] = [
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
    "/dev/tty",
];
/// what `as_root` keeps: other users' files and processes, the network, the clock. not modules, raw
/// memory, mounts or tracing: those would be ways around the executor.
const ROOT_KEEPS: [&str; 11] = [
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_FOWNER",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_RAW",
    "CAP_SYS_NICE",
    "CAP_SYS_TIME",
    "CAP_SYSLOG",
];

/// see the module.
pub struct Exec;

impl Capability for Exec {
    fn spec(&self) -> CapabilitySpec {
        CapabilitySpec {
            name: "exec".to_owned(),
            family: "commands".to_owned(),
            summary: "runs a program with its arguments; no shell".to_owned(),
            args: vec![
                ArgSpec::always(
                    "argv",
                    ArgKind::Argv,
                    "the program and its arguments",
                    "which program should I run?",
                ),
                ArgSpec::optional("cwd", ArgKind::Path, "the directory to run it in"),
                ArgSpec::optional("env", ArgKind::Env, "environment variables to add"),
                ArgSpec::optional(
                    "timeout_sec",
                    ArgKind::integer(1, TIMEOUT_MAX_SEC, "seconds"),
                    "end it after this many seconds; 60 if not given",
                ),
                ArgSpec::optional(
                    "as_root",
                    ArgKind::Flag,
                    "run it as root, not as the operator",
                ),
            ],
            risk: Risk::Destroy,
            short: vec![
                ShortForm::new("run", &["argv"]),
                ShortForm::new("sudo", &["argv"]).preset("as_root", true),
            ],
            for_model: true,
            available: true,
        }
    }

    fn assess(&self, action: &Action, look: &Look) -> Result<Assessment, CapabilityError> {
        let argv = argv(action)?;
        let cwd = action.text("cwd").unwrap_or(look.home);
        if let Some((name, _)) = added(action).iter().find(|(name, _)| !may_set(name)) {
            return Ok(Assessment::forbidden(format!(
                "the variable {} cannot be set for a program: it may change which code runs",
                shown(name)
            )));
        }
        if let Some(reason) = guard::read_reason(Path::new(cwd)) {
            return Ok(Assessment::forbidden(reason));
        }
        let program = find(&argv[0], cwd, look.home)?;
        let seconds = number(action, "timeout_sec").unwrap_or(TIMEOUT_SEC);
        let words: Vec<String> = std::iter::once(shown(&program.path))
            .chain(argv[1..].iter().map(|word| shown(word)))
            .collect();
        let variables: Vec<String> = added(action)
            .iter()
            .map(|(key, value)| format!("{key}={}", shown(value)))
            .collect();
        let with = match variables.is_empty() {
            true => String::new(),
            false => format!(" with {}", variables.join(" ")),
        };
        let who = if flag(action, "as_root") {
            ", as root,"
        } else {
            ""
        };
        let sentence = format!(
            "run {}{with}{who} in {} for at most {}",
            words.join(" "),
            shown(cwd),
            span(seconds)
        );
        if reads(action, &program, &argv) {
            return Ok(Assessment::observe(sentence));
        }
        Ok(Assessment {
            risk: Risk::Destroy,
            loses: Some("whatever the program changes".to_owned()),
            way_back: Some("there is no undo: nobody knows what a program does".to_owned()),
            challenge: Some(program_name(&program).to_owned()),
            ..Assessment::observe(sentence)
        })
    }

    fn rights(&self, job: &Job) -> Rights {
        let action = &job.action;
        let as_root = flag(action, "as_root");
        let cwd = cwd(job);
        let grant = |right: Right| move |path: &&str| Access::new(*path, right);
        let mut access: Vec<Access> = SYSTEM.iter().map(grant(Right::ReadExecute)).collect();
        access.extend(READABLE.iter().map(grant(Right::Read)));
        access.extend(DEVICES.iter().map(grant(Right::Write)));
        let Some((program, argv)) = argv(action)
            .ok()
            .and_then(|argv| Some((find(&argv[0], cwd, HOME).ok()?, argv)))
        else {
            // there is nothing to run; `run` says so.
            return Rights {
                access,
                as_operator: true,
                ..Rights::default()
            };
        };
        // the operator's own rights keep the operator out of the machine's places; root has no such
        // rights, so for root the owner's places are named one by one.
        let places = if as_root {
            owners_places()
        } else {
            vec!["/data".to_owned()]
        };
        let grant_all = |right: Right| {
            places
                .iter()
                .map(move |path| Access::new(path.as_str(), right))
        };
        if !as_root {
            access.push(Access::new(cwd, Right::Read));
        }
        access.extend(grant_all(Right::Read));
        if reads(action, &program, &argv) {
            return Rights {
                access,
                as_operator: true,
                ..Rights::default()
            };
        }
        access.push(Access::new(program.path.as_str(), Right::ReadExecute));
        access.push(Access::new("/tmp", Right::Write));
        access.extend(grant_all(Right::Write));
        if as_root {
            access.push(Access::new("/dev/kmsg", Right::Read));
        }
        Rights {
            access,
            keep: if as_root {
                ROOT_KEEPS.to_vec()
            } else {
                Vec::new()
            },
            as_operator: !as_root,
            sockets: Sockets::Network,
        }
    }

    fn run(&self, job: &Job, output: &mut dyn Output) -> Result<StepResult, CapabilityError> {
        let action = &job.action;
        let argv = argv(action)?;
        let cwd = cwd(job);
        let program = find(&argv[0], cwd, HOME)?;
        let as_root = flag(action, "as_root");
        let (uid, gid) = if as_root { (0, 0) } else { (job.uid, job.gid) };
        let user = users::name(uid);
        let user = user.split(' ').next().unwrap_or_default();
        let home = if as_root { "/tmp" } else { HOME };
        let seconds = number(action, "timeout_sec").unwrap_or(TIMEOUT_SEC);
        let name = program_name(&program).to_owned();
        let ended = runner::run(
            &Command {
                program: program.path,
                argv,
                environment: environment(user, home, &added(action)),
                directory: cwd.to_owned(),
                uid,
                gid,
                limit: Duration::from_secs(seconds),
            },
            output,
        )?;
        let shown = shown(&name);
        let (status, exit_code, summary) = match ended {
            Ended::Code(0) => (Status::Done, Some(0), format!("{shown} ended well")),
            Ended::Code(code) => (
                Status::Failed,
                Some(code),
                format!("{shown} ended with exit code {code}"),
            ),
            Ended::Signal(signal) => (
                Status::Failed,
                None,
                format!("{shown} was ended by signal {signal}"),
            ),
            Ended::TimedOut => {
                let summary = format!("{shown} was ended after {}, its time limit", span(seconds));
                (Status::Failed, None, summary)
            }
        };
        Ok(StepResult {
            status,
            summary,
            origin: format!("program {shown}"),
            cut: output.was_cut(),
            exit_code,
            names: Vec::new(),
        })
    }
}

/// whether it is one of the programs that only read, asked for in a way that only reads.
fn reads(action: &Action, program: &Program, argv: &[String]) -> bool {
    let plain = !flag(action, "as_root") && added(action).is_empty();
    plain
        && program
            .system_name
            .as_deref()
            .is_some_and(|name| only_reads(name, &argv[1..]))
}

/// what is in `/data` and does not belong to the machine.
fn owners_places() -> Vec<String> {
    let names = beneath::open_dir(Path::new("/data")).and_then(crate::state::names);
    let paths = names
        .unwrap_or_default()
        .into_iter()
        .filter_map(|name| name.into_string().ok());
    paths
        .map(|name| format!("/data/{name}"))
        .filter(|path| guard::write_reason(Path::new(path)).is_none())
        .collect()
}

fn cwd(job: &Job) -> &str {
    job.action.text("cwd").unwrap_or(&job.cwd)
}

/// the last part of its path, as a person types it to confirm.
fn program_name(program: &Program) -> &str {
    program.path.rsplit('/').next().unwrap_or(&program.path)
}

/// at least the program; the schema has made sure of it.
fn argv(action: &Action) -> Result<Vec<String>, CapabilityError> {
    let words = action.args.get("argv").and_then(Value::as_array);
    let words: Option<Vec<String>> = words.and_then(|words| {
        words
            .iter()
            .map(|word| word.as_str().map(str::to_owned))
            .collect()
    });
    match words {
        Some(words) if !words.is_empty() => Ok(words),
        _ => Err(CapabilityError::new(
            "`exec` needs `argv`: a program and its arguments",
        )),
    }
}

/// the variables that the action adds.
fn added(action: &Action) -> Vec<(String, String)> {
    let Some(Value::Object(map)) = action.args.get("env") else {
        return Vec::new();
    };
    map.iter()
        .map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned()))
        .collect()
}
