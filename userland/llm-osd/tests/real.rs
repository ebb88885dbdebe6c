//! the program itself, as an ordinary process: real capabilities, real jails, real files.
//!
//! as root it serves an operator who is not root, as on the machine; as anyone else it serves that
//! one. what needs a cgroup of version 2 is tested in the booted machine.

use llm_os_schema::Action;
use llm_os_schema::result::{Challenge, PlanResult, Status, Verdict};
use llm_os_wire::executor::{PROTOCOL, Reply, Request, Which};
use llm_os_wire::frame;
use rustix::process::{Gid, Uid};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

struct Daemon {
    folder: PathBuf,
    uid: u32,
    child: Child,
}

impl Daemon {
    fn new(name: &str) -> Self {
        // not below /tmp, which other tests of this machine may hide from jails.
        let folder =
            std::env::temp_dir().join(format!("llm-osd-real-{}-{name}", std::process::id()));
        let home = folder.join("home");
        fs::create_dir_all(&home).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        let own = rustix::process::getuid().as_raw();
        let uid = if own == 0 { 1000 } else { own };
        let gid = if own == 0 {
            1000
        } else {
            rustix::process::getgid().as_raw()
        };
        std::os::unix::fs::chown(&home, Some(uid), Some(gid)).unwrap();
        let child = Self::start(&folder, uid, gid);
        Daemon { folder, uid, child }
    }

    fn start(folder: &Path, uid: u32, gid: u32) -> Child {
        let child = Command::new(env!("CARGO_BIN_EXE_llm-osd"))
            .args(["--socket", folder.join("osd.sock").to_str().unwrap()])
            .args(["--state", folder.to_str().unwrap()])
            .args(["--init", folder.join("init.sock").to_str().unwrap()])
            .args(["--policy", folder.join("policy.toml").to_str().unwrap()])
            .args(["--home", folder.join("home").to_str().unwrap()])
            .args(["--operator", &format!("{uid}:{gid}")])
            .spawn()
            .unwrap();
        let socket = folder.join("osd.sock");
        let start = Instant::now();
        while UnixStream::connect(&socket).is_err() {
            assert!(
                start.elapsed() < Duration::from_secs(10),
                "it does not serve"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        // as pid 1 makes it for the operator.
        fs::set_permissions(&socket, fs::Permissions::from_mode(0o666)).unwrap();
        child
    }

    fn restart(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        fs::remove_file(self.folder.join("osd.sock")).unwrap();
        self.child = Self::start(&self.folder, self.uid, self.uid);
    }

    fn home(&self, name: &str) -> PathBuf {
        self.folder.join("home").join(name)
    }

    /// connects as the operator: the kernel notes who the connecting thread is.
    fn client(&self) -> Wire {
        let socket = self.folder.join("osd.sock");
        let uid = self.uid;
        let stream = std::thread::spawn(move || {
            if rustix::process::getuid().is_root() {
                let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(uid));
                rustix::thread::set_thread_groups(&[]).unwrap();
                rustix::thread::set_thread_res_gid(gid, gid, gid).unwrap();
                rustix::thread::set_thread_res_uid(uid, uid, uid).unwrap();
            }
            UnixStream::connect(socket).unwrap()
        })
        .join()
        .unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        let mut wire = Wire {
            stream,
            cwd: self.home("").to_str().unwrap().to_owned(),
        };
        let welcome = wire.ask(&Request::Hello { protocol: PROTOCOL });
        assert!(matches!(welcome, Reply::Welcome { .. }), "{welcome:?}");
        wire
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

struct Wire {
    stream: UnixStream,
    cwd: String,
}

impl Wire {
    fn say(&mut self, request: &Request) {
        frame::write(&mut self.stream, request).unwrap();
    }

    fn hear(&mut self) -> Reply {
        frame::read(&mut self.stream).unwrap()
    }

    fn ask(&mut self, request: &Request) -> Reply {
        self.say(request);
        self.hear()
    }

    fn propose(&mut self, plan: &[Action]) -> Request {
        let cwd = self.cwd.clone();
        Request::Propose {
            plan: plan.to_vec(),
            cwd,
            reason: "test".to_owned(),
            dry_run: false,
        }
    }

    /// proposes, says what is asked for, and reads to the end.
    fn obey(&mut self, request: &Request) -> (PlanResult, String) {
        match self.ask(request) {
            Reply::Proposal {
                verdict:
                    Verdict::Confirm {
                        token, challenge, ..
                    },
                ..
            } => {
                let answer = match challenge {
                    Challenge::Yes => "y".to_owned(),
                    Challenge::Type { text } => text,
                };
                self.say(&Request::Confirm { token, answer });
            }
            Reply::Proposal {
                verdict: Verdict::Runs,
                ..
            } => {}
            other => panic!("{other:?}"),
        }
        self.run()
    }

    fn run(&mut self) -> (PlanResult, String) {
        let mut said = String::new();
        loop {
            match self.hear() {
                Reply::Output { text, .. } => said.push_str(&text),
                Reply::StepDone { .. } => {}
                Reply::Done(result) => return (result, said),
                other => panic!("{other:?}"),
            }
        }
    }

    fn plan(&mut self, plan: &[Action]) -> (PlanResult, String) {
        let request = self.propose(plan);
        self.obey(&request)
    }
}

fn write(path: &str, content: &str) -> Action {
    Action::new("write_file")
        .with("path", path)
        .with("content", content)
}

fn exec(argv: &[&str]) -> Action {
    Action::new("exec").with("argv", argv.to_vec())
}

fn undo(count: u32) -> Request {
    Request::Undo {
        which: Which::Last(count),
        dry_run: false,
    }
}

#[test]
fn a_file_goes_there_and_back_again_and_a_restart_does_not_matter() {
    let mut daemon = Daemon::new("files");
    let mut wire = daemon.client();
    let (done, _) = wire.plan(&[write("hello.txt", "world")]);
    assert_eq!(done.status, Status::Done, "{done:?}");
    let file = daemon.home("hello.txt");
    assert_eq!(fs::read_to_string(&file).unwrap(), "world");
    assert_eq!(
        fs::metadata(&file).unwrap().uid(),
        daemon.uid,
        "it is the operator's"
    );
    let (done, _) = wire.plan(&[write("hello.txt", "moon")]);
    assert_eq!(done.status, Status::Done, "{done:?}");
    let (done, said) = wire.plan(&[Action::new("read_file").with("path", "hello.txt")]);
    assert_eq!(
        (done.status, said.trim_end()),
        (Status::Done, "moon"),
        "{done:?}"
    );
    daemon.restart();
    let mut wire = daemon.client();
    let (done, _) = wire.obey(&undo(1));
    assert_eq!(done.status, Status::Done, "{done:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "world");
    let (done, _) = wire.obey(&Request::Redo);
    assert_eq!(done.status, Status::Done, "{done:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "moon");
    let (done, _) = wire.obey(&undo(2));
    assert_eq!(done.status, Status::Done, "{done:?}");
    assert!(!file.exists());
    let Reply::Audit {
        intact, message, ..
    } = wire.ask(&Request::AuditVerify)
    else {
        panic!()
    };
    assert!(intact, "{message}");
}

#[test]
fn a_folder_is_deleted_with_all_in_it_and_comes_back() {
    let daemon = Daemon::new("tree");
    let mut wire = daemon.client();
    let plan = [
        Action::new("make_dir").with("path", "d"),
        write("d/a", "1"),
        write("d/b", "2"),
    ];
    let (done, _) = wire.plan(&plan);
    assert_eq!(done.status, Status::Done, "{done:?}");
    let (done, _) = wire.plan(&[Action::new("delete_file")
        .with("path", "d")
        .with("recursive", true)]);
    assert_eq!(done.status, Status::Done, "{done:?}");
    assert!(!daemon.home("d").exists());
    let (done, _) = wire.obey(&undo(1));
    assert_eq!(done.status, Status::Done, "{done:?}");
    assert_eq!(fs::read_to_string(daemon.home("d/b")).unwrap(), "2");
    let (done, _) = wire.obey(&undo(1));
    assert_eq!(done.status, Status::Done, "{done:?}");
    assert!(!daemon.home("d").exists());
}

#[test]
fn a_program_runs_as_the_operator_in_an_environment_of_ours() {
    let daemon = Daemon::new("exec");
    let mut wire = daemon.client();
    let (done, said) = wire.plan(&[exec(&["id", "-u"])]);
    assert_eq!(
        (done.status, said.trim()),
        (Status::Done, daemon.uid.to_string().as_str()),
        "{done:?}"
    );
    for name in [
        "LD_PRELOAD",
        "LD_LIBRARY_PATH",
        "PATH",
        "BASH_ENV",
        "IFS",
        "PYTHONPATH",
    ] {
        let action = exec(&["env"]).with("env", serde_json::json!({name: "/tmp/evil"}));
        let request = wire.propose(&[action]);
        match wire.ask(&request) {
            Reply::Proposal {
                verdict: Verdict::Refused { .. },
                ..
            } => {}
            other => panic!("{name}: {other:?}"),
        }
    }
    let (done, said) = wire.plan(&[exec(&["ls", "/proc/self/fd"])]);
    assert_eq!(done.status, Status::Done, "{done:?}");
    // the fourth is the listing's own.
    assert_eq!(
        said.split_whitespace().collect::<Vec<_>>(),
        ["0", "1", "2", "3"],
        "{said}"
    );
}

#[test]
fn a_long_program_ends_with_cancel_and_with_its_limit_and_leaves_no_children() {
    let daemon = Daemon::new("cancel");
    let mut wire = daemon.client();
    // one that is told apart from every other sleep of this machine.
    let marker = format!("1{}", std::process::id());
    let command = format!("sleep {marker} & sleep {marker}; true");
    let start = Instant::now();
    let request = wire.propose(&[exec(&["sh", "-c", &command])]);
    let Reply::Proposal {
        verdict: Verdict::Confirm {
            token, challenge, ..
        },
        ..
    } = wire.ask(&request)
    else {
        panic!()
    };
    let Challenge::Type { text } = challenge else {
        panic!()
    };
    wire.say(&Request::Confirm {
        token,
        answer: text,
    });
    while !is_running(&marker) {
        assert!(
            start.elapsed() < Duration::from_secs(10),
            "it does not start"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
    wire.say(&Request::Cancel);
    let (done, _) = wire.run();
    assert_eq!(done.status, Status::Cancelled, "{done:?}");
    wait_until_gone(&marker);
    let (done, _) = wire.plan(&[exec(&["sh", "-c", &command]).with("timeout_sec", 1)]);
    assert_eq!(done.status, Status::Failed, "{done:?}");
    wait_until_gone(&marker);
    assert!(start.elapsed() < Duration::from_secs(25));
}

/// without a cgroup nobody waits for the children of a killed worker, so their end may take a moment.
fn wait_until_gone(marker: &str) {
    let start = Instant::now();
    while is_running(marker) {
        assert!(
            start.elapsed() < Duration::from_secs(5),
            "its children live on"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn is_running(marker: &str) -> bool {
    fs::read_dir("/proc")
        .unwrap()
        .filter_map(Result::ok)
        .any(|entry| {
            fs::read(entry.path().join("cmdline"))
                .is_ok_and(|line| line == format!("sleep\0{marker}\0").as_bytes())
        })
}

#[test]
fn endless_output_is_cut_and_said_to_be() {
    let daemon = Daemon::new("output");
    let mut wire = daemon.client();
    let (done, said) = wire.plan(&[exec(&["sh", "-c", "yes | head -c 20000000"])]);
    assert!(done.status == Status::Done && done.steps[0].cut, "{done:?}");
    assert!(
        (1 << 20..5 << 20).contains(&said.len()),
        "{} bytes",
        said.len()
    );
}

#[test]
fn what_must_not_be_touched_is_refused() {
    let daemon = Daemon::new("refused");
    let mut wire = daemon.client();
    for plan in [
        Action::new("delete_file")
            .with("path", "/")
            .with("recursive", true),
        Action::new("delete_file")
            .with("path", "../../../../..")
            .with("recursive", true),
        write("/proc/sysrq-trigger", "b"),
    ] {
        let request = wire.propose(std::slice::from_ref(&plan));
        let reply = wire.ask(&request);
        let refused = matches!(
            reply,
            Reply::Error { .. }
                | Reply::Proposal {
                    verdict: Verdict::Refused { .. },
                    ..
                }
        );
        assert!(refused, "{plan:?}: {reply:?}");
    }
}

#[test]
fn names_are_those_of_the_machine() {
    let daemon = Daemon::new("names");
    fs::write(daemon.home("here.txt"), "").unwrap();
    let mut wire = daemon.client();
    let cwd = wire.cwd.clone();
    let Reply::Names(names) = wire.ask(&Request::Names { cwd }) else {
        panic!()
    };
    assert_eq!(names.files, ["here.txt"]);
    assert!(names.interfaces.contains(&"lo".to_owned()));
    if rustix::process::getuid().is_root() {
        // the operator may not be there, so neither may the executor on the operator's behalf.
        let Reply::Error { .. } = wire.ask(&Request::Names {
            cwd: "/root".to_owned(),
        }) else {
            panic!("/root is seen")
        };
    }
}
