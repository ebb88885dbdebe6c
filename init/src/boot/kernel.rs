//! switches of the kernel: each line says what it is for.

use super::Warnings;
use crate::system::System;

/// file under `/proc/sys`, value. one that this kernel lacks is passed over.
const SWITCHES: [(&str, &str); 9] = [
    // the log takes every line of ours, not ten in five seconds.
    ("kernel/printk_devkmsg", "on"),
    // the kernel's own urgent lines alone reach the consoles, where people type.
    ("kernel/printk", "4 4 1 4"),
    // seconds after which a kernel that died starts anew.
    ("kernel/panic", "10"),
    // addresses and the log are root's.
    ("kernel/kptr_restrict", "2"),
    ("kernel/dmesg_restrict", "1"),
    // links and fifos that somebody left in a shared folder are not followed.
    ("fs/protected_symlinks", "1"),
    ("fs/protected_hardlinks", "1"),
    ("fs/protected_fifos", "2"),
    ("fs/protected_regular", "2"),
];

pub(super) fn settle<S: System>(system: &mut S, warnings: &mut Warnings) {
    warnings.note(
        "ctrl-alt-del stays with the kernel",
        system.take_ctrl_alt_del(),
    );
    for (file, value) in SWITCHES {
        let path = format!("/proc/sys/{file}");
        if system.kind(&path).is_some() {
            // with its line end: printk_devkmsg takes no other form.
            let value = format!("{value}\n");
            warnings.note(&path, system.write(&path, &value));
        }
    }
    warnings.note("lo is not up", system.loopback_up());
}

pub(super) fn name<S: System>(system: &mut S, hostname: &str, warnings: &mut Warnings) {
    warnings.note("the host has no name", system.set_hostname(hostname));
}
