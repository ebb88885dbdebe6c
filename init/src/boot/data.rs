//! `/data`, the one place that keeps anything: mounted, emptied if that was asked for, furnished.

use super::Warnings;
use crate::system::{Flags, Kind, Mount, Owner, Priority, System};
use llm_os_wire::settings::Settings;
use std::collections::BTreeMap;
use std::io;

pub const FOLDER: &str = "/data";
const PARTITION: &str = "llm-os-data";
const RESET: &str = "/data/state/factory-reset";
const SECRETS: &str = "/data/secrets";
/// what is in a secret's file is for the user `remote` alone.
const SECRET: Owner = Owner {
    mode: 0o400,
    uid: 902,
    gid: 902,
};
const ROOT: Owner = Owner {
    mode: 0o755,
    uid: 0,
    gid: 0,
};
const CLOSED: Owner = Owner {
    mode: 0o700,
    uid: 0,
    gid: 0,
};

/// folder, and who it belongs to; a folder stands after the one it is in.
const FOLDERS: [(&str, Owner); 9] = [
    ("/data/home", ROOT),
    (
        "/data/home/operator",
        Owner {
            mode: 0o700,
            uid: 1000,
            gid: 1000,
        },
    ),
    ("/data/journal", CLOSED),
    ("/data/state", ROOT),
    ("/data/state/disabled", ROOT),
    ("/data/library", ROOT),
    ("/data/models", ROOT),
    // who knows a name in it may go on to that file, if it is theirs; nobody sees the names.
    (
        SECRETS,
        Owner {
            mode: 0o711,
            uid: 0,
            gid: 0,
        },
    ),
    (
        "/data/model-cache",
        Owner {
            mode: 0o700,
            uid: 901,
            gid: 901,
        },
    ),
];

/// mounts and furnishes it. false: it is in memory, because the disk could not be had.
pub(super) fn open<S: System>(
    system: &mut S,
    disks: &BTreeMap<String, String>,
    warnings: &mut Warnings,
) -> bool {
    let keeps = match mount(system, disks.get(PARTITION)) {
        Ok(()) => true,
        Err(why) => {
            warnings.add(format!("{why}; what you do now is lost at power off"));
            let data = "mode=755,size=50%";
            let memory = Mount {
                source: "tmpfs",
                target: FOLDER,
                kind: "tmpfs",
                flags: flags(),
                data,
            };
            warnings.note("/data has no place at all", system.mount(&memory));
            false
        }
    };
    if system.kind(RESET).is_some() {
        let done = empty(system);
        let said = "factory reset: /data was emptied";
        match done {
            Ok(()) => warnings.add(said.to_owned()),
            Err(error) => warnings.add(format!("factory reset did not finish: {error}")),
        }
    }
    warnings.note(FOLDER, system.folder(FOLDER, ROOT));
    for (path, owner) in FOLDERS {
        warnings.note(path, furnish(system, path, owner));
    }
    keeps
}

/// gives the secret that the settings name to the one user who may read it: whoever put it there
/// could not.
pub(super) fn secret<S: System>(system: &mut S, settings: &Settings, warnings: &mut Warnings) {
    let key = settings.endpoint.as_ref().and_then(|one| one.key.as_ref());
    let Some(name) = key else {
        return;
    };
    let path = format!("{SECRETS}/{name}");
    match system.kind(&path) {
        Some(Kind::File) => {
            warnings.note(&path, system.own(&path, SECRET));
        }
        _ => warnings.add(format!(
            "there is no file {path}: the endpoint is asked without a key that it may want"
        )),
    }
}

fn flags() -> Flags {
    Flags {
        nosuid: true,
        nodev: true,
        noexec: false,
        read_only: false,
    }
}

fn mount<S: System>(system: &mut S, device: Option<&String>) -> Result<(), String> {
    let source = device.ok_or("there is no partition llm-os-data")?;
    // the kernel replays the journal after a power cut by itself; no repair program runs here.
    let data = "errors=remount-ro";
    let mount = Mount {
        source,
        target: FOLDER,
        kind: "ext4",
        flags: flags(),
        data,
    };
    system
        .mount(&mount)
        .map_err(|error| format!("/data is not mounted from {source}: {error}"))
}

/// makes a folder; whatever else stands in its place is set aside, not lost.
fn furnish<S: System>(system: &mut S, path: &str, owner: Owner) -> io::Result<()> {
    match system.kind(path) {
        Some(Kind::File | Kind::Other) => {
            let aside = format!("{path}.aside-{}", system.clock());
            system.rename(path, &aside)?;
            system.log(
                Priority::Warning,
                &format!("{path} was no folder; it is now {aside}"),
            );
        }
        // owners and modes are set again at each boot: a folder that somebody else owns would let
        // them replace what is in it.
        Some(Kind::Folder) | None => {}
    }
    system.folder(path, owner)
}

/// removes everything; the mark goes last, so that a power cut in between starts over.
fn empty<S: System>(system: &mut S) -> io::Result<()> {
    for name in system.list(FOLDER)? {
        if name != "state" {
            system.remove(&format!("{FOLDER}/{name}"))?;
        }
    }
    for name in system.list("/data/state")? {
        if name != "factory-reset" {
            system.remove(&format!("/data/state/{name}"))?;
        }
    }
    system.sync();
    system.remove("/data/state")?;
    system.sync();
    Ok(())
}
