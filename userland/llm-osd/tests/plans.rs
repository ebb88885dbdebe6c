//! plans over a real socket: what is confirmed runs, and nothing else does.

mod rig;

use llm_os_schema::Risk;
use llm_os_schema::result::{Challenge, Status, Verdict};
use llm_os_wire::executor::{Reply, Request, Which};
use rig::{Rig, delete, error_of, exec, propose, read, token_of, write};
use std::time::Duration;

fn undo(count: u32) -> Request {
    Request::Undo {
        which: Which::Last(count),
        dry_run: false,
    }
}

#[test]
fn a_file_is_written_taken_back_and_put_back() {
    let rig = Rig::new();
    let mut wire = rig.client();
    let done = wire.obey(&propose(&[write("a.txt", "world")]));
    assert_eq!(
        (done.id, done.status, done.undoable),
        (Some(1), Status::Done, true)
    );
    assert_eq!(rig.file("/home/a.txt").as_deref(), Some("world"));
    assert_eq!(wire.obey(&undo(1)).status, Status::Done);
    assert_eq!(rig.file("/home/a.txt"), None);
    assert!(wire.refused(&undo(1)).contains("nothing to undo"));
    assert_eq!(wire.obey(&Request::Redo).status, Status::Done);
    assert_eq!(rig.file("/home/a.txt").as_deref(), Some("world"));
    assert!(wire.refused(&Request::Redo).contains("nothing to redo"));
}

#[test]
fn what_observes_runs_at_once_and_is_not_journaled() {
    let rig = Rig::new();
    rig.put("/home/a", "hello");
    let mut wire = rig.client();
    let reply = wire.propose(&[read("a")]);
    assert!(matches!(
        reply,
        Reply::Proposal {
            verdict: Verdict::Runs,
            risk: Risk::Observe,
            ..
        }
    ));
    assert!(matches!(wire.hear(), Reply::Output { text, .. } if text == "hello"));
    assert!(matches!(wire.hear(), Reply::StepDone { step: 0, .. }));
    assert!(matches!(wire.hear(), Reply::Done(done) if done.id.is_none()));
    assert_eq!(
        wire.ask(&Request::History { limit: 9 }),
        Reply::History(Vec::new())
    );
}

#[test]
fn destroying_takes_the_exact_words() {
    for (answer, good) in [
        ("a.txt", true),
        ("y", false),
        ("A.txt", false),
        ("confirm", false),
    ] {
        let rig = Rig::new();
        rig.put("/home/a.txt", "old");
        let mut wire = rig.client();
        let (token, challenge) = wire.token(&propose(&[delete("a.txt")]));
        assert_eq!(
            challenge,
            Challenge::Type {
                text: "a.txt".to_owned()
            }
        );
        wire.confirm(&token, answer);
        if good {
            assert_eq!(wire.run().status, Status::Done);
            assert_eq!(rig.file("/home/a.txt"), None);
        } else {
            assert!(error_of(wire.hear()).contains("nothing was done"));
            // the token is spent by a wrong answer.
            wire.confirm(&token, "a.txt");
            assert!(error_of(wire.hear()).contains("not waited for"));
            assert_eq!(rig.jobs(), 0);
        }
    }
}

#[test]
fn a_token_works_once_and_only_whole() {
    let rig = Rig::new();
    let mut wire = rig.client();
    let (token, _) = wire.token(&propose(&[write("a", "1")]));
    for at in 0..token.len() {
        for bit in 0..4 {
            let mut other = token.clone().into_bytes();
            other[at] ^= 1 << bit;
            wire.confirm(&String::from_utf8(other).unwrap(), "y");
            assert!(error_of(wire.hear()).contains("not waited for"));
        }
    }
    assert_eq!(rig.jobs(), 0);
    wire.confirm(&token, "y");
    assert_eq!(wire.run().status, Status::Done);
    for _ in 0..3 {
        wire.confirm(&token, "y");
        assert!(error_of(wire.hear()).contains("nothing was done"));
    }
    assert_eq!(rig.jobs(), 1);
}

#[test]
fn a_token_is_of_no_use_to_another_connection_nor_after_a_restart() {
    let mut rig = Rig::new();
    let mut first = rig.client();
    let mut second = rig.client();
    let (token, _) = first.token(&propose(&[write("a", "1")]));
    second.confirm(&token, "y");
    assert!(error_of(second.hear()).contains("not waited for"));
    rig.restart();
    let mut third = rig.client();
    third.confirm(&token, "y");
    assert!(error_of(third.hear()).contains("not waited for"));
    assert_eq!(rig.jobs(), 0);
    // it is still good where it belongs.
    first.confirm(&token, "y");
    assert_eq!(first.run().status, Status::Done);
}

#[test]
fn a_newer_plan_makes_an_older_token_void() {
    let rig = Rig::new();
    let mut wire = rig.client();
    let (old, _) = wire.token(&propose(&[write("a", "1")]));
    let (new, _) = wire.token(&propose(&[write("b", "2")]));
    wire.confirm(&old, "y");
    assert!(error_of(wire.hear()).contains("not waited for"));
    wire.confirm(&new, "y");
    assert_eq!(wire.run().status, Status::Done);
    assert_eq!(
        (rig.file("/home/a"), rig.file("/home/b").is_some()),
        (None, true)
    );
}

#[test]
fn a_late_answer_and_a_declined_plan_do_nothing() {
    let rig = Rig::new();
    let mut wire = rig.client();
    let (token, _) = wire.token(&propose(&[write("a", "1")]));
    rig.hands
        .0
        .fetch_add(120_000, std::sync::atomic::Ordering::SeqCst);
    wire.confirm(&token, "y");
    assert!(error_of(wire.hear()).contains("too late"));
    let (token, _) = wire.token(&propose(&[write("a", "1"), write("b", "1")]));
    match wire.ask(&Request::Decline {
        token: token.clone(),
    }) {
        Reply::Done(done) => {
            assert_eq!(
                (done.id, done.status, done.steps.len()),
                (None, Status::NotRun, 2)
            );
        }
        other => panic!("{other:?}"),
    }
    assert!(
        wire.refused(&Request::Decline { token })
            .contains("not waited for")
    );
    assert_eq!(rig.jobs(), 0);
}

#[test]
fn what_changed_since_it_was_shown_is_shown_again() {
    let rig = Rig::new();
    let mut wire = rig.client();
    let (token, challenge) = wire.token(&propose(&[write("a", "1")]));
    assert_eq!(challenge, Challenge::Yes);
    rig.put("/home/a", "precious");
    wire.confirm(&token, "y");
    let (new, challenge) = token_of(wire.hear());
    assert_ne!(new, token);
    assert_eq!(
        challenge,
        Challenge::Type {
            text: "a".to_owned()
        }
    );
    assert_eq!(rig.jobs(), 0);
    wire.confirm(&token, "a");
    assert!(error_of(wire.hear()).contains("not waited for"));
    wire.confirm(&new, "a");
    assert_eq!(wire.run().status, Status::Done);
    assert_eq!(wire.obey(&undo(1)).status, Status::Done);
    assert_eq!(rig.file("/home/a").as_deref(), Some("precious"));
}

#[test]
fn a_change_in_the_last_moment_is_met_by_the_worker() {
    let rig = Rig::new();
    let mut wire = rig.client();
    rig.world.0.lock().unwrap().meddle = Some(("/home/a".to_owned(), "precious".to_owned()));
    let done = wire.obey(&propose(&[write("a", "1")]));
    assert_eq!(done.status, Status::Failed);
    assert_eq!(rig.file("/home/a").as_deref(), Some("precious"));
}

#[test]
fn the_first_failure_stops_a_plan_and_what_was_done_can_be_taken_back() {
    let rig = Rig::new();
    let mut wire = rig.client();
    let plan = [write("a", "1"), write("b", "fail"), write("c", "3")];
    let done = wire.obey(&propose(&plan));
    let statuses: Vec<Status> = done.steps.iter().map(|step| step.status).collect();
    assert_eq!(statuses, [Status::Done, Status::Failed, Status::NotRun]);
    assert_eq!((done.status, done.undoable), (Status::Failed, true));
    assert_eq!(
        done.next,
        [llm_os_schema::Action::new("list_dir").with("path", "/home")]
    );
    assert_eq!(wire.obey(&undo(1)).status, Status::Done);
    assert_eq!(rig.file("/home/a"), None);
}

#[test]
fn a_later_step_may_build_on_an_earlier_one() {
    let rig = Rig::new();
    let mut wire = rig.client();
    let plan = [
        write("a", "1"),
        read("a"),
        write("a", "2"),
        delete("a"),
        write("a", "3"),
    ];
    let done = wire.obey(&propose(&plan));
    assert_eq!(done.status, Status::Done, "{done:?}");
    assert_eq!(rig.file("/home/a").as_deref(), Some("3"));
    assert_eq!(wire.obey(&undo(1)).status, Status::Done);
    assert_eq!(rig.file("/home/a"), None);
}

#[test]
fn several_entries_of_one_file_are_taken_back_together() {
    let rig = Rig::new();
    let mut wire = rig.client();
    wire.obey(&propose(&[write("a", "1")]));
    wire.obey(&propose(&[write("a", "2")]));
    wire.obey(&propose(&[delete("a")]));
    assert_eq!(wire.obey(&undo(2)).status, Status::Done);
    assert_eq!(rig.file("/home/a").as_deref(), Some("1"));
    assert_eq!(wire.obey(&Request::Redo).status, Status::Done);
    assert_eq!(rig.file("/home/a"), None);
    assert_eq!(wire.obey(&undo(3)).status, Status::Done);
    assert_eq!(rig.file("/home/a"), None);
}

#[test]
fn an_undo_is_refused_where_the_state_is_another() {
    let rig = Rig::new();
    let mut wire = rig.client();
    wire.obey(&propose(&[write("a", "1")]));
    rig.put("/home/a", "edited");
    assert!(wire.refused(&undo(1)).contains("no longer"));
    let by_id = Request::Undo {
        which: Which::Id(1),
        dry_run: false,
    };
    assert!(wire.refused(&by_id).contains("no longer"));
    rig.put("/home/a", "1");
    wire.obey(&by_id);
    assert!(wire.refused(&by_id).contains("already"));
}

#[test]
fn a_program_ends_with_cancel_and_has_no_way_back() {
    let rig = Rig::new();
    let mut wire = rig.client();
    let (token, _) = wire.token(&propose(&[write("a", "1"), exec(), write("b", "2")]));
    // its answer is the name of what it runs.
    wire.confirm(&token, "run");
    assert!(matches!(wire.hear(), Reply::StepDone { step: 0, .. }));
    wire.say(&Request::Cancel);
    let done = wire.run();
    let statuses: Vec<Status> = done.steps.iter().map(|step| step.status).collect();
    assert_eq!(statuses, [Status::Done, Status::Cancelled, Status::NotRun]);
    assert!(done.undoable, "the file can still be taken back");
    // a cancel without a run has no answer and no effect.
    wire.say(&Request::Cancel);
    assert_eq!(wire.ask(&Request::Ping), Reply::Pong);
    // a cancel right behind the answer is not lost.
    let (token, _) = wire.token(&propose(&[exec()]));
    wire.confirm(&token, "run");
    wire.say(&Request::Cancel);
    assert_eq!(wire.run().status, Status::Cancelled);
    let jobs = rig.jobs();
    let (token, _) = wire.token(&propose(&[exec()]));
    wire.confirm(&token, "run");
    while rig.jobs() == jobs {
        std::thread::sleep(Duration::from_millis(5));
    }
    wire.say(&Request::Cancel);
    let id = wire.run().id.unwrap();
    let last = Request::Undo {
        which: Which::Id(id),
        dry_run: false,
    };
    assert!(wire.refused(&last).contains("no way back"));
    assert_eq!(wire.obey(&undo(1)).status, Status::Done);
    assert_eq!(rig.file("/home/a"), None);
}

#[test]
fn a_lost_connection_ends_its_run() {
    let rig = Rig::new();
    let mut wire = rig.client();
    let (token, _) = wire.token(&propose(&[exec()]));
    wire.confirm(&token, "run");
    std::thread::sleep(Duration::from_millis(100));
    drop(wire);
    let mut other = rig.client();
    for _ in 0..500 {
        let Reply::History(entries) = other.ask(&Request::History { limit: 1 }) else {
            panic!()
        };
        if entries
            .first()
            .is_some_and(|entry| entry.status == Some(Status::Cancelled))
        {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("it still runs");
}

#[test]
fn a_restart_keeps_history_and_undo() {
    let mut rig = Rig::new();
    rig.client().obey(&propose(&[write("a", "1")]));
    rig.restart();
    let mut wire = rig.client();
    let Reply::History(entries) = wire.ask(&Request::History { limit: 9 }) else {
        panic!()
    };
    assert_eq!(entries.len(), 1);
    assert_eq!((entries[0].id, entries[0].reason.as_str()), (1, "because"));
    assert_eq!(entries[0].sentences, ["write /home/a"]);
    assert_eq!(
        (entries[0].status, entries[0].undoable),
        (Some(Status::Done), true)
    );
    assert_eq!(wire.obey(&undo(1)).id, Some(2));
    let Reply::Entry(entry) = wire.ask(&Request::Show { id: 1 }) else {
        panic!()
    };
    assert_eq!((entry.undone_by, entry.undoable), (Some(2), false));
    assert!(wire.refused(&Request::Show { id: 7 }).contains("no entry"));
    let Reply::Audit { intact: true, .. } = wire.ask(&Request::AuditVerify) else {
        panic!()
    };
}

#[test]
fn an_interrupted_entry_is_shown_as_one_and_can_be_taken_back() {
    let mut rig = Rig::new();
    let mut wire = rig.client();
    let (token, _) = wire.token(&propose(&[write("a", "1"), exec()]));
    wire.confirm(&token, "run");
    assert!(matches!(wire.hear(), Reply::StepDone { step: 0, .. }));
    // the old daemon hangs in its program; a new one finds its journal without an outcome.
    std::thread::sleep(Duration::from_millis(50));
    rig.restart();
    let mut wire = rig.client();
    let Reply::History(entries) = wire.ask(&Request::History { limit: 9 }) else {
        panic!()
    };
    assert_eq!((entries[0].status, entries[0].undoable), (None, true));
    assert_eq!(wire.obey(&undo(1)).status, Status::Done);
    assert_eq!(rig.file("/home/a"), None);
}

#[test]
fn a_dry_run_and_a_replay_show_and_run_nothing() {
    let rig = Rig::new();
    let mut wire = rig.client();
    wire.obey(&propose(&[write("a", "1")]));
    let shown = |reply: Reply| match reply {
        Reply::Proposal {
            steps,
            risk,
            verdict: Verdict::Shown,
            ..
        } => (steps.len(), risk),
        other => panic!("{other:?}"),
    };
    let mut dry = propose(&[write("b", "1")]);
    if let Request::Propose { dry_run, .. } = &mut dry {
        *dry_run = true;
    }
    assert_eq!(shown(wire.ask(&dry)), (1, Risk::Change));
    assert_eq!(
        shown(wire.ask(&Request::Replay { id: 1 })),
        (1, Risk::Destroy)
    );
    let undo = Request::Undo {
        which: Which::Last(1),
        dry_run: true,
    };
    assert_eq!(shown(wire.ask(&undo)), (1, Risk::Change));
    assert_eq!(rig.jobs(), 1);
}

#[test]
fn what_cannot_be_kept_written_down_or_shut_in_does_not_run() {
    let rig = Rig::new();
    rig.put("/home/a", "old");
    let mut wire = rig.client();
    rig.world.0.lock().unwrap().no_room = true;
    let done = wire.obey(&propose(&[write("a", "1")]));
    assert_eq!((done.id, done.status), (None, Status::Failed));
    assert!(done.steps[0].summary.contains("no room"));
    rig.world.0.lock().unwrap().no_room = false;
    rig.world.0.lock().unwrap().no_jail = true;
    let done = wire.obey(&propose(&[write("a", "1")]));
    assert_eq!((done.id, done.status), (Some(1), Status::Failed));
    assert_eq!(rig.jobs(), 0);
    assert_eq!(rig.file("/home/a").as_deref(), Some("old"));
}

#[test]
fn on_a_full_disk_the_oldest_kept_contents_make_room() {
    let rig = Rig::new();
    rig.world.0.lock().unwrap().blobs_max = 2;
    let mut wire = rig.client();
    for content in ["0", "1", "2", "3"] {
        let done = wire.obey(&propose(&[write("a", content)]));
        assert_eq!(
            (done.status, done.undoable),
            (Status::Done, true),
            "{done:?}"
        );
    }
    // entry 1 made the file and kept nothing; 2 kept `0`, which had to make room.
    assert_eq!(wire.obey(&undo(1)).status, Status::Done);
    assert_eq!(rig.file("/home/a").as_deref(), Some("2"));
    let old = Request::Undo {
        which: Which::Id(2),
        dry_run: false,
    };
    assert!(wire.refused(&old).contains("make room"));
    let Reply::Entry(entry) = wire.ask(&Request::Show { id: 2 }) else {
        panic!()
    };
    assert!(!entry.undoable);
}

#[test]
fn a_worker_that_dies_is_a_failed_step() {
    let rig = Rig::new();
    let done = rig.client().obey(&propose(&[write("a", "die")]));
    assert_eq!(done.status, Status::Failed);
    assert!(done.steps[0].summary.contains("without a word"), "{done:?}");
}

#[test]
fn the_forbidden_and_the_rules_of_the_owner_refuse() {
    let rig = Rig::with_rules(
        "[[rule]]\nname = 'x'\nverdict = 'deny'\nreason = 'not here'\n\
         when = { arg_begins = { path = ['/home/keep'] } }\n\
         matches = [{ action = { type = 'write_file', path = '/home/keep/a' } }]\n\
         not_matches = [{ action = { type = 'write_file', path = '/home/a' } }]",
    );
    let mut wire = rig.client();
    let mut check =
        |path: &str, expect: &str| match wire.propose(&[write("a", "1"), write(path, "")]) {
            Reply::Proposal {
                verdict: Verdict::Refused { reason },
                ..
            } => assert_eq!(reason, expect),
            other => panic!("{other:?}"),
        };
    check("/forbidden/x", "that is not for you");
    check("keep/x", "not here");
    assert_eq!(rig.jobs(), 0);
}
