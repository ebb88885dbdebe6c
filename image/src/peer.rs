//! the peer that our start is measured against: a static busybox with a shell, on our kernel, in
//! the same kind of root (erofs, verified), on the same kind of disk.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cache::Cache;
use crate::error::{Doing, Error, Result};
use crate::hash::Key;
use crate::root::{Content, Tree};
use crate::step::{Progress, fresh_log};
use crate::{cmdline, disk, filesystems, root, setup, verity};

/// what its shell says when it waits.
pub const PROMPT: &str = "busybox> ";

/// its pid 1: what any system has to do before a shell is of use, and no more.
const INIT: &str = "#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs run /run
export PS1='busybox> '
exec /bin/sh -i
";

/// a disk that boots with the image's own kernel.
pub struct Peer {
    pub disk: PathBuf,
    pub cmdline: String,
}

/// builds the peer, or finds it in the cache.
///
/// # Errors
/// when there is no busybox, or packing fails.
pub fn build(cache: &Cache, progress: &mut Progress) -> Result<Peer> {
    let busybox = ["/usr/bin/busybox", "/bin/busybox"]
        .map(Path::new)
        .into_iter()
        .find(|path| path.is_file())
        .ok_or_else(|| Error::failed("busybox is gone", "install busybox-static"))?;
    let mut key = Key::new("peer 1");
    key.file("busybox", busybox)?;
    key.text("init", INIT);
    key.text("tools", &setup::tool_versions());
    // consoles and loudness as in ours.
    key.text("words", cmdline::COMMON);
    let folder = cache.get_or("peer", &key.finish(), |into| {
        let log = fresh_log(&cache.log("peer"))?;
        progress.step("bench: packing the peer", &log, || {
            assemble(busybox, into, &log)
        })
    })?;
    let line = folder.join("cmdline");
    let cmdline = fs::read_to_string(&line).doing("read", &line)?;
    Ok(Peer {
        disk: folder.join("disk.img"),
        cmdline,
    })
}

fn assemble(busybox: &Path, into: &Path, log: &Path) -> Result<()> {
    let init = into.join("init");
    fs::write(&init, INIT).doing("write", &init)?;
    let mut tree = Tree::new();
    tree.add("/bin/busybox", Content::Program(busybox.to_owned()));
    for name in ["sh", "mount"] {
        tree.add(&format!("/bin/{name}"), Content::Link("busybox".into()));
    }
    // the same command line starts it.
    tree.add("/sbin/llminit", Content::Program(init.clone()));
    let (folder, packed) = (into.join("tree"), into.join("root.img"));
    tree.lay_out(&folder)?;
    root::pack(&folder, &packed, log)?;
    let verity = verity::append(&packed)?;
    let data = into.join("data.img");
    filesystems::data(&data, log)?;
    disk::write(
        &into.join("disk.img"),
        &[("llm-os-root-a", &packed), ("llm-os-data", &data)],
    )?;
    let line = into.join("cmdline");
    fs::write(
        &line,
        cmdline::verified(&verity, &disk::guid_of("llm-os-root-a")),
    )
    .doing("write", &line)?;
    for path in [&packed, &data, &init] {
        fs::remove_file(path).doing("remove", path)?;
    }
    fs::remove_dir_all(&folder).doing("remove", &folder)
}
