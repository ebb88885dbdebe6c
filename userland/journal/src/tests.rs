//! the journal against a disk that lies, fails and loses power.

use crate::book::Book;
use crate::fake::{Fake, Inside};
use crate::frame::{self, Check};
use crate::journal::{HEAD, Journal, LOG};
use crate::record::{Intent, Outcome, Record};
use crate::recover::{Problem, recover};
use llm_os_schema::Action;
use llm_os_schema::result::Status;
use proptest::prelude::*;

fn intent(id: u64) -> Record {
    Record::Intent(Intent {
        id,
        plan: vec![
            Action::new("write_file")
                .with("path", "/a")
                .with("content", "x".repeat(20)),
        ],
        hash: "h".to_owned(),
        who: "operator".to_owned(),
        uid: 1000,
        reason: "because".to_owned(),
        sentences: vec!["writes /a".to_owned()],
        time_unix_s: 1,
        boot: "b".to_owned(),
        no_way_back: None,
    })
}

fn outcome(id: u64) -> Record {
    Record::Outcome(Outcome {
        id,
        status: Status::Done,
        after: Vec::new(),
    })
}

fn open(fake: &Fake) -> (Journal, Vec<String>) {
    let opened = Journal::open(Box::new(fake.clone()), "m", "b").unwrap();
    (opened.journal, opened.notes)
}

fn write(journal: &mut Journal, ids: std::ops::RangeInclusive<u64>) {
    for id in ids {
        journal.intend(&[intent(id)]).unwrap();
        assert!(journal.conclude(&[outcome(id)]).unwrap().is_none());
    }
}

fn ids(book: &Book) -> Vec<(u64, bool)> {
    let mut list: Vec<_> = book
        .newest()
        .map(|entry| (entry.intent.id, entry.outcome.is_some()))
        .collect();
    list.reverse();
    list
}

fn written(entries: u64) -> Fake {
    let fake = Fake::default();
    write(&mut open(&fake).0, 1..=entries);
    fake
}

fn edit(fake: &Fake, change: impl FnOnce(&mut Inside)) {
    change(&mut fake.0.lock().unwrap());
}

#[test]
fn what_was_written_is_read_back() {
    let fake = written(3);
    let (mut journal, notes) = open(&fake);
    assert_eq!(notes, Vec::<String>::new());
    assert_eq!(ids(journal.book()), [(1, true), (2, true), (3, true)]);
    assert_eq!(journal.book().next_id(), 4);
    let audit = journal.verify();
    assert!(audit.intact, "{audit:?}");
    assert_eq!(audit.records, 7);
}

#[test]
fn every_flipped_byte_of_the_log_is_found() {
    let fake = Fake::default();
    let (mut journal, _) = open(&fake);
    write(&mut journal, 1..=2);
    // the last record is past the anchor.
    journal.intend(&[intent(3)]).unwrap();
    let length = fake.0.lock().unwrap().files[LOG].len();
    for at in 0..length {
        edit(&fake, |inside| inside.files.get_mut(LOG).unwrap()[at] ^= 1);
        assert!(!journal.verify().intact, "byte {at}");
        edit(&fake, |inside| inside.files.get_mut(LOG).unwrap()[at] ^= 1);
    }
    assert!(journal.verify().intact);
}

#[test]
fn a_log_cut_at_any_byte_is_found_by_the_running_process_and_by_the_anchor() {
    let fake = Fake::default();
    let (mut journal, _) = open(&fake);
    write(&mut journal, 1..=2);
    let whole = fake.0.lock().unwrap().files[LOG].clone();
    for length in 0..whole.len() {
        edit(&fake, |inside| {
            inside
                .files
                .insert(LOG.to_owned(), whole[..length].to_vec());
        });
        assert!(!journal.verify().intact, "cut at {length}");
        let copy = fake.restarted(true);
        let (mut later, notes) = open(&copy);
        assert!(notes[0].contains("damaged"), "cut at {length}: {notes:?}");
        assert!(!later.verify().intact, "cut at {length}");
        assert_eq!(later.book().next_id(), 3, "a number is never given twice");
        write(&mut later, 3..=3);
    }
}

#[test]
fn damage_is_set_aside_and_never_lost() {
    let fake = written(3);
    let original = fake.0.lock().unwrap().files[LOG].clone();
    edit(&fake, |inside| {
        inside.files.get_mut(LOG).unwrap()[original.len() / 2] ^= 1
    });
    let damaged = fake.0.lock().unwrap().files[LOG].clone();
    let (mut journal, notes) = open(&fake);
    assert!(
        notes[0].contains("the old file is journal.damaged-1"),
        "{notes:?}"
    );
    assert_eq!(fake.0.lock().unwrap().files["journal.damaged-1"], damaged);
    assert!(
        ids(journal.book()).contains(&(1, true)),
        "the good part is kept"
    );
    write(&mut journal, 4..=4);
    let (mut later, notes) = open(&fake);
    assert_eq!(notes, Vec::<String>::new());
    let audit = later.verify();
    assert!(
        !audit.intact && audit.message.contains("journal.damaged-1"),
        "{audit:?}"
    );
}

#[test]
fn a_torn_end_is_cut_and_said() {
    let fake = written(1);
    let (mut journal, _) = open(&fake);
    journal.intend(&[intent(2)]).unwrap();
    edit(&fake, |inside| {
        let log = inside.files.get_mut(LOG).unwrap();
        log.truncate(log.len() - 5);
    });
    let (mut later, notes) = open(&fake);
    assert!(notes[0].contains("cut back"), "{notes:?}");
    assert_eq!(ids(later.book()), [(1, true)]);
    assert!(later.verify().intact);
}

#[test]
fn records_that_were_moved_left_out_or_written_anew_are_found() {
    let fake = written(2);
    let log = fake.0.lock().unwrap().files[LOG].clone();
    let mut frames = Vec::new();
    let mut at = 0;
    while let Some(link) = frame::decode(&log[at..]) {
        frames.push(log[at..at + link.bytes].to_vec());
        at += link.bytes;
    }
    let check = |frames: &[Vec<u8>]| {
        let copy = fake.restarted(true);
        edit(&copy, |inside| {
            inside.files.insert(LOG.to_owned(), frames.concat());
        });
        let (mut journal, notes) = open(&copy);
        assert!(notes[0].contains("damaged"), "{notes:?}");
        assert!(!journal.verify().intact);
    };
    for left_out in 0..frames.len() {
        let mut fewer = frames.clone();
        fewer.remove(left_out);
        check(&fewer);
        let mut swapped = frames.clone();
        swapped.swap(left_out, (left_out + 1) % frames.len());
        check(&swapped);
        let mut twice = frames.clone();
        twice.insert(left_out, frames[left_out].clone());
        check(&twice);
    }
    // the whole chain written anew by someone who knows the form.
    let (mut forged, mut prev) = (Vec::new(), Check::default());
    for (index, frame) in frames.iter().enumerate() {
        let mut record = frame::decode(frame).unwrap().record.unwrap();
        if let Record::Intent(intent) = &mut record {
            intent.reason = "another".to_owned();
        }
        let (bytes, check) = frame::encode(index as u64 + 1, prev, &record).unwrap();
        forged.push(bytes);
        prev = check;
    }
    check(&forged);
}

#[test]
fn a_lost_log_and_a_lost_head_are_survived() {
    let fake = written(2);
    edit(&fake, |inside| {
        inside.files.remove(LOG);
    });
    let (mut journal, notes) = open(&fake);
    assert!(notes[0].contains("had reached"), "{notes:?}");
    assert_eq!(journal.book().next_id(), 3);
    write(&mut journal, 3..=3);
    edit(&fake, |inside| {
        inside.files.insert(HEAD.to_owned(), vec![7; 1024]);
    });
    let (journal, notes) = open(&fake);
    assert!(notes[0].contains("head"), "{notes:?}");
    assert_eq!(ids(journal.book()), [(3, true)]);
}

#[test]
fn no_room_refuses_the_intent() {
    let fake = written(1);
    edit(&fake, |inside| inside.full = true);
    let (mut journal, _) = open(&fake);
    let error = journal.intend(&[intent(2)]).unwrap_err().to_string();
    assert!(error.contains("no room"), "{error}");
    assert_eq!(ids(journal.book()), [(1, true)]);
    edit(&fake, |inside| inside.full = false);
    write(&mut journal, 2..=2);
}

#[test]
fn a_long_log_goes_on_in_a_new_file() {
    let fake = Fake::default();
    let (mut journal, _) = open(&fake);
    journal.rotate_after_bytes = 2000;
    write(&mut journal, 1..=20);
    let files: Vec<String> = fake.0.lock().unwrap().files.keys().cloned().collect();
    assert!(files.len() > 4, "{files:?}");
    let audit = journal.verify();
    assert!(audit.intact && audit.records > 40, "{audit:?}");
    let (mut later, notes) = open(&fake);
    assert_eq!(notes, Vec::<String>::new());
    assert!(ids(later.book()).contains(&(20, true)));
    assert_eq!(later.book().next_id(), 21);
    let older = files
        .iter()
        .find(|name| name.starts_with("journal.0"))
        .unwrap();
    edit(&fake, |inside| {
        inside.files.get_mut(older).unwrap()[50] ^= 1
    });
    assert!(!later.verify().intact);
}

/// opens, writes three entries and rotates in between; stops at the first failure and says how many
/// intents and conclusions were promised.
fn work(fake: &Fake) -> (u64, u64) {
    let (mut intents, mut conclusions) = (0, 0);
    let Ok(opened) = Journal::open(Box::new(fake.clone()), "m", "b") else {
        return (0, 0);
    };
    let mut journal = opened.journal;
    journal.rotate_after_bytes = 1200;
    for _ in 0..3 {
        let id = journal.book().next_id();
        if journal.intend(&[intent(id)]).is_err() {
            break;
        }
        intents += 1;
        if journal.conclude(&[outcome(id)]).is_err() {
            break;
        }
        conclusions += 1;
    }
    (intents, conclusions)
}

#[test]
fn whichever_operation_fails_the_state_is_old_or_new_and_the_next_append_works() {
    let whole = Fake::default();
    assert_eq!(work(&whole), (3, 3));
    let count = whole.0.lock().unwrap().count;
    assert!(count > 15);
    for (n, torn) in (1..=count).flat_map(|n| [(n, false), (n, true)]) {
        let fake = Fake::default();
        edit(&fake, |inside| {
            (inside.fail_at, inside.torn) = (Some(n), torn)
        });
        let (intents, conclusions) = work(&fake);
        let (mut journal, notes) = open(&fake);
        let found = ids(journal.book());
        assert!(found.len() as u64 >= intents, "operation {n}: {found:?}");
        let concluded = found.iter().filter(|(_, concluded)| *concluded).count() as u64;
        assert!(concluded >= conclusions, "operation {n}: {found:?}");
        assert!(
            !notes.iter().any(|note| note.contains("damaged")),
            "operation {n}: {notes:?}"
        );
        let next = journal.book().next_id();
        write(&mut journal, next..=next);
        assert!(
            journal.verify().intact,
            "operation {n}: {:?}",
            journal.verify()
        );
    }
}

#[test]
fn whenever_the_power_goes_what_was_promised_is_there() {
    let whole = Fake::default();
    work(&whole);
    let count = whole.0.lock().unwrap().count;
    for n in 1..=count {
        for (torn, everything) in [(false, false), (false, true), (true, true)] {
            let fake = Fake::default();
            edit(&fake, |inside| {
                (inside.dead_from, inside.torn) = (Some(n), torn)
            });
            let (intents, conclusions) = work(&fake);
            let (mut journal, notes) = open(&fake.restarted(everything));
            let found = ids(journal.book());
            assert!(
                found.len() as u64 >= intents,
                "power gone at {n}: {found:?}"
            );
            let concluded = found.iter().filter(|(_, concluded)| *concluded).count() as u64;
            assert!(concluded >= conclusions, "power gone at {n}: {found:?}");
            assert!(
                !notes.iter().any(|note| note.contains("damaged")),
                "at {n}: {notes:?}"
            );
            let next = journal.book().next_id();
            write(&mut journal, next..=next);
            assert!(journal.verify().intact, "power gone at {n}");
        }
    }
}

#[test]
fn a_record_of_a_later_version_is_no_damage() {
    #[derive(serde::Serialize)]
    struct Envelope {
        seq: u64,
        prev: String,
        record: serde_json::Value,
    }
    let record = serde_json::json!({"something_new": {"id": 1}});
    let json = serde_json::to_vec(&Envelope {
        seq: 1,
        prev: String::new(),
        record,
    })
    .unwrap();
    let length = (json.len() as u32).to_le_bytes();
    let sum = {
        use sha2::{Digest, Sha256};
        Sha256::new()
            .chain_update(length)
            .chain_update(&json)
            .finalize()
    };
    let link = frame::decode(&[length.as_slice(), sum.as_slice(), &json].concat()).unwrap();
    assert_eq!((link.seq, link.record), (1, None));
}

proptest! {
    #[test]
    fn no_bytes_make_recovery_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let found = recover(&bytes, None);
        prop_assert!(found.links.is_empty());
        prop_assert_eq!(found.valid_bytes, 0);
    }

    #[test]
    fn any_change_of_any_bytes_is_found(
        at in 0_usize..2000, length in 1_usize..40, fill in any::<u8>(), removes in any::<bool>(),
    ) {
        let fake = Fake::default();
        let (mut journal, _) = open(&fake);
        write(&mut journal, 1..=3);
        let whole = fake.0.lock().unwrap().files[LOG].clone();
        let at = at % whole.len();
        let end = (at + length).min(whole.len());
        let mut changed = whole.clone();
        if removes {
            changed.drain(at..end);
        } else {
            changed[at..end].fill(fill);
        }
        prop_assume!(changed != whole);
        edit(&fake, |inside| { inside.files.insert(LOG.to_owned(), changed); });
        prop_assert!(!journal.verify().intact);
    }
}

#[test]
fn what_is_wrong_is_told_apart() {
    let log = written(1).0.lock().unwrap().files[LOG].clone();
    let torn = recover(&log[..log.len() - 1], None);
    assert!(matches!(torn.problem, Some(Problem::Torn { .. })));
    let mut damaged = log.clone();
    damaged[40] ^= 1;
    assert!(matches!(
        recover(&damaged, None).problem,
        Some(Problem::Damaged { at: 0, .. })
    ));
}
