//! the machine's integrity: what is changed from outside is caught, what is broken is survived.

mod common;

use common::{BOOT, boot, confirm, disk, say};
use llm_os_qemu::{Machine, Profile, SECOND};

#[test]
#[ignore = "boots a machine: cargo os test boot"]
fn a_flipped_byte_of_the_root_is_caught() {
    let (image, disk) = disk();
    // the superblock of erofs, 1024 bytes in, is read at every mount: the kernel must refuse the
    // block and never reach pid 1.
    disk.flip_byte("llm-os-root-a", 1024).expect("flipping");
    let mut machine = Machine::boot(Profile::for_image(&image, &disk)).expect("qemu starts");
    machine
        .expect("is corrupted", BOOT)
        .expect("the kernel says what it found");
    assert!(!machine.text().contains(common::PROMPT));
}

#[test]
#[ignore = "boots a machine: cargo os test boot"]
fn a_power_cut_loses_nothing_that_was_confirmed() {
    let (image, disk) = disk();
    let mut machine = boot(&image, &disk);
    for n in 0..3 {
        confirm(&mut machine, &format!("write_file cut-{n}.txt kept"), "y");
    }
    machine.kill().expect("a power cut");
    let mut machine = boot(&image, &disk);
    for n in 0..3 {
        assert!(say(&mut machine, &format!("cat cut-{n}.txt")).contains("kept"));
    }
    assert!(say(&mut machine, "audit verify").contains("intact"));
}

#[test]
#[ignore = "boots a machine: cargo os test boot"]
fn a_data_partition_of_garbage_still_leads_to_a_prompt() {
    let (image, disk) = disk();
    disk.write("llm-os-data", 0, &[0xa5; 64 * 1024])
        .expect("writing");
    let mut machine = boot(&image, &disk);
    assert!(machine.text().contains("/data"), "nothing was said of it");
    confirm(&mut machine, "write_file a.txt b", "y");
    assert!(say(&mut machine, "cat a.txt").contains('b'));
    std::thread::sleep(SECOND);
}
