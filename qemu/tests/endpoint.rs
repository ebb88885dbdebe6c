//! a model elsewhere: asked where the embedded one is not sure, announced, and skipped when it fails.

mod common;

use common::{BOOT, STEP, THINK, disk};
use llm_os_qemu::{Machine, Profile};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

/// where words may leave the machine, the prompt says where to.
const PROMPT: &str = "llmsh (10.0.2.2)> ";
/// what no model of this machine can be sure of. another training may be sure of one of them.
const ODD: [&str; 5] = [
    "do the usual with the logs and then the other thing",
    "please sort out the thing from before",
    "make the boat happy again",
    "gently persuade the second cousin of my notes",
    "perhaps some of it or rather not quite",
];
const ANSWER: &str = r#"{"answer":"the endpoint says hello"}"#;

/// answers whole once, and from then on closes half-way. sends on what it was asked.
fn server() -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its number").port();
    let (sender, asked) = channel();
    thread::spawn(move || {
        let mut whole = true;
        for mut stream in listener.incoming().map_while(Result::ok) {
            let Some(body) = read(&stream) else {
                continue;
            };
            let _ = sender.send(body);
            let reply = serde_json::json!({
                "choices": [{"message": {"role": "assistant", "content": ANSWER}, "finish_reason": "stop"}],
            })
            .to_string();
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                reply.len()
            );
            let much = if whole { reply.len() } else { reply.len() / 2 };
            whole = false;
            let _ = stream.write_all(head.as_bytes());
            let _ = stream.write_all(&reply.as_bytes()[..much]);
        }
    });
    (port, asked)
}

fn read(stream: &TcpStream) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim().to_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    String::from_utf8(body).ok()
}

/// types words until the embedded model is not sure of them, and returns what was said to that.
fn handed_on(machine: &mut Machine, odd: &mut impl Iterator<Item = &'static str>) -> String {
    for words in odd {
        machine.type_line(words).expect("typing");
        let said = machine.expect(PROMPT, THINK).expect(words);
        if said.contains("(not sure, confidence") {
            return said;
        }
    }
    panic!("the embedded model was sure of everything");
}

#[test]
#[ignore = "boots a machine: cargo os test boot"]
fn an_unsure_answer_is_handed_on_to_the_endpoint_and_a_broken_one_is_skipped() {
    let (port, asked) = server();
    let (image, disk) = disk();
    let settings = format!("[endpoint]\nurl = \"http://10.0.2.2:{port}/v1\"\nmodel = \"m\"\n");
    disk.set_settings(&settings).expect("settings");
    let profile = Profile::for_image(&image, &disk).with_network();
    let mut machine = Machine::boot(profile).expect("qemu starts");
    machine.expect(PROMPT, BOOT).expect("the first prompt");

    // a command needs no model, and nothing leaves the machine.
    machine.type_line("pwd").expect("typing");
    let said = machine.expect(PROMPT, STEP).expect("pwd");
    assert!(said.contains("/data/home/operator"), "{said}");
    assert!(asked.try_recv().is_err(), "a command was sent away");

    let mut odd = ODD.into_iter();
    let said = handed_on(&mut machine, &mut odd);
    let announced = format!(
        "asking m at 10.0.2.2:{port}; your words and the names shown with them leave this machine"
    );
    assert!(said.contains(&announced), "{said}");
    assert!(said.contains("the endpoint says hello"), "{said}");
    let sent = asked.try_recv().expect("the server was asked");
    assert!(sent.contains("Request: "), "{sent}");

    // now it closes half-way: one line, and what the embedded model had said.
    let said = handed_on(&mut machine, &mut odd);
    let skipped = format!(
        "(skipped m at 10.0.2.2:{port}: 10.0.2.2:{port} closed the connection before its answer was \
         whole: ask again; what follows is the embedded model's)"
    );
    assert!(said.contains(&skipped), "{said}");
    assert!(!said.contains("the endpoint says hello"), "{said}");
}
