//! requests in words: the model wakes, plans, is confirmed, and sleeps again.

mod common;

use common::{ask, boot, confirm, disk, pid_of, reboot, say, think, until};

#[test]
#[ignore = "boots a machine: cargo os test boot"]
fn a_person_asks_confirms_and_undoes_in_words() {
    let (image, disk) = disk();
    disk.set_settings("[model]\nidle_s = 15\n")
        .expect("settings");
    let mut machine = boot(&image, &disk);
    assert_eq!(
        pid_of(&mut machine, "llm-modeld"),
        None,
        "a model before the first request"
    );

    let said = confirm(
        &mut machine,
        "Create a file named hello.txt with content 'world'",
        "y",
    );
    assert!(said.contains("/data/home/operator/hello.txt"), "{said}");
    let content = say(&mut machine, "cat hello.txt");
    assert!(
        content.lines().any(|line| line.trim() == "world"),
        "{content}"
    );

    let memory = think(&mut machine, "how much memory is free?");
    assert!(
        memory.contains("MiB") && !memory.contains("[y/n]"),
        "{memory}"
    );

    assert!(
        pid_of(&mut machine, "llm-modeld").is_some(),
        "it was just asked and is not there"
    );

    confirm(&mut machine, "undo", "y");
    assert!(!say(&mut machine, "ls").contains("hello.txt"));

    // asleep again: no process, seen in the list.
    until(&mut machine, "process_list limit=500", |list| {
        !list.contains("llm-modeld")
    });

    // plan-only words never run anything.
    let shown = think(
        &mut machine,
        "dry run: create a file named dry.txt with content 'x'",
    );
    assert!(shown.contains("dry.txt"), "{shown}");
    assert!(!say(&mut machine, "ls").contains("dry.txt"));

    // what is ambiguous is asked, and nothing is done.
    let asked = think(&mut machine, "delete the file");
    assert!(
        asked.contains('?') && !asked.contains("to confirm"),
        "{asked}"
    );
}

#[test]
#[ignore = "boots a machine: cargo os test boot"]
fn what_was_taught_holds_at_once_and_after_a_reboot() {
    let (image, disk) = disk();
    let mut machine = boot(&image, &disk);
    // nobody can know this: whatever the model makes of it, it is not what is meant.
    let words = "do the weekly thing with llm-osd";
    let means = "log llm-osd -n 3; append_file weekly.txt done";
    confirm(&mut machine, &format!("teach '{words}' '{means}'"), "y");
    assert!(say(&mut machine, "taught").contains(means));
    let said = confirm(&mut machine, &format!("{words}, please"), "y");
    assert!(said.contains("the log of llm-osd"), "{said}");
    assert!(say(&mut machine, "ls").contains("weekly.txt"));

    reboot(&mut machine);
    let said = ask(&mut machine, "Do the weekly thing with llm-modeld");
    assert!(said.contains("the log of llm-modeld"), "{said}");
    say(&mut machine, "n");

    // taken back like anything else.
    confirm(&mut machine, "unteach 1", "y");
    assert!(say(&mut machine, "taught").contains("nothing was taught"));
}
