//! starting a worker.

use crate::groups::Groups;
use crate::running::Worker;
use llm_os_capability::find;
use llm_os_sys::rights;
use llm_os_sys::spawn::{Limit, Spawn, spawn};
use llm_os_wire::frame::{FrameError, encode};
use llm_os_wire::worker::Job;
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::pipe::{PipeFlags, pipe_with};
use std::ffi::CString;
use std::fmt;
use std::fs::File;
use std::io::{self, Seek, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// open files of a worker and of what it starts.
const FILES_MAX: u64 = 256;
/// bytes of one file.
const FILE_MAX_BYTES: u64 = 4 << 30;
/// bytes of a process's own data; a second bound beside the cgroup's.
const DATA_MAX_BYTES: u64 = 1 << 30;
/// processes of the operator; a second bound beside the cgroup's.
const PROCESSES_MAX: u64 = 256;

/// why there is no worker; nothing was done then.
#[derive(Debug)]
pub enum JailError {
    /// no capability of that name.
    Unknown { kind: String },
    /// the capability asks for a linux capability that is not known.
    Rights { kind: String },
    /// the job does not fit into a frame.
    Job(FrameError),
    /// the cgroup, a pipe or the process could not be made.
    Start(io::Error),
    /// the worker said what is no event, or could not be listened to.
    Events(String),
}

impl fmt::Display for JailError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            JailError::Unknown { kind } => {
                write!(f, "there is no action `{}`", kind.escape_debug())
            }
            JailError::Rights { kind } => {
                write!(f, "`{kind}` asks for a linux capability that is not known")
            }
            JailError::Job(error) => write!(f, "the action is too large for its jail: {error}"),
            JailError::Start(error) => write!(f, "no jail could be made: {error}"),
            JailError::Events(why) => write!(f, "the jail said something else than agreed: {why}"),
        }
    }
}

impl std::error::Error for JailError {}

/// makes jails.
pub struct Jail {
    /// what is started with `--jailed`.
    program: PathBuf,
    groups: Groups,
}

impl Default for Jail {
    fn default() -> Self {
        Jail::new()
    }
}

impl Jail {
    /// jails whose worker is this program itself.
    pub fn new() -> Self {
        Jail::with_program(Path::new("/proc/self/exe"))
    }

    /// jails whose worker is `program` (absolute), which calls [`crate::worker_main`] when its one
    /// argument is `--jailed`.
    pub fn with_program(program: &Path) -> Self {
        Jail {
            program: program.to_owned(),
            groups: Groups::new(),
        }
    }

    /// why actions have no cgroup of their own, if so.
    pub fn why_no_group(&self) -> Option<&str> {
        self.groups.why_none()
    }

    /// starts a worker on `job`.
    ///
    /// # Errors
    /// when there is no worker; nothing was done then.
    pub fn start(&self, job: &Job) -> Result<Worker, JailError> {
        let kind = || job.action.kind.clone();
        let capability =
            find(&job.action.kind).ok_or_else(|| JailError::Unknown { kind: kind() })?;
        let rights = capability.rights(job);
        let capabilities = rights::mask(rights.keep.iter().copied())
            .ok_or_else(|| JailError::Rights { kind: kind() })?;
        let frame = encode(job).map_err(JailError::Job)?;
        // an executor that is not root (a test's) cannot become anybody else.
        let own = (
            rustix::process::getuid().as_raw(),
            rustix::process::getgid().as_raw(),
        );
        let (uid, gid) = match (own.0, rights.as_operator) {
            (0, true) => (job.uid, job.gid),
            _ => own,
        };
        let group = self.groups.make().map_err(JailError::Start)?;
        let started = self.spawn(&frame, (uid, gid), capabilities, group.as_ref());
        match started {
            Ok((child, stdout, stderr)) => {
                let limit = Duration::from_millis(job.timeout_ms);
                Ok(Worker::new(child, stdout, stderr, group, limit))
            }
            Err(error) => {
                if let Some(group) = group {
                    // empty: nothing was started in it.
                    let _ = group.remove(Duration::from_millis(100));
                }
                Err(JailError::Start(error))
            }
        }
    }

    fn spawn(
        &self,
        frame: &[u8],
        (uid, gid): (u32, u32),
        capabilities: u64,
        group: Option<&llm_os_sys::cgroup::Group>,
    ) -> io::Result<(llm_os_sys::spawn::Child, OwnedFd, OwnedFd)> {
        let stdin = job_file(frame)?;
        let (out_read, out_write) = pipe_with(PipeFlags::CLOEXEC)?;
        let (err_read, err_write) = pipe_with(PipeFlags::CLOEXEC)?;
        let cgroup = group
            .map(llm_os_sys::cgroup::Group::descriptor)
            .transpose()?;
        let mut limits = vec![
            Limit {
                resource: linux_raw_sys::general::RLIMIT_CORE,
                value: 0,
            },
            Limit {
                resource: linux_raw_sys::general::RLIMIT_NOFILE,
                value: FILES_MAX,
            },
            Limit {
                resource: linux_raw_sys::general::RLIMIT_FSIZE,
                value: FILE_MAX_BYTES,
            },
            Limit {
                resource: linux_raw_sys::general::RLIMIT_DATA,
                value: DATA_MAX_BYTES,
            },
        ];
        if uid != 0 {
            let resource = linux_raw_sys::general::RLIMIT_NPROC;
            limits.push(Limit {
                resource,
                value: PROCESSES_MAX,
            });
        }
        let program = CString::new(self.program.as_os_str().as_encoded_bytes())
            .map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
        let child = spawn(&Spawn {
            argv: vec![c"llm-osd".to_owned(), c"--jailed".to_owned()],
            program,
            envp: Vec::new(),
            descriptors: vec![stdin.as_fd(), out_write.as_fd(), err_write.as_fd()],
            cgroup: cgroup.as_ref().map(AsFd::as_fd),
            uid,
            gid,
            groups: Vec::new(),
            capabilities,
            no_new_privs: true,
            own_network: false,
            session: true,
            terminal: false,
            limits,
            // before the executor and the shell when memory runs out, after the model.
            oom_score_adj: 200,
            directory: c"/".to_owned(),
            umask: 0o022,
        })?;
        Ok((child, out_read, err_read))
    }
}

/// the job as a file in memory: a pipe would hold up the executor when the worker does not read.
fn job_file(frame: &[u8]) -> io::Result<OwnedFd> {
    let mut file = File::from(memfd_create("job", MemfdFlags::CLOEXEC)?);
    file.write_all(frame)?;
    file.rewind()?;
    Ok(OwnedFd::from(file))
}
