//! commands about processes, services, packages and the machine itself.

use super::files::sign;
use super::line::Command;
use super::{Options, each, only};
use crate::Action;

pub(super) fn read(command: &Command) -> Option<Vec<Action>> {
    if !command.plain() {
        return None;
    }
    let args = command.args();
    let info = |what: &str, letters: &str, long: &[&str]| {
        let options = Options::read(args, letters, long, &[])?;
        let action = Action::new("system_info").with("what", what);
        options.operands.is_empty().then_some(vec![action])
    };
    match command.name() {
        "free" => info("memory", "bkmght", &["--human"]),
        "df" => info("disk", "hHTkmai", &["--human-readable"]),
        "uptime" => info("uptime", "ps", &[]),
        "uname" => info("kernel", "asnrvmpio", &["--all"]),
        "lscpu" | "nproc" => info("cpu", "e", &[]),
        "sensors" => info("temperature", "f", &[]),
        "date" => date(command),
        "ps" => ps(command),
        "top" | "htop" => {
            let options = Options::read(args, "bi", &[], &[])?;
            let action = Action::new("process_list").with("sort", "cpu");
            options.operands.is_empty().then_some(vec![action])
        }
        "kill" | "pkill" | "killall" => kill(command),
        "renice" => {
            let options = Options::read(args, "", &[], &["-n", "-p"])?;
            let mut free = options.operands.iter();
            let nice = options.value(&["-n"]).or_else(|| free.next().copied())?;
            let pid = options.value(&["-p"]).or_else(|| free.next().copied())?;
            let action = Action::new("process_control").with("action", "nice");
            if free.next().is_some() {
                return None;
            }
            let action = action.with("pid", pid.parse::<i64>().ok()?);
            only(action.with("nice", nice.parse::<i64>().ok()?))
        }
        "systemctl" => {
            let options = Options::read(args, "l", &["--now", "--no-pager"], &[])?;
            let (action, units) = options.operands.split_first()?;
            let mut actions = service(action, units)?;
            if options.has(&["--now"]) {
                let now = match *action {
                    "enable" => "start",
                    "disable" => "stop",
                    _ => return None,
                };
                actions.extend(service(now, units)?);
            }
            Some(actions)
        }
        "service" => {
            let options = Options::read(args, "", &[], &[])?;
            match options.operands.as_slice() {
                [unit, action] => service(action, &[*unit]),
                _ => None,
            }
        }
        "journalctl" => {
            let long = ["--no-pager", "-e", "-x", "-xe"];
            let valued = ["-u", "--unit", "-n", "--lines"];
            let options = Options::read(args, "xe", &long, &valued)?;
            let mut action = Action::new("read_log");
            if let Some(unit) = options.value(&["-u", "--unit"]) {
                action = action.with("unit", unit.strip_suffix(".service").unwrap_or(unit));
            }
            if let Some(lines) = options.value(&["-n", "--lines"]) {
                action = action.with("lines", lines.parse::<i64>().ok()?);
            }
            options.operands.is_empty().then_some(vec![action])
        }
        "reboot" | "poweroff" | "halt" => {
            let action = if command.name() == "reboot" {
                "reboot"
            } else {
                "poweroff"
            };
            let options = Options::read(args, "", &[], &[])?;
            let action = Action::new("power").with("action", action);
            options.operands.is_empty().then_some(vec![action])
        }
        "shutdown" => shutdown(command),
        "hostnamectl" => match Options::read(args, "", &[], &[])?.operands.as_slice() {
            ["set-hostname" | "hostname", name] => {
                only(Action::new("set_hostname").with("name", *name))
            }
            _ => None,
        },
        "timedatectl" => match Options::read(args, "", &[], &[])?.operands.as_slice() {
            ["set-timezone", zone] => only(Action::new("set_timezone").with("zone", *zone)),
            ["set-time", time] => only(Action::new("set_time").with("time", *time)),
            _ => None,
        },
        "apt" | "apt-get" | "aptitude" | "dnf" | "yum" | "apk" | "pip" | "pip3" | "npm"
        | "cargo" | "pacman" => packages(command),
        "lsblk" => devices(command, "block", "fpao"),
        "lsusb" => devices(command, "usb", "tv"),
        "mount" => {
            let options = Options::read(args, "v", &[], &[])?;
            match options.operands.as_slice() {
                [device, path] if device.starts_with("/dev/") && path.contains('/') => only(
                    Action::new("mount")
                        .with("device", *device)
                        .with("path", *path),
                ),
                _ => None,
            }
        }
        "umount" => each(
            "unmount",
            "path",
            &Options::read(args, "v", &[], &[])?.operands,
        ),
        name => format(command, name),
    }
}

fn devices(command: &Command, kind: &str, letters: &str) -> Option<Vec<Action>> {
    let options = Options::read(command.args(), letters, &[], &[])?;
    let action = Action::new("device_list").with("kind", kind);
    options.operands.is_empty().then_some(vec![action])
}

/// `date`, `date -s TIME`; a format is the program's own.
fn date(command: &Command) -> Option<Vec<Action>> {
    let options = Options::read(command.args(), "R", &[], &["-s", "--set"])?;
    if !options.operands.is_empty() {
        return None;
    }
    only(match options.value(&["-s", "--set"]) {
        Some(time) => Action::new("set_time").with("time", time),
        None => Action::new("system_info").with("what", "time"),
    })
}

/// `ps`, `ps aux`, `ps -ef`, `ps aux --sort=-%mem`.
fn ps(command: &Command) -> Option<Vec<Action>> {
    let options = Options::read(command.args(), "eAflaxuwjH", &[], &["--sort"])?;
    let letters = |text: &&str| text.chars().all(|c| "auxwfelj".contains(c));
    if !options.operands.iter().all(letters) || options.operands.len() > 1 {
        return None;
    }
    let action = Action::new("process_list");
    only(match options.value(&["--sort"]) {
        None => action,
        Some(key) => action.with(
            "sort",
            match key.trim_start_matches(['-', '+', '%']) {
                "cpu" | "pcpu" => "cpu",
                "mem" | "pmem" | "rss" => "memory",
                "pid" => "pid",
                "comm" | "cmd" => "name",
                _ => return None,
            },
        ),
    })
}

/// `kill -9 PID`, `pkill NAME`.
fn kill(command: &Command) -> Option<Vec<Action>> {
    let by_name = command.name() != "kill";
    let mut signal = None;
    let mut targets = Vec::new();
    let mut args = command.args().iter();
    while let Some(word) = args.next() {
        let text = word.text.as_str();
        let named = match text {
            "-s" | "--signal" => args.next()?.text.as_str(),
            _ => match text.strip_prefix('-') {
                Some(name) => name,
                None => {
                    targets.push(text);
                    continue;
                }
            },
        };
        if signal.replace(signal_of(named)?).is_some() {
            return None;
        }
    }
    let number = |text: &&str| text.parse::<i64>().is_ok();
    let plain = |text: &str| {
        let mark = |c: char| !(c.is_alphanumeric() || "-_.@".contains(c));
        !text.contains(mark) && !super::options::is_talk(text)
    };
    let fine = targets
        .iter()
        .all(|target| number(target) != by_name && plain(target));
    if targets.is_empty() || !fine {
        return None;
    }
    let one = |target: &&str| {
        let action = Action::new("process_control").with("action", "signal");
        let action = match target.parse::<i64>() {
            Ok(pid) => action.with("pid", pid),
            Err(_) => action.with("pid", *target),
        };
        // what is sent where none is named.
        match signal {
            Some(name) if name != "TERM" => action.with("signal", name),
            _ => action,
        }
    };
    Some(targets.iter().map(one).collect())
}

fn signal_of(text: &str) -> Option<&'static str> {
    let upper = text.to_uppercase();
    Some(match upper.trim_start_matches("SIG") {
        "1" | "HUP" => "HUP",
        "2" | "INT" => "INT",
        "9" | "KILL" => "KILL",
        "10" | "USR1" => "USR1",
        "12" | "USR2" => "USR2",
        "15" | "TERM" => "TERM",
        "18" | "CONT" => "CONT",
        "19" | "STOP" => "STOP",
        _ => return None,
    })
}

fn service(action: &str, units: &[&str]) -> Option<Vec<Action>> {
    let service = |unit: &&str| {
        let unit = unit.strip_suffix(".service").unwrap_or(unit);
        Action::new("service_control")
            .with("action", action)
            .with("unit", unit)
    };
    match action {
        "list-units" | "list-unit-files" if units.is_empty() => {
            only(Action::new("service_control").with("action", "list"))
        }
        "start" | "stop" | "restart" | "status" | "enable" | "disable" if !units.is_empty() => {
            Some(units.iter().map(service).collect())
        }
        _ => None,
    }
}

/// `shutdown [-h | -r | -c] [now | +MINUTES]`: without a time it means in a minute, as everywhere.
fn shutdown(command: &Command) -> Option<Vec<Action>> {
    let long = ["--reboot", "--poweroff", "--halt"];
    let options = Options::read(command.args(), "hrPHc", &long, &[])?;
    let action = match () {
        () if options.has(&["-c"]) => "cancel",
        () if options.has(&["-r", "--reboot"]) => "reboot",
        () => "poweroff",
    };
    let power = Action::new("power").with("action", action);
    only(match options.operands.as_slice() {
        [] if action == "cancel" => power,
        ["now" | "+0"] if action != "cancel" => power,
        [] if sign(command).is_some() => power.with("delay_sec", 60),
        [later] if action != "cancel" => {
            let minutes: i64 = later.strip_prefix('+')?.parse().ok()?;
            power.with("delay_sec", minutes.checked_mul(60)?)
        }
        _ => return None,
    })
}

fn packages(command: &Command) -> Option<Vec<Action>> {
    let manager = match command.name() {
        "apt-get" | "aptitude" => "apt",
        "yum" => "dnf",
        "pip3" => "pip",
        name => name,
    };
    let long = [
        "--yes",
        "--global",
        "--user",
        "--no-install-recommends",
        "--locked",
    ];
    let pacman = manager == "pacman";
    let letters = if pacman { "SRyun" } else { "ygqS" };
    let options = Options::read(command.args(), letters, &long, &[])?;
    let (verb, packages) = match options.operands.split_first() {
        _ if pacman => {
            let verb = match (options.has(&["-S"]), options.has(&["-R"])) {
                (true, false) => "install",
                (false, true) => "remove",
                _ => return None,
            };
            (verb, options.operands.as_slice())
        }
        Some((verb, packages)) => (*verb, packages),
        None => return None,
    };
    let word = |name: &&str| !name.contains('/') && !name.starts_with('.');
    if packages.is_empty() || !packages.iter().all(word) {
        return None;
    }
    let packages: Vec<String> = packages.iter().map(|&name| name.to_owned()).collect();
    match verb {
        // these change a project, and nothing on the machine.
        "add" | "remove" | "uninstall" if matches!(manager, "cargo" | "npm" | "pip") => None,
        "install" | "add" | "i" => only(
            Action::new("install_packages")
                .with("packages", packages)
                .with("manager", manager),
        ),
        "remove" | "purge" | "uninstall" | "del" => {
            only(Action::new("remove_packages").with("packages", packages))
        }
        _ => None,
    }
}

/// `mkfs.ext4 DEVICE`, `mkfs -t ext4 DEVICE`, `mkswap DEVICE`.
fn format(command: &Command, name: &str) -> Option<Vec<Action>> {
    let options = Options::read(command.args(), "", &[], &["-t"])?;
    let filesystem = match name {
        "mkfs" => options.value(&["-t"])?,
        "mkswap" => "swap",
        _ => name.strip_prefix("mkfs.")?,
    };
    let filesystem = if filesystem == "fat" {
        "vfat"
    } else {
        filesystem
    };
    only(
        Action::new("format")
            .with("device", options.one()?)
            .with("filesystem", filesystem),
    )
}
