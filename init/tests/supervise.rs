//! the main loop with real processes and sockets, as an ordinary process: one test after the other,
//! because the loop reaps every child of its process.

use llm_os_wire::init::{Power, Reply, Request, UnitState};
use llm_os_wire::settings::Settings;
use llminit::boot::Booted;
use llminit::run::Shell;
use llminit::supervisor::Restart;
use llminit::system::System;
use llminit::system::linux::Linux;
use llminit::units::{Instance, Socket, Start, Unit, User};
use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
const PATIENCE: Duration = Duration::from_secs(20);

/// a unit that is a line of shell.
struct Script {
    name: &'static str,
    start: Start,
    socket: bool,
    essential: bool,
    text: &'static str,
}

const fn script(name: &'static str, start: Start, socket: bool, text: &'static str) -> Script {
    Script {
        name,
        start,
        socket,
        essential: false,
        text,
    }
}

/// a loop that runs in a thread, and the folder with its sockets.
struct Machine {
    folder: PathBuf,
    thread: Option<JoinHandle<llminit::supervisor::Power>>,
}

fn start(test: &str, scripts: &[Script]) -> Machine {
    let folder = std::env::temp_dir().join(format!("llminit-{test}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let instances = scripts
        .iter()
        .map(|script| instance(&folder, script))
        .collect();
    let init = Socket {
        path: path(&folder, "init.sock"),
        ..own_socket()
    };
    let thread = thread::spawn(move || {
        let booted = Booted {
            build: "test".to_owned(),
            consoles: Vec::new(),
            settings: Settings::default(),
            instances,
            keeps_state: true,
            warnings: Vec::new(),
        };
        // SIGCHLD alone: the others would end this test as they end any program.
        let signals = llm_os_sys::signals::take(&[17]).unwrap();
        let mut shell = Shell::new(Linux::default(), signals, booted, &init).unwrap();
        shell.start();
        loop {
            if let Some(power) = shell.turn() {
                return power;
            }
        }
    });
    let machine = Machine {
        folder,
        thread: Some(thread),
    };
    machine.until("the loop answers", |machine| {
        machine.folder.join("init.sock").exists()
    });
    machine
}

fn own_socket() -> Socket {
    let uid = rustix::process::getuid().as_raw();
    let gid = rustix::process::getgid().as_raw();
    Socket {
        path: "",
        mode: 0o600,
        uid,
        gid,
    }
}

/// units are constants in pid 1; here they are made and never freed.
fn instance(folder: &Path, script: &Script) -> Instance {
    let uid = rustix::process::getuid().as_raw();
    let user = Box::leak(Box::new(User {
        name: "tester",
        uid,
        home: "/",
        shell: "/bin/sh",
    }));
    let args: Vec<&'static str> = vec!["-c", script.text];
    let unit = Box::leak(Box::new(Unit {
        name: script.name,
        summary: "a script",
        program: "/bin/sh",
        args: Box::leak(args.into_boxed_slice()),
        user,
        start: script.start,
        capabilities: 0,
        socket: script.socket.then(|| Socket {
            path: path(folder, script.name),
            ..own_socket()
        }),
        delegate: false,
        memory_min_mib: None,
        memory_max_percent: None,
        pids_max: None,
        oom_group: false,
        oom_score_adj: 0,
        network: true,
        essential: script.essential,
        settings: &["LLM_OS_MODEL_IDLE_S"],
        needs: None,
        restart: Restart {
            first_ms: 10,
            max_ms: 40,
            limit: 3,
            steady_ms: 60_000,
            retry_ms: None,
        },
        stop_ms: 300,
    }));
    Instance {
        unit,
        name: script.name.to_owned(),
        console: None,
    }
}

fn path(folder: &Path, name: &str) -> &'static str {
    Box::leak(
        folder
            .join(name)
            .to_str()
            .unwrap()
            .to_owned()
            .into_boxed_str(),
    )
}

impl Machine {
    fn ask(&self, request: &Request) -> Reply {
        let mut stream = UnixStream::connect(self.folder.join("init.sock")).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        llm_os_wire::write(&mut stream, request).unwrap();
        llm_os_wire::read(&mut stream).unwrap()
    }

    fn unit(&self, name: &str) -> llm_os_wire::init::Unit {
        let Reply::Units(units) = self.ask(&Request::Units) else {
            panic!("no units");
        };
        units.into_iter().find(|unit| unit.name == name).unwrap()
    }

    fn log(&self, unit: Option<&str>) -> String {
        let unit = unit.map(str::to_owned);
        let Reply::Log { lines, .. } = self.ask(&Request::Log { unit, lines: 100 }) else {
            panic!("no log");
        };
        lines.join("\n")
    }

    fn until(&self, what: &str, mut holds: impl FnMut(&Machine) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !holds(self) {
            assert!(Instant::now() < end, "it did not come to pass: {what}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn power_off(mut self) -> String {
        let log = self.log(None);
        self.ask(&Request::Power {
            kind: Power::Poweroff,
            delay_s: 0,
        });
        let power = self.thread.take().unwrap().join().unwrap();
        assert_eq!(power, llminit::supervisor::Power::Poweroff);
        let _ = fs::remove_dir_all(&self.folder);
        log
    }
}

/// accepts one connection on descriptor 3, answers, and ends when that closes.
const ANSWER: &str = "echo serving; exec perl -MIO::Socket -e '
    $l = IO::Handle->new_from_fd(3, \"r+\"); bless $l, \"IO::Socket::UNIX\";
    $c = IO::Socket::UNIX->new; accept($c, $l); syswrite $c, \"hello $ENV{LLM_OS_SOCKET_FD}\";
    close $c; sleep 1'";

#[test]
fn the_first_connection_starts_it_and_it_listens_again_when_it_has_gone() {
    let _one = ONE_AT_A_TIME
        .lock()
        .unwrap_or_else(|lock| lock.into_inner());
    let machine = start("demand", &[script("model", Start::Demand, true, ANSWER)]);
    assert_eq!(machine.unit("model").state, UnitState::Listening);
    assert_eq!(machine.unit("model").starts, 0);
    for round in 1..=2 {
        let mut stream = UnixStream::connect(machine.folder.join("model")).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).unwrap();
        assert_eq!(said, "hello 3");
        assert_eq!(machine.unit("model").starts, round);
        machine.until("it listens", |machine| {
            machine.unit("model").state == UnitState::Listening
        });
    }
    assert!(machine.power_off().contains("model: serving"));
}

#[test]
fn a_dead_service_comes_back_and_one_that_keeps_dying_is_given_up() {
    let _one = ONE_AT_A_TIME
        .lock()
        .unwrap_or_else(|lock| lock.into_inner());
    let machine = start(
        "death",
        &[
            script("good", Start::Boot, false, "echo mine; exec sleep 600"),
            script("bad", Start::Boot, true, "echo dying >&2; exit 7"),
            script(
                "slow",
                Start::Boot,
                false,
                "trap '' TERM; while :; do sleep 0.05; done",
            ),
        ],
    );
    machine.until("bad is given up", |machine| {
        machine.unit("bad").state == UnitState::Failed
    });
    assert_eq!(machine.unit("bad").starts, 4);
    assert!(
        !machine.folder.join("bad").exists()
            || UnixStream::connect(machine.folder.join("bad")).is_err()
    );
    assert!(
        machine
            .log(Some("llminit"))
            .contains("bad ended with code 7, 4 times in a row; given up")
    );
    assert_eq!(machine.log(Some("bad")).matches("dying").count(), 4);

    let first = machine.unit("good").pid.unwrap();
    Linux::default()
        .signal(first, llminit::system::Signal::Kill)
        .unwrap();
    machine.until("good is back", |machine| {
        machine.unit("good").pid.is_some_and(|pid| pid != first)
    });

    // one that does not listen to SIGTERM is ended all the same.
    let stop = Request::Stop {
        unit: "slow".to_owned(),
    };
    assert_eq!(
        machine.ask(&stop),
        Reply::Ok {
            message: "slow is stopping".to_owned()
        }
    );
    machine.until("slow is stopped", |machine| {
        machine.unit("slow").state == UnitState::Stopped
    });
    assert!(
        machine
            .power_off()
            .contains("slow does not stop; it is killed")
    );
}

#[test]
fn odd_clients_are_answered_or_closed_and_hold_nobody_up() {
    let _one = ONE_AT_A_TIME
        .lock()
        .unwrap_or_else(|lock| lock.into_inner());
    let machine = start(
        "clients",
        &[script("quiet", Start::Boot, false, "exec sleep 600")],
    );
    let connect = || UnixStream::connect(machine.folder.join("init.sock")).unwrap();
    // more silent ones than there are slots; the limit sets them free again.
    let silent: Vec<_> = (0..12).map(|_| connect()).collect();
    machine.until("a slot is free", |machine| {
        let mut stream = UnixStream::connect(machine.folder.join("init.sock")).unwrap();
        let _ = llm_os_wire::write(&mut stream, &Request::Units);
        llm_os_wire::read::<Reply>(&mut stream).is_ok()
    });
    drop(silent);
    for bytes in [&b"\xff\xff\xff\xff"[..], b"\x02\0\0\0{}", b"\x01\0\0\0x"] {
        let mut stream = connect();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(bytes).unwrap();
        assert!(
            matches!(llm_os_wire::read(&mut stream), Ok(Reply::Error { .. })),
            "{bytes:?}"
        );
    }
    let unknown = machine.ask(&Request::Restart {
        unit: "no\u{1b}pe".to_owned(),
    });
    let message = "there is no unit `no\\u{1b}pe`".to_owned();
    assert_eq!(unknown, Reply::Error { message });
    // a plan can be taken back.
    machine.ask(&Request::Power {
        kind: Power::Reboot,
        delay_s: 600,
    });
    assert!(matches!(
        machine.ask(&Request::CancelPower),
        Reply::Ok { .. }
    ));
    machine.power_off();
}

#[test]
fn as_any_other_process_it_refuses() {
    let _one = ONE_AT_A_TIME
        .lock()
        .unwrap_or_else(|lock| lock.into_inner());
    let program = env!("CARGO_BIN_EXE_llminit");
    let output = std::process::Command::new(program).output().unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("it runs as nothing else"), "{said}");
}
