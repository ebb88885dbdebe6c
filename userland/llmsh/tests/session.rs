//! the program itself, over real sockets, against a scripted executor and a scripted model runner,
//! driven through pipes and through a pseudo terminal.

mod script;

use llm_os_schema::result::{Challenge, Status, Verdict};
use llm_os_schema::{Action, Names, Outcome, Risk};
use llm_os_wire::executor::{Reply, Request, Stream};
use llm_os_wire::model;
use script::{Machine, proposal, run_of};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

fn change(request: &Request) -> Vec<Reply> {
    match request {
        Request::Propose { plan, dry_run, .. } => {
            let verdict = match plan[0].kind.as_str() {
                _ if *dry_run => Verdict::Shown,
                "read_file" | "system_info" => Verdict::Runs,
                "delete_file" => Verdict::Confirm {
                    token: "t".to_owned(),
                    challenge: Challenge::Type {
                        text: "a.txt".to_owned(),
                    },
                    valid_ms: 60_000,
                },
                _ => Verdict::Confirm {
                    token: "t".to_owned(),
                    challenge: Challenge::Yes,
                    valid_ms: 60_000,
                },
            };
            let runs = verdict == Verdict::Runs;
            let mut replies = vec![proposal("would do it", Risk::Change, verdict)];
            if runs {
                replies.push(Reply::Output {
                    step: 0,
                    stream: Stream::Out,
                    text: "wor\x1b[31mld\nllmsh> \n".to_owned(),
                });
                replies.extend(run_of(Status::Done, None));
            }
            replies
        }
        Request::Confirm { answer, .. } => {
            assert!(answer == "y" || answer == "a.txt", "{answer}");
            run_of(Status::Done, Some(3))
        }
        Request::Decline { .. } => run_of(Status::NotRun, None),
        Request::Names { cwd } if cwd == "/nowhere" => vec![Reply::Error {
            message: "there is no directory /nowhere".to_owned(),
        }],
        Request::Names { .. } => vec![Reply::Names(Names::default())],
        Request::AuditVerify => vec![Reply::Audit {
            intact: false,
            records: 4,
            message: "record 3 was changed".to_owned(),
        }],
        Request::History { .. } => vec![Reply::History(vec![])],
        other => panic!("not in the script: {other:?}"),
    }
}

fn thinks(words: &str) -> Vec<model::Reply> {
    let outcome = match words {
        "delete it" => Outcome::Ask("which file?".to_owned()),
        "delete it a.txt" => Outcome::Plan(vec![Action::new("delete_file").with("path", "a.txt")]),
        "how much memory is free?" => {
            Outcome::Plan(vec![Action::new("system_info").with("what", "memory")])
        }
        "hello" => Outcome::Answer("good\x07 day".to_owned()),
        other => panic!("not in the script: {other}"),
    };
    vec![
        model::Reply::Progress {
            stage: model::Stage::Waking,
        },
        model::Reply::Outcome {
            outcome,
            model: "scripted".to_owned(),
            tokens: 3,
            ms: 5.0,
            confidence: 0.9,
            remembered: false,
        },
    ]
}

#[test]
fn a_script_through_pipes_sees_plain_lines() {
    let machine = Machine::start(change, thinks);
    let typed = "cat x\nmkdir y\ny\nmkdir y\nn\ndelete it\na.txt\na.txt\nhello\ncd /nowhere\npwd\nhow much memory is free?\n";
    let (out, code) = machine.pipe(&[], typed);
    assert_eq!(code, 0);
    for expect in [
        "llmsh>   wor\\x1b[31mld\n  llmsh> \n",
        "llmsh> would do it\nrun it? [y/n] ? the summary\ndone (#3); undo takes it back\nllmsh> ",
        "run it? [y/n] ? not done.\nllmsh> ",
        "which file? \nllmsh> (the model wakes ...)\n",
        "type a.txt to confirm ? the summary\ndone (#3)",
        "good\\x07 day\nllmsh> ",
        "llmsh> there is no directory /nowhere\nllmsh> /home/op\n",
        "(planned in 5 ms, confidence 0.90)\n(would do it)\n  wor",
    ] {
        assert!(out.contains(expect), "{expect:?} is not in:\n{out}");
    }
    assert!(!out.contains('\x1b'), "{out:?}");
}

#[test]
fn an_unsure_model_hands_on_to_the_one_elsewhere_and_every_request_reaches_it_once() {
    let unsure = |_: &str| {
        vec![model::Reply::Outcome {
            outcome: Outcome::Answer("hardly".to_owned()),
            model: "scripted".to_owned(),
            tokens: 3,
            ms: 5.0,
            confidence: 0.2,
            remembered: false,
        }]
    };
    let asked = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&asked);
    let machine = Machine::start(change, unsure).with_endpoint(move |words| {
        count.fetch_add(1, Ordering::SeqCst);
        match words {
            "hello" => thinks(words),
            _ => vec![model::Reply::Error {
                message: "it broke".to_owned(),
            }],
        }
    });
    let (out, code) = machine.pipe(&[], "hello\nhow are you?\n");
    assert_eq!(code, 0);
    for expect in [
        "llmsh (10.0.2.2)> (not sure, confidence 0.20: asking m at 10.0.2.2:8080; your words",
        "good\\x07 day\nllmsh (10.0.2.2)> ",
        "(skipped m at 10.0.2.2:8080: it broke; what follows is the embedded model's)\nhardly\n",
    ] {
        assert!(out.contains(expect), "{expect:?} is not in:\n{out}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[test]
fn one_line_has_an_exit_code_and_keeps_notes_apart() {
    let machine = Machine::start(change, thinks);
    let check = |args: &[&str], typed: &str, expect: &str, code: i32| {
        let (out, got) = machine.pipe(args, typed);
        assert_eq!((out.as_str(), got), (expect, code), "{args:?}");
    };
    check(&["cat", "x"], "", "wor\\x1b[31mld\nllmsh> \n", 0);
    check(&["-c", "mkdir y"], "y\n", "would do it\n", 0);
    check(&["-c", "mkdir y"], "n\n", "would do it\n", 1);
    check(&["-c", "mkdir y"], "", "would do it\n", 1);
    check(&["audit", "verify"], "", "", 1);
    check(
        &["--json", "audit", "verify"],
        "",
        "{\"audit\":{\"intact\":false,\"records\":4,\"message\":\"record 3 was changed\"}}\n",
        1,
    );
    check(&["history"], "", "nothing has been changed yet\n", 0);
    check(&["rm", "a", "b"], "", "", 2);
    check(&["--frob"], "", "", 2);
    check(&["-c", "dry-run mkdir y"], "", "would do it\n", 0);
}

#[test]
fn an_executor_that_comes_back_is_found_again() {
    let mut machine = Machine::start(change, thinks);
    let mut terminal = machine.terminal("dumb");
    terminal.expect("llmsh> ");
    machine.kill_executor();
    terminal.send("cat x\n");
    terminal.expect("the executor is away");
    terminal.expect("llmsh> ");
    terminal.send("pwd\n");
    terminal.expect("/home/op");
    terminal.expect("llmsh> ");
    machine.start_executor(change);
    terminal.send("cat x\n");
    terminal.expect("  wor");
    terminal.expect("llmsh> ");
}

#[test]
fn what_is_typed_ahead_on_a_terminal_does_not_answer_a_question() {
    let machine = Machine::start(
        |request| {
            // long enough for the typed line to be there first.
            std::thread::sleep(Duration::from_millis(300));
            change(request)
        },
        thinks,
    );
    let mut terminal = machine.terminal("dumb");
    terminal.expect("llmsh> ");
    terminal.send("mkdir y\ny\n");
    terminal.expect("run it? [y/n] ? ");
    let quiet = Instant::now() + Duration::from_millis(700);
    assert!(!terminal.seen_until("done", quiet), "{}", terminal.seen());
    terminal.send("y\n");
    terminal.expect("done (#3)");
}

#[test]
fn control_c_cancels_and_the_prompt_comes_back() {
    let machine = Machine::start(
        |request| match request {
            Request::Propose { .. } => vec![
                proposal("counts for ever", Risk::Observe, Verdict::Runs),
                Reply::Output {
                    step: 0,
                    stream: Stream::Out,
                    text: "one\n".to_owned(),
                },
            ],
            Request::Cancel => run_of(Status::Cancelled, None),
            other => change(other),
        },
        thinks,
    );
    let mut terminal = machine.terminal("dumb");
    terminal.expect("llmsh> ");
    terminal.send("half a line\x03");
    terminal.expect("llmsh> ");
    terminal.send("ps\n");
    terminal.expect("one");
    terminal.send("\x03");
    terminal.expect("stopping");
    terminal.expect("cancelled; nothing was changed");
    terminal.expect("llmsh> ");
    terminal.send("pwd\n");
    terminal.expect("/home/op");
    terminal.expect("llmsh> ");
    terminal.send("\x04");
    assert_eq!(terminal.end(), Some(0));
    assert!(!terminal.seen().contains('\x1b'), "{:?}", terminal.seen());
}

#[test]
fn a_terminal_that_can_has_line_editing_history_and_completion() {
    let machine = Machine::start(change, thinks);
    let mut terminal = machine.terminal("linux");
    terminal.expect("llmsh> ");
    terminal.send("read_f\t x\r");
    terminal.expect("wor");
    terminal.expect("llmsh> ");
    // up, and again.
    terminal.send("\x1b[A\r");
    terminal.expect("wor");
    terminal.expect("llmsh> ");
    terminal.send("mkdir y\r");
    terminal.expect("run it? [y/n] ? ");
    terminal.send("y\r");
    terminal.expect("done (#3)");
    terminal.expect("llmsh> ");
    terminal.send("\x04");
    assert_eq!(terminal.end(), Some(0));
}
