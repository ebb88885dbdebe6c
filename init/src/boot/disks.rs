//! partitions by their GPT name, as the kernel tells them in `/sys/class/block/*/uevent`.

use crate::system::System;
use std::collections::BTreeMap;

const CLASS: &str = "/sys/class/block";

/// device node by partition name. of two partitions with one name, such as a second card with the
/// same image, the one on the root's own disk is taken.
pub(super) fn named<S: System>(system: &mut S) -> BTreeMap<String, String> {
    let root = root_disk(system);
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for device in system.list(CLASS).unwrap_or_default() {
        let event = system
            .read(&format!("{CLASS}/{device}/uevent"))
            .unwrap_or_default();
        let value = |key: &str| event.lines().find_map(|line| line.strip_prefix(key));
        let (Some(name), Some(node)) = (value("PARTNAME="), value("DEVNAME=")) else {
            continue;
        };
        if !node.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            continue;
        }
        let own = root.is_some() && disk_of(system, &device) == root;
        if own || !found.contains_key(name) {
            found.insert(name.to_owned(), format!("/dev/{node}"));
        }
    }
    found
}

/// the disk that the root is on; through device mapper, the disk under it.
fn root_disk<S: System>(system: &mut S) -> Option<String> {
    let mounts = system.read("/proc/self/mountinfo").ok()?;
    let root = mounts
        .lines()
        .find(|line| line.split(' ').nth(4) == Some("/"))?;
    let number = root.split(' ').nth(2)?;
    let mut device = last(&system.read_link(&format!("/sys/dev/block/{number}")).ok()?);
    if let Ok(below) = system.list(&format!("{CLASS}/{device}/slaves"))
        && let Some(first) = below.first()
    {
        device.clone_from(first);
    }
    disk_of(system, &device)
}

/// `vda` for the partition `vda2`: a partition's folder lies in its disk's.
fn disk_of<S: System>(system: &mut S, device: &str) -> Option<String> {
    let path = system.read_link(&format!("{CLASS}/{device}")).ok()?;
    let above = last(path.rsplit_once('/')?.0);
    Some(if above == "block" {
        device.to_owned()
    } else {
        above
    })
}

fn last(path: &str) -> String {
    path.rsplit('/').next().unwrap_or_default().to_owned()
}
