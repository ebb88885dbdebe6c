//! `process_list`: lists what is running.

use crate::capability::{
    Access, Assessment, Capability, CapabilityError, Look, Output, Right, Rights,
};
use crate::facts;
use crate::facts::machine::uptime_s;
use crate::facts::process::{Process, stat, state_word};
use crate::finish::{done, listing, number};
use crate::users;
use crate::words::{counted, failure, shown, size};
use llm_os_schema::result::StepResult;
use llm_os_schema::{Action, ArgKind, ArgSpec, CapabilitySpec, Risk, ShortForm};
use llm_os_sys::beneath;
use llm_os_wire::executor::Stream;
use llm_os_wire::worker::Job;
use std::collections::BTreeMap;
use std::path::Path;

/// what a list may be sorted by.
const SORT: [&str; 4] = ["cpu", "memory", "pid", "name"];
/// processes in one list.
const LIMIT_MAX: i64 = 1000;

/// see the module.
pub struct ProcessList;

impl Capability for ProcessList {
    fn spec(&self) -> CapabilitySpec {
        CapabilitySpec {
            name: "process_list".to_owned(),
            family: "facts".to_owned(),
            summary: "lists what is running".to_owned(),
            args: vec![
                ArgSpec::optional(
                    "sort",
                    ArgKind::choice(&SORT),
                    "what comes first; pid if not given",
                ),
                ArgSpec::optional(
                    "limit",
                    ArgKind::integer(1, LIMIT_MAX, "processes"),
                    "how many to show at most; all if not given",
                ),
            ],
            risk: Risk::Observe,
            short: vec![
                ShortForm::new("ps", &[]),
                ShortForm::new("top", &[])
                    .preset("sort", "cpu")
                    .preset("limit", 10),
            ],
            for_model: true,
            available: true,
        }
    }

    fn assess(&self, action: &Action, _look: &Look) -> Result<Assessment, CapabilityError> {
        let sorted = match action.text("sort") {
            Some(sort) => format!(", by {sort}"),
            None => String::new(),
        };
        Ok(Assessment::observe(match number(action, "limit") {
            Some(1) => format!("show the first process{sorted}"),
            Some(limit) => format!("list the first {limit} processes{sorted}"),
            None => format!("list what is running{sorted}"),
        }))
    }

    fn rights(&self, _job: &Job) -> Rights {
        Rights {
            access: ["/proc", "/etc/passwd"]
                .map(|path| Access::new(path, Right::Read))
                .to_vec(),
            as_operator: true,
            ..Rights::default()
        }
    }

    fn run(&self, job: &Job, output: &mut dyn Output) -> Result<StepResult, CapabilityError> {
        let failed = |error: std::io::Error| failure("read", "/proc", &error);
        let ticks_per_second = rustix::param::clock_ticks_per_second().max(1);
        let page_bytes = rustix::param::page_size() as u64;
        let uptime = facts::read("/proc/uptime").map_err(failed)?;
        let uptime_ticks = uptime_s(&uptime)
            .unwrap_or(0)
            .saturating_mul(ticks_per_second);
        let mut processes = running().map_err(failed)?;
        let all = processes.len();
        processes.retain(|(process, _)| !process.is_kernel());
        let kernel = all - processes.len();
        match job.action.text("sort") {
            Some("memory") => processes.sort_by_key(|(p, _)| std::cmp::Reverse(p.resident_pages)),
            Some("name") => processes.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name)),
            Some("cpu") => processes.sort_by(|(a, _), (b, _)| {
                b.cpu_percent(uptime_ticks, ticks_per_second)
                    .total_cmp(&a.cpu_percent(uptime_ticks, ticks_per_second))
            }),
            _ => processes.sort_by_key(|(p, _)| p.pid),
        }
        let count = processes.len();
        processes.truncate(number(&job.action, "limit").unwrap_or(u64::MAX) as usize);
        let mut names = BTreeMap::new();
        output.write(
            Stream::Out,
            b"    pid user             state       memory   cpu%  name\n",
        );
        for (process, uid) in &processes {
            let user = names.entry(*uid).or_insert_with(|| users::name(*uid));
            let line = format!(
                "{:>7} {user:<16} {:<9} {:>8} {:>6.1}  {}\n",
                process.pid,
                state_word(process.state),
                size(process.resident_pages.saturating_mul(page_bytes)),
                process.cpu_percent(uptime_ticks, ticks_per_second),
                shown(&process.name)
            );
            output.write(Stream::Out, line.as_bytes());
        }
        let shown = match processes.len() {
            few if few < count => format!("{few} of "),
            _ => String::new(),
        };
        let count = counted(count as u64, "process").replace("processs", "processes");
        let summary = format!(
            "{shown}{count}; {} not shown",
            counted(kernel as u64, "kernel thread")
        );
        let pids = processes.iter().map(|(process, _)| process.pid.to_string());
        Ok(listing(done(summary, "kernel", output), pids))
    }
}

/// every process with its user. one that ends while it is looked at is left out.
fn running() -> std::io::Result<Vec<(Process, u32)>> {
    let proc = beneath::open_dir(Path::new("/proc"))?;
    let mut processes = Vec::new();
    for name in crate::state::names(&proc)? {
        let Some(pid) = name
            .to_str()
            .filter(|name| name.bytes().all(|b| b.is_ascii_digit()))
        else {
            continue;
        };
        let user = beneath::stat(Path::new(&format!("/proc/{pid}")));
        let text = facts::read(&format!("/proc/{pid}/stat"));
        if let (Ok(user), Ok(text)) = (user, text)
            && let Some(process) = stat(&text)
        {
            processes.push((process, user.st_uid));
        }
    }
    Ok(processes)
}
