//! a machine in memory: it records what was asked of it, and any call can be made to fail.

use super::{Flags, Kind, Mount, Owner, Priority, Signal, System};
use crate::supervisor::{Exit, Millis, Power};
use crate::units::Socket;
use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::os::fd::OwnedFd;

#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    Folder,
    File(String),
    Link(String),
}

#[derive(Clone, Debug)]
pub struct Mounted {
    pub source: String,
    pub target: String,
    pub kind: String,
    pub writable: bool,
    /// unmounting fails this often.
    pub busy: u32,
}

/// a process that is not one of ours.
#[derive(Clone, Debug, PartialEq)]
pub enum Child {
    Dead,
    EndsAt(Signal),
    /// ends for nothing.
    Never,
}

#[derive(Debug, Default)]
pub struct Fake {
    pub nodes: BTreeMap<String, Node>,
    /// what appears when a target is mounted.
    pub behind: Vec<(String, String, Node)>,
    pub mounts: Vec<Mounted>,
    /// how often a new mount of this target is busy at its end.
    pub busy: BTreeMap<String, u32>,
    pub children: VecDeque<Child>,
    pub helper: Option<Vec<u8>>,
    /// every call that changes something, in order.
    pub asked: Vec<String>,
    pub said: Vec<String>,
    pub logged: Vec<String>,
    /// the call with this number fails, and with `from_then_on` every later one too.
    pub fail_at: Option<usize>,
    pub from_then_on: bool,
    pub calls: Cell<usize>,
    pub time: Millis,
    pub clock: u64,
    pub hostname: String,
    pub fed: u32,
}

impl Fake {
    /// a file that is there from the start.
    pub fn file(&mut self, path: &str, text: &str) {
        self.nodes
            .insert(path.to_owned(), Node::File(text.to_owned()));
    }

    /// a file that appears with a mount.
    pub fn file_behind(&mut self, target: &str, path: &str, text: &str) {
        let node = Node::File(text.to_owned());
        self.behind.push((target.to_owned(), path.to_owned(), node));
    }

    pub fn text(&self, path: &str) -> Option<&str> {
        match self.nodes.get(path) {
            Some(Node::File(text)) => Some(text),
            _ => None,
        }
    }

    fn call(&mut self, what: String) -> io::Result<()> {
        self.asked.push(what);
        self.may_fail()
    }

    fn may_fail(&self) -> io::Result<()> {
        let number = self.calls.get();
        self.calls.set(number + 1);
        let fails = self.fail_at.is_some_and(|at| match self.from_then_on {
            true => number >= at,
            false => number == at,
        });
        if fails {
            Err(io::Error::other("made to fail"))
        } else {
            Ok(())
        }
    }

    fn mounts_text(&self) -> String {
        let line = |one: &Mounted| {
            let option = if one.writable { "rw" } else { "ro" };
            format!("{} {} {} {option} 0 0\n", one.source, one.target, one.kind)
        };
        self.mounts.iter().map(line).collect()
    }

    fn missing() -> io::Error {
        io::Error::from(io::ErrorKind::NotFound)
    }
}

impl System for Fake {
    fn pid(&self) -> u32 {
        1
    }

    fn settle(&mut self) -> io::Result<OwnedFd> {
        Ok(OwnedFd::from(std::fs::File::open("/dev/null")?))
    }

    fn read(&mut self, path: &str) -> io::Result<String> {
        self.may_fail()?;
        if path == "/proc/self/mounts" {
            return Ok(self.mounts_text());
        }
        self.text(path).map(str::to_owned).ok_or_else(Fake::missing)
    }

    fn write(&mut self, path: &str, text: &str) -> io::Result<()> {
        self.call(format!("write {path}"))?;
        self.file(path, text);
        Ok(())
    }

    fn list(&mut self, path: &str) -> io::Result<Vec<String>> {
        self.may_fail()?;
        let inside = format!("{path}/");
        let mut names: Vec<String> = Vec::new();
        for name in self
            .nodes
            .keys()
            .filter_map(|node| node.strip_prefix(&inside))
        {
            let name = name.split('/').next().unwrap_or_default().to_owned();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if names.is_empty() && !self.nodes.contains_key(path) {
            return Err(Fake::missing());
        }
        Ok(names)
    }

    fn kind(&mut self, path: &str) -> Option<Kind> {
        match self.nodes.get(path) {
            Some(Node::File(_)) => Some(Kind::File),
            Some(Node::Link(_)) => Some(Kind::Other),
            Some(Node::Folder) => Some(Kind::Folder),
            None => {
                let inside = format!("{path}/");
                self.nodes
                    .keys()
                    .any(|node| node.starts_with(&inside))
                    .then_some(Kind::Folder)
            }
        }
    }

    fn folder(&mut self, path: &str, owner: Owner) -> io::Result<()> {
        let Owner { mode, uid, gid } = owner;
        self.call(format!("folder {path} {mode:o} {uid}:{gid}"))?;
        match self.nodes.insert(path.to_owned(), Node::Folder) {
            Some(Node::File(_)) => Err(io::Error::from(io::ErrorKind::NotADirectory)),
            _ => Ok(()),
        }
    }

    fn own(&mut self, path: &str, owner: Owner) -> io::Result<()> {
        let Owner { mode, uid, gid } = owner;
        self.call(format!("own {path} {mode:o} {uid}:{gid}"))?;
        match self.nodes.get(path) {
            Some(Node::File(_)) => Ok(()),
            _ => Err(Fake::missing()),
        }
    }

    fn link(&mut self, target: &str, path: &str) -> io::Result<()> {
        self.call(format!("link {path}"))?;
        self.nodes
            .insert(path.to_owned(), Node::Link(target.to_owned()));
        Ok(())
    }

    fn read_link(&mut self, path: &str) -> io::Result<String> {
        self.may_fail()?;
        match self.nodes.get(path) {
            Some(Node::Link(target)) => Ok(target.clone()),
            _ => Err(Fake::missing()),
        }
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.call(format!("rename {from} {to}"))?;
        let node = self.nodes.remove(from).ok_or_else(Fake::missing)?;
        self.nodes.insert(to.to_owned(), node);
        Ok(())
    }

    fn remove(&mut self, path: &str) -> io::Result<()> {
        self.call(format!("remove {path}"))?;
        let inside = format!("{path}/");
        self.nodes
            .retain(|node, _| node != path && !node.starts_with(&inside));
        Ok(())
    }

    fn listen(&mut self, socket: &Socket) -> io::Result<OwnedFd> {
        self.call(format!("listen {}", socket.path))?;
        Ok(OwnedFd::from(std::fs::File::open("/dev/null")?))
    }

    fn mount(&mut self, mount: &Mount) -> io::Result<()> {
        let Flags {
            nosuid,
            nodev,
            noexec,
            read_only,
        } = mount.flags;
        let flag = |set, word| if set { word } else { "" };
        let flags = [
            flag(nosuid, " nosuid"),
            flag(nodev, " nodev"),
            flag(noexec, " noexec"),
            flag(read_only, " ro"),
        ];
        let line = format!("mount {} {} {}", mount.source, mount.target, mount.kind);
        self.call(format!("{line}{}", flags.concat()))?;
        let behind = self.behind.clone();
        for (target, path, node) in behind {
            if target == mount.target {
                self.nodes.insert(path, node);
            }
        }
        self.mounts.push(Mounted {
            source: mount.source.to_owned(),
            target: mount.target.to_owned(),
            kind: mount.kind.to_owned(),
            writable: !read_only,
            busy: self.busy.get(mount.target).copied().unwrap_or_default(),
        });
        Ok(())
    }

    fn unmount(&mut self, target: &str) -> io::Result<()> {
        self.call(format!("unmount {target}"))?;
        let found = self.mounts.iter().rposition(|one| one.target == target);
        let place = found.ok_or_else(Fake::missing)?;
        if self.mounts[place].busy > 0 {
            self.mounts[place].busy -= 1;
            return Err(io::Error::from(io::ErrorKind::ResourceBusy));
        }
        self.mounts.remove(place);
        Ok(())
    }

    fn remount_read_only(&mut self, target: &str) -> io::Result<()> {
        self.call(format!("read-only {target}"))?;
        let found = self.mounts.iter_mut().rfind(|one| one.target == target);
        found.ok_or_else(Fake::missing)?.writable = false;
        Ok(())
    }

    fn sync(&mut self) {
        self.asked.push("sync".to_owned());
    }

    fn set_hostname(&mut self, name: &str) -> io::Result<()> {
        self.call("hostname".to_owned())?;
        self.hostname = name.to_owned();
        Ok(())
    }

    fn loopback_up(&mut self) -> io::Result<()> {
        self.call("lo up".to_owned())
    }

    fn take_ctrl_alt_del(&mut self) -> io::Result<()> {
        self.call("ctrl-alt-del".to_owned())
    }

    fn power(&mut self, kind: Power) -> io::Error {
        self.asked.push(format!("{kind:?}"));
        io::Error::other("this machine is in memory")
    }

    fn start_watchdog(&mut self) -> Option<u32> {
        None
    }

    fn feed_watchdog(&mut self) {
        self.fed += 1;
    }

    fn now(&self) -> Millis {
        self.time
    }

    fn clock(&self) -> u64 {
        self.clock
    }

    fn set_clock(&mut self, unix_s: u64) -> io::Result<()> {
        self.call("clock".to_owned())?;
        self.clock = unix_s;
        Ok(())
    }

    fn pause(&mut self, ms: Millis) {
        self.time += ms;
    }

    fn random(&mut self) -> [u8; 16] {
        *b"0123456789abcdef"
    }

    fn reap(&mut self) -> io::Result<Option<(u32, Exit)>> {
        let dead = self.children.iter().position(|child| *child == Child::Dead);
        match dead {
            Some(place) => {
                self.children.remove(place);
                Ok(Some((99, Exit::Code(0))))
            }
            None if self.children.is_empty() => Err(io::Error::from_raw_os_error(10)),
            None => Ok(None),
        }
    }

    fn signal_all(&mut self, signal: Signal) -> io::Result<()> {
        self.call(format!("signal all {signal:?}"))?;
        for child in &mut self.children {
            if *child == Child::EndsAt(signal) {
                *child = Child::Dead;
            }
        }
        Ok(())
    }

    fn signal(&mut self, pid: u32, signal: Signal) -> io::Result<()> {
        self.call(format!("signal {pid} {signal:?}"))
    }

    fn ask_helper(
        &mut self,
        program: &str,
        _input: &str,
        _limit_ms: Millis,
    ) -> io::Result<Vec<u8>> {
        self.call(format!("helper {program}"))?;
        self.helper
            .clone()
            .ok_or_else(|| io::Error::from(io::ErrorKind::TimedOut))
    }

    fn log(&mut self, _priority: Priority, text: &str) {
        self.logged.push(text.to_owned());
    }

    fn console(&mut self, name: &str, text: &str) {
        self.said.push(format!("{name}:{text}"));
    }
}
