use super::*;
use crate::system::fake::{Child, Fake};
use crate::system::{Flags, Mount};

fn machine() -> Fake {
    let mut machine = Fake::default();
    let root = Flags {
        read_only: true,
        ..Flags::default()
    };
    for (source, target, kind, flags) in [
        ("/dev/root", "/", "erofs", root),
        ("tmpfs", "/run", "tmpfs", Flags::default()),
        ("/dev/vda1", "/boot", "vfat", root),
        ("/dev/vda4", "/data", "ext4", Flags::default()),
    ] {
        machine
            .mount(&Mount {
                source,
                target,
                kind,
                flags,
                data: "",
            })
            .unwrap();
    }
    machine.asked.clear();
    machine.calls.set(0);
    machine
}

fn run(machine: &mut Fake) -> Vec<String> {
    down(machine, &["ttyS0".to_owned()], Power::Poweroff);
    machine.asked.clone()
}

#[test]
fn the_disks_are_let_go_clean_and_power_is_the_last_thing() {
    let mut machine = machine();
    assert_eq!(
        run(&mut machine),
        [
            "write /data/state/clock.new",
            "rename /data/state/clock.new /data/state/clock",
            "sync",
            "unmount /data",
            "unmount /boot",
            "sync",
            "Poweroff",
        ]
    );
}

#[test]
fn whoever_still_runs_is_asked_and_then_ended() {
    let mut machine = machine();
    machine.children = [Child::Dead, Child::EndsAt(Signal::Terminate)].into();
    let asked = run(&mut machine);
    assert!(asked.contains(&"signal all Terminate".to_owned()));
    assert!(!asked.contains(&"signal all Kill".to_owned()));

    machine.children = [Child::EndsAt(Signal::Kill), Child::Never].into();
    machine.asked.clear();
    let before = machine.time;
    let asked = run(&mut machine);
    assert!(asked.contains(&"signal all Kill".to_owned()));
    assert!(machine.time - before <= TERMINATE_MS + KILL_MS + 100);
}

#[test]
fn a_busy_disk_is_tried_again_and_at_last_made_read_only() {
    let busy = |times| {
        let mut machine = machine();
        machine
            .mounts
            .iter_mut()
            .rfind(|one| one.target == "/data")
            .unwrap()
            .busy = times;
        let asked = run(&mut machine);
        let left: Vec<_> = machine
            .mounts
            .iter()
            .map(|one| (one.target.clone(), one.writable))
            .collect();
        (asked, left)
    };
    let (asked, left) = busy(3);
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(!asked.iter().any(|call| call.starts_with("read-only")));
    let (asked, left) = busy(u32::MAX);
    assert_eq!(left.last(), Some(&("/data".to_owned(), false)));
    assert_eq!(asked.last().map(String::as_str), Some("Poweroff"));
}

#[test]
fn whatever_fails_power_is_asked_for() {
    for number in 0..80 {
        for from_then_on in [false, true] {
            let mut machine = machine();
            machine.children = [Child::EndsAt(Signal::Kill)].into();
            machine.fail_at = Some(number);
            machine.from_then_on = from_then_on;
            assert_eq!(
                run(&mut machine).last().map(String::as_str),
                Some("Poweroff")
            );
        }
    }
}

#[test]
fn mounts_are_read_with_their_escapes() {
    let text =
        "/dev/vda4 /data ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n/dev/sda1 /a\\040b vfat rw 0 0\n";
    assert_eq!(on_disk(text), ["/a b", "/data"]);
}
