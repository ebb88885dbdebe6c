use super::*;
use crate::system::fake::{Fake, Node};
use llm_os_wire::frame;
use llm_os_wire::settings::Endpoint;

/// a machine as the kernel hands it over: a verified root on vda2, two consoles, a second card.
fn machine() -> Fake {
    let mut machine = Fake::default();
    for (path, text) in [
        (
            "/proc/self/mountinfo",
            "20 1 254:0 / / ro - erofs /dev/root ro\n",
        ),
        ("/proc/meminfo", "MemTotal:        1000000 kB\n"),
        ("/proc/sys/kernel/printk_devkmsg", "ratelimit"),
    ] {
        machine.file_behind("/proc", path, text);
    }
    machine.file_behind("/sys", "/sys/class/tty/console/active", "tty0 ttyS0\n");
    let links = [
        ("/sys/dev/block/254:0", "../../devices/virtual/block/dm-0"),
        ("/sys/class/block/dm-0", "../../devices/virtual/block/dm-0"),
        ("/sys/class/block/sda1", "../../devices/usb/block/sda/sda1"),
        (
            "/sys/class/block/vda1",
            "../../devices/pci/virtio0/block/vda/vda1",
        ),
        (
            "/sys/class/block/vda2",
            "../../devices/pci/virtio0/block/vda/vda2",
        ),
        (
            "/sys/class/block/vda4",
            "../../devices/pci/virtio0/block/vda/vda4",
        ),
    ];
    for (path, target) in links {
        let node = Node::Link(target.to_owned());
        machine
            .behind
            .push(("/sys".to_owned(), path.to_owned(), node));
    }
    machine.file_behind("/sys", "/sys/class/block/dm-0/slaves/vda2", "");
    for (device, name) in [
        ("sda1", "llm-os-data"),
        ("vda1", "llm-os-esp"),
        ("vda2", "llm-os-root-a"),
        ("vda4", "llm-os-data"),
    ] {
        let path = format!("/sys/class/block/{device}/uevent");
        let text = format!("MAJOR=254\nDEVNAME={device}\nDEVTYPE=partition\nPARTNAME={name}\n");
        machine.file_behind("/sys", &path, &text);
    }
    machine.file_behind(
        "/sys/fs/cgroup",
        "/sys/fs/cgroup/cgroup.controllers",
        "cpu memory pids",
    );
    machine.file_behind("/boot", "/boot/llm-os.toml", "hostname = \"boat\"\n");
    machine.file("/usr/lib/llm-os/build-id", "abc-1\n");
    let settings = Settings {
        hostname: "boat".to_owned(),
        ..Settings::default()
    };
    machine.helper = Some(frame::encode(&settings).unwrap());
    machine.clock = 1000;
    machine
}

#[test]
fn a_whole_machine_comes_up_without_a_warning() {
    let mut machine = machine();
    let booted = boot(&mut machine);
    assert_eq!(booted.warnings, Vec::<String>::new());
    assert_eq!(booted.consoles, ["tty1", "ttyS0"]);
    assert_eq!((booted.build.as_str(), booted.keeps_state), ("abc-1", true));
    assert_eq!(machine.logged[0], "started");
    assert_eq!(machine.hostname, "boat");
    assert_eq!(machine.text("/etc/hostname"), Some("boat\n"));
    let passwd = machine.text("/etc/passwd").unwrap();
    assert!(passwd.contains("operator:!:1000:1000:operator:/data/home/operator:/usr/bin/llmsh\n"));
    assert_eq!(machine.text("/sys/fs/cgroup/init/cgroup.procs"), Some("1"));
    // 70 % of a million KiB.
    assert_eq!(
        machine.text("/sys/fs/cgroup/llm-modeld/memory.max"),
        Some("716800000")
    );
    assert_eq!(machine.nodes["/sys/fs/cgroup/llm-osd/main"], Node::Folder);
    let mounts: Vec<_> = machine
        .asked
        .iter()
        .filter(|call| call.starts_with("mount "))
        .collect();
    assert_eq!(
        mounts,
        [
            "mount proc /proc proc nosuid nodev noexec",
            "mount sysfs /sys sysfs nosuid nodev noexec",
            "mount devtmpfs /dev devtmpfs nosuid noexec",
            "mount devpts /dev/pts devpts nosuid noexec",
            "mount tmpfs /dev/shm tmpfs nosuid nodev noexec",
            "mount tmpfs /run tmpfs nosuid nodev noexec",
            "mount tmpfs /tmp tmpfs nosuid nodev",
            "mount tmpfs /etc tmpfs nosuid nodev noexec",
            "mount cgroup2 /sys/fs/cgroup cgroup2 nosuid nodev noexec",
            "mount /dev/vda1 /boot vfat nosuid nodev noexec ro",
            // of two with this name the one on the root's disk.
            "mount /dev/vda4 /data ext4 nosuid nodev",
        ]
    );
}

#[test]
fn whatever_single_call_fails_there_is_a_console_and_every_unit() {
    let calls = {
        let mut whole = machine();
        boot(&mut whole);
        whole.calls.get()
    };
    assert!(calls > 60, "{calls}");
    for from_then_on in [false, true] {
        for number in 0..calls {
            let mut machine = machine();
            machine.fail_at = Some(number);
            machine.from_then_on = from_then_on;
            let booted = boot(&mut machine);
            assert!(!booted.consoles.is_empty(), "call {number}");
            let shells = booted
                .instances
                .iter()
                .filter(|one| one.console.is_some())
                .count();
            assert_eq!(booted.instances.len(), 2 + shells);
            assert_eq!(shells, booted.consoles.len());
        }
    }
}

#[test]
fn without_a_data_partition_it_is_in_memory_and_that_is_said() {
    let mut machine = machine();
    machine
        .behind
        .retain(|(_, path, _)| !path.ends_with("sda1/uevent") && !path.ends_with("vda4/uevent"));
    let booted = boot(&mut machine);
    assert!(!booted.keeps_state);
    assert_eq!(booted.warnings.len(), 1);
    assert!(
        booted.warnings[0].contains("lost at power off"),
        "{:?}",
        booted.warnings
    );
    assert!(
        machine
            .asked
            .contains(&"mount tmpfs /data tmpfs nosuid nodev".to_owned())
    );
    assert_eq!(machine.nodes["/data/home/operator"], Node::Folder);
}

#[test]
fn a_helper_that_lies_is_not_believed() {
    let check = |answer: Vec<u8>, expect: &str| {
        let mut machine = machine();
        machine.helper = Some(answer);
        let booted = boot(&mut machine);
        assert_eq!(booted.settings, Settings::default());
        assert_eq!(booted.warnings.len(), 1, "{:?}", booted.warnings);
        assert!(booted.warnings[0].contains(expect), "{:?}", booted.warnings);
    };
    let with = |change: fn(&mut Settings)| {
        let mut settings = Settings::default();
        change(&mut settings);
        frame::encode(&settings).unwrap()
    };
    check(Vec::new(), "closed");
    check(b"\xff\xff\xff\xff".to_vec(), "over the limit");
    check(
        with(|settings| settings.hostname = "a\n127.0.0.1 bank".to_owned()),
        "host name",
    );
    check(
        with(|settings| settings.timezone = String::new()),
        "time zone",
    );
    check(
        with(|settings| settings.model_file = Some("../x".to_owned())),
        "model file",
    );
    check(
        with(|settings| settings.model_file = Some("..".to_owned())),
        "model file",
    );
    check(
        with(|settings| settings.endpoint = Some(endpoint("http://h\nA=1", None))),
        "endpoint",
    );
}

fn endpoint(url: &str, key: Option<&str>) -> Endpoint {
    Endpoint {
        url: url.to_owned(),
        model: "m".to_owned(),
        key: key.map(str::to_owned),
        ..Endpoint::default()
    }
}

#[test]
fn the_endpoints_key_is_given_to_its_one_reader() {
    let with = |key: Option<&str>| {
        let mut machine = machine();
        let settings = Settings {
            endpoint: Some(endpoint("http://10.0.2.2:8080/v1", key)),
            ..Settings::default()
        };
        machine.helper = Some(frame::encode(&settings).unwrap());
        machine.file("/data/secrets/mine", "k");
        let booted = boot(&mut machine);
        let owned = machine.asked.iter().filter(|call| call.starts_with("own "));
        (owned.cloned().collect::<Vec<_>>(), booted)
    };
    let (owned, booted) = with(Some("mine"));
    assert_eq!(owned, ["own /data/secrets/mine 400 902:902"]);
    assert_eq!(booted.warnings, Vec::<String>::new());
    let (owned, booted) = with(Some("other"));
    assert!(owned.is_empty() && booted.warnings[0].contains("/data/secrets/other"));
    let (owned, booted) = with(None);
    assert!(owned.is_empty() && booted.warnings.is_empty());
    let there = |name: &str| booted.instances.iter().any(|one| one.name == name);
    assert!(there("llm-remoted") && !there("llm-bigd"));
}

#[test]
fn what_the_helper_warns_of_is_shown_without_steering_the_terminal() {
    let mut machine = machine();
    let warnings = vec!["line 3: odd\u{1b}[2J".to_owned(), "x".repeat(4000)];
    let settings = Settings {
        warnings,
        ..Settings::default()
    };
    machine.helper = Some(frame::encode(&settings).unwrap());
    let booted = boot(&mut machine);
    assert_eq!(booted.warnings[0], "llm-os.toml: line 3: odd?[2J");
    assert!(booted.warnings[1].len() < 400);
}

#[test]
fn a_file_where_a_folder_belongs_is_set_aside_and_kept() {
    let mut machine = machine();
    machine.file("/data/journal", "precious");
    boot(&mut machine);
    assert_eq!(machine.nodes["/data/journal"], Node::Folder);
    assert_eq!(machine.text("/data/journal.aside-1000"), Some("precious"));
}

#[test]
fn a_factory_reset_empties_everything_also_when_it_is_cut() {
    let marked = || {
        let mut machine = machine();
        for path in [
            "/data/home/operator/a",
            "/data/journal/journal.log",
            "/data/state/clock",
        ] {
            machine.file(path, "1");
        }
        machine.file("/data/state/factory-reset", "");
        machine
    };
    let gone = |machine: &Fake| {
        let kept = |path: &&str| machine.nodes.contains_key(*path);
        let old = [
            "/data/home/operator/a",
            "/data/journal/journal.log",
            "/data/state/factory-reset",
        ];
        !old.iter().any(kept)
    };
    let mut whole = marked();
    let booted = boot(&mut whole);
    assert!(gone(&whole) && booted.warnings[0].contains("factory reset"));
    for number in 0..whole.calls.get() {
        // the power goes at this call, and comes back.
        let mut machine = marked();
        machine.fail_at = Some(number);
        machine.from_then_on = true;
        boot(&mut machine);
        machine.fail_at = None;
        boot(&mut machine);
        assert!(gone(&machine), "cut at call {number}");
    }
}

#[test]
fn the_clock_never_goes_behind_the_saved_time() {
    let mut machine = machine();
    machine.file("/data/state/clock", "5000\n");
    boot(&mut machine);
    assert_eq!(machine.clock, 5000);
    clock::save(&mut machine);
    assert_eq!(machine.text("/data/state/clock"), Some("5000\n"));
}
