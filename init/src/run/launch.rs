//! from an instance to a process: what it is given, and nothing else.

use crate::boot::{consoles, groups};
use crate::given;
use crate::system::terminal;
use crate::units::Instance;
use llm_os_sys::spawn::{Limit, Spawn, spawn};
use llm_os_wire::settings::Settings;
use std::ffi::CString;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// RLIMIT_CORE and RLIMIT_NOFILE of linux.
const LIMITS: [Limit; 2] = [
    Limit {
        resource: 4,
        value: 0,
    },
    Limit {
        resource: 7,
        value: 4096,
    },
];

/// a process that runs; `output` is the read end of its stdout and stderr, if it has no terminal.
#[derive(Debug)]
pub struct Launched {
    pub pid: u32,
    pub output: Option<OwnedFd>,
}

/// starts an instance. `grouped`: into its control group.
///
/// # Errors
/// the step that failed and why.
pub fn launch(
    instance: &Instance,
    socket: Option<&OwnedFd>,
    settings: &Settings,
    grouped: bool,
) -> io::Result<Launched> {
    let unit = instance.unit;
    if unit.socket.is_some() != socket.is_some() {
        return Err(io::Error::other("its socket could not be made"));
    }
    let group = match grouped {
        true => Some(OwnedFd::from(File::open(groups::of(instance))?)),
        false => None,
    };
    let streams = Streams::open(instance)?;
    let mut descriptors = streams.descriptors();
    descriptors.extend(socket.map(AsFd::as_fd));
    let mut argv = vec![text(unit.program)?];
    for argument in unit.args {
        argv.push(text(argument)?);
    }
    let home = if instance.console.is_some() {
        unit.user.home
    } else {
        "/"
    };
    let child = spawn(&Spawn {
        program: text(unit.program)?,
        argv,
        envp: environment(instance, settings)?,
        descriptors,
        cgroup: group.as_ref().map(AsFd::as_fd),
        uid: unit.user.uid,
        gid: unit.user.uid,
        groups: Vec::new(),
        capabilities: unit.capabilities,
        no_new_privs: true,
        own_network: !unit.network,
        session: true,
        terminal: instance.console.is_some(),
        limits: LIMITS.to_vec(),
        oom_score_adj: unit.oom_score_adj,
        directory: text(home)?,
        umask: 0o022,
    })?;
    // the pidfd goes: only pid 1 reaps, so the number stays this child's until it is reaped here.
    Ok(Launched {
        pid: child.pid,
        output: streams.output,
    })
}

/// a terminal for all three, or nothing in and a pipe out.
struct Streams {
    input: OwnedFd,
    write: Option<OwnedFd>,
    output: Option<OwnedFd>,
}

impl Streams {
    fn open(instance: &Instance) -> io::Result<Self> {
        if let Some(console) = &instance.console {
            let input = terminal::open(console, instance.unit.user.uid)?;
            return Ok(Streams {
                input,
                write: None,
                output: None,
            });
        }
        let input = OwnedFd::from(File::open("/dev/null")?);
        let (read, write) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
        // only our end: a service need not know that its output is looked at without waiting.
        rustix::fs::fcntl_setfl(&read, rustix::fs::OFlags::NONBLOCK)?;
        Ok(Streams {
            input,
            write: Some(write),
            output: Some(read),
        })
    }

    fn descriptors(&self) -> Vec<BorrowedFd<'_>> {
        let out = self.write.as_ref().unwrap_or(&self.input).as_fd();
        vec![self.input.as_fd(), out, out]
    }
}

/// the whole environment: a constant list, with values that pid 1 has checked.
fn environment(instance: &Instance, settings: &Settings) -> io::Result<Vec<CString>> {
    let user = instance.unit.user;
    let mut list = vec![
        "PATH=/usr/bin".to_owned(),
        "LANG=C.UTF-8".to_owned(),
        format!("HOME={}", user.home),
        format!("USER={}", user.name),
    ];
    if let Some(console) = &instance.console {
        list.push(format!("LOGNAME={}", user.name));
        list.push(format!("SHELL={}", user.shell));
        list.push(format!("TERM={}", consoles::terminal_type(console)));
    }
    if instance.unit.socket.is_some() {
        list.push("LLM_OS_SOCKET_FD=3".to_owned());
    }
    for name in instance.unit.settings {
        let value = given::value(name, settings);
        list.extend(value.map(|value| format!("{name}={value}")));
    }
    list.iter().map(|entry| text(entry)).collect()
}

fn text(text: &str) -> io::Result<CString> {
    Ok(CString::new(text)?)
}
