//! what is no proper conversation: strangers, half frames, floods.

mod rig;

use llm_os_schema::Action;
use llm_os_wire::executor::{PROTOCOL, Reply, Request};
use rig::{Rig, error_of, propose, read, write};
use std::io::{Read, Write};
use std::time::{Duration, Instant};

#[test]
fn hello_comes_first_and_speaks_this_protocol() {
    let rig = Rig::new();
    for (request, expect) in [
        (Request::Ping, "has to be `hello`"),
        (propose(&[write("a", "1")]), "has to be `hello`"),
        (
            Request::Hello {
                protocol: PROTOCOL + 1,
            },
            "not spoken",
        ),
    ] {
        let mut wire = rig.connect();
        let message = error_of(wire.ask(&request));
        assert!(message.contains(expect), "{message}");
        assert!(wire.is_over());
    }
    let mut wire = rig.client();
    assert!(
        wire.refused(&Request::Hello { protocol: PROTOCOL })
            .contains("already")
    );
}

#[test]
fn nobody_but_the_operator_is_served() {
    let mut rig = Rig::new();
    rig.restart_as(rustix::process::getuid().as_raw() + 7);
    let mut wire = rig.connect();
    let message = error_of(wire.ask(&Request::Hello { protocol: PROTOCOL }));
    assert!(message.contains("only the operator"), "{message}");
    assert!(wire.is_over());
}

#[test]
fn a_frame_that_is_not_understood_does_not_end_the_connection() {
    let rig = Rig::new();
    let mut wire = rig.client();
    for json in [
        "{}",
        "nonsense",
        r#"{"ping":1}"#,
        r#"{"confirm":{"token":"x","answer":"y","also":1}}"#,
        r#"{"propose":{"plan":[{"type":"a","type":"b"}],"cwd":"/","reason":"","dry_run":false}}"#,
    ] {
        wire.0
            .write_all(&(json.len() as u32).to_le_bytes())
            .unwrap();
        wire.0.write_all(json.as_bytes()).unwrap();
        assert!(error_of(wire.hear()).contains("not understood"), "{json}");
    }
    let deep = "[".repeat(40);
    wire.0.write_all(&40_u32.to_le_bytes()).unwrap();
    wire.0.write_all(deep.as_bytes()).unwrap();
    assert!(error_of(wire.hear()).contains("nested"));
    assert_eq!(wire.ask(&Request::Ping), Reply::Pong);
}

#[test]
fn a_frame_that_is_too_long_ends_the_connection_with_a_word() {
    let rig = Rig::new();
    let mut wire = rig.client();
    wire.0.write_all(&u32::MAX.to_le_bytes()).unwrap();
    assert!(error_of(wire.hear()).contains("over the limit"));
    assert!(wire.is_over());
}

#[test]
fn plans_over_the_limits_are_refused() {
    let rig = Rig::new();
    let mut wire = rig.client();
    let mut check = |plan: &[Action], expect: &str| {
        let message = wire.refused(&propose(plan));
        assert!(message.contains(expect), "{message}");
    };
    check(&[], "empty");
    check(&vec![write("a", "1"); 65], "limit");
    check(&[write("a", "1").with("owner", "root")], "no argument");
    check(
        &[Action::new("shell").with("line", "rm -rf /")],
        "no action",
    );
    check(&[write("a\0b", "1")], "path");
    check(&[read("missing")], "no such file");
    let mut relative = propose(&[read("a")]);
    if let Request::Propose { cwd, .. } = &mut relative {
        *cwd = "home".to_owned();
    }
    assert!(wire.refused(&relative).contains("absolute"));
}

#[test]
fn a_half_frame_holds_up_nobody_else() {
    let rig = Rig::new();
    let mut half = rig.client();
    half.0.write_all(&[9, 0]).unwrap();
    let start = Instant::now();
    assert_eq!(rig.client().ask(&Request::Ping), Reply::Pong);
    assert!(start.elapsed() < Duration::from_secs(2));
}

#[test]
fn a_connection_that_says_nothing_is_closed() {
    let rig = Rig::new();
    let mut silent = rig.connect();
    let start = Instant::now();
    assert!(silent.is_over());
    assert!(start.elapsed() < Duration::from_secs(15));
}

#[test]
fn there_is_an_end_to_connections_and_they_come_free_again() {
    let rig = Rig::new();
    let held: Vec<_> = (0..32).map(|_| rig.client()).collect();
    let message = error_of(rig.connect().hear());
    assert!(message.contains("the limit"), "{message}");
    drop(held);
    for _ in 0..200 {
        let mut wire = rig.connect();
        wire.say(&Request::Hello { protocol: PROTOCOL });
        if matches!(wire.hear(), Reply::Welcome { .. }) {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("no connection comes free");
}

#[test]
fn a_flood_of_requests_is_cut_off() {
    let rig = Rig::new();
    let mut wire = rig.client();
    let ping = llm_os_wire::frame::encode(&Request::Ping).unwrap();
    // nothing is read, so at last the answers cannot be sent; the connection ends, the daemon does not.
    wire.0
        .set_write_timeout(Some(Duration::from_secs(1)))
        .unwrap();
    let flood = ping.repeat(10_000);
    for _ in 0..20 {
        if wire.0.write_all(&flood).is_err() {
            break;
        }
    }
    assert_eq!(rig.client().ask(&Request::Ping), Reply::Pong);
    let mut rest = Vec::new();
    let _ = wire.0.read_to_end(&mut rest);
}
