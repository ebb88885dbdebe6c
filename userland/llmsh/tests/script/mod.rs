//! a scripted executor and model runner on real sockets, and the program between them and a pipe or a
//! pseudo terminal.

use llm_os_schema::result::{PlanResult, Status, StepResult, StepView, Verdict};
use llm_os_schema::{CapabilityTable, Risk};
use llm_os_wire::executor::{PROTOCOL, Reply, Request};
use llm_os_wire::{frame, model};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};

use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// how long anything may take before a test fails.
const LONGEST: Duration = Duration::from_secs(20);

pub struct Machine {
    folder: PathBuf,
    /// open connections to the executor, so that killing it closes them.
    executor: Arc<Mutex<Vec<UnixStream>>>,
    /// a model elsewhere is told to the program.
    endpoint: bool,
}

pub fn proposal(sentence: &str, risk: Risk, verdict: Verdict) -> Reply {
    Reply::Proposal {
        steps: vec![StepView {
            sentence: sentence.to_owned(),
            risk,
            loses: None,
            way_back: None,
        }],
        risk,
        hash: "0".repeat(64),
        verdict,
    }
}

pub fn run_of(status: Status, id: Option<u64>) -> Vec<Reply> {
    let result = StepResult {
        status,
        summary: "the summary".to_owned(),
        origin: "file /x".to_owned(),
        cut: false,
        exit_code: None,
        names: Vec::new(),
    };
    vec![
        Reply::StepDone {
            step: 0,
            result: result.clone(),
        },
        Reply::Done(PlanResult {
            id,
            status,
            steps: vec![result],
            undoable: id.is_some(),
            next: vec![],
        }),
    ]
}

impl Machine {
    pub fn start(
        executor: impl Fn(&Request) -> Vec<Reply> + Send + Sync + Clone + 'static,
        model: impl Fn(&str) -> Vec<model::Reply> + Send + Sync + Clone + 'static,
    ) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("llmsh-{}-{count}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut machine = Machine {
            folder,
            executor: Arc::default(),
            endpoint: false,
        };
        machine.start_executor(executor);
        machine.start_model("model", model);
        machine
    }

    /// the same with a model elsewhere.
    pub fn with_endpoint(
        mut self,
        model: impl Fn(&str) -> Vec<model::Reply> + Send + Sync + Clone + 'static,
    ) -> Self {
        self.start_model("remote", model);
        self.endpoint = true;
        self
    }

    fn start_model(
        &self,
        socket: &str,
        model: impl Fn(&str) -> Vec<model::Reply> + Send + Sync + Clone + 'static,
    ) {
        let listener = UnixListener::bind(self.folder.join(socket)).unwrap();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let model = model.clone();
                thread::spawn(move || serve_model(stream, model));
            }
        });
    }

    pub fn start_executor(
        &mut self,
        script: impl Fn(&Request) -> Vec<Reply> + Send + Sync + Clone + 'static,
    ) {
        let listener = UnixListener::bind(self.folder.join("executor")).unwrap();
        let open = self.executor.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                open.lock().unwrap().push(stream.try_clone().unwrap());
                let script = script.clone();
                thread::spawn(move || serve_executor(stream, script));
            }
        });
    }

    pub fn kill_executor(&mut self) {
        std::fs::remove_file(self.folder.join("executor")).unwrap();
        for stream in self.executor.lock().unwrap().drain(..) {
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_llmsh"));
        command
            .args(args)
            .env_clear()
            .env("LLM_OS_OSD_SOCKET", self.folder.join("executor"))
            .env("LLM_OS_MODEL_SOCKET", self.folder.join("model"))
            .env("LLM_OS_REMOTE_SOCKET", self.folder.join("remote"))
            .env("HOME", &self.folder);
        if self.endpoint {
            command
                .env("LLM_OS_ENDPOINT_URL", "http://10.0.2.2:8080/v1")
                .env("LLM_OS_ENDPOINT_MODEL", "m");
        }
        command
    }

    /// runs the program with `typed` as its input; gives standard output and the exit code.
    pub fn pipe(&self, args: &[&str], typed: &str) -> (String, i32) {
        let mut child = self
            .command(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // it may end before it has read everything.
        let _ = child.stdin.take().unwrap().write_all(typed.as_bytes());
        let output = child.wait_with_output().unwrap();
        (
            String::from_utf8(output.stdout).unwrap(),
            output.status.code().unwrap(),
        )
    }

    /// runs the program on a pseudo terminal.
    pub fn terminal(&self, term: &str) -> Terminal {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let name = ptsname(&ours, Vec::new()).unwrap();
        let open = || {
            OpenOptions::new()
                .read(true)
                .write(true)
                .open(name.to_str().unwrap())
                .unwrap()
        };
        // `setsid -c` gives it the terminal, so that ^c becomes a signal as on a console.
        let plain = self.command(&[]);
        let mut command = Command::new("setsid");
        command
            .arg("-c")
            .arg(plain.get_program())
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("TERM", term);
        for (key, value) in plain.get_envs() {
            command.env(key, value.unwrap());
        }
        let child = command
            .stdin(open())
            .stdout(open())
            .stderr(open())
            .spawn()
            .unwrap();
        Terminal {
            ours: File::from(ours),
            child,
            seen: String::new(),
            read_to: 0,
        }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn serve_executor(mut stream: UnixStream, script: impl Fn(&Request) -> Vec<Reply>) {
    while let Ok(request) = frame::read::<Request>(&mut stream) {
        let replies = match request {
            Request::Hello { .. } => vec![Reply::Welcome {
                protocol: PROTOCOL,
                build: "scripted".to_owned(),
                who: "operator".to_owned(),
                home: "/home/op".to_owned(),
                table: table(),
            }],
            request => script(&request),
        };
        for reply in replies {
            if frame::write(&mut stream, &reply).is_err() {
                return;
            }
        }
    }
}

/// one that was not sure goes to sleep at once.
fn serve_model(mut stream: UnixStream, script: impl Fn(&str) -> Vec<model::Reply>) {
    while let Ok(model::Request::Ask { request, .. }) = frame::read(&mut stream) {
        let replies = script(&request);
        let unsure = |reply: &model::Reply| matches!(reply, model::Reply::Outcome { confidence, .. } if *confidence < 0.5);
        let bytes: Vec<u8> = replies
            .iter()
            .flat_map(|reply| frame::encode(reply).unwrap())
            .collect();
        if stream.write_all(&bytes).is_err() || replies.iter().any(unsure) {
            return;
        }
    }
}

fn table() -> CapabilityTable {
    serde_json::from_str(include_str!("../../../capability/capabilities.json")).unwrap()
}

/// the person's side of a pseudo terminal.
pub struct Terminal {
    ours: File,
    child: Child,
    seen: String,
    read_to: usize,
}

impl Terminal {
    pub fn send(&mut self, text: &str) {
        self.ours.write_all(text.as_bytes()).unwrap();
    }

    /// waits until `text` is shown after what was expected before.
    pub fn expect(&mut self, text: &str) {
        assert!(
            self.seen_until(text, Instant::now() + LONGEST),
            "{text:?} did not come; after {:?} there was {:?}",
            &self.seen[..self.read_to],
            &self.seen[self.read_to..]
        );
    }

    /// whether `text` is shown before `deadline`.
    pub fn seen_until(&mut self, text: &str, deadline: Instant) -> bool {
        loop {
            if let Some(at) = self.seen[self.read_to..].find(text) {
                self.read_to += at + text.len();
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || !self.read(left) {
                return false;
            }
        }
    }

    /// everything that was shown.
    pub fn seen(&self) -> &str {
        &self.seen
    }

    /// the exit code, once the program has ended.
    pub fn end(&mut self) -> Option<i32> {
        let deadline = Instant::now() + LONGEST;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            self.read(Duration::from_millis(20));
        }
        None
    }

    fn read(&mut self, longest: Duration) -> bool {
        let longest = Timespec {
            tv_sec: longest.as_secs() as i64,
            tv_nsec: longest.subsec_nanos().into(),
        };
        let mut fds = [PollFd::new(&self.ours, PollFlags::IN)];
        if poll(&mut fds, Some(&longest)) != Ok(1) {
            return true;
        }
        let mut piece = [0; 4096];
        match self.ours.read(&mut piece) {
            Ok(count) if count > 0 => {
                self.seen
                    .push_str(&String::from_utf8_lossy(&piece[..count]));
                true
            }
            _ => false,
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
