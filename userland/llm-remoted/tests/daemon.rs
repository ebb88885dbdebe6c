//! the daemon as pid 1 starts it, and `--ask`.

mod common;

use common::{Does, SHOW, names, says, server, table};
use llm_os_wire::frame;
use llm_os_wire::model::{Reply, Request, Stage};
use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

struct Daemon {
    child: Child,
    folder: PathBuf,
}

impl Daemon {
    fn start(name: &str, url: &str, idle_s: u32) -> Self {
        let folder =
            std::env::temp_dir().join(format!("llm-remoted-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let listener = UnixListener::bind(folder.join("remote.sock")).unwrap();
        // on the machine it is a bare name under /data/secrets.
        let key = folder.join("key");
        std::fs::write(&key, "k-42\n").unwrap();
        // the shell moves the socket from where the standard library can put it to where pid 1 does.
        let child = Command::new("sh")
            .args([
                "-c",
                "exec \"$0\" \"$@\" 3<&0 </dev/null",
                env!("CARGO_BIN_EXE_llm-remoted"),
            ])
            .env_clear()
            .env("LLM_OS_SOCKET_FD", "3")
            .env("LLM_OS_MODEL_IDLE_S", idle_s.to_string())
            .env("LLM_OS_ENDPOINT_URL", url)
            .env("LLM_OS_ENDPOINT_MODEL", "m")
            .env("LLM_OS_ENDPOINT_KEY", &key)
            .env("LLM_OS_ENDPOINT_TIMEOUT_S", "30")
            .stdin(Stdio::from(OwnedFd::from(listener)))
            .spawn()
            .unwrap();
        Daemon { child, folder }
    }

    fn ask(&self) -> UnixStream {
        let mut stream = UnixStream::connect(self.folder.join("remote.sock")).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        ask(&mut stream);
        stream
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn ask(stream: &mut UnixStream) {
    let request = Request::Ask {
        request: "show my notes.md".to_owned(),
        names: Box::new(names()),
        table: table(),
        background: false,
    };
    frame::write(stream, &request).unwrap();
}

fn answer(stream: &mut UnixStream) -> Reply {
    assert_eq!(
        frame::read::<Reply>(stream).unwrap(),
        Reply::Progress {
            stage: Stage::Thinking
        }
    );
    frame::read(stream).unwrap()
}

#[test]
fn it_answers_from_behind_its_walls_and_goes_when_idle() {
    let server = server(vec![says(SHOW)]);
    let mut daemon = Daemon::start("life", &server.url, 2);
    let mut stream = daemon.ask();
    let Reply::Outcome { outcome, model, .. } = answer(&mut stream) else {
        panic!("no outcome");
    };
    assert_eq!(serde_json::to_string(&outcome).unwrap(), SHOW);
    assert!(model.starts_with("m at 127.0.0.1:"), "{model}");
    // the one file that it may still read, also when it was changed.
    let bearer = |word: &str| format!("authorization: bearer {word}");
    assert!(
        server
            .seen
            .recv()
            .unwrap()
            .headers
            .contains(&bearer("k-42"))
    );
    std::fs::write(daemon.folder.join("key"), "k-43").unwrap();
    let status = std::fs::read_to_string(format!("/proc/{}/status", daemon.child.id())).unwrap();
    assert!(
        status.contains("NoNewPrivs:\t1") && status.contains("Seccomp:\t2"),
        "{status}"
    );
    // nonsense is told so, and the connection goes on.
    frame::write(&mut stream, &serde_json::json!({"shell": "rm -rf /"})).unwrap();
    let reply = frame::read::<Reply>(&mut stream).unwrap();
    assert!(matches!(reply, Reply::Error { message } if message.contains("not understood")));
    ask(&mut stream);
    assert!(matches!(answer(&mut stream), Reply::Outcome { .. }));
    assert!(
        server
            .seen
            .recv()
            .unwrap()
            .headers
            .contains(&bearer("k-43"))
    );
    let began = Instant::now();
    let code = loop {
        if let Some(code) = daemon.child.try_wait().unwrap() {
            break code;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "it stayed");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert!(
        code.success() && began.elapsed() > Duration::from_secs(1),
        "{code}"
    );
}

#[test]
fn a_cancel_or_a_hang_up_ends_the_request_at_once_and_holds_up_nobody() {
    let server = server(vec![Does::Hang, Does::Hang, says(SHOW)]);
    let daemon = Daemon::start("cancel", &server.url, 60);
    let mut first = daemon.ask();
    server.seen.recv().unwrap();
    let second = daemon.ask();
    server.seen.recv().unwrap();
    // a third is served while two wait.
    assert!(matches!(answer(&mut daemon.ask()), Reply::Outcome { .. }));
    let began = Instant::now();
    frame::write(&mut first, &Request::Cancel).unwrap();
    let reply = answer(&mut first);
    assert!(matches!(reply, Reply::Error { message } if message.contains("cancelled")));
    server.closed.recv_timeout(Duration::from_secs(5)).unwrap();
    drop(second);
    server.closed.recv_timeout(Duration::from_secs(5)).unwrap();
    assert!(began.elapsed() < Duration::from_secs(5));
    // the first connection is still good.
    ask(&mut first);
    assert!(matches!(answer(&mut first), Reply::Outcome { .. }));
}

#[test]
fn what_goes_wrong_is_told_and_the_daemon_stays() {
    let whole = common::completion(SHOW).to_string();
    let server = server(vec![Does::Break(whole, 99), says(SHOW)]);
    let daemon = Daemon::start("half", &server.url, 60);
    let mut stream = daemon.ask();
    let reply = answer(&mut stream);
    assert!(
        matches!(&reply, Reply::Error { message } if message.contains("before its answer was whole")),
        "{reply:?}"
    );
    ask(&mut stream);
    assert!(matches!(answer(&mut stream), Reply::Outcome { .. }));
}

#[test]
fn lines_are_asked_as_the_model_runner_does() {
    let server = server(vec![says(SHOW), says("nothing")]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_llm-remoted"))
        .args(["--ask", "--json", "--model", "m", "--url", &server.url])
        .args([
            "--table",
            concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../capability/capabilities.json"
            ),
        ])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines =
        "{\"request\":\"show notes.md\",\"world\":{\"files\":[\"notes.md\"]}}\n\nhow are you?\n";
    child
        .stdin
        .take()
        .unwrap()
        .write_all(lines.as_bytes())
        .unwrap();
    let out = child.wait_with_output().unwrap();
    let said = String::from_utf8(out.stdout).unwrap();
    let lines: Vec<serde_json::Value> = said
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(out.status.code(), Some(1));
    assert_eq!(lines.len(), 2, "{said}");
    assert_eq!(lines[0]["outcome"], "plan");
    assert_eq!(lines[0]["risk"], "observe");
    assert_eq!(lines[1]["outcome"], "error");
    let usage = Command::new(env!("CARGO_BIN_EXE_llm-remoted"))
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(usage.status.code(), Some(2));
}
