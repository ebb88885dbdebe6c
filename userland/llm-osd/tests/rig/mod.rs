//! a daemon in a temporary folder, on a real unix socket, with a machine of paper behind it.

#![allow(dead_code, reason = "each test file uses its part of the rig")]

/// a client of the daemon, and the plans that it proposes.
mod client;

pub use client::*;
use llm_os_capability::{Assessment, Look, Place};
use llm_os_journal::Journal;
use llm_os_policy::Rules;
use llm_os_schema::before::{Before, Fingerprint, KeptFile};
use llm_os_schema::result::{Status, StepResult};
use llm_os_schema::{Action, CapabilityTable, Risk};
use llm_os_wire::executor::{PROTOCOL, Reply, Request, Stream};
use llm_os_wire::init;
use llm_os_wire::worker::{Event, Job};
use llm_osd::clock::Clock;
use llm_osd::daemon;
use llm_osd::executor::{Executor, Operator, place_of};
use llm_osd::keep::Room;
use llm_osd::machine::{End, Machine, Worker};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// the machine of paper.
#[derive(Default)]
pub struct World {
    pub files: BTreeMap<String, String>,
    pub blobs: BTreeMap<String, String>,
    /// jobs that were started, in order.
    pub jobs: Vec<Job>,
    /// workers refuse to start.
    pub no_jail: bool,
    /// nothing can be kept.
    pub no_room: bool,
    /// contents that fit; 0: as many as one likes.
    pub blobs_max: usize,
    /// this many actions from now on, something changes a file right before the worker starts.
    pub meddle: Option<(String, String)>,
}

#[derive(Clone, Default)]
pub struct Paper(pub Arc<Mutex<World>>);

#[derive(Clone, Default)]
pub struct Hands(pub Arc<AtomicU64>);

impl Clock for Hands {
    fn boot_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    fn unix_s(&self) -> u64 {
        1_700_000_000
    }
}

fn print(world: &World, path: &str) -> Fingerprint {
    match world.files.get(path) {
        None => Fingerprint::Absent {
            path: path.to_owned(),
        },
        Some(content) => Fingerprint::File {
            path: path.to_owned(),
            inode: 1,
            bytes: content.len() as u64,
            mode: 0o644,
            sha256: sum(content),
        },
    }
}

fn sum(content: &str) -> String {
    Sha256::digest(content)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

impl Machine for Paper {
    fn table(&self) -> CapabilityTable {
        llm_os_capability::table()
    }

    fn assess(&self, action: &Action, look: &Look) -> Result<Assessment, String> {
        let world = self.0.lock().unwrap();
        let path = action.text("path").unwrap_or_default().to_owned();
        let foreseen = look.earlier.contains(&Place::Path(path.clone()));
        let name = path.rsplit('/').next().map(str::to_owned);
        let change = |risk: Risk, sentence: String| Assessment {
            risk,
            challenge: name.clone().filter(|_| risk == Risk::Destroy),
            preconditions: vec![print(&world, &path)],
            captures: vec![Place::Path(path.clone())],
            ..Assessment::observe(sentence)
        };
        match action.kind.as_str() {
            _ if path.starts_with("/forbidden") => Ok(Assessment::forbidden("that is not for you")),
            "read_file" if world.files.contains_key(&path) || foreseen => {
                Ok(Assessment::observe(format!("read {path}")))
            }
            "write_file" if world.files.contains_key(&path) => {
                Ok(change(Risk::Destroy, format!("overwrite {path}")))
            }
            "write_file" => Ok(change(Risk::Change, format!("write {path}"))),
            "delete_file" if world.files.contains_key(&path) || foreseen => {
                Ok(change(Risk::Destroy, format!("delete {path}")))
            }
            "list_dir" => Ok(Assessment::observe(format!("list {path}"))),
            "exec" => Ok(Assessment {
                risk: Risk::Destroy,
                challenge: Some("run".to_owned()),
                way_back: Some("a program has no way back".to_owned()),
                ..Assessment::observe("run a program")
            }),
            "undo" => undo(&world, action, look),
            _ => Err(format!("{path}: no such file")),
        }
    }

    fn fingerprint(&self, place: &Place) -> Result<Fingerprint, String> {
        match place {
            Place::Path(path) => Ok(print(&self.0.lock().unwrap(), path)),
            Place::Unit(_) => Err("no units here".to_owned()),
        }
    }

    fn capture(&self, place: &Place) -> Result<Before, String> {
        let mut world = self.0.lock().unwrap();
        let Place::Path(path) = place else {
            return Err("no units here".to_owned());
        };
        if world.no_room {
            return Err("no room to keep it".to_owned());
        }
        let Some(content) = world.files.get(path).cloned() else {
            return Ok(Before::Absent { path: path.clone() });
        };
        let file = KeptFile {
            sha256: sum(&content),
            bytes: content.len() as u64,
            mode: 0o644,
            uid: 0,
            gid: 0,
        };
        if world.blobs_max > 0 && world.blobs.len() >= world.blobs_max {
            return Err("the disk is full".to_owned());
        }
        world.blobs.insert(file.sha256.clone(), content);
        Ok(Before::File {
            path: path.clone(),
            file,
        })
    }

    fn room(&self) -> Result<Room, String> {
        Ok(Room {
            free_bytes: 0,
            total_bytes: 1 << 30,
        })
    }

    fn sweep(&self, kept: &BTreeMap<String, u64>) {
        self.0
            .lock()
            .unwrap()
            .blobs
            .retain(|name, _| kept.contains_key(name));
    }

    fn start(&self, job: &Job) -> Result<Box<dyn Worker>, String> {
        let mut world = self.0.lock().unwrap();
        if world.no_jail {
            return Err("the jail could not be made".to_owned());
        }
        if let Some((path, content)) = world.meddle.take() {
            world.files.insert(path, content);
        }
        world.jobs.push(job.clone());
        drop(world);
        let killed = Arc::new(AtomicBool::new(false));
        Ok(Box::new(PaperWorker {
            world: self.clone(),
            job: Some(job.clone()),
            killed,
            said: 0,
        }))
    }

    fn init(&self, _: init::Request) -> Result<init::Reply, String> {
        Err("there is no pid 1 here".to_owned())
    }
}

fn undo(world: &World, action: &Action, look: &Look) -> Result<Assessment, String> {
    let id = action.args["id"].as_u64().unwrap();
    let entry = (look.entry)(id).ok_or("no such entry")?;
    if let Some(by) = entry.undone_by {
        return Err(format!("taken back already, by #{by}"));
    }
    if let Some(why) = entry.no_way_back {
        return Err(why);
    }
    for left in &entry.after {
        if !left.same_state(&print(world, left.place())) {
            return Err(format!("{} is no longer as it was left", left.place()));
        }
    }
    Ok(Assessment {
        risk: Risk::Change,
        preconditions: entry
            .after
            .iter()
            .map(|left| print(world, left.place()))
            .collect(),
        captures: entry.before.iter().map(place_of).collect(),
        ..Assessment::observe(format!("take back #{id}"))
    })
}

struct PaperWorker {
    world: Paper,
    job: Option<Job>,
    killed: Arc<AtomicBool>,
    said: u32,
}

impl Worker for PaperWorker {
    fn next(&mut self) -> Option<Event> {
        let job = self.job.take()?;
        let mut world = self.world.0.lock().unwrap();
        let path = job.action.text("path").unwrap_or_default().to_owned();
        let done = |summary: &str| {
            Some(Event::Done(StepResult {
                status: Status::Done,
                summary: summary.to_owned(),
                origin: "paper".to_owned(),
                cut: false,
                exit_code: None,
                names: Vec::new(),
            }))
        };
        let failed = |summary: &str| {
            let Some(Event::Done(result)) = done(summary) else {
                return None;
            };
            Some(Event::Done(StepResult {
                status: Status::Failed,
                ..result
            }))
        };
        // as the real one does: nothing happens where it is no longer so.
        for expected in &job.expect {
            if !expected.same_state(&print(&world, expected.place())) {
                return failed("it changed in the meantime");
            }
        }
        match job.action.kind.as_str() {
            "write_file" => {
                let content = job.action.text("content").unwrap_or_default().to_owned();
                if content == "fail" {
                    return failed("the disk said no");
                }
                if content == "die" {
                    return None;
                }
                world.files.insert(path, content);
                done("written")
            }
            "delete_file" => {
                world.files.remove(&path);
                done("deleted")
            }
            "read_file" if self.said == 0 => {
                self.said = 1;
                let text = world.files.get(&path).cloned().unwrap_or_default();
                drop(world);
                self.job = Some(job);
                Some(Event::Output {
                    stream: Stream::Out,
                    text,
                })
            }
            "exec" => {
                drop(world);
                let start = Instant::now();
                while !self.killed.load(Ordering::SeqCst) {
                    assert!(
                        start.elapsed() < Duration::from_secs(20),
                        "nobody killed it"
                    );
                    std::thread::sleep(Duration::from_millis(2));
                }
                None
            }
            "undo" => {
                for before in &job.restore {
                    match before {
                        Before::Absent { path } => {
                            world.files.remove(path);
                        }
                        Before::File { path, file } => {
                            let content = world.blobs[&file.sha256].clone();
                            world.files.insert(path.clone(), content);
                        }
                        _ => return failed("not on paper"),
                    }
                }
                done("taken back")
            }
            _ => done("done"),
        }
    }

    fn killer(&self) -> Box<dyn Fn() + Send> {
        let killed = Arc::clone(&self.killed);
        Box::new(move || killed.store(true, Ordering::SeqCst))
    }

    fn finish(self: Box<Self>) -> End {
        End {
            timed_out: false,
            how: "paper".to_owned(),
        }
    }
}

/// a daemon that ends with the test's process; its folder goes with the rig.
pub struct Rig {
    pub folder: PathBuf,
    pub world: Paper,
    pub hands: Hands,
    rules: String,
    starts: u32,
    /// stands in for the folder's journal at the next start.
    pub journal: Option<Result<Journal, String>>,
}

impl Rig {
    pub fn new() -> Self {
        Self::with_rules("")
    }

    pub fn with_rules(rules: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let name = format!("llm-osd-rig-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let mut rig = Rig {
            folder,
            world: Paper::default(),
            hands: Hands::default(),
            rules: rules.to_owned(),
            starts: 0,
            journal: None,
        };
        rig.restart();
        rig
    }

    fn socket(&self) -> PathBuf {
        self.folder.join(format!("osd-{}.sock", self.starts))
    }

    /// a new daemon on the same state and the same machine.
    pub fn restart(&mut self) {
        self.restart_as(rustix::process::getuid().as_raw());
    }

    /// with another operator than the one who runs the test.
    pub fn restart_as(&mut self, uid: u32) {
        self.starts += 1;
        let listener = UnixListener::bind(self.socket()).unwrap();
        let own = || daemon::open_journal(&self.folder.join("journal"), "m", "boot");
        let journal = self.journal.take().unwrap_or_else(own);
        let executor = Arc::new(Executor::new(
            Box::new(self.world.clone()),
            Box::new(self.hands.clone()),
            journal,
            Rules::parse(&self.rules).unwrap(),
            Operator {
                uid,
                gid: uid,
                home: "/home".to_owned(),
            },
            ("test".to_owned(), "boot".to_owned()),
        ));
        executor.settle_interrupted();
        std::thread::spawn(move || daemon::serve(&executor, &listener));
    }

    /// a connection before `Hello`.
    pub fn connect(&self) -> Wire {
        let stream = UnixStream::connect(self.socket()).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        Wire(stream)
    }

    pub fn client(&self) -> Wire {
        let mut wire = self.connect();
        let welcome = wire.ask(&Request::Hello { protocol: PROTOCOL });
        assert!(matches!(welcome, Reply::Welcome { .. }), "{welcome:?}");
        wire
    }

    pub fn file(&self, path: &str) -> Option<String> {
        self.world.0.lock().unwrap().files.get(path).cloned()
    }

    pub fn put(&self, path: &str, content: &str) {
        self.world
            .0
            .lock()
            .unwrap()
            .files
            .insert(path.to_owned(), content.to_owned());
    }

    pub fn jobs(&self) -> usize {
        self.world.0.lock().unwrap().jobs.len()
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
