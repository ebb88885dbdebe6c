//! direct commands on a booted machine: boot, run, confirm, journal, undo, power off. no model.

mod common;

use common::{STEP, ask, boot, boot_with, confirm, disk, ends_clean, pid_of, reboot, say, until};
use llm_os_qemu::{Profile, SECOND};

#[test]
#[ignore = "boots a machine: cargo os test boot"]
fn a_file_is_written_read_undone_and_redone_also_after_a_reboot() {
    let (image, disk) = disk();
    let mut machine = boot(&image, &disk);

    let shown = ask(&mut machine, "write_file hello.txt world");
    assert!(shown.contains("/data/home/operator/hello.txt"), "{shown}");
    let declined = say(&mut machine, "n");
    assert!(declined.contains("not done"), "{declined}");
    assert!(!say(&mut machine, "ls").contains("hello.txt"));

    confirm(&mut machine, "write_file hello.txt world", "y");
    assert!(say(&mut machine, "cat hello.txt").contains("world"));
    confirm(&mut machine, "undo", "y");
    assert!(!say(&mut machine, "ls").contains("hello.txt"));
    confirm(&mut machine, "redo", "y");
    assert!(say(&mut machine, "cat hello.txt").contains("world"));

    // what was there before an overwrite survives a reboot in the journal.
    confirm(&mut machine, "write_file hello.txt mars", "hello.txt");
    assert!(say(&mut machine, "cat hello.txt").contains("mars"));
    reboot(&mut machine);
    assert!(say(&mut machine, "history").contains("hello.txt"));
    let undo = ask(&mut machine, "undo");
    let answer = if undo.contains("hello.txt to confirm") {
        "hello.txt"
    } else {
        "y"
    };
    say(&mut machine, answer);
    assert!(say(&mut machine, "cat hello.txt").contains("world"));
    assert!(say(&mut machine, "audit verify").contains("intact"));

    ask(&mut machine, "poweroff");
    machine.type_line("poweroff").expect("typing");
    ends_clean(&mut machine, &disk);
}

#[test]
#[ignore = "boots a machine: cargo os test boot"]
fn the_root_is_never_removed_and_odd_lines_do_no_harm() {
    let (image, disk) = disk();
    let mut machine = boot(&image, &disk);
    let refused = say(&mut machine, "rm -rf /");
    assert!(
        refused.contains("refused") || refused.contains("forbidden"),
        "{refused}"
    );
    for line in [
        "rm -r /data/journal",
        "rm /sbin/llminit",
        "cat /data/journal/journal.log",
    ] {
        let said = say(&mut machine, line);
        assert!(
            said.contains("refused") || said.contains("forbidden"),
            "{line}: {said}"
        );
    }
    for line in [
        "cat nothing-here",
        "rm 'x",
        "write_file",
        "undo",
        "undo #99",
        "show #1",
        "read_file path=",
        "cd /nowhere",
    ] {
        let said = say(&mut machine, line);
        assert!(!said.contains("panicked"), "{line}: {said}");
        assert!(said.lines().count() >= 2, "{line} said nothing");
    }
    assert!(say(&mut machine, "pwd").contains("/data/home/operator"));
}

#[test]
#[ignore = "boots a machine: cargo os test boot"]
fn facts_are_told_at_once() {
    let (image, disk) = disk();
    let mut machine = boot(&image, &disk);
    for what in [
        "cpu",
        "memory",
        "disk",
        "temperature",
        "uptime",
        "kernel",
        "time",
        "health",
        "all",
    ] {
        let said = say(&mut machine, &format!("system_info {what}"));
        assert!(
            said.lines().count() >= 2 && !said.contains("cannot"),
            "{what}: {said}"
        );
    }
    assert!(say(&mut machine, "free").contains("MiB"));
    assert!(say(&mut machine, "systemctl list").contains("llm-osd"));
    assert!(say(&mut machine, "help write_file").contains("content"));
    assert!(say(&mut machine, "read_log").lines().count() > 2);
    let uname = say(&mut machine, "run uname -s");
    assert!(uname.contains("Linux"), "{uname}");
}

#[test]
#[ignore = "boots a machine: cargo os test boot"]
fn a_killed_executor_comes_back_and_the_console_stays_usable() {
    let (image, disk) = disk();
    let mut machine = boot(&image, &disk);
    let before = pid_of(&mut machine, "llm-osd").expect("the executor runs");
    let shown = ask(&mut machine, &format!("exec as_root=true kill -9 {before}"));
    assert!(shown.contains("kill"), "{shown}");
    machine.type_line("kill").expect("typing");
    machine
        .expect(common::PROMPT, STEP)
        .expect("the prompt after the executor died");
    until(&mut machine, "pwd", |said| {
        said.contains("/data/home/operator")
    });
    until(&mut machine, "systemctl list", |said| {
        said.contains("llm-osd")
    });
    let after = pid_of(&mut machine, "llm-osd").expect("the executor came back");
    assert_ne!(before, after);
}

#[test]
#[ignore = "boots a machine: cargo os test boot"]
fn every_active_console_has_a_shell() {
    let (image, disk) = disk();
    let mut machine = boot_with(Profile::for_image(&image, &disk).second_console());
    let second = machine.console(1);
    second.type_line("").expect("typing");
    second
        .expect(common::PROMPT, common::BOOT)
        .expect("a prompt on the second console");
    second
        .type_line("write_file second.txt two")
        .expect("typing");
    second.expect("? ", STEP).expect("the question");
    second.type_line("y").expect("typing");
    second.expect(common::PROMPT, STEP).expect("the prompt");
    assert!(say(&mut machine, "cat second.txt").contains("two"));
}

#[test]
#[ignore = "boots a machine: cargo os test boot"]
fn bad_settings_are_told_with_their_line_and_the_machine_still_boots() {
    let (image, disk) = disk();
    disk.set_settings("hostname = \"workshop\"\n[model]\nidel_s = 3\n")
        .expect("settings");
    let mut machine = boot(&image, &disk);
    let booted = machine.text();
    assert!(
        booted.contains("line 3") && booted.contains("idel_s"),
        "{booted}"
    );
    // the good line beside the bad one holds.
    assert!(say(&mut machine, "cat /etc/hostname").contains("workshop"));
}

#[test]
#[ignore = "boots a machine: cargo os test boot"]
fn good_settings_hold() {
    let (image, disk) = disk();
    disk.set_settings("hostname = \"workshop\"\n")
        .expect("settings");
    let mut machine = boot(&image, &disk);
    assert!(say(&mut machine, "cat /etc/hostname").contains("workshop"));
}

#[test]
#[ignore = "boots a machine: cargo os test boot"]
fn a_cancelled_command_says_what_was_done() {
    let (image, disk) = disk();
    let mut machine = boot(&image, &disk);
    // it reads nothing and writes nothing, so it runs at once.
    machine.type_line("run sleep 600").expect("typing");
    std::thread::sleep(5 * SECOND);
    machine.send(b"\x03").expect("typing ^C");
    let said = machine
        .expect(common::PROMPT, STEP)
        .expect("the prompt after ^C");
    assert!(said.contains("cancelled"), "{said}");
    assert!(
        pid_of(&mut machine, "sleep").is_none(),
        "the program outlived its action"
    );
}
