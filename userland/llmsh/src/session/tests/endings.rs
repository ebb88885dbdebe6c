//! ^c, losses, and everything in any order.

use super::*;

#[test]
fn interrupts_cancel_what_is_under_way() {
    // the model.
    let mut s = session();
    let _ = s.step(line("do something nice"));
    let _ = s.step(Event::Executor(Reply::Names(Names::default())));
    assert_eq!(
        step(&mut s, Event::Interrupt),
        "{cancel}{ModelHangUp}cancelled; nothing was done\n"
    );
    assert_eq!(s.wants(), Want::Line);
    // a question.
    let _ = s.step(line("mkdir x"));
    let _ = s.step(asks(Challenge::Yes));
    assert!(step(&mut s, Event::Interrupt).contains("not done"));
    let _ = s.step(done(Status::NotRun, None));
    // a run: cancelled, and the third time not waited for.
    let _ = s.step(line("ps"));
    let _ = s.step(proposal(Risk::Observe, Verdict::Runs));
    assert_eq!(step(&mut s, Event::Interrupt), "stopping ...\n{\"cancel\"}");
    let _ = s.step(Event::Interrupt);
    assert!(step(&mut s, Event::Interrupt).contains("{ExecutorHangUp}"));
    // a plan that has not been judged yet is declined as soon as it is.
    let _ = s.step(line("mkdir x"));
    let _ = s.step(Event::Interrupt);
    assert!(step(&mut s, asks(Challenge::Yes)).contains("decline"));
    let _ = s.step(done(Status::NotRun, None));
    // at the prompt there is nothing to cancel.
    assert_eq!(step(&mut s, Event::Interrupt), "");
}

#[test]
fn whatever_is_lost_or_away_ends_at_a_usable_prompt() {
    let begun: [(&str, &[Event]); 5] = [
        ("mkdir x", &[]),
        ("mkdir x", &[asks(Challenge::Yes)]),
        ("ps", &[proposal(Risk::Observe, Verdict::Runs)]),
        ("history", &[]),
        ("do something nice", &[]),
    ];
    for (typed, events) in begun {
        for end in [Event::ExecutorLost, Event::ExecutorAway("gone".to_owned())] {
            let mut s = session();
            let _ = s.step(line(typed));
            for event in events {
                let _ = s.step(event.clone());
            }
            let said = step(&mut s, end);
            assert!(said.contains("executor"), "{typed}: {said}");
            assert_eq!((s.wants(), s.code()), (Want::Line, Code::Failed), "{typed}");
        }
    }
}

#[test]
fn a_runner_that_went_to_sleep_is_woken_once_more_and_not_for_ever() {
    let mut s = session();
    let _ = s.step(line("do something nice"));
    let _ = s.step(Event::Executor(Reply::Names(Names::default())));
    assert_eq!(step(&mut s, Event::ModelLost), "{ask do something nice}");
    assert!(step(&mut s, Event::ModelLost).contains("model runner ended"));
    assert_eq!(step(&mut s, Event::ModelLost), "(the model sleeps again)\n");
    assert_eq!(s.wants(), Want::Line);
}

#[test]
fn the_working_directory_moves_only_where_there_is_one() {
    let mut s = session();
    assert_eq!(
        step(&mut s, line("cd logs")),
        r#"{{"names":{"cwd":"/home/op/logs"}}}"#
    );
    let _ = s.step(Event::Executor(Reply::Error {
        message: "no such directory".to_owned(),
    }));
    assert_eq!(step(&mut s, line("pwd")), "/home/op\n");
    let _ = s.step(line("cd /tmp"));
    let _ = s.step(Event::Executor(Reply::Names(Names::default())));
    assert_eq!(step(&mut s, line("pwd")), "/tmp\n");
    assert_eq!(
        step(&mut s, line("cd -")),
        r#"{{"names":{"cwd":"/home/op"}}}"#
    );
}

#[test]
fn a_session_without_an_executor_still_has_its_built_ins() {
    let mut s = Session::new(Options::default());
    assert!(step(&mut s, line("help")).contains("history"));
    assert!(step(&mut s, line("ls")).contains("executor has not been reached"));
    assert_eq!(step(&mut s, line("pwd")), "/\n");
    let _ = s.step(line("exit"));
    assert_eq!(s.wants(), Want::Exit(Code::Done));
}

#[test]
fn what_is_not_understood_is_one_sentence_and_wrong_usage() {
    for typed in [
        "rm a b",
        "y",
        "undo x",
        "help frobnicate",
        "plan",
        "next",
        "cd a b",
    ] {
        let mut s = session();
        let said = step(&mut s, line(typed));
        assert_eq!(said.lines().count(), 1, "{typed}: {said}");
        assert_eq!((s.wants(), s.code()), (Want::Line, Code::Usage), "{typed}");
    }
}

#[test]
fn no_events_in_any_order_make_it_panic_or_confirm_unasked() {
    // a small pseudo-random walk over everything that can happen.
    let events = [
        line("mkdir x"),
        line("y"),
        line("delete it"),
        line("x"),
        line("history"),
        line("cd /"),
        line("undo"),
        asks(Challenge::Yes),
        asks(Challenge::Type {
            text: "x".to_owned(),
        }),
        proposal(Risk::Observe, Verdict::Runs),
        proposal(Risk::Observe, Verdict::Shown),
        done(Status::Done, Some(1)),
        done(Status::Failed, None),
        Event::Interrupt,
        Event::ExecutorLost,
        Event::ModelLost,
        Event::ModelLate,
        Event::Executor(Reply::Names(Names::default())),
        Event::Executor(Reply::Error {
            message: "no".to_owned(),
        }),
        model(Outcome::Ask("what?".to_owned())),
        model(Outcome::Plan(vec![Action::new("power")])),
        model(Outcome::Answer("hm".to_owned())),
        Event::Executor(Reply::Output {
            step: 3,
            stream: Stream::Err,
            text: "x".to_owned(),
        }),
        Event::Eof,
    ];
    let mut seed = 1_u64;
    let mut s = session();
    for _ in 0..20_000 {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let event = events[(seed >> 33) as usize % events.len()].clone();
        let asked = matches!(s.wants(), Want::Answer(_)) && matches!(event, Event::Line(_));
        let effects = s.step(event);
        let confirms = effects
            .iter()
            .any(|effect| matches!(effect, Effect::Executor(Asked::Confirm { .. })));
        assert!(!confirms || asked, "confirmed without an answer");
        if let Want::Exit(_) = s.wants() {
            s = session();
        }
    }
}
