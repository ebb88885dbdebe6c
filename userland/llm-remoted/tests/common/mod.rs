//! a small server that answers as it is told, and what is asked of it.

#![allow(dead_code)] // each test program uses its part of it

use llm_os_schema::{CapabilityTable, Names};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

pub const SHOW: &str = r#"{"plan":[{"type":"read_file","path":"notes.md"}]}"#;

/// what the server does with one request.
#[derive(Clone)]
pub enum Does {
    /// status and body.
    Say(u16, String),
    /// so many bytes of what it would say, and no more.
    Break(String, usize),
    /// nothing, until the other side closes.
    Hang,
    /// a byte now and then, for ever.
    Drip,
}

/// a completion with this content.
pub fn says(content: &str) -> Does {
    Does::Say(200, completion(content).to_string())
}

pub fn completion(content: &str) -> Value {
    json!({"choices": [{"message": {"role": "assistant", "content": content}, "finish_reason": "stop"}]})
}

/// one request as the server saw it.
pub struct Seen {
    pub line: String,
    pub headers: Vec<String>,
    pub body: Value,
}

pub struct Server {
    pub url: String,
    pub seen: Receiver<Seen>,
    /// a connection whose other side closed while the server hung.
    pub closed: Receiver<()>,
}

/// a server that does these in turn, and then the last one for ever.
pub fn server(does: Vec<Does>) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let (sender, seen) = channel();
    let (gone, closed) = channel();
    thread::spawn(move || {
        let mut turn = 0;
        for stream in listener.incoming().map_while(Result::ok) {
            let Some(request) = read(&stream) else {
                continue;
            };
            let _ = sender.send(request);
            let what = does[turn.min(does.len() - 1)].clone();
            turn += 1;
            let gone = gone.clone();
            thread::spawn(move || answer(stream, what, &gone));
        }
    });
    Server { url, seen, closed }
}

fn read(stream: &TcpStream) -> Option<Seen> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut headers = Vec::new();
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let header = header.trim().to_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        headers.push(header);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Seen {
        line: line.trim().to_owned(),
        headers,
        body: serde_json::from_slice(&body).ok()?,
    })
}

fn answer(mut stream: TcpStream, what: Does, gone: &std::sync::mpsc::Sender<()>) {
    let whole = |status: u16, body: &str| {
        format!(
            "HTTP/1.1 {status} Word\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
    };
    match what {
        Does::Say(status, body) => {
            let _ = stream.write_all(whole(status, &body).as_bytes());
        }
        Does::Break(body, bytes) => {
            let text = whole(200, &body);
            let _ = stream.write_all(&text.as_bytes()[..bytes.min(text.len())]);
        }
        Does::Hang => {
            let mut rest = [0; 1];
            if matches!(stream.read(&mut rest), Ok(0) | Err(_)) {
                let _ = gone.send(());
            }
        }
        Does::Drip => {
            let _ = stream.write_all(b"HTTP/1.1 200 Word\r\ncontent-length: 100000\r\n\r\n");
            while stream.write_all(b" ").is_ok() {
                thread::sleep(Duration::from_millis(50));
            }
            let _ = gone.send(());
        }
    }
}

/// the golden copy of the capability table.
pub fn table() -> CapabilityTable {
    serde_json::from_str(include_str!("../../../capability/capabilities.json")).unwrap()
}

pub fn names() -> Names {
    Names {
        units: vec!["web".into()],
        files: vec!["notes.md".into()],
        ..Names::default()
    }
}
