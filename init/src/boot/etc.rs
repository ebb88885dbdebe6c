//! `/etc`, made afresh at each boot from the build, the users of `units.toml` and the settings.

use super::{TTY_GROUP, Warnings};
use crate::system::{Kind, Owner, System};
use crate::units::{USERS, User};
use llm_os_wire::settings::Settings;
use std::fmt::Write;

const MACHINE_ID: &str = "/data/state/machine-id";
const VERSION: &str = env!("CARGO_PKG_VERSION");

pub(super) fn write<S: System>(
    system: &mut S,
    settings: &Settings,
    build: &str,
    warnings: &mut Warnings,
) {
    let open = Owner {
        mode: 0o755,
        uid: 0,
        gid: 0,
    };
    warnings.note("/etc/llm-os", system.folder("/etc/llm-os", open));
    let machine = machine_id(system, warnings);
    for (path, text) in files(settings, build, &machine) {
        warnings.note(path, system.write(path, &text));
    }
    if system.kind("/etc/mtab").is_none() {
        warnings.note("/etc/mtab", system.link("/proc/self/mounts", "/etc/mtab"));
    }
}

/// path and content of each file.
fn files(settings: &Settings, build: &str, machine: &str) -> [(&'static str, String); 9] {
    let host = &settings.hostname;
    let hosts = format!("127.0.0.1 localhost\n::1 localhost\n127.0.1.1 {host}\n");
    let release = format!(
        "NAME=\"llm-os\"\nID=llm-os\nVERSION_ID={VERSION}\nBUILD_ID={build}\n\
         PRETTY_NAME=\"llm-os {VERSION}\"\n"
    );
    let known = serde_json::to_string(settings).unwrap_or_default();
    [
        ("/etc/passwd", passwd(USERS)),
        ("/etc/group", group(USERS)),
        ("/etc/hostname", format!("{host}\n")),
        ("/etc/hosts", hosts),
        ("/etc/os-release", release),
        ("/etc/timezone", format!("{}\n", settings.timezone)),
        ("/etc/machine-id", format!("{machine}\n")),
        ("/etc/shells", "/usr/bin/llmsh\n".to_owned()),
        ("/etc/llm-os/settings.json", known + "\n"),
    ]
}

/// passwd(5); no password ever opens anything, so the field says that it is locked.
fn passwd(users: &[User]) -> String {
    users.iter().fold(String::new(), |mut text, user| {
        let User {
            name,
            uid,
            home,
            shell,
        } = user;
        let _ = writeln!(text, "{name}:!:{uid}:{uid}:{name}:{home}:{shell}");
        text
    })
}

fn group(users: &[User]) -> String {
    let tty = format!("tty:!:{TTY_GROUP}:\n");
    users.iter().fold(tty, |mut text, user| {
        let _ = writeln!(text, "{}:!:{}:", user.name, user.uid);
        text
    })
}

/// machine-id(5): made once, kept with the state.
fn machine_id<S: System>(system: &mut S, warnings: &mut Warnings) -> String {
    let good = |text: &str| text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if system.kind(MACHINE_ID) == Some(Kind::File)
        && let Ok(text) = system.read(MACHINE_ID)
        && good(text.trim())
    {
        return text.trim().to_owned();
    }
    let id = system
        .random()
        .iter()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
    warnings.note(MACHINE_ID, system.write(MACHINE_ID, &format!("{id}\n")));
    id
}
