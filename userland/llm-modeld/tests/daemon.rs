//! the daemon as pid 1 starts it: with a listening socket, an environment, and nothing else.

mod common;

use common::{ground, names, table, tiny};
use llm_os_schema::Names;
use llm_os_wire::frame;
use llm_os_wire::model::{Reply, Request, Stage};
use std::ffi::OsStr;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const CREATE: &str = "Create a file named hello.txt with content 'world'";

struct Daemon {
    child: Child,
    folder: PathBuf,
}

impl Daemon {
    fn start(name: &str, model: &[u8], idle_s: u32) -> Self {
        let folder = scratch(name);
        std::fs::write(folder.join("tiny.gguf"), model).unwrap();
        let file = folder.join("tiny.gguf");
        Daemon::start_in(folder, &["--model".as_ref(), file.as_os_str()], idle_s)
    }

    fn start_in(folder: PathBuf, model: &[&OsStr], idle_s: u32) -> Self {
        let listener = UnixListener::bind(folder.join("model.sock")).unwrap();
        // the shell moves the socket from where the standard library can put it to where pid 1 does.
        let child = Command::new("sh")
            .args([
                "-c",
                "exec \"$0\" \"$@\" 3<&0 </dev/null",
                env!("CARGO_BIN_EXE_llm-modeld"),
            ])
            .args(model)
            .env_clear()
            .env("LLM_OS_SOCKET_FD", "3")
            .env("LLM_OS_MODEL_IDLE_S", idle_s.to_string())
            .env("LLM_OS_MODEL_CACHE", folder.join("cache"))
            .stdin(Stdio::from(OwnedFd::from(listener)))
            .spawn()
            .unwrap();
        Daemon { child, folder }
    }

    fn connect(&self) -> UnixStream {
        let stream = UnixStream::connect(self.folder.join("model.sock")).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        stream
    }

    fn status(&self, key: &str) -> String {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = text
            .lines()
            .find(|line| line.starts_with(key))
            .unwrap()
            .to_owned();
        line.split_once('\t').unwrap().1.to_owned()
    }
}

fn scratch(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("llm-modeld-{}-{name}", std::process::id()));
    std::fs::create_dir_all(folder.join("cache")).unwrap();
    folder
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn ask(stream: &mut UnixStream, request: &str) {
    ask_in(stream, request, &names());
}

fn ask_in(stream: &mut UnixStream, request: &str, names: &Names) {
    let ask = Request::Ask {
        request: request.to_owned(),
        names: Box::new(names.clone()),
        table: table(),
        background: false,
    };
    frame::write(stream, &ask).unwrap();
}

/// the stages on the way, and the last word.
fn answer(stream: &mut UnixStream) -> (Vec<Stage>, Reply) {
    let mut stages = Vec::new();
    loop {
        match frame::read(stream).unwrap() {
            Reply::Progress { stage } => stages.push(stage),
            last => return (stages, last),
        }
    }
}

/// the outcome in words.
fn said(reply: &Reply) -> String {
    match reply {
        Reply::Outcome { outcome, .. } => serde_json::to_string(outcome).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// whether an answer came from memory.
fn remembered(reply: &Reply) -> bool {
    matches!(
        reply,
        Reply::Outcome {
            remembered: true,
            ..
        }
    )
}

fn assert_good(reply: &Reply) {
    match reply {
        Reply::Outcome {
            outcome,
            model,
            confidence,
            ..
        } => {
            ground::assert_grounded(&table(), CREATE, &names(), outcome);
            assert_eq!(model, "tiny.gguf");
            assert!((0.0..=1.0).contains(confidence));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn it_wakes_answers_and_goes() {
    let mut daemon = Daemon::start("life", &tiny::gguf(3, None), 3);
    let mut first = daemon.connect();
    ask(&mut first, CREATE);
    let (stages, reply) = answer(&mut first);
    assert_eq!(stages, [Stage::Waking, Stage::Thinking]);
    assert_good(&reply);
    // it has shut itself in: no new rights, a system call filter.
    assert_eq!(
        (daemon.status("NoNewPrivs"), daemon.status("Seccomp:")),
        ("1".into(), "2".into())
    );
    // what it read is kept, in the one folder that it may write to.
    let kept = std::fs::read_dir(daemon.folder.join("cache"))
        .unwrap()
        .count();
    assert_eq!(kept, 1);
    // a second connection while the first stays open; the model is awake.
    let mut second = daemon.connect();
    ask_in(&mut second, CREATE, &Names::default());
    let (stages, other) = answer(&mut second);
    assert_eq!(stages, [Stage::Thinking]);
    assert!(!remembered(&other), "{other:?}");
    // in the same state the same again, without a thought; in another letter it is another request.
    ask(&mut second, CREATE);
    let (stages, again) = answer(&mut second);
    assert_eq!((stages, remembered(&again)), (vec![], true));
    assert_good(&again);
    assert_eq!(said(&again), said(&reply));
    ask(&mut second, &CREATE.to_lowercase());
    assert_eq!(answer(&mut second).0, [Stage::Thinking]);
    // nonsense is told so, and the connection goes on; half a frame ends it.
    frame::write(&mut second, &serde_json::json!({"shell": "rm -rf /"})).unwrap();
    let (_, reply) = answer(&mut second);
    assert!(matches!(reply, Reply::Error { message } if message.contains("not understood")));
    second.write_all(&u32::MAX.to_le_bytes()).unwrap();
    assert!(frame::read::<Reply>(&mut second).is_err());
    ask(&mut first, CREATE);
    assert_good(&answer(&mut first).1);
    // an open connection is no request: it goes all the same.
    let began = Instant::now();
    let code = loop {
        if let Some(code) = daemon.child.try_wait().unwrap() {
            break code;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "it stayed");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert!(
        code.success() && began.elapsed() > Duration::from_secs(2),
        "{code} {:?}",
        began.elapsed()
    );
}

#[test]
fn the_embedded_model_answers_from_behind_its_walls() {
    let weights = concat!(env!("CARGO_MANIFEST_DIR"), "/../../image/model/weights");
    let daemon = Daemon::start_in(
        scratch("embedded"),
        &["--embedded".as_ref(), weights.as_ref()],
        60,
    );
    let mut stream = daemon.connect();
    ask(&mut stream, CREATE);
    let (stages, reply) = answer(&mut stream);
    assert_eq!(stages, [Stage::Waking, Stage::Thinking]);
    let Reply::Outcome { outcome, model, .. } = reply else {
        panic!("{reply:?}");
    };
    assert_eq!(model, "embedded");
    assert_eq!(
        serde_json::to_string(&outcome).unwrap(),
        r#"{"plan":[{"type":"write_file","path":"hello.txt","content":"world"}]}"#
    );
    // several at once.
    let mut streams = [(); 5].map(|()| daemon.connect());
    for (at, stream) in streams.iter_mut().enumerate() {
        ask(
            stream,
            &format!("create a file named {at}.txt{}", " with a word".repeat(4)),
        );
    }
    for stream in &mut streams {
        let (stages, reply) = answer(stream);
        assert_eq!(stages, [Stage::Thinking]);
        assert!(matches!(reply, Reply::Outcome { .. }), "{reply:?}");
    }
    // the most that it ever had in memory, in KiB: a small board has little.
    let peak = daemon.status("VmHWM:");
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(peak < 128 * 1024, "{peak} KiB");
}

#[test]
fn a_cancel_or_a_hang_up_ends_a_generation() {
    let daemon = Daemon::start("cancel", &tiny::gguf(4, None), 60);
    let mut stream = daemon.connect();
    ask(&mut stream, CREATE);
    frame::write(&mut stream, &Request::Cancel).unwrap();
    let (_, reply) = answer(&mut stream);
    assert!(matches!(reply, Reply::Error { message } if message.contains("cancelled")));
    // who hangs up is not waited for, and the next one is served.
    let mut gone = daemon.connect();
    ask(&mut gone, CREATE);
    drop(gone);
    // what was broken off is not remembered: the same is thought about anew.
    ask(&mut stream, CREATE);
    let (stages, reply) = answer(&mut stream);
    // (woken now, if the first was cancelled before it was begun.)
    assert_eq!(stages.last(), Some(&Stage::Thinking));
    assert_good(&reply);
    // a cancel that comes too late is nothing.
    frame::write(&mut stream, &Request::Cancel).unwrap();
    ask(&mut stream, CREATE);
    assert_good(&answer(&mut stream).1);
}

#[test]
fn a_bad_model_is_said_to_every_client_and_the_daemon_stays() {
    let mut daemon = Daemon::start("bad", b"GGUF but no more", 60);
    for _ in 0..2 {
        let mut stream = daemon.connect();
        ask(&mut stream, CREATE);
        let (stages, reply) = answer(&mut stream);
        assert_eq!(stages, [Stage::Waking]);
        match reply {
            Reply::Error { message } => assert!(message.contains("tiny.gguf is"), "{message}"),
            other => panic!("{other:?}"),
        }
    }
    assert!(daemon.child.try_wait().unwrap().is_none());
    // put right, it works without a restart.
    std::fs::write(daemon.folder.join("tiny.gguf"), tiny::gguf(3, None)).unwrap();
    let mut stream = daemon.connect();
    ask(&mut stream, CREATE);
    assert_good(&answer(&mut stream).1);
}

#[test]
fn without_a_socket_it_says_what_to_do() {
    let out = Command::new(env!("CARGO_BIN_EXE_llm-modeld"))
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(out.status.code(), Some(2));
    let said = String::from_utf8(out.stderr).unwrap();
    assert!(said.contains("--help") && !said.contains("panic"), "{said}");
}

#[test]
fn lines_that_were_answered_before_need_no_model() {
    let folder = scratch("lines");
    let file = folder.join("tiny.gguf");
    std::fs::write(&file, tiny::gguf(3, None)).unwrap();
    let table = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../capability/capabilities.json"
    );
    let mut child = Command::new(env!("CARGO_BIN_EXE_llm-modeld"))
        .args(["--ask", "--json", "--table", table, "--model"])
        .arg(&file)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let in_world = |world: serde_json::Value| {
        serde_json::json!({ "request": CREATE, "world": world }).to_string()
    };
    let too_long = "word ".repeat(1000);
    let lines = [
        CREATE,
        CREATE,
        &in_world(serde_json::json!({})),
        &in_world(serde_json::json!({})),
        &in_world(serde_json::json!({"files": ["a.txt"]})),
        &too_long,
        &too_long,
    ];
    let stdin = child.stdin.take().unwrap();
    for line in lines {
        writeln!(&stdin, "{line}").unwrap();
    }
    drop(stdin);
    let out = child.wait_with_output().unwrap();
    let answers: Vec<serde_json::Value> = String::from_utf8(out.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let remembered: Vec<bool> = answers
        .iter()
        .map(|answer| answer["remembered"] == true)
        .collect();
    assert_eq!(
        remembered,
        [false, true, false, true, false, false, false],
        "{answers:?}"
    );
    for key in ["outcome", "actions", "text", "tokens", "confidence"] {
        assert_eq!(answers[0][key], answers[1][key], "{key}");
    }
    assert_eq!(answers[6]["outcome"], "error");
    let _ = std::fs::remove_dir_all(&folder);
}
