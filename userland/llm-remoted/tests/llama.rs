//! a real server: llama.cpp's own, with a model of random weights.
//!
//! such a model knows nothing: under the json schema it writes what has the form of an outcome and
//! no sense. so this shows both that the protocol is spoken as the server speaks it, and that what
//! has no ground is refused. `cargo os test endpoint` builds the server and runs this.

#[path = "../../llm-modeld/tests/common/mod.rs"]
mod model;

use llm_os_schema::Outcome;
use llm_remoted::answer::{Ask, Written};
use llm_remoted::endpoint::Endpoint;
use llm_remoted::hosts::Hosts;
use llm_remoted::{RemoteError, client};
use model::{ground, names, table, tiny};
use rustix::process::{Pid, Signal, kill_process};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

const REQUEST: &str = "create a file named hello.txt with content 'world'";
/// how long the server may take to come up.
const START: Duration = Duration::from_secs(120);

struct Llama {
    child: Child,
    port: u16,
    folder: PathBuf,
}

impl Llama {
    fn start(name: &str, seed: u64) -> Self {
        let program = std::env::var_os("LLM_OS_LLAMA_SERVER").expect("LLM_OS_LLAMA_SERVER");
        let folder =
            std::env::temp_dir().join(format!("llm-remoted-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("tiny.gguf");
        std::fs::write(&file, tiny::gguf(seed, None)).unwrap();
        let port = {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            listener.local_addr().unwrap().port()
        };
        let log = std::fs::File::create(folder.join("log")).unwrap();
        let child = Command::new(program)
            .arg("--model")
            .arg(&file)
            // the whole table in single bytes is longer than the tiny model's file says it reads.
            .args([
                "--override-kv",
                "llama.context_length=int:32768",
                "--ctx-size",
                "32768",
            ])
            .args(["--host", "127.0.0.1", "--port", &port.to_string()])
            .args([
                "--parallel",
                "1",
                "--threads",
                "1",
                "--no-warmup",
                "--no-webui",
            ])
            .args(plain_text())
            .env_clear()
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut llama = Llama {
            child,
            port,
            folder,
        };
        llama.wait();
        llama
    }

    /// until it has loaded its model: before that it says 503.
    fn wait(&mut self) {
        let end = Instant::now() + START;
        let health = format!("http://127.0.0.1:{}/health", self.port);
        while !ureq::get(&health)
            .call()
            .is_ok_and(|reply| reply.status() == 200)
        {
            let ended = self.child.try_wait().unwrap();
            assert!(
                ended.is_none() && Instant::now() < end,
                "{}",
                std::fs::read_to_string(self.folder.join("log")).unwrap()
            );
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn ask(&self, request: &str) -> Result<Written, RemoteError> {
        ask(self.port, request)
    }
}

/// random bytes in a string are no utf-8, and the server stumbles over its own model: no byte above
/// ascii is chosen, and a mark of quotation rather often, so that strings come to an end. the first
/// 256 tokens of the tiny model are the bytes.
fn plain_text() -> Vec<String> {
    let never = (128..256).map(|byte| format!("{byte}-1000"));
    let often = std::iter::once(format!("{}+6", b'"'));
    never
        .chain(often)
        .flat_map(|bias| ["--logit-bias".to_owned(), bias])
        .collect()
}

impl Drop for Llama {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn ask(port: u16, request: &str) -> Result<Written, RemoteError> {
    let url = format!("http://127.0.0.1:{port}/v1");
    let endpoint = Endpoint::new(&url, "tiny", None, Duration::from_secs(300)).unwrap();
    let (names, table) = (names(), table());
    let ask = Ask {
        request,
        names: &names,
        table: &table,
    };
    let agent = client::agent(&endpoint, Arc::new(Hosts::default()));
    client::ask(&agent, &endpoint, ask)
}

#[test]
#[ignore = "needs llama.cpp's server: cargo os test endpoint"]
fn a_real_server_is_understood_and_what_it_invents_is_refused() {
    let (mut taken, mut refused) = (0, 0);
    for seed in 1..=4 {
        let llama = Llama::start(&format!("seed-{seed}"), seed);
        for request in [REQUEST, "how much memory is free?", "stop web", "say hello"] {
            match llama.ask(request) {
                Ok(written) => {
                    taken += 1;
                    assert!(written.tokens > 0, "{written:?}");
                    // its own probabilities, not the figure for want of them.
                    assert!(written.confidence > 0.0 && written.confidence != 0.9);
                    if let Outcome::Plan(_) = written.outcome {
                        ground::assert_grounded(&table(), request, &names(), &written.outcome);
                    }
                }
                Err(why @ (RemoteError::Ungrounded { .. } | RemoteError::NotAnOutcome { .. })) => {
                    println!("{request}: {why}");
                    refused += 1;
                }
                Err(other) => panic!("{request}: {other}"),
            }
        }
    }
    println!("{taken} outcomes, {refused} refused");
    assert!(taken > 0, "no outcome under the schema was understood");
    assert!(refused > 0, "a model of random weights made sense");
}

#[test]
#[ignore = "needs llama.cpp's server: cargo os test endpoint"]
fn a_real_server_that_is_killed_half_way_is_said_so() {
    let mut llama = Llama::start("killed", 3);
    let pid = Pid::from_child(&llama.child);
    // it takes the request in and gets no further.
    kill_process(pid, Signal::STOP).unwrap();
    let port = llama.port;
    let asking = thread::spawn(move || ask(port, REQUEST));
    let end = Instant::now() + Duration::from_secs(20);
    while !is_connected(port) {
        assert!(Instant::now() < end, "nobody connected");
        thread::sleep(Duration::from_millis(10));
    }
    llama.child.kill().unwrap();
    llama.child.wait().unwrap();
    let said = asking.join().unwrap().unwrap_err().to_string();
    assert_eq!(
        said,
        format!("127.0.0.1:{port} closed the connection before its answer was whole: ask again")
    );
    // and after that there is nobody.
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    let said = ask(port, REQUEST).unwrap_err().to_string();
    assert!(said.contains("cannot be reached"), "{said}");
}

/// whether a connection to `port` stands; proc(5).
fn is_connected(port: u16) -> bool {
    let text = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let remote = format!("0100007F:{port:04X}");
    text.lines().any(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words.get(2) == Some(&remote.as_str()) && words.get(3) == Some(&"01")
    })
}
