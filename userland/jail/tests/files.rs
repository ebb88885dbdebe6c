//! files through the jail, from the sentence to the undo.

#[allow(dead_code, reason = "each test program uses a part of it")]
mod rig;

use llm_os_capability::UndoEntry;
use llm_os_schema::before::{Before, Fingerprint};
use llm_os_schema::{Action, Risk};
use llm_os_wire::worker::Job;
use rig::{Ran, assess, assess_with, capture, folder, job, look, perform, run};
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

fn write(path: &Path, content: &str) -> Action {
    Action::new("write_file")
        .with("path", text(path))
        .with("content", content)
}

/// takes `before` back as the executor would, and gives back what that itself took away.
fn undo(
    before: &[Before],
    after: &[Fingerprint],
    store: &Path,
) -> Result<(Vec<Before>, Vec<Fingerprint>), String> {
    let entry = |_| {
        Some(UndoEntry {
            sentences: vec!["something".to_owned()],
            before: before.iter().rev().cloned().collect(),
            after: after.to_vec(),
            undone_by: None,
            no_way_back: None,
        })
    };
    let action = Action::new("undo").with("id", 1);
    let assessment = assess_with(&action, &entry)?;
    assert_eq!(assessment.risk, Risk::Change, "{}", assessment.sentence);
    let kept = capture(&assessment.captures, store);
    let ran = run(&Job {
        expect: assessment.preconditions.clone(),
        restore: before.iter().rev().cloned().collect(),
        blobs: text(store),
        ..job(action)
    });
    assert!(ran.is_done(), "{ran:?}");
    Ok((kept, look(&assessment.captures)))
}

#[test]
fn a_new_file_is_written_undone_and_redone() {
    let (dir, store) = (folder("new"), folder("new-store"));
    let file = dir.join("hello.txt");
    let (assessment, before, after, ran) = perform(write(&file, "world"), &store);
    assert_eq!(
        assessment.sentence,
        format!("write 5 bytes to the new file {}", file.display())
    );
    assert_eq!(assessment.risk, Risk::Change);
    assert!(ran.is_done(), "{ran:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "world");
    let meta = fs::metadata(&file).unwrap();
    assert_eq!((meta.uid(), meta.gid()), rig::operator());
    assert_eq!(meta.mode() & 0o7777, 0o644);

    let (kept, left) = undo(&before, &after, &store).unwrap();
    assert!(!file.exists());
    undo(&kept, &left, &store).unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), "world");
    fs::remove_dir_all(dir).unwrap();
    fs::remove_dir_all(store).unwrap();
}

#[test]
fn a_replaced_file_comes_back_with_owner_and_mode() {
    let (dir, store) = (folder("replace"), folder("replace-store"));
    let file = dir.join("notes.txt");
    fs::write(&file, "the old text").unwrap();
    fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let (assessment, before, after, ran) = perform(write(&file, "new"), &store);
    assert_eq!(assessment.risk, Risk::Destroy);
    assert_eq!(assessment.challenge.as_deref(), Some("notes.txt"));
    assert!(ran.is_done(), "{ran:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "new");
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o7777, 0o600);
    undo(&before, &after, &store).unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), "the old text");
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o7777, 0o600);
    fs::remove_dir_all(dir).unwrap();
    fs::remove_dir_all(store).unwrap();
}

#[test]
fn a_line_is_added_and_taken_back() {
    let (dir, store) = (folder("append"), folder("append-store"));
    let file = dir.join("list.txt");
    let append = |content: &str| {
        Action::new("append_file")
            .with("path", text(&file))
            .with("content", content)
    };
    fs::write(&file, "milk").unwrap();
    let (assessment, before, after, ran) = perform(append("eggs"), &store);
    assert_eq!(assessment.risk, Risk::Change);
    assert!(ran.is_done(), "{ran:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "milk\neggs\n");
    let (_, _, _, ran) = perform(append("bread\n"), &store);
    assert!(ran.is_done(), "{ran:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "milk\neggs\nbread\n");
    // it is no longer as the first one left it.
    let refused = undo(&before, &after, &store).unwrap_err();
    assert!(
        refused.contains("is no longer as it left it (it had 10 bytes, now 16 bytes)"),
        "{refused}"
    );
    fs::remove_dir_all(dir).unwrap();
    fs::remove_dir_all(store).unwrap();
}

#[test]
fn a_tree_is_deleted_and_comes_back() {
    let (dir, store) = (folder("tree"), folder("tree-store"));
    let tree = dir.join("build");
    fs::create_dir_all(tree.join("out/deep")).unwrap();
    fs::write(tree.join("a"), "one").unwrap();
    fs::write(tree.join("out/deep/b"), "two").unwrap();
    symlink("/etc/passwd", tree.join("out/link")).unwrap();
    let plain = Action::new("delete_file").with("path", text(&tree));
    let refused = assess(&plain).unwrap_err();
    assert!(
        refused.contains("is a directory and not empty"),
        "{refused}"
    );
    let (assessment, before, after, ran) = perform(plain.with("recursive", true), &store);
    assert_eq!(assessment.risk, Risk::Destroy);
    assert!(
        assessment.sentence.contains("3 files, 2 directories"),
        "{}",
        assessment.sentence
    );
    assert!(ran.is_done(), "{ran:?}");
    assert!(!tree.exists());
    undo(&before, &after, &store).unwrap();
    assert_eq!(fs::read_to_string(tree.join("a")).unwrap(), "one");
    assert_eq!(fs::read_to_string(tree.join("out/deep/b")).unwrap(), "two");
    assert_eq!(
        fs::read_link(tree.join("out/link")).unwrap(),
        Path::new("/etc/passwd")
    );
    fs::remove_dir_all(dir).unwrap();
    fs::remove_dir_all(store).unwrap();
}

#[test]
fn directories_on_the_way_are_made_and_taken_back() {
    let (dir, store) = (folder("way"), folder("way-store"));
    let file = dir.join("a/b/c.txt");
    let (assessment, before, after, ran) = perform(write(&file, "x"), &store);
    assert!(
        assessment.sentence.contains("making 2 directories"),
        "{}",
        assessment.sentence
    );
    assert!(ran.is_done(), "{ran:?}");
    assert_eq!(
        fs::metadata(dir.join("a")).unwrap().uid(),
        rig::operator().0
    );
    undo(&before, &after, &store).unwrap();
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 0);

    let make = Action::new("make_dir").with("path", text(&dir.join("p/q")));
    let (_, before, after, ran) = perform(make.clone(), &store);
    assert!(ran.is_done() && dir.join("p/q").is_dir(), "{ran:?}");
    assert!(assess(&make).unwrap_err().contains("there already"));
    undo(&before, &after, &store).unwrap();
    assert!(!dir.join("p").exists());
    fs::remove_dir_all(dir).unwrap();
    fs::remove_dir_all(store).unwrap();
}

#[test]
fn what_changed_since_it_was_shown_is_left_alone() {
    let dir = folder("changed");
    let file = dir.join("f");
    let action = write(&file, "mine");
    let expect = assess(&action).unwrap().preconditions;
    fs::write(&file, "somebody else's").unwrap();
    let ran = run(&Job {
        expect,
        ..job(action.clone())
    });
    assert!(
        !ran.is_done() && ran.summary().contains("changed since it was shown"),
        "{ran:?}"
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), "somebody else's");
    let expect = assess(&action).unwrap().preconditions;
    fs::write(&file, "somebody ELSE's").unwrap();
    let ran = run(&Job {
        expect,
        ..job(action)
    });
    assert!(
        !ran.is_done() && ran.summary().contains("changed since it was shown"),
        "{ran:?}"
    );
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn looking_shows_what_is_there() {
    let dir = folder("look");
    fs::write(dir.join("a b"), "gr\u{f6}\u{df}e\n").unwrap();
    fs::create_dir(dir.join("sub")).unwrap();
    let ask = |kind: &str, path: &Path| run(&job(Action::new(kind).with("path", text(path))));
    let check = |ran: Ran, part: &str| assert!(ran.out.contains(part) && ran.is_done(), "{ran:?}");
    check(ask("read_file", &dir.join("a b")), "gr\u{f6}\u{df}e\n");
    check(ask("list_dir", &dir), "'a b'");
    check(ask("list_dir", &dir), "sub/\n");
    check(ask("file_info", &dir.join("a b")), "size         8 bytes");
    check(ask("read_file", Path::new("/proc/uptime")), ".");
    let first = Action::new("read_file")
        .with("path", text(&dir.join("a b")))
        .with("max_bytes", 2);
    assert_eq!(run(&job(first)).out, "gr");
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn places_of_the_machine_are_forbidden_and_missing_ones_said() {
    let forbidden = |action: Action, part: &str| {
        let assessment = assess(&action).unwrap();
        assert_eq!(assessment.risk, Risk::Forbidden, "{action:?}");
        assert!(
            assessment.sentence.contains(part),
            "{}",
            assessment.sentence
        );
    };
    forbidden(write(Path::new("/etc/hostname"), "x"), "llm-os.toml");
    forbidden(write(Path::new("/usr/bin/x"), "x"), "read-only");
    let delete = |path: &str| {
        Action::new("delete_file")
            .with("path", path)
            .with("recursive", true)
    };
    forbidden(delete("/"), "whole machine");
    forbidden(delete("/data"), "has to be there");
    forbidden(delete("/data/journal"), "executor alone");
    forbidden(
        Action::new("read_file").with("path", "/data/journal/journal.log"),
        "history",
    );
    let missing = assess(&Action::new("read_file").with("path", "/tmp/no-such")).unwrap_err();
    assert_eq!(
        missing,
        "there is no file or directory /tmp/no-such: `ls /tmp` shows what is there"
    );
}
