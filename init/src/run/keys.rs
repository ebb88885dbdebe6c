//! power keys: the button of a case, a machine monitor's `system_powerdown`, a gpio key.

use crate::system::System;
use rustix::fs::OFlags;
use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;

/// devices that are listened to.
pub const KEYS_MAX: usize = 4;
const CLASS: &str = "/sys/class/input";
/// numbers of linux's input-event-codes.
const EV_KEY: u16 = 1;
const KEY_A: usize = 30;
const KEY_POWER: usize = 116;
/// `struct input_event` of a 64-bit machine: time (16 bytes), type, code, value.
const EVENT_BYTES: usize = 24;

/// every device that has a power key and is no keyboard: what people type is none of pid 1's.
pub fn open<S: System>(system: &mut S) -> Vec<File> {
    let mut found = Vec::new();
    for name in system.list(CLASS).unwrap_or_default() {
        let path = format!("{CLASS}/{name}/device/capabilities/key");
        let keys = system.read(&path).unwrap_or_default();
        let good = name.starts_with("event") && has(&keys, KEY_POWER) && !has(&keys, KEY_A);
        if good && found.len() < KEYS_MAX {
            let flags = OFlags::NONBLOCK.bits() as i32;
            let mut options = OpenOptions::new();
            options.read(true).custom_flags(flags);
            found.extend(options.open(format!("/dev/input/{name}")));
        }
    }
    found
}

/// whether the power key went down among what there is to read.
pub fn pressed(mut device: &File) -> bool {
    let mut events = [0; EVENT_BYTES * 16];
    let count = device.read(&mut events).unwrap_or(0);
    events[..count].chunks_exact(EVENT_BYTES).any(is_power)
}

fn is_power(event: &[u8]) -> bool {
    let half = |at: usize| u16::from_ne_bytes([event[at], event[at + 1]]);
    // value 1 is down; 0 is up, 2 is held.
    half(16) == EV_KEY && usize::from(half(18)) == KEY_POWER && event[20..24] == 1_i32.to_ne_bytes()
}

/// the bitmap as the kernel writes it: words of 64 bits in hex, the highest first.
fn has(bitmap: &str, key: usize) -> bool {
    let word = bitmap.split_whitespace().rev().nth(key / 64);
    let word = word.and_then(|word| u64::from_str_radix(word, 16).ok());
    word.is_some_and(|word| word >> (key % 64) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bitmap_is_read_from_its_end() {
        let check = |bitmap: &str, expect: (bool, bool)| {
            assert_eq!(
                (has(bitmap, KEY_POWER), has(bitmap, KEY_A)),
                expect,
                "{bitmap}"
            );
        };
        // an acpi button, and a keyboard of a pc.
        check("10000000000000 0\n", (true, false));
        check(
            "402000000 3803078f800d001 feffffdfffefffff fffffffffffffffe\n",
            (true, true),
        );
        check("0\n", (false, false));
        check("", (false, false));
        check("nonsense 0", (false, false));
    }

    #[test]
    fn only_the_power_key_going_down_counts() {
        let check = |kind: u16, code: u16, value: i32, expect: bool| {
            let mut event = [0; EVENT_BYTES];
            event[16..18].copy_from_slice(&kind.to_ne_bytes());
            event[18..20].copy_from_slice(&code.to_ne_bytes());
            event[20..24].copy_from_slice(&value.to_ne_bytes());
            assert_eq!(is_power(&event), expect, "{kind} {code} {value}");
        };
        check(1, 116, 1, true);
        check(1, 116, 0, false);
        check(1, 116, 2, false);
        check(1, 30, 1, false);
        check(0, 116, 1, false);
    }
}
