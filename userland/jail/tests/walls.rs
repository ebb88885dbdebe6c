//! what a worker finds around it, and what it cannot do.

#[allow(dead_code, reason = "each test program uses a part of it")]
mod rig;

use llm_os_schema::{Action, Risk};
use llm_os_wire::worker::Job;
use rig::{Ran, assess, folder, jail, job, operator};
use std::fs;
use std::path::Path;
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

/// the limit on a user's processes counts those of every test: while the bomb goes off, nobody else
/// can fork.
static BOMB: RwLock<()> = RwLock::new(());

/// runs a job while no bomb goes off. a test that failed elsewhere is no reason to fail here.
fn run(job: &Job) -> Ran {
    let _quiet = BOMB.read().unwrap_or_else(PoisonError::into_inner);
    rig::run(job)
}

/// a program run by `exec` with the rights of a confirmed one; `/bin/sh` is not on the machine, here
/// it stands for a program that does its worst.
fn shell(script: &str) -> Action {
    Action::new("exec").with("argv", vec!["/bin/sh", "-c", script])
}

fn exec(argv: &[&str]) -> Action {
    Action::new("exec").with("argv", argv.to_vec())
}

fn is_root() -> bool {
    rustix::process::getuid().is_root()
}

#[test]
fn a_program_sees_three_descriptors_and_a_constant_environment() {
    let ran = run(&job(shell(
        "ls /proc/self/fd | sort -n | tr '\\n' ' '; exec env",
    )));
    assert!(ran.is_done(), "{ran:?}");
    // `ls` itself opens the directory, as 3.
    let (descriptors, environment) = ran.out.split_at(8);
    assert_eq!(descriptors, "0 1 2 3 ", "{ran:?}");
    let mut names: Vec<&str> = environment
        .lines()
        .filter_map(|line| line.split('=').next())
        .collect();
    names.sort_unstable();
    // `PWD` is the shell's own.
    assert_eq!(
        names,
        [
            "HOME", "LANG", "LOGNAME", "PATH", "PWD", "SHELL", "TERM", "USER"
        ]
    );
}

#[test]
fn the_worker_itself_has_no_environment_and_three_descriptors() {
    let dir = folder("self");
    // the worker that runs `sleep` is its parent.
    let mut worker = jail().start(&job(exec(&["sleep", "5"]))).unwrap();
    let child = wait_for_child(worker.pid());
    let proc = format!("/proc/{}", worker.pid());
    let descriptors = || {
        let mut list: Vec<u32> = fs::read_dir(format!("{proc}/fd"))
            .unwrap()
            .map(|entry| {
                entry
                    .unwrap()
                    .file_name()
                    .to_str()
                    .unwrap()
                    .parse()
                    .unwrap()
            })
            .collect();
        list.sort_unstable();
        list
    };
    if is_root() {
        assert_eq!(fs::read(format!("{proc}/environ")).unwrap(), b"");
        // besides its own three, the ends of the program's pipes and its pidfd, all close-on-exec.
        for fd in descriptors().into_iter().filter(|fd| *fd > 2) {
            let info = fs::read_to_string(format!("{proc}/fdinfo/{fd}")).unwrap();
            let flags = info
                .lines()
                .find_map(|line| line.strip_prefix("flags:"))
                .unwrap()
                .trim();
            let flags = u32::from_str_radix(flags, 8).unwrap();
            assert_ne!(
                flags & 0o2_000_000,
                0,
                "descriptor {fd} would be inherited: {info}"
            );
        }
        let mut own: Vec<String> = fs::read_dir(format!("/proc/{child}/fd"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        own.sort();
        assert_eq!(own, ["0", "1", "2"]);
    }
    for pid in [worker.pid(), child] {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let field = |name: &str| {
            status
                .lines()
                .find_map(|line| line.strip_prefix(name))
                .unwrap()
                .trim()
                .to_owned()
        };
        assert_eq!(field("NoNewPrivs:"), "1");
        assert_eq!(field("Seccomp:"), "2");
        for set in ["CapInh:", "CapPrm:", "CapEff:", "CapAmb:"] {
            assert_eq!(u64::from_str_radix(&field(set), 16), Ok(0), "{set}");
        }
        if is_root() {
            assert_eq!(u64::from_str_radix(&field("CapBnd:"), 16), Ok(0));
            let (uid, gid) = operator();
            assert_eq!(field("Uid:"), [uid; 4].map(|id| id.to_string()).join("\t"));
            assert_eq!(field("Gid:"), [gid; 4].map(|id| id.to_string()).join("\t"));
            assert_eq!(field("Groups:"), "");
        }
    }
    worker.killer().cancel();
    while let Ok(Some(_)) = worker.next() {}
    worker.finish();
    // the host's pid 1 takes it off the table in its own time.
    let end = Instant::now() + Duration::from_secs(5);
    loop {
        let state = fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
        if state.is_empty() || state.contains(") Z ") {
            break;
        }
        assert!(
            Instant::now() < end,
            "the program outlived its jail: {state}"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    fs::remove_dir_all(dir).unwrap();
}

fn wait_for_child(pid: u32) -> u32 {
    let end = Instant::now() + Duration::from_secs(10);
    let path = format!("/proc/{pid}/task/{pid}/children");
    loop {
        let children = fs::read_to_string(&path).unwrap_or_default();
        if let Some(Ok(child)) = children.split_whitespace().next().map(str::parse) {
            let started = fs::read_to_string(format!("/proc/{child}/comm")).unwrap_or_default();
            if started.trim() == "sleep" {
                return child;
            }
        }
        assert!(Instant::now() < end, "no child of {pid}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_program_writes_only_where_it_was_told() {
    let (inside, outside) = (folder("write-in"), Path::new("/var/tmp"));
    let here = inside.to_str().unwrap();
    let target = outside.join(format!("llm-os-jail-out-{}", std::process::id()));
    let script = format!(
        "echo in > {here}/in; echo out > {}; echo end",
        target.display()
    );
    let ran = run(&job(shell(&script)));
    assert_eq!(ran.out, "end\n", "{ran:?}");
    assert!(ran.err.contains("Permission denied"), "{ran:?}");
    assert_eq!(fs::read_to_string(inside.join("in")).unwrap(), "in\n");
    assert!(!target.exists());
    fs::remove_dir_all(inside).unwrap();
}

/// as root, and with the whole machine as its directory: what belongs to the machine stays shut.
#[test]
fn root_does_not_reach_what_belongs_to_the_machine() {
    if !is_root() {
        return;
    }
    let script = "ls /var; id -u; cat /etc/hostname > /dev/null && echo etc; \
        echo x > /proc/sys/kernel/panic; echo x > /etc/llm-os-jail; \
        mount -t tmpfs none /mnt; grep Cap /proc/self/status";
    let ran = run(&job(shell(script).with("as_root", true).with("cwd", "/")));
    assert!(ran.out.starts_with("0\netc\n"), "{ran:?}");
    for denied in [
        "/var",
        "/proc/sys/kernel/panic",
        "/etc/llm-os-jail",
        "mount",
    ] {
        let line = ran.err.lines().find(|line| line.contains(denied));
        assert!(
            line.is_some_and(|line| line.contains("enied") || line.contains("permit")),
            "{denied}: {ran:?}"
        );
    }
    // sys_admin (21), sys_module (16), sys_ptrace (19) and sys_rawio (17) are gone for good.
    let bounding = ran
        .out
        .lines()
        .find_map(|line| line.strip_prefix("CapBnd:"))
        .unwrap()
        .trim();
    let bounding = u64::from_str_radix(bounding, 16).unwrap();
    assert_eq!(
        bounding & (1 << 21 | 1 << 16 | 1 << 19 | 1 << 17),
        0,
        "{bounding:x}"
    );
}

#[test]
fn a_reading_program_writes_nowhere_and_talks_to_nobody() {
    let dir = folder("reading");
    fs::write(dir.join("a"), "1\n").unwrap();
    let action = exec(&["cat", dir.join("a").to_str().unwrap()]);
    let assessment = assess(&action).unwrap();
    assert_eq!(assessment.risk, Risk::Observe, "{}", assessment.sentence);
    assert_eq!(run(&job(action)).out, "1\n");
    // `sort -o` is no reading program, but its jail would be as tight if the list were wrong.
    let sneaky = exec(&[
        "sort",
        "--",
        "-o",
        dir.join("b").to_str().unwrap(),
        "/etc/passwd",
    ]);
    assert_eq!(assess(&sneaky).unwrap().risk, Risk::Observe);
    run(&job(sneaky));
    assert!(!dir.join("b").exists());
    let writes = exec(&["sort", "-o", dir.join("b").to_str().unwrap(), "/etc/passwd"]);
    assert_eq!(assess(&writes).unwrap().risk, Risk::Destroy);
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn nobody_reaches_a_unix_socket_from_a_program() {
    // perl is on every debian; it stands for a program that makes its own system calls.
    let script = "use Socket;
        print 'inet ' if socket(my $a, AF_INET, SOCK_STREAM, 0);
        print 'unix ' if socket(my $b, AF_UNIX, SOCK_STREAM, 0);
        print $! + 0";
    let ran = run(&job(exec(&["perl", "-e", script])));
    assert_eq!(
        ran.out,
        format!("inet {}", rustix::io::Errno::ACCESS.raw_os_error()),
        "{ran:?}"
    );
}

#[test]
fn dangerous_system_calls_are_refused() {
    // by number, on the processor of the build host.
    let numbers: &[(&str, u32)] = if cfg!(target_arch = "x86_64") {
        &[
            ("ptrace", 101),
            ("mount", 165),
            ("unshare", 272),
            ("setns", 308),
            ("bpf", 321),
            ("kexec_load", 246),
            ("init_module", 175),
            ("keyctl", 250),
            ("io_uring_setup", 425),
            ("reboot", 169),
            ("userfaultfd", 323),
            ("perf_event_open", 298),
        ]
    } else {
        &[
            ("ptrace", 117),
            ("mount", 40),
            ("unshare", 97),
            ("setns", 268),
            ("bpf", 280),
            ("kexec_load", 104),
            ("init_module", 105),
            ("keyctl", 219),
            ("io_uring_setup", 425),
            ("reboot", 142),
            ("userfaultfd", 282),
            ("perf_event_open", 241),
        ]
    };
    for (name, number) in numbers {
        let script = format!("print syscall({number}, 0, 0, 0, 0, 0), ' ', $! + 0");
        let ran = run(&job(exec(&["perl", "-e", &script])));
        let refused = format!("-1 {}", rustix::io::Errno::PERM.raw_os_error());
        assert_eq!(ran.out, refused, "{name}: {ran:?}");
    }
}

#[test]
fn a_fork_bomb_is_bounded_and_leaves_nothing() {
    let began = Instant::now();
    let over = std::sync::atomic::AtomicBool::new(false);
    let most = std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut most = 0;
            while !over.load(std::sync::atomic::Ordering::Relaxed) {
                most = most.max(shells());
                std::thread::sleep(Duration::from_millis(10));
            }
            most
        });
        // the first process stays, whatever its children cannot fork any more: a bomb that is over
        // before anybody looked proves nothing.
        let bomb = shell("f() { f & f & sleep 60; }; f & exec sleep 60").with("timeout_sec", 2);
        let ran = {
            let _alone = BOMB.write().unwrap_or_else(PoisonError::into_inner);
            rig::run(&job(bomb))
        };
        over.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(!ran.is_done(), "{:?}", ran.result);
        watch.join().unwrap()
    });
    assert!(most > 10, "only {most} processes: that was no fork bomb");
    // the limit on a user's processes is no limit for a root of the build host; there the cgroup's is.
    assert!(most <= 260 || !is_root(), "{most} processes");
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "{:?}",
        began.elapsed()
    );
    let end = Instant::now() + Duration::from_secs(10);
    while shells() > 0 {
        assert!(Instant::now() < end, "{} processes are left", shells());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// living processes called `sh` of the operator, who on a root's build host is nobody else.
fn shells() -> usize {
    use std::os::unix::fs::MetadataExt;
    let Ok(proc) = fs::read_dir("/proc") else {
        return 0;
    };
    proc.filter_map(Result::ok)
        .filter(|entry| {
            entry
                .metadata()
                .is_ok_and(|meta| meta.uid() == operator().0)
        })
        .filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok())
        .filter(|stat| stat.contains(" (sh) ") && !stat.contains(" (sh) Z "))
        .count()
}

#[test]
fn a_folder_swapped_for_a_link_leads_nowhere() {
    let (dir, outside) = (folder("swap"), folder("swap-out"));
    fs::create_dir(dir.join("a")).unwrap();
    std::os::unix::fs::symlink(&outside, dir.join("b")).unwrap();
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let here = fs::File::open(&dir).unwrap();
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                let flags = rustix::fs::RenameFlags::EXCHANGE;
                rustix::fs::renameat_with(&here, "a", &here, "b", flags).unwrap();
            }
        });
        let path = dir.join("a/f");
        let action = Action::new("write_file")
            .with("path", path.to_str().unwrap())
            .with("content", "x");
        let done: Vec<Ran> = (0..60).map(|_| run(&job(action.clone()))).collect();
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(
            done.iter().any(Ran::is_done),
            "not one write got through: {:?}",
            done.last()
        );
    });
    assert_eq!(
        fs::read_dir(&outside).unwrap().count(),
        0,
        "something was written outside"
    );
    fs::remove_dir_all(dir).unwrap();
    fs::remove_dir_all(outside).unwrap();
}
