//! a worker of one's own, a folder to work in, and jobs by hand.

use llm_os_capability::{Assessment, Look, Place, UndoEntry, find, state};
use llm_os_jail::{End, Jail};
use llm_os_schema::Action;
use llm_os_schema::before::{Before, Fingerprint};
use llm_os_schema::result::{Status, StepResult};
use llm_os_wire::executor::Stream;
use llm_os_wire::init;
use llm_os_wire::worker::{Event, Job};
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// the operator on a root's build host; anybody else is it themself.
pub fn operator() -> (u32, u32) {
    let own = (
        rustix::process::getuid().as_raw(),
        rustix::process::getgid().as_raw(),
    );
    if own.0 == 0 { (1000, 1000) } else { own }
}

/// a fresh folder under /tmp that belongs to the operator.
pub fn folder(name: &str) -> PathBuf {
    let path = PathBuf::from(format!("/tmp/llm-os-jail-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    chown(&path, Some(operator().0), Some(operator().1)).unwrap();
    path
}

/// a jail whose worker may be run by the operator, wherever the build put it.
pub fn jail() -> &'static Jail {
    static JAIL: OnceLock<Jail> = OnceLock::new();
    JAIL.get_or_init(|| {
        let dir = PathBuf::from(format!("/tmp/llm-os-jail-worker-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let program = dir.join("worker");
        fs::copy(env!("CARGO_BIN_EXE_llm-os-jail-worker"), &program).unwrap();
        fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
        Jail::with_program(&program)
    })
}

pub fn no_init(_: init::Request) -> Result<init::Reply, String> {
    Err("there is no pid 1 of ours here".to_owned())
}

/// what the executor would find out before it asks.
pub fn assess(action: &Action) -> Result<Assessment, String> {
    assess_with(action, &|_| None)
}

pub fn assess_with(
    action: &Action,
    entry: &dyn Fn(u64) -> Option<UndoEntry>,
) -> Result<Assessment, String> {
    let (uid, gid) = operator();
    let look = Look {
        uid,
        gid,
        home: "/tmp",
        init: &no_init,
        entry,
        earlier: &[],
    };
    find(&action.kind)
        .unwrap()
        .assess(action, &look)
        .map_err(|error| error.message)
}

pub fn job(action: Action) -> Job {
    let (uid, gid) = operator();
    Job {
        action,
        uid,
        gid,
        cwd: "/tmp".to_owned(),
        output_max_bytes: 256 * 1024,
        timeout_ms: 20_000,
        expect: Vec::new(),
        restore: Vec::new(),
        blobs: String::new(),
    }
}

/// what came of a job.
#[derive(Debug)]
pub struct Ran {
    pub out: String,
    pub err: String,
    pub result: Option<StepResult>,
    pub end: End,
}

impl Ran {
    pub fn summary(&self) -> &str {
        self.result.as_ref().map_or("", |result| &result.summary)
    }

    pub fn is_done(&self) -> bool {
        self.result
            .as_ref()
            .is_some_and(|result| result.status == Status::Done)
    }
}

/// runs a job to its end.
pub fn run(job: &Job) -> Ran {
    let mut worker = jail().start(job).unwrap();
    let (mut out, mut err, mut result) = (String::new(), String::new(), None);
    while let Some(event) = worker.next().unwrap() {
        match event {
            Event::Output {
                stream: Stream::Out,
                text,
            } => out.push_str(&text),
            Event::Output {
                stream: Stream::Err,
                text,
            } => err.push_str(&text),
            Event::Done(done) => result = Some(done),
        }
    }
    Ran {
        out,
        err,
        result,
        end: worker.finish(),
    }
}

/// what the pipeline does: assess, capture, run, look again.
pub fn perform(action: Action, store: &Path) -> (Assessment, Vec<Before>, Vec<Fingerprint>, Ran) {
    let assessment = assess(&action).unwrap();
    let before = capture(&assessment.captures, store);
    let ran = run(&Job {
        expect: assessment.preconditions.clone(),
        ..job(action)
    });
    let after = look(&assessment.captures);
    (assessment, before, after, ran)
}

pub fn capture(places: &[Place], store: &Path) -> Vec<Before> {
    places
        .iter()
        .map(|place| state::capture(place, store, &no_init).unwrap())
        .collect()
}

pub fn look(places: &[Place]) -> Vec<Fingerprint> {
    places
        .iter()
        .map(|place| state::fingerprint(place, &no_init).unwrap())
        .collect()
}
