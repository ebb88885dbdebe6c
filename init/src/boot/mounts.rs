//! file systems that are no disks, with as few rights as their use allows.

use super::{TTY_GROUP, Warnings};
use crate::system::{Flags, Mount, Owner, System};
use std::io::ErrorKind;

const SHUT: Flags = Flags {
    nosuid: true,
    nodev: true,
    noexec: true,
    read_only: false,
};
const NO_DEVICES: Flags = Flags {
    nosuid: true,
    nodev: true,
    noexec: false,
    read_only: false,
};
const DEVICES: Flags = Flags {
    nosuid: true,
    nodev: false,
    noexec: true,
    read_only: false,
};

/// what of these a machine may lack: then it is no warning.
const OPTIONAL: [&str; 2] = ["/sys/fs/pstore", "/sys/firmware/efi/efivars"];

// the options of devpts below say it in words.
const _: () = assert!(TTY_GROUP == 5);

fn table() -> [Mount<'static>; 11] {
    let mount = |source, target, kind, flags, data| Mount {
        source,
        target,
        kind,
        flags,
        data,
    };
    [
        mount("proc", "/proc", "proc", SHUT, ""),
        mount("sysfs", "/sys", "sysfs", SHUT, ""),
        mount("devtmpfs", "/dev", "devtmpfs", DEVICES, "mode=755"),
        mount(
            "devpts",
            "/dev/pts",
            "devpts",
            DEVICES,
            "mode=620,gid=5,ptmxmode=666",
        ),
        mount("tmpfs", "/dev/shm", "tmpfs", SHUT, "mode=1777,size=25%"),
        mount("tmpfs", "/run", "tmpfs", SHUT, "mode=755,size=16m"),
        mount("tmpfs", "/tmp", "tmpfs", NO_DEVICES, "mode=1777,size=25%"),
        mount("tmpfs", "/etc", "tmpfs", SHUT, "mode=755,size=1m"),
        mount(
            "cgroup2",
            "/sys/fs/cgroup",
            "cgroup2",
            SHUT,
            "nsdelegate,memory_recursiveprot",
        ),
        mount("pstore", "/sys/fs/pstore", "pstore", SHUT, ""),
        mount(
            "efivarfs",
            "/sys/firmware/efi/efivars",
            "efivarfs",
            SHUT,
            "",
        ),
    ]
}

/// mounts them in order; one that is there already is fine.
pub(super) fn mount_all<S: System>(system: &mut S, warnings: &mut Warnings) {
    for mount in table() {
        if mount.target.starts_with("/dev/") {
            let open = Owner {
                mode: 0o755,
                uid: 0,
                gid: 0,
            };
            warnings.note(mount.target, system.folder(mount.target, open));
        }
        if OPTIONAL.contains(&mount.target) && system.kind(mount.target).is_none() {
            continue;
        }
        match system.mount(&mount) {
            Err(error) if error.kind() == ErrorKind::ResourceBusy => {}
            Err(_) if OPTIONAL.contains(&mount.target) => {}
            result => {
                warnings.note(&format!("{} is not mounted", mount.target), result);
            }
        }
    }
    let open = Owner {
        mode: 0o755,
        uid: 0,
        gid: 0,
    };
    warnings.note("/run/llm-os", system.folder("/run/llm-os", open));
}
