//! `system_info`: facts about the machine as it is now.

use crate::capability::{
    Access, Assessment, Capability, CapabilityError, Look, Output, Right, Rights, Sockets,
};
use crate::clock::{date_time, span};
use crate::facts::{self, machine};
use crate::finish::{done, text};
use crate::units::ask_init;
use crate::words::{counted, lossy, size};
use llm_os_schema::result::StepResult;
use llm_os_schema::{Action, ArgKind, ArgSpec, CapabilitySpec, Risk, ShortForm};
use llm_os_wire::executor::Stream;
use llm_os_wire::init::{Reply, Request, UnitState};
use llm_os_wire::worker::Job;
use std::path::Path;

/// what may be asked for.
const WHAT: [&str; 9] = [
    "cpu",
    "memory",
    "disk",
    "temperature",
    "uptime",
    "kernel",
    "time",
    "health",
    "all",
];
/// where the kernel keeps its temperature sensors; `/sys/class/thermal` is links to these.
const SENSORS: &str = "/sys/devices/virtual/thermal";
/// of memory or disk; below it `health` says so.
const SCARCE_PERCENT: u64 = 10;

/// see the module.
pub struct SystemInfo;

impl Capability for SystemInfo {
    fn spec(&self) -> CapabilitySpec {
        CapabilitySpec {
            name: "system_info".to_owned(),
            family: "facts".to_owned(),
            summary: "says how the machine is: memory, disk, processor, time and more".to_owned(),
            args: vec![ArgSpec::always(
                "what",
                ArgKind::choice(&WHAT),
                "what about the machine",
                "what about the machine: cpu, memory, disk, temperature, uptime, kernel, time, health or all?",
            )],
            risk: Risk::Observe,
            short: vec![
                ShortForm::new("free", &[]).preset("what", "memory"),
                ShortForm::new("df", &[]).preset("what", "disk"),
                ShortForm::new("uptime", &[]).preset("what", "uptime"),
                ShortForm::new("uname", &[]).preset("what", "kernel"),
                ShortForm::new("date", &[]).preset("what", "time"),
                ShortForm::new("lscpu", &[]).preset("what", "cpu"),
                ShortForm::new("sensors", &[]).preset("what", "temperature"),
                ShortForm::new("health", &[]).preset("what", "health"),
            ],
            for_model: true,
            available: true,
        }
    }

    fn assess(&self, action: &Action, _look: &Look) -> Result<Assessment, CapabilityError> {
        Ok(Assessment::observe(match text(action, "what")? {
            "all" => "show how the machine is".to_owned(),
            "time" => "show the time".to_owned(),
            "uptime" => "show how long the machine has been running".to_owned(),
            "health" => "show whether the machine is well".to_owned(),
            what => format!("show the machine's {what}"),
        }))
    }

    fn rights(&self, job: &Job) -> Rights {
        // `health` asks pid 1, which answers root alone; the rest needs no user in particular.
        let asks = matches!(job.action.text("what"), Some("health" | "all"));
        Rights {
            access: ["/proc", "/sys/devices"]
                .map(|path| Access::new(path, Right::Read))
                .to_vec(),
            as_operator: !asks,
            sockets: if asks { Sockets::Unix } else { Sockets::None },
            ..Rights::default()
        }
    }

    fn run(&self, job: &Job, output: &mut dyn Output) -> Result<StepResult, CapabilityError> {
        let what = text(&job.action, "what")?;
        let mut lines = Vec::new();
        for one in WHAT
            .iter()
            .filter(|one| **one == what || (what == "all" && **one != "all"))
        {
            let found = match *one {
                "cpu" => vec![cpu()?],
                "memory" => vec![memory()?],
                "disk" => vec![disk()],
                "temperature" => temperature(),
                "uptime" => vec![uptime()?],
                "kernel" => vec![kernel()],
                "time" => vec![time()],
                _ => health(),
            };
            lines.extend(found.into_iter().map(|line| (*one, line)));
        }
        for (one, line) in &lines {
            output.write(Stream::Out, format!("{one:<12} {line}\n").as_bytes());
        }
        let summary = match lines.as_slice() {
            [(_, line)] => line.clone(),
            lines => counted(lines.len() as u64, "line"),
        };
        Ok(done(summary, "kernel", output))
    }
}

fn read(path: &str) -> Result<String, CapabilityError> {
    facts::read(path).map_err(|error| crate::words::failure("read", path, &error))
}

fn not_understood(path: &str) -> CapabilityError {
    CapabilityError::new(format!("{path} is not as this program knows it"))
}

fn memory_now() -> Result<machine::Memory, CapabilityError> {
    machine::memory(&read("/proc/meminfo")?).ok_or_else(|| not_understood("/proc/meminfo"))
}

fn memory() -> Result<String, CapabilityError> {
    let memory = memory_now()?;
    Ok(format!(
        "free {} of {} (used {}, cache {})",
        size(memory.available),
        size(memory.total),
        size(memory.used),
        size(memory.cache)
    ))
}

fn cpu() -> Result<String, CapabilityError> {
    let info = read("/proc/cpuinfo")?;
    let (count, model) = machine::cpu(&info);
    let arch = std::env::consts::ARCH;
    let model = model.map_or(String::new(), |model| format!(", {model}"));
    let load = match machine::load(&read("/proc/loadavg")?) {
        Some([one, five, fifteen]) => format!("; load {one:.2}, {five:.2}, {fifteen:.2}"),
        None => String::new(),
    };
    Ok(format!(
        "{}, {arch}{model}{load}",
        counted(count as u64, "processor")
    ))
}

/// bytes free and in all of the file system at `path`.
fn room(path: &str) -> Option<(u64, u64)> {
    let stat = rustix::fs::statvfs(path).ok()?;
    let unit = stat.f_frsize;
    Some((
        stat.f_bavail.checked_mul(unit)?,
        stat.f_blocks.checked_mul(unit)?,
    ))
}

fn disk() -> String {
    let one = |path: &str| match room(path) {
        Some((free, total)) => format!("{path}: free {} of {}", size(free), size(total)),
        None => format!("{path}: not there"),
    };
    format!("{}; {}", one("/data"), one("/tmp"))
}

fn temperature() -> Vec<String> {
    let zones = llm_os_sys::beneath::open_dir(Path::new(SENSORS)).and_then(crate::state::names);
    let mut lines = Vec::new();
    for zone in zones.unwrap_or_default() {
        let zone = zone.to_string_lossy().into_owned();
        let file = |name: &str| facts::read(&format!("{SENSORS}/{zone}/{name}"));
        let Ok(Ok(thousandths)) = file("temp").map(|text| text.trim().parse::<i64>()) else {
            continue;
        };
        let kind = file("type").unwrap_or(zone.clone());
        lines.push(format!(
            "{:.1} degrees celsius ({})",
            thousandths as f64 / 1000.0,
            kind.trim()
        ));
    }
    if lines.is_empty() {
        lines.push("this machine has no temperature sensor that the kernel knows".to_owned());
    }
    lines
}

fn uptime() -> Result<String, CapabilityError> {
    let seconds = machine::uptime_s(&read("/proc/uptime")?);
    let seconds = seconds.ok_or_else(|| not_understood("/proc/uptime"))?;
    Ok(format!("running for {}", span(seconds)))
}

fn kernel() -> String {
    let name = rustix::system::uname();
    let text = |part: &std::ffi::CStr| lossy(part.to_bytes());
    format!(
        "{} {} ({}, {})",
        text(name.sysname()),
        text(name.release()),
        text(name.machine()),
        text(name.version())
    )
}

fn time() -> String {
    date_time(rustix::time::clock_gettime(rustix::time::ClockId::Realtime).tv_sec)
}

/// what needs attention, or that nothing does.
fn health() -> Vec<String> {
    let mut lines = Vec::new();
    if let Ok(memory) = memory_now()
        && memory.available < memory.total / 100 * SCARCE_PERCENT
    {
        lines.push(format!("memory is scarce: {} free", size(memory.available)));
    }
    if let Some((free, total)) = room("/data")
        && free < total / 100 * SCARCE_PERCENT
    {
        lines.push(format!("/data is nearly full: {} free", size(free)));
    }
    match ask_init(Request::Units) {
        Ok(Reply::Units(units)) => {
            let failed = units.iter().filter(|unit| unit.state == UnitState::Failed);
            lines.extend(failed.map(|unit| {
                format!(
                    "the service {0} keeps failing: `log {0}` says why",
                    unit.name
                )
            }));
        }
        Ok(_) => lines.push("pid 1 gave an answer that is not understood".to_owned()),
        Err(why) => lines.push(why),
    }
    if lines.is_empty() {
        lines.push("well: memory and disk are free, and no service has failed".to_owned());
    }
    lines
}
