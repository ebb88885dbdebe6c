//! the machine this runs on.

use crate::keep::{self, Room};
use crate::log;
use crate::machine::{End, Machine, Worker};
use llm_os_capability::{Assessment, Look, Place, find, state, table};
use llm_os_jail::Jail;
use llm_os_schema::before::{Before, Fingerprint};
use llm_os_schema::{Action, CapabilityTable};
use llm_os_wire::init;
use llm_os_wire::worker::{Event, Job};
use std::collections::BTreeMap;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// pid 1 answers at once.
const INIT_MAX: Duration = Duration::from_secs(5);

/// capabilities from the registry, workers in jails, contents in the blob store.
pub struct Real {
    jail: Jail,
    /// contents that were kept.
    blobs: PathBuf,
    /// pid 1's socket.
    init: PathBuf,
}

impl Real {
    pub fn new(init: &Path, blobs: &Path) -> Self {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(blobs);
        if let Err(error) = made {
            // capturing will fail and say so; looking still works.
            log::line(&format!("{}: {error}", blobs.display()));
        }
        let jail = Jail::new();
        if let Some(why) = jail.why_no_group() {
            log::line(&format!("actions have no cgroup of their own: {why}"));
        }
        Real {
            jail,
            blobs: blobs.to_owned(),
            init: init.to_owned(),
        }
    }
}

/// why nothing answers to this type of action.
fn unknown(kind: &str) -> String {
    match table().get(kind) {
        Some(spec) => format!(
            "this machine cannot do `{kind}` yet ({}): `help` lists what it can do",
            spec.summary
        ),
        None => format!("there is no action `{}`", kind.escape_debug()),
    }
}

impl Machine for Real {
    fn table(&self) -> CapabilityTable {
        table()
    }

    fn assess(&self, action: &Action, look: &Look) -> Result<Assessment, String> {
        let capability = find(&action.kind).ok_or_else(|| unknown(&action.kind))?;
        capability
            .assess(action, look)
            .map_err(|error| error.message)
    }

    fn fingerprint(&self, place: &Place) -> Result<Fingerprint, String> {
        state::fingerprint(place, &|request| self.init(request)).map_err(|error| error.message)
    }

    fn capture(&self, place: &Place) -> Result<Before, String> {
        state::capture(place, &self.blobs, &|request| self.init(request))
            .map_err(|error| error.message)
    }

    fn room(&self) -> Result<Room, String> {
        keep::room(&self.blobs)
    }

    fn sweep(&self, kept: &BTreeMap<String, u64>) {
        keep::sweep(&self.blobs, kept);
    }

    fn start(&self, job: &Job) -> Result<Box<dyn Worker>, String> {
        let blobs = match job.restore.is_empty() {
            true => String::new(),
            false => self
                .blobs
                .to_str()
                .ok_or("the journal's folder has no name in text")?
                .to_owned(),
        };
        let job = Job {
            blobs,
            ..job.clone()
        };
        let worker = self.jail.start(&job).map_err(|error| error.to_string())?;
        Ok(Box::new(Jailed {
            worker,
            kind: job.action.kind.clone(),
        }))
    }

    fn init(&self, request: init::Request) -> Result<init::Reply, String> {
        let failed = |error: io::Error| format!("pid 1 does not answer: {error}");
        let mut socket = UnixStream::connect(&self.init).map_err(failed)?;
        socket.set_read_timeout(Some(INIT_MAX)).map_err(failed)?;
        socket.set_write_timeout(Some(INIT_MAX)).map_err(failed)?;
        llm_os_wire::write(&mut socket, &request).map_err(|error| format!("pid 1: {error}"))?;
        match llm_os_wire::read(&mut socket) {
            Ok(init::Reply::Error { message }) => Err(message),
            Ok(reply) => Ok(reply),
            Err(error) => Err(format!("pid 1: {error}")),
        }
    }
}

struct Jailed {
    worker: llm_os_jail::Worker,
    kind: String,
}

impl Worker for Jailed {
    fn next(&mut self) -> Option<Event> {
        match self.worker.next() {
            Ok(event) => event,
            Err(error) => {
                log::line(&format!("{}: {error}", self.kind));
                None
            }
        }
    }

    fn killer(&self) -> Box<dyn Fn() + Send> {
        let killer = self.worker.killer();
        Box::new(move || killer.cancel())
    }

    fn finish(self: Box<Self>) -> End {
        let end = self.worker.finish();
        if !end.diagnostics.is_empty() {
            log::line(&format!("{}: {}: {}", self.kind, end.how, end.diagnostics));
        }
        End {
            timed_out: end.timed_out,
            how: end.how,
        }
    }
}
