//! requests, confirmations, questions.

use super::*;

#[test]
fn a_direct_command_is_proposed_and_its_output_shown_indented() {
    let mut s = session();
    assert_eq!(
        step(&mut s, line("cat hello.txt")),
        r#"{{"propose":{"plan":[{"type":"read_file","path":"hello.txt"}],"cwd":"/home/op","reason":"cat hello.txt","dry_run":false}}}"#
    );
    assert_eq!(step(&mut s, proposal(Risk::Observe, Verdict::Runs)), "");
    let output = |text: &str| {
        Event::Executor(Reply::Output {
            step: 0,
            stream: Stream::Out,
            text: text.to_owned(),
        })
    };
    assert_eq!(step(&mut s, output("wor")), "  wor");
    assert_eq!(
        step(&mut s, output("ld\x1b[2J\nllmsh> ")),
        "ld\\x1b[2J\n  llmsh> "
    );
    assert_eq!(step(&mut s, done(Status::Done, None)), "\n");
    assert_eq!(s.wants(), Want::Line);
    assert_eq!(s.code(), Code::Done);
}

#[test]
fn a_change_waits_for_y_and_nothing_else_is_yes() {
    for (typed, expect) in [
        ("y", r#"{{"confirm":{"token":"t1","answer":"y"}}}"#),
        ("YES", r#"{{"confirm":{"token":"t1","answer":"y"}}}"#),
        ("", "not done.\n{{\"decline\":{\"token\":\"t1\"}}}"),
        ("n", "not done.\n{{\"decline\":{\"token\":\"t1\"}}}"),
        (
            "yes please",
            "not done.\n{{\"decline\":{\"token\":\"t1\"}}}",
        ),
        ("cat x", "not done.\n{{\"decline\":{\"token\":\"t1\"}}}"),
    ] {
        let mut s = session();
        let _ = s.step(line("mkdir x"));
        assert_eq!(step(&mut s, asks(Challenge::Yes)), "do the thing\n");
        let Want::Answer { question, fresh } = s.wants() else {
            panic!("{:?}", s.wants());
        };
        assert_eq!((question.as_str(), fresh), ("run it? [y/n] ? ", true));
        assert_eq!(step(&mut s, line(typed)), expect, "{typed}");
    }
}

#[test]
fn what_destroys_waits_for_exactly_the_text_that_the_executor_names() {
    let challenge = || Challenge::Type {
        text: "a.txt".to_owned(),
    };
    for (typed, yes) in [
        ("a.txt", true),
        (" a.txt ", true),
        ("y", false),
        ("A.txt", false),
        ("", false),
    ] {
        let mut s = session();
        let _ = s.step(line("rm a.txt"));
        let _ = s.step(asks(challenge()));
        assert_eq!(
            s.wants(),
            Want::Answer {
                question: "type a.txt to confirm ? ".to_owned(),
                fresh: true
            }
        );
        let sent = step(&mut s, line(typed));
        assert_eq!(sent.contains("confirm"), yes, "{typed}: {sent}");
        assert_eq!(sent.contains("decline"), !yes, "{typed}: {sent}");
    }
}

#[test]
fn after_a_change_the_number_is_told_and_after_a_decline_nothing_is() {
    let mut s = session();
    let _ = s.step(line("mkdir x"));
    let _ = s.step(asks(Challenge::Yes));
    let _ = s.step(line("y"));
    assert_eq!(
        step(&mut s, done(Status::Done, Some(12))),
        "done (#12); undo takes it back\n"
    );
    assert_eq!((s.wants(), s.code()), (Want::Line, Code::Done));

    let _ = s.step(line("mkdir x"));
    let _ = s.step(asks(Challenge::Yes));
    let _ = s.step(line("n"));
    assert_eq!(s.wants(), Want::Reply);
    assert_eq!(step(&mut s, done(Status::NotRun, None)), "");
    assert_eq!((s.wants(), s.code()), (Want::Line, Code::Failed));
}

#[test]
fn what_changed_in_between_is_shown_and_asked_again() {
    let mut s = session();
    let _ = s.step(line("mkdir x"));
    let _ = s.step(asks(Challenge::Yes));
    let _ = s.step(line("y"));
    let said = step(
        &mut s,
        asks(Challenge::Type {
            text: "x".to_owned(),
        }),
    );
    assert!(
        said.contains("nothing was run") && said.contains("do the thing"),
        "{said}"
    );
    assert!(matches!(s.wants(), Want::Answer { .. }));
}

#[test]
fn words_go_to_the_model_and_its_plan_to_the_executor() {
    let mut s = session();
    assert_eq!(
        step(&mut s, line("How much memory is free?")),
        r#"{{"names":{"cwd":"/home/op"}}}"#
    );
    assert_eq!(
        step(&mut s, Event::Executor(Reply::Names(Names::default()))),
        "{ask How much memory is free?}"
    );
    assert_eq!(
        step(
            &mut s,
            Event::Model(model::Reply::Progress {
                stage: model::Stage::Waking
            })
        ),
        "(the model wakes ...)\n"
    );
    let plan = Outcome::Plan(vec![Action::new("system_info").with("what", "memory")]);
    assert_eq!(
        step(&mut s, model(plan)),
        r#"(planned in 42 ms, confidence 0.97)
{{"propose":{"plan":[{"type":"system_info","what":"memory"}],"cwd":"/home/op","reason":"How much memory is free?","dry_run":false}}}"#
    );
    assert_eq!(
        step(&mut s, proposal(Risk::Observe, Verdict::Runs)),
        "(do the thing)\n"
    );
}

#[test]
fn words_that_mean_plan_only_are_always_proposed_as_a_dry_run() {
    for typed in [
        "dry-run rm -r x",
        "plan rm x",
        "dry run: write_file a b",
        "what would you do to delete a.txt",
        "delete a.txt, dry run",
        "delete a.txt but don't do it",
        "plan how to delete a.txt",
        "dry-run undo",
    ] {
        let mut s = session();
        let mut effects = s.step(line(typed));
        if s.wants() == Want::Reply && shown(&effects).contains("names") {
            effects.extend(s.step(Event::Executor(Reply::Names(Names::default()))));
            effects.extend(s.step(model(Outcome::Plan(vec![
                Action::new("power").with("action", "reboot"),
            ]))));
        }
        let sent: Vec<&Asked> = effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Executor(request) => Some(request),
                _ => None,
            })
            .collect();
        let last = sent
            .last()
            .unwrap_or_else(|| panic!("{typed}: nothing was sent"));
        assert!(
            matches!(
                last,
                Asked::Propose { dry_run: true, .. } | Asked::Undo { dry_run: true, .. }
            ),
            "{typed}: {last:?}"
        );
        let said = step(&mut s, proposal(Risk::Change, Verdict::Shown));
        assert!(said.contains("nothing was run"), "{said}");
        assert_eq!(s.wants(), Want::Line, "{typed}");
    }
}

#[test]
fn the_answer_to_a_question_continues_the_request() {
    let mut s = session();
    let ask = |s: &mut Session| {
        let _ = s.step(Event::Executor(Reply::Names(Names::default())));
        let _ = s.step(model(Outcome::Ask("which file?".to_owned())));
    };
    let _ = s.step(line("delete the file."));
    ask(&mut s);
    assert_eq!(
        s.wants(),
        Want::Answer {
            question: "which file? ".to_owned(),
            fresh: false
        }
    );
    let _ = s.step(line("notes.txt"));
    assert_eq!(
        step(&mut s, Event::Executor(Reply::Names(Names::default()))),
        "{ask delete the file notes.txt}"
    );
    // a command instead drops the question, nothing at all ends it.
    let _ = s.step(model(Outcome::Ask("which file?".to_owned())));
    assert!(step(&mut s, line("ls /tmp")).contains("list_dir"));
    let mut s = session();
    let _ = s.step(line("delete it"));
    ask(&mut s);
    assert_eq!(step(&mut s, line("")), "not done.\n");
    assert_eq!(s.wants(), Want::Line);
}

#[test]
fn a_model_that_only_asks_is_not_asked_for_ever() {
    let mut s = session();
    let _ = s.step(line("delete it"));
    for _ in 0..10 {
        let _ = s.step(Event::Executor(Reply::Names(Names::default())));
        let _ = s.step(model(Outcome::Ask("what?".to_owned())));
        if s.wants() == Want::Line {
            return;
        }
        let _ = s.step(line("that thing"));
    }
    panic!("it still asks");
}
