//! what each action is judged to be, with a pid 1 that is played.

use llm_os_capability::{Assessment, Look, Place, UndoEntry, find, table};
use llm_os_schema::before::{Before, Fingerprint};
use llm_os_schema::{Action, Risk};
use llm_os_wire::init::{Reply, Request, Unit, UnitState};
use proptest::prelude::*;
use serde_json::json;
use std::fs;

fn unit(name: &str, state: UnitState, essential: bool) -> Unit {
    Unit {
        name: name.to_owned(),
        state,
        pid: None,
        starts: 1,
        enabled: true,
        essential,
        summary: String::new(),
    }
}

fn init(request: Request) -> Result<Reply, String> {
    match request {
        Request::Units => Ok(Reply::Units(vec![
            unit("llm-osd", UnitState::Running, true),
            unit("web", UnitState::Running, false),
            unit("idle", UnitState::Stopped, false),
        ])),
        _ => Err("looking changes nothing".to_owned()),
    }
}

fn assess(action: &Action) -> Result<Assessment, String> {
    assess_after(action, &[])
}

fn assess_after(action: &Action, earlier: &[Place]) -> Result<Assessment, String> {
    assess_in(action, earlier, &|_| None)
}

fn assess_in(
    action: &Action,
    earlier: &[Place],
    entry: &dyn Fn(u64) -> Option<UndoEntry>,
) -> Result<Assessment, String> {
    let look = Look {
        uid: 1000,
        gid: 1000,
        home: "/tmp",
        init: &init,
        entry,
        earlier,
    };
    let canonical = table()
        .canonical(action)
        .expect("the action is one of the table's");
    find(&action.kind)
        .expect("it exists")
        .assess(&canonical, &look)
        .map_err(|error| error.message)
}

fn check(action: serde_json::Value, risk: Risk, sentence: &str) {
    let action: Action = serde_json::from_value(action).unwrap();
    let found = assess(&action).unwrap();
    assert_eq!(
        (found.risk, found.sentence.as_str()),
        (risk, sentence),
        "{action:?}"
    );
    // what destroys is confirmed by typing, and says what is lost or how it comes back.
    assert_eq!(
        found.challenge.is_some(),
        risk == Risk::Destroy,
        "{action:?}"
    );
    assert_eq!(
        found.way_back.is_some(),
        matches!(risk, Risk::Change | Risk::Destroy),
        "{action:?}"
    );
}

fn fails(action: serde_json::Value, part: &str) {
    let action: Action = serde_json::from_value(action).unwrap();
    let message = assess(&action).unwrap_err();
    assert!(message.contains(part), "{action:?}: {message}");
}

#[test]
fn services() {
    let act =
        |action: &str, unit: &str| json!({"type":"service_control","action":action,"unit":unit});
    check(
        json!({"type":"service_control","action":"list"}),
        Risk::Observe,
        "list the services",
    );
    check(act("status", "web"), Risk::Observe, "show the state of web");
    check(
        act("restart", "web"),
        Risk::Change,
        "restart the service web",
    );
    check(
        act("restart", "llm-osd"),
        Risk::Change,
        "restart the service llm-osd",
    );
    check(act("stop", "web"), Risk::Change, "stop the service web");
    check(
        act("stop", "idle"),
        Risk::Change,
        "stop the service idle, which does not run",
    );
    check(
        act("start", "web"),
        Risk::Change,
        "start the service web, which runs already",
    );
    check(
        act("disable", "web"),
        Risk::Change,
        "no longer start the service web at boot",
    );
    let forbidden =
        "llm-osd is not stopped: without it nobody could talk to the machine; it can be restarted";
    check(act("stop", "llm-osd"), Risk::Forbidden, forbidden);
    check(act("disable", "llm-osd"), Risk::Forbidden, forbidden);
    fails(
        act("stop", "sshd"),
        "there is no unit sshd: there are llm-osd, web, idle",
    );
    fails(act("status", "../x"), "there is no unit ../x");
}

#[test]
fn power() {
    let act = |action: &str| json!({"type":"power","action":action});
    check(act("reboot"), Risk::Destroy, "reboot the machine now");
    check(
        json!({"type":"power","action":"poweroff","delay_sec":600}),
        Risk::Destroy,
        "turn the machine off in 10 minutes",
    );
    check(
        act("factory_reset"),
        Risk::Destroy,
        "reboot the machine now and delete every file on /data",
    );
    check(
        act("cancel"),
        Risk::Change,
        "call off the reboot or power-off that waits",
    );
}

#[test]
fn logs() {
    check(
        json!({"type":"read_log"}),
        Risk::Observe,
        "show the last 40 lines of the log",
    );
    check(
        json!({"type":"read_log","unit":"web","lines":1}),
        Risk::Observe,
        "show the last 1 line of the log of web",
    );
    fails(
        json!({"type":"read_log","unit":"nothing"}),
        "there is no unit nothing",
    );
}

#[test]
fn programs() {
    check(
        json!({"type":"exec","argv":["uname","-a"]}),
        Risk::Observe,
        "run /usr/bin/uname -a in /tmp for at most 1 minute",
    );
    check(
        json!({"type":"exec","argv":["uname","-a"],"as_root":true}),
        Risk::Destroy,
        "run /usr/bin/uname -a, as root, in /tmp for at most 1 minute",
    );
    check(
        json!({"type":"exec","argv":["/usr/bin/touch","a b","-c"],"cwd":"/var","timeout_sec":5}),
        Risk::Destroy,
        "run /usr/bin/touch 'a b' -c in /var for at most 5 seconds",
    );
    check(
        json!({"type":"exec","argv":["uname"],"env":{"LC_ALL":"C"}}),
        Risk::Destroy,
        "run /usr/bin/uname with LC_ALL=C in /tmp for at most 1 minute",
    );
    check(
        json!({"type":"exec","argv":["uname"],"env":{"LD_PRELOAD":"x"}}),
        Risk::Forbidden,
        "the variable LD_PRELOAD cannot be set for a program: it may change which code runs",
    );
    fails(
        json!({"type":"exec","argv":["no-such-program"]}),
        "there is no program no-such-program",
    );
}

#[test]
fn later_actions_may_speak_of_what_earlier_ones_make() {
    let path = format!("/tmp/llm-os-assess-{}", std::process::id());
    let earlier = [Place::Path(path.clone())];
    for action in [
        Action::new("read_file").with("path", path.clone()),
        Action::new("list_dir").with("path", path.clone()),
        Action::new("file_info").with("path", format!("{path}/x")),
        Action::new("append_file")
            .with("path", path.clone())
            .with("content", "x"),
        Action::new("delete_file").with("path", path.clone()),
    ] {
        let found = assess_after(&action, &earlier).unwrap();
        assert!(found.preconditions.is_empty(), "{found:?}");
        if action.kind != "append_file" {
            assert!(
                assess(&action).unwrap_err().contains("there is no file"),
                "{action:?}"
            );
        }
    }
}

#[test]
fn what_has_to_be_typed_can_be_typed() {
    let dir = format!("/tmp/llm-os-assess-type-{}", std::process::id());
    fs::create_dir_all(&dir).unwrap();
    for (name, expect) in [
        ("a b", "a b"),
        ("gr\u{f6}\u{df}e", "gr\u{f6}\u{df}e"),
        ("x\u{1b}[2J", "yes"),
    ] {
        let path = format!("{dir}/{name}");
        fs::write(&path, "x").unwrap();
        let found = assess(&Action::new("delete_file").with("path", path)).unwrap();
        assert_eq!(found.challenge.as_deref(), Some(expect));
    }
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn what_cannot_be_kept_has_no_way_back() {
    let dir = format!("/tmp/llm-os-assess-big-{}", std::process::id());
    fs::create_dir_all(&dir).unwrap();
    let big = format!("{dir}/big");
    // a hole: long, and no room on the disk.
    fs::File::create(&big).unwrap().set_len(300 << 20).unwrap();
    let delete = assess(&Action::new("delete_file").with("path", big.clone())).unwrap();
    assert!(delete.captures.is_empty());
    let way_back = delete.way_back.unwrap();
    assert_eq!(
        way_back,
        "there is no way back: 300 MiB is more than 256 MiB"
    );
    assert!(
        assess(
            &Action::new("append_file")
                .with("path", big)
                .with("content", "x")
        )
        .is_err()
    );
    for number in 0..2100 {
        fs::File::create(format!("{dir}/{number}")).unwrap();
    }
    let all = Action::new("delete_file")
        .with("path", dir.clone())
        .with("recursive", true);
    let all = assess(&all).unwrap();
    assert!(all.captures.is_empty() && all.way_back.unwrap().contains("more than 2000 entries"));
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn an_undo_says_what_it_puts_back_or_why_not() {
    let path = format!("/tmp/llm-os-assess-undo-{}", std::process::id());
    let action = Action::new("undo").with("id", 41);
    let entry = || UndoEntry {
        sentences: vec!["write 5 bytes to the new file /x".to_owned()],
        before: vec![Before::Absent { path: path.clone() }],
        after: vec![Fingerprint::Absent { path: path.clone() }],
        undone_by: None,
        no_way_back: None,
    };
    let with = |entry: UndoEntry| {
        let entry = std::cell::RefCell::new(Some(entry));
        assess_in(&action, &[], &|id| {
            (id == 41).then(|| entry.borrow_mut().take())?
        })
    };
    let found = with(entry()).unwrap();
    assert_eq!(found.risk, Risk::Change);
    let expect = format!("take back #41 (write 5 bytes to the new file /x): take away {path}");
    assert_eq!(found.sentence, expect);
    assert_eq!(found.captures, [Place::Path(path.clone())]);

    let undone = UndoEntry {
        undone_by: Some(42),
        ..entry()
    };
    assert!(
        with(undone)
            .unwrap_err()
            .contains("was taken back already, by #42")
    );
    let none = UndoEntry {
        no_way_back: Some("a program ran".to_owned()),
        ..entry()
    };
    assert!(with(none).unwrap_err().contains("a program ran"));
    let running = |running| Fingerprint::Unit {
        unit: "web".to_owned(),
        running,
        enabled: true,
    };
    let changed = UndoEntry {
        after: vec![running(false)],
        ..entry()
    };
    assert!(
        with(changed)
            .unwrap_err()
            .contains("web is no longer as it left it")
    );
    let stopped = UndoEntry {
        before: vec![Before::Unit {
            unit: "web".to_owned(),
            running: false,
            enabled: true,
        }],
        after: vec![running(true)],
        ..entry()
    };
    let sentence = with(stopped).unwrap().sentence;
    assert!(sentence.ends_with("): stop the service web"), "{sentence}");
    let same = UndoEntry {
        after: vec![running(true)],
        ..entry()
    };
    assert!(with(same).is_ok());
    assert!(
        assess(&Action::new("undo").with("id", 7))
            .unwrap_err()
            .contains("there is no entry #7")
    );
}

/// characters that a terminal acts on, or that turn the direction of what is read.
fn is_safe(text: &str) -> bool {
    !text
        .chars()
        .any(|c| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// whatever stands in a name, no sentence carries it to the terminal as it is, and nothing
    /// outside the owner's places can be changed.
    #[test]
    fn no_name_gets_out_of_its_sentence(name in "[^/\0]{1,40}", kind in 0_usize..5) {
        prop_assume!(name != "." && name != "..");
        let kinds = ["read_file", "write_file", "delete_file", "make_dir", "append_file"];
        for folder in ["/tmp/llm-os-none", "/usr/lib", "/data/journal"] {
            let mut action = Action::new(kinds[kind]).with("path", format!("{folder}/{name}"));
            if matches!(kinds[kind], "write_file" | "append_file") {
                action = action.with("content", "x");
            }
            match assess(&action) {
                Ok(found) => {
                    prop_assert!(is_safe(&found.sentence), "{:?}", found.sentence);
                    let changes = matches!(found.risk, Risk::Change | Risk::Destroy);
                    prop_assert!(!changes || folder.starts_with("/tmp"), "{:?}", found);
                }
                Err(message) => prop_assert!(is_safe(&message), "{message:?}"),
            }
        }
    }

    #[test]
    fn no_argument_gets_out_of_its_sentence(word in "\\PC{0,20}|[\u{0}-\u{1f}\u{80}-\u{9f}\u{202e}a]{1,8}") {
        prop_assume!(!word.contains('\0'));
        let action = Action::new("exec").with("argv", vec!["echo".to_owned(), word]);
        let found = assess(&action).unwrap();
        prop_assert!(is_safe(&found.sentence), "{:?}", found.sentence);
        prop_assert_eq!(found.risk, Risk::Observe);
    }
}
