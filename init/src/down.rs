//! the way down: everything that still runs ends, everything that is written is on the disk, and the
//! disks are let go clean, so that the next mount has nothing to replay.

use crate::boot::{clock, consoles};
use crate::supervisor::{Millis, Power};
use crate::system::{Priority, Signal, System};

/// from SIGTERM to SIGKILL, for what no unit owned.
const TERMINATE_MS: Millis = 1000;
const KILL_MS: Millis = 1000;
/// rounds of unmounting; what is busy may be let go in between.
const ROUNDS_MAX: usize = 20;
const ROUND_MS: Millis = 50;
const STEP_MS: Millis = 10;
/// file systems that lie on a disk.
const ON_DISK: [&str; 4] = ["ext4", "vfat", "erofs", "f2fs"];

/// takes the machine down; returns only when the kernel refuses the last call.
pub fn down<S: System>(system: &mut S, consoles: &[String], kind: Power) {
    // fed on the way, never disarmed: a way down that hangs ends in a reset.
    system.feed_watchdog();
    // before the disks go.
    clock::save(system);
    if !alone(system) {
        end_all(system);
    }
    system.sync();
    let left = unmount_all(system);
    for target in &left {
        let text = format!("llm-os: {target} could not be let go; it is made read-only");
        consoles::say(system, consoles, &text);
        let done = system.remount_read_only(target);
        system.log(Priority::Warning, &format!("{target} read-only: {done:?}"));
    }
    system.sync();
    consoles::say(system, consoles, &format!("llm-os: {}", kind.word()));
    let error = system.power(kind);
    consoles::say(
        system,
        consoles,
        &format!("llm-os: the kernel refused: {error}"),
    );
}

/// no process but this one is left; the dead are reaped on the way.
fn alone<S: System>(system: &mut S) -> bool {
    loop {
        match system.reap() {
            Ok(Some(_)) => {}
            Ok(None) => return false,
            Err(_) => return true,
        }
    }
}

fn end_all<S: System>(system: &mut S) {
    for (signal, limit) in [(Signal::Terminate, TERMINATE_MS), (Signal::Kill, KILL_MS)] {
        // an error here means that there is nobody to send it to.
        let _ = system.signal_all(signal);
        let end = system.now().saturating_add(limit);
        loop {
            if alone(system) {
                return;
            }
            if system.now() >= end {
                break;
            }
            system.feed_watchdog();
            system.pause(STEP_MS);
        }
    }
}

/// unmounts what lies on disks, last mounted first; what is still there at the end.
fn unmount_all<S: System>(system: &mut S) -> Vec<String> {
    let mut left = Vec::new();
    for round in 0..ROUNDS_MAX {
        left = on_disk(&system.read("/proc/self/mounts").unwrap_or_default());
        let mut busy = false;
        for target in left.iter().filter(|target| *target != "/") {
            busy |= system.unmount(target).is_err();
        }
        left = on_disk(&system.read("/proc/self/mounts").unwrap_or_default());
        if !busy && !left.iter().any(|target| target != "/") {
            break;
        }
        if round + 1 < ROUNDS_MAX {
            system.feed_watchdog();
            system.pause(ROUND_MS);
        }
    }
    // a root that was never written to needs nothing.
    left.retain(|target| target != "/" || is_writable_root(system));
    left
}

fn is_writable_root<S: System>(system: &mut S) -> bool {
    let mounts = system.read("/proc/self/mounts").unwrap_or_default();
    let root = mounts
        .lines()
        .find(|line| line.split(' ').nth(1) == Some("/"));
    let options = root
        .and_then(|line| line.split(' ').nth(3))
        .unwrap_or_default();
    options.split(',').any(|option| option == "rw")
}

/// mount points of `/proc/self/mounts` that lie on disks, last mounted first.
fn on_disk(mounts: &str) -> Vec<String> {
    let mut targets = Vec::new();
    for line in mounts.lines() {
        let mut words = line.split(' ');
        let (Some(source), Some(target), Some(kind)) = (words.next(), words.next(), words.next())
        else {
            continue;
        };
        if ON_DISK.contains(&kind) || source.starts_with("/dev/") {
            targets.push(unescape(target));
        }
    }
    targets.reverse();
    targets
}

/// `/proc/self/mounts` writes blanks in names as `\040`.
fn unescape(target: &str) -> String {
    let pairs = [
        ("\\040", " "),
        ("\\011", "\t"),
        ("\\012", "\n"),
        ("\\134", "\\"),
    ];
    pairs
        .iter()
        .fold(target.to_owned(), |text, (from, to)| text.replace(from, to))
}

#[cfg(test)]
mod tests;
