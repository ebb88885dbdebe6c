//! the kernel: source by pinned hash, configuration from fragments, one bzImage.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::available_parallelism;

use crate::cache::Cache;
use crate::error::{Doing, Error, Result};
use crate::fragments;
use crate::hash::Key;
use crate::source::{self, Source};
use crate::step::{Progress, fresh_log, output_of, run_logged};

/// raise it when the commands below change.
const RECIPE: &str = "kernel 1";

/// the fragments of a target, in the order in which they are laid over each other.
const FRAGMENTS: &[&str] = &["base", "virtio", "x86_64", "security"];

/// a built kernel.
pub struct Kernel {
    /// `bzImage`, `config` and `COPYING` are in it.
    pub folder: PathBuf,
    pub key: String,
    pub source: Source,
}

impl Kernel {
    pub fn image(&self) -> PathBuf {
        self.folder.join("bzImage")
    }
}

/// builds the kernel, or finds it in the cache.
///
/// # Errors
/// when the source is not there or not accepted, an option did not survive, or the build fails.
pub fn build(repo: &Path, cache: &Cache, debug: bool, progress: &mut Progress) -> Result<Kernel> {
    let source = source::find(repo, cache, progress)?;
    let mut wishes = String::new();
    for name in FRAGMENTS.iter().copied().chain(debug.then_some("debug")) {
        let path = repo.join("kernel-config").join(format!("{name}.config"));
        wishes.push_str(&fs::read_to_string(&path).doing("read", &path)?);
    }
    let mut key = Key::new(RECIPE);
    key.text("source", &source.sha256);
    key.text("fragments", &wishes);
    // another compiler gives other bytes.
    key.text(
        "compiler",
        &output_of(Command::new("gcc").arg("-dumpfullversion"))?,
    );
    let key = key.finish();
    let log = cache.log("kernel");
    if cache.find("kernel", &key).is_none() {
        progress.say(&format!(
            "the kernel takes 5 to 15 minutes, once; its log is {}",
            log.display()
        ));
    }
    let folder = cache.get_or("kernel", &key, |into| {
        fresh_log(&log)?;
        let tree = cache.place("kernel-source").join(&source.sha256[..16]);
        progress
            .next("compiling it")
            .step("kernel: unpacking the source", &log, || {
                unpack(&source, &tree, &log)
            })?;
        progress
            .next("the programs")
            .step("kernel: compiling", &log, || {
                configure(&tree, &wishes, &log)?;
                compile(&tree, &log)
            })?;
        for (from, to) in [
            ("arch/x86/boot/bzImage", "bzImage"),
            (".config", "config"),
            ("COPYING", "COPYING"),
        ] {
            fs::copy(tree.join(from), into.join(to)).doing("copy from", &tree.join(from))?;
        }
        let gpl = tree.join("LICENSES/preferred/GPL-2.0");
        fs::copy(&gpl, into.join("GPL-2.0")).doing("copy from", &gpl)?;
        Ok(())
    })?;
    Ok(Kernel {
        folder,
        key,
        source,
    })
}

/// unpacks the tarball, unless it was; a tree is complete when its mark is there.
fn unpack(source: &Source, tree: &Path, log: &Path) -> Result<()> {
    let mark = tree.join(".unpacked");
    if mark.exists() {
        return Ok(());
    }
    if tree.exists() {
        fs::remove_dir_all(tree).doing("remove", tree)?;
    }
    fs::create_dir_all(tree).doing("make the folder", tree)?;
    let mut tar = Command::new("tar");
    tar.arg("-xf")
        .arg(&source.tarball)
        .arg("--strip-components=1")
        .arg("-C")
        .arg(tree);
    run_logged(
        &mut tar,
        "unpacking the kernel's source",
        log,
        "is the disk full?",
    )?;
    fs::write(&mark, "").doing("write", &mark)
}

/// lays the fragments over nothing, and checks that every wish survived.
fn configure(tree: &Path, wishes: &str, log: &Path) -> Result<()> {
    let mut all = String::new();
    // the same ground as the kernel's own `tinyconfig`.
    for name in [
        "kernel/configs/tiny-base.config",
        "arch/x86/configs/tiny.config",
    ] {
        let path = tree.join(name);
        all.push_str(&fs::read_to_string(&path).doing("read", &path)?);
    }
    all.push_str(wishes);
    let path = tree.join("llm-os.allconfig");
    fs::write(&path, &all).doing("write", &path)?;
    let mut make = make(tree);
    make.arg(format!("KCONFIG_ALLCONFIG={}", path.display()))
        .arg("allnoconfig");
    run_logged(&mut make, "configuring the kernel", log, "")?;
    let path = tree.join(".config");
    let result = fs::read_to_string(&path).doing("read", &path)?;
    let lost = fragments::lost(&fragments::parse(wishes), &fragments::parse(&result));
    if lost.is_empty() {
        return Ok(());
    }
    Err(Error::failed(
        format!(
            "options of kernel-config/ did not survive: {}",
            lost.join("; ")
        ),
        "ask for what they depend on, too, or do not ask for them",
    ))
}

fn compile(tree: &Path, log: &Path) -> Result<()> {
    let jobs = available_parallelism().map_or(1, usize::from);
    let mut make = make(tree);
    make.arg(format!("-j{jobs}")).arg("bzImage");
    run_logged(
        &mut make,
        "compiling the kernel",
        log,
        "the first `error:` in the log says why.",
    )
}

/// make in the source tree, with everything fixed that would make the bytes differ between two
/// builds: who, where, when, how often.
fn make(tree: &Path) -> Command {
    let mut make = Command::new("make");
    make.arg("-C").arg(tree).arg("ARCH=x86");
    for name in [
        "MAKEFLAGS",
        "MAKELEVEL",
        "CFLAGS",
        "KCFLAGS",
        "CROSS_COMPILE",
        "CC",
        "LANG",
    ] {
        make.env_remove(name);
    }
    make.env("LC_ALL", "C")
        .env("KBUILD_BUILD_TIMESTAMP", "Thu Jan  1 00:00:00 UTC 2026")
        .env("KBUILD_BUILD_USER", "llm-os")
        .env("KBUILD_BUILD_HOST", "llm-os")
        .env("KBUILD_BUILD_VERSION", "1");
    make
}
