//! mistakes that executors of this kind have made, and what is so here instead. the ones that need a
//! real program are in `real.rs`: a search path that the plan chose, output without bound, children
//! that outlive their time limit.

mod rig;

use llm_os_journal::{Journal, Store};
use llm_os_schema::Action;
use llm_os_schema::result::{Challenge, Status, Verdict};
use llm_os_wire::executor::{Reply, Request};
use proptest::prelude::*;
use rig::{Rig, delete, error_of, exec, propose, read, write};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

/// a disk that can be told to fail.
#[derive(Clone, Default)]
struct Disk(Arc<Mutex<Inside>>);

#[derive(Default)]
struct Inside {
    files: BTreeMap<String, Vec<u8>>,
    gone: bool,
    /// the operation after which one fails, counted down; 0: none.
    fails_in: usize,
}

impl Disk {
    fn files(&self) -> io::Result<std::sync::MutexGuard<'_, Inside>> {
        let mut inside = self.0.lock().unwrap();
        let fails = inside.gone || inside.fails_in == 1;
        inside.fails_in = inside.fails_in.saturating_sub(1);
        if fails {
            Err(io::Error::other("the disk is gone"))
        } else {
            Ok(inside)
        }
    }

    /// the operation that comes as number `count` from now fails; gives back how far the last such
    /// count was from failing.
    fn fail_in(&self, count: usize) -> usize {
        std::mem::replace(&mut self.0.lock().unwrap().fails_in, count)
    }
}

impl Store for Disk {
    fn read(&mut self, name: &str, _: u64) -> io::Result<Option<Vec<u8>>> {
        Ok(self.files()?.files.get(name).cloned())
    }
    fn write_at(&mut self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut files = self.files()?;
        let file = files.files.entry(name.to_owned()).or_default();
        file.resize(file.len().max(offset as usize + bytes.len()), 0);
        file[offset as usize..][..bytes.len()].copy_from_slice(bytes);
        Ok(())
    }
    fn reserve(&mut self, _: &str, _: u64) -> io::Result<()> {
        self.files().map(drop)
    }
    fn truncate(&mut self, name: &str, bytes: u64) -> io::Result<()> {
        self.files()?
            .files
            .entry(name.to_owned())
            .or_default()
            .resize(bytes as usize, 0);
        Ok(())
    }
    fn sync(&mut self, _: &str) -> io::Result<()> {
        self.files().map(drop)
    }
    fn link(&mut self, _: &str, _: &str) -> io::Result<()> {
        self.files().map(drop)
    }
    fn rename(&mut self, _: &str, _: &str) -> io::Result<()> {
        self.files().map(drop)
    }
    fn sync_names(&mut self) -> io::Result<()> {
        self.files().map(drop)
    }
}

#[test]
fn what_cannot_be_written_down_first_is_not_done() {
    let mut rig = Rig::new();
    let disk = Disk::default();
    let opened = Journal::open(Box::new(disk.clone()), "m", "boot").unwrap();
    rig.journal = Some(Ok(opened.journal));
    rig.restart();
    rig.put("/home/r", "can be read");
    let mut wire = rig.client();
    assert_eq!(wire.obey(&propose(&[write("a", "1")])).status, Status::Done);
    disk.0.lock().unwrap().gone = true;
    let done = wire.obey(&propose(&[write("b", "1")]));
    assert_eq!((done.id, done.status), (None, Status::Failed), "{done:?}");
    assert_eq!((rig.jobs(), rig.file("/home/b")), (1, None));
    // looking goes on.
    assert!(matches!(
        wire.propose(&[read("r")]),
        Reply::Proposal {
            verdict: Verdict::Runs,
            ..
        }
    ));
    assert_eq!(wire.run().status, Status::Done);
    disk.0.lock().unwrap().gone = false;
    assert_eq!(wire.obey(&propose(&[write("b", "1")])).id, Some(2));
}

#[test]
fn whichever_operation_of_the_journal_fails_there_is_an_answer_and_the_old_or_the_new_state() {
    for fails_at in 1..60 {
        let mut rig = Rig::new();
        let disk = Disk::default();
        let opened = Journal::open(Box::new(disk.clone()), "m", "boot").unwrap();
        rig.journal = Some(Ok(opened.journal));
        rig.restart();
        let mut wire = rig.client();
        wire.obey(&propose(&[write("a", "old")]));
        disk.fail_in(fails_at);
        let done = wire.obey(&propose(&[write("a", "new")]));
        let expect = if done.status == Status::Done {
            "new"
        } else {
            "old"
        };
        assert_eq!(
            rig.file("/home/a").as_deref(),
            Some(expect),
            "operation {fails_at}"
        );
        let all_worked = disk.fail_in(0) > 0;
        // the disk is well again, and so is everything else.
        let done = wire.obey(&propose(&[write("b", "1")]));
        assert_eq!(done.status, Status::Done, "operation {fails_at}: {done:?}");
        let Reply::Audit {
            intact, message, ..
        } = wire.ask(&Request::AuditVerify)
        else {
            panic!()
        };
        assert!(intact, "operation {fails_at}: {message}");
        if all_worked {
            assert!(fails_at > 4, "the failing disk did not fail");
            return;
        }
    }
    panic!("it never went well");
}

#[test]
fn without_a_journal_nothing_is_changed_and_everything_can_be_seen() {
    let mut rig = Rig::new();
    rig.journal = Some(Err("no disk".to_owned()));
    rig.restart();
    rig.put("/home/a", "1");
    let mut wire = rig.client();
    let done = wire.obey(&propose(&[delete("a")]));
    assert_eq!(done.status, Status::Failed);
    assert!(done.steps[0].summary.contains("no disk"), "{done:?}");
    assert_eq!(rig.jobs(), 0);
    wire.propose(&[read("a")]);
    assert_eq!(wire.run().status, Status::Done);
    assert!(
        wire.refused(&Request::History { limit: 1 })
            .contains("no disk")
    );
}

#[test]
fn no_constant_word_confirms_everything() {
    let rig = Rig::new();
    rig.put("/home/a.txt", "1");
    let mut wire = rig.client();
    for word in [
        "yes", "y", "confirm", "CONFIRM", "ok", "true", "sudo", "1", "",
    ] {
        let (token, challenge) = wire.token(&propose(&[delete("a.txt")]));
        assert_eq!(
            challenge,
            Challenge::Type {
                text: "a.txt".to_owned()
            }
        );
        wire.confirm(&token, word);
        assert!(error_of(wire.hear()).contains("nothing was done"), "{word}");
        wire.confirm(word, "a.txt");
        assert!(error_of(wire.hear()).contains("nothing was done"), "{word}");
    }
    assert_eq!(rig.jobs(), 0);
}

/// what a hostile proposer might write.
fn action() -> impl Strategy<Value = Action> {
    let path = prop_oneof![
        Just("a".to_owned()),
        Just("/".to_owned()),
        Just("~/../../etc/passwd".to_owned()),
        Just("/forbidden/x".to_owned()),
        "[a-z./~\u{1b}\u{202e} -]{0,12}",
    ];
    (0..8_usize, path, "\\PC{0,20}").prop_map(|(kind, path, text)| match kind {
        0 => read(&path),
        1 => write(&path, &text),
        2 => delete(&path).with("recursive", true),
        3 => exec(),
        4 => Action::new("exec").with("argv", vec![path, text]),
        5 => Action::new("undo").with("id", 1),
        6 => Action::new("power").with("action", "reboot"),
        _ => Action::new(text).with("path", path),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// forty times fifty plans that nobody confirms change nothing, whatever they are.
    #[test]
    fn nothing_changes_that_nobody_confirmed(
        plans in proptest::collection::vec(proptest::collection::vec(action(), 0..4), 50)
    ) {
        let rig = Rig::new();
        rig.put("/home/a", "precious");
        let before = rig.world.0.lock().unwrap().files.clone();
        let mut wire = rig.client();
        for plan in plans {
            match wire.propose(&plan) {
                Reply::Proposal { verdict: Verdict::Runs, .. } => {
                    prop_assert_eq!(wire.run().id, None);
                }
                Reply::Proposal { .. } | Reply::Error { .. } => {}
                other => prop_assert!(false, "{:?}", other),
            }
        }
        let world = rig.world.0.lock().unwrap();
        prop_assert_eq!(&world.files, &before);
        prop_assert!(world.jobs.iter().all(|job| job.action.kind == "read_file"));
    }
}
