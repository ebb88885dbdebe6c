//! the root file system: what is in it, and its packing into a read-only erofs.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Doing, Result};
use crate::hash::Key;
use crate::step::run_logged;

/// raise it when the packing below changes.
const RECIPE: &str = "root 1";
/// fixed, so that the bytes are: it names the kind of file system, not the disk.
const UUID: &str = "6c6c6d2d-6f73-4000-8000-726f6f746673";

/// folders that are empty in the root and get something mounted on them.
const MOUNT_POINTS: &[&str] = &[
    "/boot", "/data", "/dev", "/etc", "/proc", "/run", "/sys", "/tmp",
];

/// what stands at a path of the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    Folder,
    Program(PathBuf),
    File(PathBuf),
    Text(String),
    Link(String),
}

/// one path of the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// absolute, as the machine sees it.
    pub at: String,
    pub content: Content,
}

/// the root's table of contents, sorted by path.
#[derive(Default)]
pub struct Tree(Vec<Entry>);

impl Tree {
    /// a tree with the folders that are mounted over.
    pub fn new() -> Self {
        let mut tree = Tree::default();
        for at in MOUNT_POINTS {
            tree.add(at, Content::Folder);
        }
        tree
    }

    pub fn add(&mut self, at: &str, content: Content) {
        self.0.push(Entry {
            at: at.to_owned(),
            content,
        });
        self.0.sort_by(|a, b| a.at.cmp(&b.at));
    }

    /// all but the paths under a folder.
    pub fn without(&self, folder: &str) -> Tree {
        Tree(
            self.0
                .iter()
                .filter(|entry| !entry.at.starts_with(folder))
                .cloned()
                .collect(),
        )
    }

    /// the sizes of the files under a folder, added up, in bytes.
    pub fn bytes_under(&self, folder: &str) -> u64 {
        self.0
            .iter()
            .filter(|entry| entry.at.starts_with(folder))
            .filter_map(|entry| match &entry.content {
                Content::File(path) | Content::Program(path) => fs::metadata(path).ok(),
                _ => None,
            })
            .map(|meta| meta.len())
            .sum()
    }

    /// a key over every path and every byte.
    ///
    /// # Errors
    /// when a file cannot be read.
    pub fn key(&self) -> Result<String> {
        let mut key = Key::new(RECIPE);
        for entry in &self.0 {
            key.text("at", &entry.at);
            match &entry.content {
                Content::Folder => key.text("kind", "folder"),
                Content::Program(path) => key.file("program", path)?,
                Content::File(path) => key.file("file", path)?,
                Content::Text(text) => key.text("text", text),
                Content::Link(target) => key.text("link", target),
            }
        }
        Ok(key.finish())
    }

    /// lays the tree out as files. owners do not matter, packing makes everything root's; modes
    /// are set, so the builder's umask does not show.
    ///
    /// # Errors
    /// when a file cannot be copied.
    pub fn lay_out(&self, into: &Path) -> Result<()> {
        for entry in &self.0 {
            let path = into.join(entry.at.trim_start_matches('/'));
            let parent = path.parent().unwrap_or(into);
            fs::create_dir_all(parent).doing("make the folder", parent)?;
            match &entry.content {
                Content::Folder => fs::create_dir_all(&path),
                Content::Program(from) | Content::File(from) => fs::copy(from, &path).map(drop),
                Content::Text(text) => fs::write(&path, text),
                Content::Link(target) => symlink(target, &path),
            }
            .doing("lay out", &path)?;
        }
        set_modes(into, &self.programs(into))
    }

    fn programs(&self, into: &Path) -> Vec<PathBuf> {
        self.0
            .iter()
            .filter(|entry| matches!(entry.content, Content::Program(_)))
            .map(|entry| into.join(entry.at.trim_start_matches('/')))
            .collect()
    }
}

/// 0755 for folders and programs, 0644 for files.
fn set_modes(folder: &Path, programs: &[PathBuf]) -> Result<()> {
    for entry in fs::read_dir(folder).doing("list", folder)? {
        let entry = entry.doing("list", folder)?;
        let path = entry.path();
        let kind = entry.file_type().doing("look at", &path)?;
        let mode = if kind.is_dir() || programs.contains(&path) {
            0o755
        } else {
            0o644
        };
        if !kind.is_symlink() {
            fs::set_permissions(&path, Permissions::from_mode(mode))
                .doing("set the mode of", &path)?;
        }
        if kind.is_dir() {
            set_modes(&path, programs)?;
        }
    }
    fs::set_permissions(folder, Permissions::from_mode(0o755)).doing("set the mode of", folder)
}

/// packs a folder into an erofs image; the same files give the same bytes.
///
/// # Errors
/// when mkfs.erofs is missing or fails.
pub fn pack(folder: &Path, image: &Path, log: &Path) -> Result<()> {
    let mut mkfs = tool("mkfs.erofs");
    // no time, no owner, no attribute of the builder's; lz4 unpacks fastest.
    mkfs.args(["-T0", "-U", UUID, "--all-root", "-x-1", "-zlz4hc"])
        .arg(image)
        .arg(folder);
    run_logged(
        &mut mkfs,
        "packing the root",
        log,
        "is erofs-utils installed?",
    )
}

/// a system program; those for disks are often outside a user's path.
pub fn tool(name: &str) -> Command {
    let sbin = Path::new("/usr/sbin").join(name);
    if sbin.exists() {
        Command::new(sbin)
    } else {
        Command::new(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(dir: &Path) -> Tree {
        let file = dir.join("hello");
        fs::write(&file, "hello".repeat(2000)).unwrap();
        let mut tree = Tree::new();
        tree.add("/usr/bin/hello", Content::Program(file.clone()));
        tree.add("/usr/bin/hi", Content::Link("hello".into()));
        tree.add("/usr/lib/llm-os/model/a", Content::File(file));
        tree.add("/usr/lib/llm-os/build-id", Content::Text("1\n".into()));
        tree
    }

    #[test]
    fn the_key_sees_every_change() {
        let dir = llm_os_qemu::Scratch::new().unwrap();
        let key = |change: &dyn Fn(&mut Tree)| {
            let mut tree = sample(dir.path());
            change(&mut tree);
            tree.key().unwrap()
        };
        let plain = key(&|_| {});
        assert_eq!(plain, key(&|_| {}));
        assert_ne!(plain, key(&|tree| tree.add("/x", Content::Folder)));
        assert_ne!(
            plain,
            key(&|tree| tree.add("/x", Content::Text(String::new())))
        );
        let without = sample(dir.path()).without("/usr/lib/llm-os/model/");
        assert_ne!(plain, without.key().unwrap());
        assert_eq!(
            sample(dir.path()).bytes_under("/usr/lib/llm-os/model/"),
            10_000
        );
    }

    #[test]
    fn packed_twice_gives_the_same_bytes() {
        if tool("mkfs.erofs").arg("-V").output().is_err() {
            return; // `cargo os test` installs it before it runs this
        }
        let dir = llm_os_qemu::Scratch::new().unwrap();
        let image = |name: &str| {
            let folder = dir.join(name);
            sample(dir.path()).lay_out(&folder).unwrap();
            let image = dir.join(&format!("{name}.erofs"));
            pack(&folder, &image, &dir.join("log")).unwrap();
            fs::read(image).unwrap()
        };
        let first = image("a");
        // another second, another folder: neither may show.
        std::thread::sleep(std::time::Duration::from_millis(1100));
        assert!(first == image("b"), "two packings of the same files differ");
    }
}
