//! cgroups of version 2 (the kernel's cgroup-v2 document): made, limited, killed, removed.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// where the one hierarchy is mounted.
pub const MOUNT: &str = "/sys/fs/cgroup";

/// how long the dead of one group may take to be gone.
const CLEAR_LIMIT: Duration = Duration::from_secs(1);

/// one group; removed by [`Group::remove`], never by itself.
#[derive(Clone, Debug)]
pub struct Group {
    path: PathBuf,
}

/// this process's own group, or `None` where there is no version 2 hierarchy.
pub fn own() -> Option<Group> {
    let text = fs::read_to_string("/proc/self/cgroup").ok()?;
    let path = text.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let path = Path::new(MOUNT).join(path);
    path.join("cgroup.controllers")
        .exists()
        .then_some(Group { path })
}

impl Group {
    /// the group called `name` in this one, made if it is not there.
    ///
    /// # Errors
    /// what the kernel said.
    pub fn child(&self, name: &str) -> io::Result<Group> {
        let path = self.path.join(name);
        match fs::create_dir(&path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(Group { path }),
        }
    }

    /// the same group for another owner; only one of them removes it.
    #[must_use]
    pub fn again(&self) -> Group {
        Group {
            path: self.path.clone(),
        }
    }

    /// the group above, if it is not the hierarchy itself.
    pub fn parent(&self) -> Option<Group> {
        let path = self.path.parent().filter(|path| path.starts_with(MOUNT))?;
        Some(Group {
            path: path.to_owned(),
        })
    }

    /// the last part of its path.
    pub fn name(&self) -> &str {
        self.path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default()
    }

    /// lets groups below this one limit memory and the number of processes.
    ///
    /// # Errors
    /// what the kernel said: a group with processes of its own cannot.
    pub fn delegate(&self) -> io::Result<()> {
        self.write("cgroup.subtree_control", "+memory +pids")
    }

    /// writes one of its files, such as `memory.max`.
    ///
    /// # Errors
    /// what the kernel said.
    pub fn write(&self, file: &str, value: &str) -> io::Result<()> {
        fs::write(self.path.join(file), value)
    }

    /// moves a process into it.
    ///
    /// # Errors
    /// what the kernel said.
    pub fn enter(&self, pid: u32) -> io::Result<()> {
        self.write("cgroup.procs", &pid.to_string())
    }

    /// a descriptor for a child that is to be born in it.
    ///
    /// # Errors
    /// what the kernel said.
    pub fn descriptor(&self) -> io::Result<OwnedFd> {
        Ok(OwnedFd::from(fs::File::open(&self.path)?))
    }

    /// kills everything in it and below, at once.
    ///
    /// # Errors
    /// what the kernel said.
    pub fn kill(&self) -> io::Result<()> {
        self.write("cgroup.kill", "1")
    }

    /// kills and takes away every group directly below this one.
    ///
    /// # Errors
    /// what the kernel said.
    pub fn clear(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                Group { path: entry.path() }.remove(CLEAR_LIMIT)?;
            }
        }
        Ok(())
    }

    /// kills what is left and takes the group away, waiting up to `limit` for the dead to be gone.
    ///
    /// # Errors
    /// what the kernel said at last.
    pub fn remove(self, limit: Duration) -> io::Result<()> {
        let end = Instant::now() + limit;
        self.kill()?;
        loop {
            match fs::remove_dir(&self.path) {
                Ok(()) => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                Err(error) if Instant::now() > end => return Err(error),
                Err(_) => std::thread::sleep(Duration::from_millis(2)),
            }
        }
    }
}
