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
        assert_eq!(s.wants(), Want::Answer("run it? [y/n] ? ".to_owned()));
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
            Want::Answer("type a.txt to confirm ? ".to_owned())
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
    assert!(matches!(s.wants(), Want::Answer(_)));
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
fn what_was_answered_before_is_said_to_be_and_scripts_wait_for_people() {
    let asked = |one_line: bool| {
        let options = Options {
            one_line,
            ..Options::default()
        };
        let mut session = with_options(options);
        step(&mut session, line("How much memory is free?"));
        let effects = session.step(Event::Executor(Reply::Names(Names::default())));
        let background = effects.iter().any(|effect| match effect {
            Effect::Model(_, request) => matches!(
                request.as_ref(),
                model::Request::Ask {
                    background: true,
                    ..
                }
            ),
            _ => false,
        });
        assert_eq!(background, one_line);
        session
    };
    asked(true);
    let Event::Model(model::Reply::Outcome {
        outcome,
        model,
        tokens,
        ms,
        confidence,
        ..
    }) = model(Outcome::Plan(vec![Action::new("list_tools")]))
    else {
        unreachable!();
    };
    let again = Event::Model(model::Reply::Outcome {
        outcome,
        model,
        tokens,
        ms,
        confidence,
        remembered: true,
    });
    let said = step(&mut asked(false), again);
    assert!(
        said.starts_with("(planned as before, confidence 0.97)"),
        "{said}"
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

/// what the model says to the request under way.
fn replies(s: &mut Session, outcome: Outcome) -> String {
    let asked = step(s, Event::Executor(Reply::Names(Names::default())));
    asked + &step(s, model(outcome))
}

#[test]
fn the_answer_to_a_question_continues_the_request() {
    let ask = || Outcome::Ask("which file?".to_owned());
    let check = |typed: &str, expect: &str| {
        let mut s = session();
        let _ = s.step(line("delete the file."));
        // the question, and the prompt below it.
        let asked = replies(&mut s, ask());
        assert_eq!(asked, "{ask delete the file.}which file? \n");
        assert_eq!(s.wants(), Want::Line);
        let first = step(&mut s, line(typed));
        let got = if first.contains("names") {
            step(&mut s, Event::Executor(Reply::Names(Names::default())))
        } else {
            first
        };
        assert!(got.starts_with(expect), "{typed}: {got}");
    };
    check("notes.txt", "{ask delete the file notes.txt}");
    check(
        "the one called ls",
        "{ask delete the file the one called ls}",
    );
    // a command or a request of its own drops the question, nothing ends it.
    check("ls /tmp", "{{\"propose\":{\"plan\":[{\"type\":\"list_dir\"");
    check("how much memory is free?", "{ask how much memory is free?}");
    check("create a file x", "{ask create a file x}");
    check("", "not done.\n");
    check("never mind", "not done.\n");
}

#[test]
fn a_question_is_dropped_after_one_line() {
    let mut s = session();
    let _ = s.step(line("delete it"));
    let _ = replies(&mut s, Outcome::Ask("which file?".to_owned()));
    let _ = s.step(line("pwd"));
    let _ = s.step(line("notes.txt"));
    assert_eq!(
        step(&mut s, Event::Executor(Reply::Names(Names::default()))),
        "{ask notes.txt}"
    );
}

#[test]
fn a_model_that_only_asks_is_not_asked_for_ever() {
    let mut s = session();
    let _ = s.step(line("delete it"));
    for _ in 0..10 {
        let said = replies(&mut s, Outcome::Ask("what?".to_owned()));
        if said.contains("still not clear") {
            return;
        }
        let _ = s.step(line("that thing"));
    }
    panic!("it still asks");
}

#[test]
fn what_was_done_and_shown_is_told_to_the_model() {
    let mut s = session();
    let _ = s.step(line("ls"));
    let _ = s.step(proposal(Risk::Observe, Verdict::Runs));
    let Event::Executor(Reply::Done(mut result)) = done(Status::Done, None) else {
        panic!("a result");
    };
    result.steps[0].names = vec!["/home/op/a.txt".to_owned(), "/etc/b".to_owned()];
    let _ = s.step(Event::Executor(Reply::Done(result)));
    // declined: nobody speaks of it.
    let _ = s.step(line("mkdir x"));
    let _ = s.step(asks(Challenge::Yes));
    let _ = s.step(line("n"));
    let _ = s.step(done(Status::Cancelled, None));

    let _ = s.step(line("open the second one"));
    let effects = s.step(Event::Executor(Reply::Names(Names::default())));
    let [Effect::Model(_, request)] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    let model::Request::Ask { names, .. } = request.as_ref() else {
        panic!("{request:?}");
    };
    assert_eq!(names.shown, ["a.txt", "/etc/b"]);
    let past: Vec<&str> = names
        .past
        .iter()
        .map(|turn| turn.request.as_str())
        .collect();
    assert_eq!(past, ["ls"]);
}

#[test]
fn what_was_meant_is_done_and_learnt() {
    let mut s = session();
    assert!(step(&mut s, line("meant ls")).contains("nothing was asked in words"));
    let _ = s.step(line("clean the kitchen"));
    let plan = Outcome::Plan(vec![Action::new("power").with("action", "reboot")]);
    let _ = replies(&mut s, plan);
    let _ = s.step(asks(Challenge::Type {
        text: "reboot".to_owned(),
    }));
    assert!(step(&mut s, line("n")).contains("`meant`"));
    let _ = s.step(done(Status::Cancelled, None));
    assert!(step(&mut s, line("meant")).contains("such as"));
    assert!(step(&mut s, line("meant make it shine")).contains("is no command"));
    let sent = step(&mut s, line("meant rm -r kitchen; ls"));
    let actions = [
        r#"{"type":"delete_file","path":"kitchen","recursive":true}"#,
        r#"{"type":"list_dir","path":"."}"#,
        r#"{"type":"teach","request":"clean the kitchen","means":"rm -r kitchen; ls"}"#,
    ];
    assert!(sent.contains(&actions.join(",")), "{sent}");
    // what leans on what was said before is done, and not learnt.
    let mut other = session();
    let _ = other.step(line("now delete it"));
    let _ = replies(&mut other, Outcome::Ask("which file?".to_owned()));
    let sent = step(&mut other, line("meant rm b.txt"));
    assert!(
        sent.contains("not learnt") && !sent.contains("teach"),
        "{sent}"
    );
    // a command that was declined is nothing to learn from.
    let _ = s.step(asks(Challenge::Yes));
    assert!(!step(&mut s, line("n")).contains("`meant`"));
}

#[test]
fn a_mistyped_name_is_said_to_be_mended() {
    let mut s = session();
    let _ = s.step(line("please show me recipies.txt"));
    let names = Names {
        files: vec!["recipes.txt".to_owned()],
        ..Names::default()
    };
    let _ = s.step(Event::Executor(Reply::Names(names)));
    let plan = vec![Action::new("read_file").with("path", "recipes.txt")];
    let said = step(&mut s, model(Outcome::Plan(plan)));
    assert!(
        said.contains("(there is no recipies.txt: read as recipes.txt)"),
        "{said}"
    );
}
