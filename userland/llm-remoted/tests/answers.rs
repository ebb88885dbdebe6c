//! every way in which a server may answer, and what becomes of it.

mod common;

use common::{Does, SHOW, Server, completion, names, says, server, table};
use llm_os_schema::Outcome;
use llm_remoted::answer::{Ask, REPLY_MAX_BYTES, Written};
use llm_remoted::client;
use llm_remoted::endpoint::Endpoint;
use llm_remoted::hosts::Hosts;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn ask_as(endpoint: &Endpoint) -> Result<Written, String> {
    let (names, table) = (names(), table());
    let ask = Ask {
        request: "show my notes.md",
        names: &names,
        table: &table,
    };
    let agent = client::agent(endpoint, Arc::new(Hosts::default()));
    client::ask(&agent, endpoint, ask).map_err(|error| error.to_string())
}

fn ask(server: &Server) -> Result<Written, String> {
    let endpoint = Endpoint::new(&server.url, "m", None, Duration::from_secs(20)).unwrap();
    ask_as(&endpoint)
}

fn shown(written: &Written) -> String {
    serde_json::to_string(&written.outcome).unwrap()
}

#[test]
fn a_good_answer_is_one_outcome_asked_for_once() {
    for content in [SHOW.to_owned(), format!("```json\n{SHOW}\n```")] {
        let server = server(vec![says(&content)]);
        let written = ask(&server).unwrap();
        assert_eq!(shown(&written), SHOW);
        assert_eq!(written.confidence, 0.9);
        let seen = server.seen.try_recv().unwrap();
        assert_eq!(seen.line, "POST /v1/chat/completions HTTP/1.1");
        assert_eq!(seen.body["model"], "m");
        assert_eq!(seen.body["response_format"]["type"], "json_schema");
        assert!(
            !seen
                .headers
                .iter()
                .any(|header| header.starts_with("authorization"))
        );
        assert!(server.seen.try_recv().is_err());
    }
    let talk = server(vec![says(r#"{"ask":"which file?"}"#)]);
    assert_eq!(
        ask(&talk).unwrap().outcome,
        Outcome::Ask("which file?".into())
    );
}

#[test]
fn the_key_is_sent_and_only_there() {
    let path = std::env::temp_dir().join(format!("llm-remoted-sent-{}", std::process::id()));
    std::fs::write(&path, "k-42\n").unwrap();
    let server = server(vec![says(SHOW)]);
    let key = Some(path.clone());
    let endpoint = Endpoint::new(&server.url, "m", key, Duration::from_secs(20)).unwrap();
    ask_as(&endpoint).unwrap();
    let seen = server.seen.recv().unwrap();
    assert!(
        seen.headers
            .contains(&"authorization: bearer k-42".to_owned())
    );
    assert!(!seen.body.to_string().contains("k-42"));
    // without its file nothing is sent at all.
    std::fs::remove_file(path).unwrap();
    assert!(ask_as(&endpoint).unwrap_err().contains("cannot be read"));
    assert!(server.seen.try_recv().is_err());
}

#[test]
fn a_server_without_schemas_is_asked_in_plain_words() {
    let no = r#"{"error":{"message":"response_format is not supported"}}"#;
    let server = server(vec![Does::Say(400, no.into()), says(SHOW)]);
    assert_eq!(shown(&ask(&server).unwrap()), SHOW);
    let first = server.seen.recv().unwrap().body;
    let second = server.seen.recv().unwrap().body;
    assert!(first.get("response_format").is_some());
    assert!(second.get("response_format").is_none());
    assert_eq!(first["messages"], second["messages"]);
}

#[test]
fn whatever_else_it_answers_is_one_sentence() {
    let check = |does: Does, expect: &str| {
        let said = ask(&server(vec![does])).unwrap_err();
        assert!(said.contains(expect), "{said}");
        assert!(!said.chars().any(char::is_control), "{said:?}");
    };
    let status = |status: u16, body: &str| Does::Say(status, body.to_owned());
    check(status(401, "{}"), "wants a key (401)");
    check(status(404, ""), "has no model `m`");
    check(
        status(500, r#"{"error":{"message":"out\u001b[2J of memory"}}"#),
        "an error (500: out [2J of memory)",
    );
    check(status(503, "<html>"), "an error (503)");
    check(status(302, ""), "an error (302)");
    check(status(400, r#"{"error":"no"}"#), "an error (400: no)");
    check(status(200, "hello"), "no chat completion");
    check(status(200, "[]"), "no chat completion");
    check(says("I would rather talk."), "no plan of this machine");
    check(
        says(r#"{"plan":[{"type":"read_file","path":"notes.md","sudo":true}]}"#),
        "no argument `sudo`",
    );
    check(
        says(r#"{"plan":[{"type":"delete_file","path":"/data/home/operator"}]}"#),
        "m at 127.0.0.1:",
    );
    check(
        says(r#"{"plan":[{"type":"delete_file","path":"/data/home/operator"}]}"#),
        "put `/data/home/operator` into path of delete_file, which was not said",
    );
    check(says(&"x".repeat(70_000)), "more than 64 KiB");
    check(
        status(200, &completion(&"x".repeat(REPLY_MAX_BYTES)).to_string()),
        "more than 1024 KiB",
    );
}

#[test]
fn a_server_that_dies_half_way_is_said_so() {
    let whole = completion(SHOW).to_string();
    for bytes in [0, 10, 60, 150] {
        let server = server(vec![Does::Break(whole.clone(), bytes)]);
        let said = ask(&server).unwrap_err();
        assert!(
            said.contains("closed the connection before its answer was whole"),
            "{bytes}: {said}"
        );
    }
}

#[test]
fn nobody_there_and_nobody_in_time() {
    let place = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let short = |url: &str| Endpoint::new(url, "m", None, Duration::from_secs(1)).unwrap();
    let said = ask_as(&short(&format!("http://{place}/v1"))).unwrap_err();
    assert!(
        said.contains(&format!("{place} cannot be reached")),
        "{said}"
    );
    let said = ask_as(&short("http://no.such.host.example/v1")).unwrap_err();
    assert!(said.contains("there is no host of that name"), "{said}");
    for does in [Does::Hang, Does::Drip] {
        let server = server(vec![does]);
        let began = Instant::now();
        let said = ask_as(&short(&server.url)).unwrap_err();
        assert!(said.contains("gave no whole answer in 1 s"), "{said}");
        assert!(began.elapsed() < Duration::from_secs(4));
    }
}
