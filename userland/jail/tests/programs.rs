//! programs and facts through the jail: words, variables, streams, ends and limits.

#[allow(dead_code, reason = "each test program uses a part of it")]
mod rig;

use llm_os_schema::result::Status;
use llm_os_schema::{Action, Risk};
use llm_os_wire::worker::Job;
use rig::{assess, folder, job, run};
use std::fs;
use std::time::{Duration, Instant};

/// a program run by `exec` with the rights of a confirmed one; `/bin/sh` is not on the machine, here
/// it stands for a program that does its worst.
fn shell(script: &str) -> Action {
    Action::new("exec").with("argv", vec!["/bin/sh", "-c", script])
}

fn exec(argv: &[&str]) -> Action {
    Action::new("exec").with("argv", argv.to_vec())
}

#[test]
fn output_is_cut_at_its_limit_and_time_at_its() {
    let endless = Job {
        output_max_bytes: 10_000,
        ..job(exec(&["yes"]).with("timeout_sec", 1))
    };
    let ran = run(&endless);
    let result = ran.result.as_ref().unwrap();
    assert_eq!(
        (ran.out.len(), result.cut, result.status),
        (10_000, true, Status::Failed)
    );
    assert!(
        ran.summary()
            .contains("ended after 1 second, its time limit"),
        "{ran:?}"
    );

    // the jail's own limit, where the worker does not keep its.
    let stuck = Job {
        timeout_ms: 300,
        ..job(exec(&["sleep", "30"]))
    };
    let began = Instant::now();
    let ran = run(&stuck);
    assert!(ran.end.timed_out && ran.result.is_none(), "{ran:?}");
    assert_eq!(ran.end.how, "signal 9");
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn an_exit_code_and_both_streams_come_back() {
    let ran = run(&job(shell("echo one; echo two >&2; exit 3")));
    let result = ran.result.as_ref().unwrap();
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("one\n", "two\n"));
    assert_eq!((result.status, result.exit_code), (Status::Failed, Some(3)));
    assert_eq!(result.summary, "sh ended with exit code 3");
}

#[test]
fn words_are_words_and_no_options_or_shell_lines() {
    let ran = run(&job(exec(&[
        "echo",
        "a b",
        "$(id)",
        ";",
        "*",
        "-n\u{1b}[2J",
    ])));
    assert_eq!(ran.out, "a b $(id) ; * -n\u{1b}[2J\n");
    let assessment = assess(&exec(&["echo", "a\u{1b}[2Jb"])).unwrap();
    assert!(
        assessment.sentence.contains("'a\\u{1b}[2Jb'"),
        "{}",
        assessment.sentence
    );
    // a file called like an option is a file.
    let dir = folder("option");
    let file = dir.join("-rf");
    fs::write(&file, "x").unwrap();
    let delete = Action::new("delete_file").with("path", file.to_str().unwrap());
    assert!(run(&job(delete)).is_done());
    assert!(!file.exists() && dir.exists());
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn variables_that_choose_code_are_forbidden() {
    let with = |name: &str| {
        let env = serde_json::json!({ name: "x" });
        assess(
            &Action::new("exec")
                .with("argv", vec!["/bin/true"])
                .with("env", env),
        )
        .unwrap()
    };
    for name in [
        "LD_PRELOAD",
        "PATH",
        "IFS",
        "BASH_ENV",
        "PYTHONPATH",
        "LD_LIBRARY_PATH",
        "HOME",
    ] {
        assert_eq!(with(name).risk, Risk::Forbidden, "{name}");
    }
    assert_eq!(with("LC_ALL").risk, Risk::Destroy);
    // and were the assessment passed by, they do not get there.
    let env = serde_json::json!({"LD_PRELOAD": "/tmp/evil.so", "TZ": "UTC"});
    let ran = run(&job(exec(&["env"]).with("env", env)));
    assert!(
        ran.out.contains("TZ=UTC") && !ran.out.contains("evil"),
        "{ran:?}"
    );
}

#[test]
fn facts_are_told() {
    let fact = |what: &str| run(&job(Action::new("system_info").with("what", what)));
    let check = |what: &str, part: &str| {
        let ran = fact(what);
        assert!(ran.is_done() && ran.out.contains(part), "{ran:?}");
    };
    check("memory", "free ");
    check("cpu", "processor");
    check("disk", "/tmp: free ");
    check("uptime", "running for ");
    check("kernel", "Linux ");
    check("time", " utc");
    check("temperature", "");
    check("all", "temperature");
    let list = run(&job(Action::new("process_list")
        .with("sort", "memory")
        .with("limit", 3)));
    assert!(list.is_done() && list.out.lines().count() == 4, "{list:?}");
    // there is no pid 1 of ours: one sentence, and not a hang.
    let log = run(&job(Action::new("read_log")));
    assert!(log.summary().contains("pid 1 does not answer"), "{log:?}");
}
