//! a control group for each unit (cgroups(7), version 2), and one for pid 1 itself: a group with
//! processes may not hand controllers down, so pid 1 cannot stay in the root.

use super::Warnings;
use crate::system::{Owner, System};
use crate::units::Instance;

pub const ROOT: &str = "/sys/fs/cgroup";
/// kept for pid 1 whatever the others use, MiB.
const OWN_MIB: u64 = 8;
/// those that a limit here or in a jail is set with; each one more costs time at every start.
const CONTROLLERS: [&str; 2] = ["memory", "pids"];
const OPEN: Owner = Owner {
    mode: 0o755,
    uid: 0,
    gid: 0,
};

/// the group that an instance's process is born in.
pub fn of(instance: &Instance) -> String {
    let name = &instance.name;
    match instance.unit.delegate {
        true => format!("{ROOT}/{name}/main"),
        false => format!("{ROOT}/{name}"),
    }
}

/// the file that kills an instance and everything below it.
pub fn kill_file(instance: &Instance) -> String {
    format!("{ROOT}/{}/cgroup.kill", instance.name)
}

pub(super) fn make<S: System>(system: &mut S, instances: &[Instance], warnings: &mut Warnings) {
    let own = format!("{ROOT}/init");
    if !warnings.note("no control groups", system.folder(&own, OPEN)) {
        return;
    }
    warnings.note(
        "pid 1 is in no group",
        system.write(&format!("{own}/cgroup.procs"), "1"),
    );
    hand_down(system, ROOT, warnings);
    set(
        system,
        &own,
        "memory.min",
        &(OWN_MIB << 20).to_string(),
        warnings,
    );
    let total = memory_bytes(system);
    for instance in instances {
        let unit = instance.unit;
        let folder = format!("{ROOT}/{}", instance.name);
        if !warnings.note(&folder, system.folder(&folder, OPEN)) {
            continue;
        }
        if let Some(mib) = unit.memory_min_mib {
            set(
                system,
                &folder,
                "memory.min",
                &(mib << 20).to_string(),
                warnings,
            );
        }
        if let (Some(percent), Some(total)) = (unit.memory_max_percent, total) {
            let bytes = total / 100 * percent;
            set(system, &folder, "memory.max", &bytes.to_string(), warnings);
        }
        if let Some(most) = unit.pids_max {
            set(system, &folder, "pids.max", &most.to_string(), warnings);
        }
        if unit.oom_group {
            set(system, &folder, "memory.oom.group", "1", warnings);
        }
        if unit.delegate {
            hand_down(system, &folder, warnings);
            let main = format!("{folder}/main");
            warnings.note(&main, system.folder(&main, OPEN));
        }
    }
}

fn set<S: System>(system: &mut S, folder: &str, file: &str, value: &str, warnings: &mut Warnings) {
    let path = format!("{folder}/{file}");
    warnings.note(&path, system.write(&path, value));
}

/// in one write, which the kernel applies at once; a kernel without one hands down the other.
fn hand_down<S: System>(system: &mut S, folder: &str, warnings: &mut Warnings) {
    let there = system
        .read(&format!("{folder}/cgroup.controllers"))
        .unwrap_or_default();
    let known = |controller: &&str| there.split_whitespace().any(|word| word == *controller);
    let wanted = CONTROLLERS.into_iter().filter(known);
    let value = wanted
        .map(|controller| format!("+{controller}"))
        .collect::<Vec<_>>()
        .join(" ");
    set(system, folder, "cgroup.subtree_control", &value, warnings);
}

fn memory_bytes<S: System>(system: &mut S) -> Option<u64> {
    let text = system.read("/proc/meminfo").ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024)
}
