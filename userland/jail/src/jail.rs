//! where workers are started: the cgroup above them, and what each is given.

use crate::error::JailError;
use crate::worker::Worker;
use llm_os_capability::find;
use llm_os_sys::cgroup::{self, Group};
use llm_os_sys::rights;
use llm_os_sys::spawn::{Limit, Spawn, spawn};
use llm_os_wire::worker::Job;
use std::ffi::CString;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering};

/// processes and threads of one action.
const PIDS_MAX: u32 = 64;
/// memory of one action, page cache of what it writes included.
const MEMORY_MAX_BYTES: u64 = 256 * 1024 * 1024;
/// bytes of one file that an action may write.
const FILE_MAX_BYTES: u64 = 1024 * 1024 * 1024;
/// open descriptors of each process of an action.
const DESCRIPTORS_MAX: u64 = 256;
/// a worker is chosen before the shells and the executor when memory runs out.
const OOM_SCORE_ADJ: i16 = 500;

/// where workers are started.
#[derive(Debug)]
pub struct Jail {
    program: CString,
    arguments: Vec<CString>,
    /// the cgroup above the workers'; `None` where there is no version 2 hierarchy to use.
    actions: Option<Group>,
    why_no_group: Option<String>,
    started: AtomicU64,
}

impl Jail {
    /// workers are this program, executed afresh. moves this process into a leaf of its own cgroup,
    /// because only a group without processes can limit those below it.
    pub fn new() -> Self {
        Self::with_program("/proc/self/exe", &["llm-osd", crate::JAILED])
    }

    /// the same with another program that calls [`crate::worker_main`]; for tests.
    pub fn with_program(program: &str, argv: &[&str]) -> Self {
        let text = |text: &str| CString::new(text).unwrap_or_default();
        let (actions, why_no_group) = match make_groups() {
            Ok(group) => (Some(group), None),
            Err(why) => (None, Some(why)),
        };
        Jail {
            program: text(program),
            arguments: argv.iter().map(|word| text(word)).collect(),
            actions,
            why_no_group,
            started: AtomicU64::new(0),
        }
    }

    /// why actions have no cgroup of their own here, to be said once; `None` where they have.
    pub fn why_no_group(&self) -> Option<&str> {
        self.why_no_group.as_deref()
    }

    /// starts a worker and hands it its job. it is killed at `job.timeout_ms`.
    ///
    /// # Errors
    /// see [`JailError`]; nothing runs then.
    pub fn start(&self, job: &Job) -> Result<Worker, JailError> {
        let kind = &job.action.kind;
        let unknown = || JailError::Unknown { kind: kind.clone() };
        let rights = find(kind).ok_or_else(unknown)?.rights(job);
        let keep = rights::mask(rights.keep.iter().copied())
            .ok_or_else(|| JailError::Rights { kind: kind.clone() })?;
        let (uid, gid) = if rights.as_operator { (job.uid, job.gid) } else { (0, 0) };
        // where the executor itself is no root (a test), its workers are what it is.
        let root = rustix::process::getuid().is_root();
        let own = (rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw());
        let (uid, gid) = if root { (uid, gid) } else { own };

        let group = self.group().map_err(JailError::Start)?;
        let born_in = group.as_ref().map(Group::descriptor).transpose().map_err(JailError::Start)?;
        let (stdin, to_worker) = pipe().map_err(JailError::Start)?;
        let (from_worker, stdout) = pipe().map_err(JailError::Start)?;
        let (diagnostics, stderr) = pipe().map_err(JailError::Start)?;
        let child = spawn(&Spawn {
            program: self.program.clone(),
            argv: self.arguments.clone(),
            envp: Vec::new(),
            descriptors: vec![stdin.as_fd(), stdout.as_fd(), stderr.as_fd()],
            cgroup: born_in.as_ref().map(AsFd::as_fd),
            uid,
            gid,
            groups: Vec::new(),
            capabilities: keep,
            no_new_privs: true,
            own_network: !rights.network,
            session: true,
            terminal: false,
            limits: limits(),
            oom_score_adj: OOM_SCORE_ADJ,
            directory: CString::new(job.cwd.as_str()).unwrap_or_default(),
            umask: 0o022,
        })
        .map_err(JailError::Start)?;
        drop((stdin, stdout, stderr));
        Worker::new(child, group, File::from(to_worker), File::from(from_worker), File::from(diagnostics), job)
    }

    /// a fresh cgroup with its limits.
    fn group(&self) -> io::Result<Option<Group>> {
        let Some(actions) = &self.actions else { return Ok(None) };
        let number = self.started.fetch_add(1, Ordering::Relaxed);
        let group = actions.child(&format!("action-{number}"))?;
        group.write("pids.max", &PIDS_MAX.to_string())?;
        group.write("memory.max", &MEMORY_MAX_BYTES.to_string())?;
        group.write("memory.oom.group", "1")?;
        Ok(Some(group))
    }
}

impl Default for Jail {
    fn default() -> Self {
        Self::new()
    }
}

/// `own/front` for this process, `own/actions` for workers.
fn make_groups() -> Result<Group, String> {
    let own = cgroup::own().ok_or("there is no cgroup v2 hierarchy")?;
    // a daemon that was restarted in place is in its leaf already.
    let own = if own.name() == "front" { own.parent().ok_or("the cgroup has no parent")? } else { own };
    let say = |what: &'static str| move |error: io::Error| format!("{what}: {error}");
    let front = own.child("front").map_err(say("making a cgroup"))?;
    front.enter(std::process::id()).map_err(say("entering a cgroup"))?;
    own.delegate().map_err(say("delegating controllers"))?;
    let actions = own.child("actions").map_err(say("making a cgroup"))?;
    actions.delegate().map_err(say("delegating controllers"))?;
    Ok(actions)
}

fn limits() -> Vec<Limit> {
    use linux_raw_sys::general as raw;
    let limit = |resource: u32, value: u64| Limit { resource, value };
    vec![
        limit(raw::RLIMIT_CORE, 0),
        limit(raw::RLIMIT_NOFILE, DESCRIPTORS_MAX),
        limit(raw::RLIMIT_FSIZE, FILE_MAX_BYTES),
        limit(raw::RLIMIT_MEMLOCK, 0),
    ]
}

fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    Ok(rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?)
}
