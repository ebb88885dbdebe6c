use super::*;
use std::fs::OpenOptions;
use std::os::fd::AsFd;

fn text(text: &str) -> CString {
    CString::new(text).unwrap()
}

/// runs `sh -c script` with its output in a pipe, and returns that output.
fn shell(script: &str, change: impl FnOnce(&mut Spawn)) -> io::Result<String> {
    let null = OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/null")?;
    let (mut output, write) = pipe()?;
    let mut wanted = Spawn {
        program: text("/bin/sh"),
        argv: vec![text("sh"), text("-c"), text(script)],
        envp: vec![text("PATH=/usr/bin:/bin")],
        descriptors: vec![null.as_fd(), write.as_fd(), write.as_fd()],
        cgroup: None,
        uid: rustix::process::getuid().as_raw(),
        gid: rustix::process::getgid().as_raw(),
        groups: Vec::new(),
        capabilities: 0,
        no_new_privs: true,
        own_network: false,
        session: true,
        terminal: false,
        limits: vec![Limit {
            resource: libc::RLIMIT_CORE,
            value: 0,
        }],
        oom_score_adj: 500,
        directory: text("/tmp"),
        umask: 0o27,
    };
    change(&mut wanted);
    let child = spawn(&wanted)?;
    drop(wanted);
    drop(write);
    let mut said = String::new();
    output.read_to_string(&mut said)?;
    reap(child.pid as i32);
    Ok(said)
}

#[test]
fn a_child_has_what_it_was_given() {
    let said = shell(
        "pwd; umask; env | grep -v _= | sort; ulimit -c; cat /proc/self/oom_score_adj",
        |_| {},
    );
    assert_eq!(
        said.unwrap(),
        "/tmp\n0027\nPATH=/usr/bin:/bin\nPWD=/tmp\n0\n500\n"
    );
}

#[test]
fn a_child_has_no_descriptor_more() {
    let _kept_open = OpenOptions::new().read(true).open("/dev/null").unwrap();
    // the fourth is the one that ls reads the folder through.
    let said = shell("exec ls /proc/self/fd", |_| {}).unwrap();
    assert_eq!(
        said.split_whitespace().collect::<Vec<_>>(),
        ["0", "1", "2", "3"]
    );
}

#[test]
fn a_child_has_no_power_left_and_no_signal_changed() {
    let said = shell(
        "grep -E '^(Cap|NoNew|SigBlk|SigIgn)' /proc/self/status",
        |_| {},
    )
    .unwrap();
    let nothing = "0000000000000000";
    for line in said.lines() {
        let value = line.split_whitespace().last().unwrap();
        let expect = if line.starts_with("NoNew") {
            "1"
        } else {
            nothing
        };
        // a root that runs the tests keeps its inheritable set empty and loses the others.
        assert_eq!(value, expect, "{line}");
    }
}

#[test]
fn a_child_leads_its_own_session() {
    let said = shell("cut -d' ' -f1,6 /proc/$$/stat", |_| {}).unwrap();
    let ids: Vec<_> = said.split_whitespace().collect();
    assert_eq!(ids[0], ids[1]);
}

#[test]
fn another_user_keeps_only_the_named_capability() {
    if !rustix::process::getuid().is_root() {
        // only root can become somebody else; the booted machine's tests do this too.
        return;
    }
    let said = shell(
        "id -u; id -g; id -G; grep CapEff /proc/self/status",
        |wanted| {
            wanted.uid = 65534;
            wanted.gid = 65534;
            wanted.capabilities = 1 << libc_net_bind();
            wanted.no_new_privs = false;
        },
    );
    assert_eq!(
        said.unwrap(),
        "65534\n65534\n65534\nCapEff:\t0000000000000400\n"
    );
}

/// `CAP_NET_BIND_SERVICE` of linux.
fn libc_net_bind() -> u32 {
    10
}

#[test]
fn a_program_that_is_not_there_is_an_error_with_its_step() {
    let error = shell("", |wanted| wanted.program = text("/nowhere/at-all")).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    assert!(error.to_string().starts_with("program: "), "{error}");
}
