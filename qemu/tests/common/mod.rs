//! a person at the serial line: what the boot tests have in common.

#![allow(dead_code)] // each test program uses its part of it

use llm_os_qemu::{Disk, Image, Machine, Profile, SECOND};
use std::time::Duration;

/// how long a boot may take: generous, without an accelerator the machine is emulated.
pub const BOOT: Duration = Duration::from_secs(90);
/// how long one command may take.
pub const STEP: Duration = Duration::from_secs(60);
/// how long the model may think inside an emulated machine, some hundred times slower than outside.
pub const THINK: Duration = Duration::from_secs(240);
/// the shell's prompt, at the start of a line.
pub const PROMPT: &str = "llmsh> ";

/// the image under test and a private copy of its disk.
pub fn disk() -> (Image, Disk) {
    let image = Image::from_env().expect("the image under test");
    let disk = image.scratch_disk().expect("a copy of the disk");
    (image, disk)
}

/// a machine at its first prompt.
pub fn boot(image: &Image, disk: &Disk) -> Machine {
    boot_with(Profile::for_image(image, disk))
}

/// the same with a profile of the test's own.
pub fn boot_with(profile: Profile) -> Machine {
    let mut machine = Machine::boot(profile).expect("qemu starts");
    machine.expect(PROMPT, BOOT).expect("the first prompt");
    machine
}

/// types a line and returns what came before the next prompt; nothing is asked.
pub fn say(machine: &mut Machine, line: &str) -> String {
    machine.type_line(line).expect("typing");
    machine.expect(PROMPT, STEP).expect(line)
}

/// types a line that leads to a question, and returns what was shown with it.
pub fn ask(machine: &mut Machine, line: &str) -> String {
    machine.type_line(line).expect("typing");
    machine.expect("? ", THINK).expect(line)
}

/// types a line, answers its question, and returns everything up to the next prompt.
pub fn confirm(machine: &mut Machine, line: &str, answer: &str) -> String {
    let shown = ask(machine, line);
    shown + &say(machine, answer)
}

/// types words for the model that need no confirmation, and waits as long as thinking takes.
pub fn think(machine: &mut Machine, words: &str) -> String {
    machine.type_line(words).expect("typing");
    machine.expect(PROMPT, THINK).expect(words)
}

/// reboots the machine, and waits for the prompt that comes up.
pub fn reboot(machine: &mut Machine) {
    ask(machine, "reboot");
    machine.type_line("reboot").expect("typing");
    machine
        .wait_event("RESET", STEP)
        .expect("the machine resets");
    // a last prompt of the machine that went down is none of the one that comes up.
    machine.console(0).skip();
    machine
        .expect(PROMPT, BOOT)
        .expect("the prompt after the reboot");
}

/// waits for the machine to end by itself and checks that there is nothing to replay on `/data`.
pub fn ends_clean(machine: &mut Machine, disk: &Disk) {
    machine.wait_exit(STEP).expect("the machine powers off");
    assert!(
        disk.data_is_clean().expect("reading /data"),
        "/data was not unmounted"
    );
    assert_eq!(disk.data_check().expect("checking /data"), Ok(()));
}

/// the pid of the first process called `name`, out of `process_list`.
pub fn pid_of(machine: &mut Machine, name: &str) -> Option<u32> {
    let list = say(machine, "process_list limit=500");
    assert!(list.contains("llminit"), "this is no list: {list}");
    list.lines()
        .filter(|line| line.split_whitespace().any(|word| word == name))
        .find_map(|line| line.split_whitespace().find_map(|word| word.parse().ok()))
}

/// sends the command until what it prints passes, for things that take their time.
pub fn until(machine: &mut Machine, line: &str, passes: impl Fn(&str) -> bool) -> String {
    let mut last = String::new();
    for _ in 0..40 {
        last = say(machine, line);
        if passes(&last) {
            return last;
        }
        std::thread::sleep(SECOND / 2);
    }
    panic!("`{line}` never came to it; at last it said:\n{last}");
}
