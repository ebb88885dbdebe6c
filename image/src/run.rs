//! `cargo os run` and `cargo os build`.

use std::path::Path;
use std::process::Command;

use llm_os_qemu::{Accel, Disk, DiskMode, Image, Profile, Screen, Serial, sparse_copy};

use crate::args::Run;
use crate::cache::Cache;
use crate::error::{Doing, Error, Result};
use crate::root::tool;
use crate::setup::{self, For};
use crate::step::{Progress, fresh_log, run_logged};
use crate::{accel, check, pipeline, programs, repo};

/// enough for the model twice over; a Pi has more.
const MEMORY_MB: u32 = 1024;
/// one for the console while the model thinks on the other.
const CPUS: u32 = 2;

/// builds the image and says where it is.
///
/// # Errors
/// what the build says.
pub fn build(debug_kernel: bool) -> Result<()> {
    let mut progress = Progress::new(false);
    let options = pipeline::Options { debug_kernel };
    let image = pipeline::image(&repo::top()?, &Cache::open()?, options, &mut progress)?;
    progress.done("built");
    println!("image   {}", image.disk().display());
    println!("kernel  {}", image.kernel().display());
    println!("sbom    {}", image.folder.join("sbom.json").display());
    println!("sha256  {}", image.manifest.sha256);
    Ok(())
}

/// builds what is missing and boots it with the console in this terminal.
///
/// # Errors
/// what the build says, or that the machine could not start.
pub fn run(options: &Run) -> Result<()> {
    for path in options.model.iter().chain(&options.config) {
        std::fs::File::open(path).doing("read", path)?;
        if path.is_dir() {
            let why = format!("{} is a folder, and a file is wanted", path.display());
            return Err(Error::failed(why, ""));
        }
    }
    if let Some(path) = &options.config {
        check::check(path)?;
    }
    let cache = Cache::open()?;
    let mut progress = Progress::new(false);
    setup::ensure(For::Run, &mut progress)?;
    if options.screen {
        setup::ensure(For::Screen, &mut progress)?;
    }
    let repo = repo::top()?;
    if let Some(model) = &options.model {
        try_model(model, &repo, &cache, &mut progress)?;
    }
    let image = pipeline::image(&repo, &cache, pipeline::Options::default(), &mut progress)?;
    let verdict = accel::choose(&cache, &image.kernel());

    let mut profile = Profile::bare(image.kernel(), image.manifest.cmdline.clone());
    profile.accel = verdict.accel;
    profile.memory_mb = options.memory_mb.unwrap_or(MEMORY_MB);
    profile.cpus = CPUS;
    profile.serials = vec![Serial::Terminal];
    profile.screen = if options.screen {
        Screen::Window
    } else {
        Screen::Hidden
    };
    if options.net {
        profile = profile.with_network();
    }
    // lives until the machine ends: a scratch disk is removed with it.
    let disk = disk(&image, options)?;
    profile = match &disk {
        Some(disk) => profile.with_disk(disk.path(), DiskMode::Keep),
        None => profile.with_disk(&image.disk(), DiskMode::Forget),
    };
    if let Some(disk) = &disk {
        prepare(disk, options, &cache)?;
    }

    progress.done("ready");
    let speed = match verdict.accel {
        Accel::Kvm => "with KVM",
        Accel::Tcg => "emulated (TCG), so slowly",
    };
    progress.say(&format!("starting the machine {speed}: {}", verdict.why));
    let kept = options.data.as_ref().map_or_else(
        || "it forgets everything when it ends (`--data FILE` keeps it)".to_owned(),
        |path| format!("its disk is {}", path.display()),
    );
    progress.say(&format!(
        "{kept}; leave with `poweroff`, or ctrl-a x; ^C goes to the machine"
    ));
    let status = Command::new("qemu-system-x86_64")
        .args(profile.argv())
        .status()
        .map_err(|error| {
            Error::failed(
                format!("cannot start QEMU: {error}"),
                "see `cargo os doctor`",
            )
        })?;
    if status.success() {
        return Ok(());
    }
    let hint = if options.screen {
        "is there a desktop? without `--screen` none is needed"
    } else {
        ""
    };
    Err(Error::failed(format!("QEMU ended with {status}"), hint))
}

/// the disk that keeps writes, where one is wanted: the person's, or a private one when something
/// has to be put on it first.
fn disk(image: &Image, options: &Run) -> Result<Option<Disk>> {
    if let Some(path) = &options.data {
        keep(path, image)?;
        return Ok(Some(Disk::kept(path, image)));
    }
    if options.model.is_none() && options.config.is_none() {
        return Ok(None);
    }
    image.scratch_disk().map(Some).map_err(harness)
}

/// makes the person's disk, or brings its system up to date: the root is replaced by the one just
/// built, settings and data stay.
fn keep(path: &Path, image: &Image) -> Result<()> {
    if !path.exists() {
        return sparse_copy(&image.disk(), path).map_err(harness);
    }
    let wanted = image
        .disk()
        .metadata()
        .doing("look at", &image.disk())?
        .len();
    let length = path.metadata().doing("look at", path)?.len();
    if length != wanted || !crate::disk::is_ours(path) {
        return Err(Error::failed(
            format!("{} is no disk of this llm-os", path.display()),
            "name a file that does not exist yet, and it will be made",
        ));
    }
    let (old, new) = (Disk::kept(path, image), Disk::kept(&image.disk(), image));
    let length = usize::try_from(image.manifest.root_bytes).unwrap_or(usize::MAX);
    let root = new.read("llm-os-root-a", 0, length).map_err(harness)?;
    if old.read("llm-os-root-a", 0, length).map_err(harness)? != root {
        old.write("llm-os-root-a", 0, &root).map_err(harness)?;
    }
    Ok(())
}

/// puts settings and a model on a disk.
fn prepare(disk: &Disk, options: &Run, cache: &Cache) -> Result<()> {
    if let Some(path) = &options.config {
        let text = std::fs::read_to_string(path).doing("read", path)?;
        disk.set_settings(&text).map_err(harness)?;
    }
    if let Some(path) = &options.model {
        put_model(disk, path, cache)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let text = with_model(&disk.settings().map_err(harness)?, &name);
        disk.set_settings(&text).map_err(harness)?;
    }
    Ok(())
}

/// the settings with this model in them, in place of the one that they name, asked before all others.
fn with_model(settings: &str, name: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let (mut inside, mut set) = (false, false);
    let entries = [format!("file = \"{name}\""), "first = \"big\"".to_owned()];
    for line in settings.lines() {
        let plain = line.trim();
        if plain.starts_with('[') {
            inside = plain.starts_with("[model]");
        }
        let names_one = ["file", "first"].iter().any(|key| {
            plain
                .strip_prefix(key)
                .is_some_and(|rest| rest.trim_start().starts_with('='))
        });
        if inside && names_one {
            continue;
        }
        lines.push(line.to_owned());
        if inside && plain.starts_with('[') {
            lines.extend(entries.clone());
            set = true;
        }
    }
    if !set {
        lines.push("[model]".to_owned());
        lines.extend(entries);
    }
    lines.join("\n") + "\n"
}

/// whether the runner can use a model at all: it is asked for nothing, and says what is wrong.
fn try_model(model: &Path, repo: &Path, cache: &Cache, progress: &mut Progress) -> Result<()> {
    let runner = programs::build_one(repo, cache, progress, "llm-modeld", "llm-modeld")?;
    let output = Command::new(&runner)
        .arg("--ask")
        .arg("--model")
        .arg(model)
        .arg("--table")
        .arg(repo.join("userland/capability/capabilities.json"))
        .stdin(std::process::Stdio::null())
        .output()
        .doing("start", &runner)?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let why = said.lines().last().unwrap_or("it ended without a word");
    let why = why.trim_start_matches("llm-modeld: ");
    let why = why.trim_end_matches(['.', '?']);
    Err(Error::failed(why, ""))
}

/// writes a model into `/data/models` of a machine that is off. debugfs does it without root.
fn put_model(disk: &Disk, model: &Path, cache: &Cache) -> Result<()> {
    let name = model
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let plain = |name: &String| {
        name.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
            && !name.starts_with('.')
    };
    let Some(name) = name.filter(plain) else {
        return Err(Error::failed(
            format!(
                "{} has a name that is no good on the machine",
                model.display()
            ),
            "use letters, digits, `.`, `_` and `-`",
        ));
    };
    let free = disk_room();
    let length = model.metadata().doing("look at", model)?.len();
    if length > free {
        return Err(Error::failed(
            format!(
                "{} has {} MiB and the machine's disk room for {}",
                name,
                length >> 20,
                free >> 20
            ),
            "take a smaller model or quantisation",
        ));
    }
    let log = fresh_log(&cache.log("model"))?;
    let from = model.canonicalize().doing("find", model)?;
    let script = cache.place("debugfs-script");
    // what is there already is made way for; the first line fails when the folder is there.
    let lines = format!(
        "mkdir models\ncd models\nrm {name}\nwrite \"{}\" {name}\nset_inode_field {name} mode 0100644\n",
        from.display()
    );
    std::fs::write(&script, lines).doing("write", &script)?;
    let mut debugfs = tool("debugfs");
    debugfs
        .arg("-w")
        .arg("-f")
        .arg(&script)
        .arg(disk.data_device().map_err(harness)?);
    run_logged(
        &mut debugfs,
        "copying the model",
        &log,
        "is e2fsprogs installed?",
    )?;
    let arrived = disk
        .data_file(&format!("/models/{name}"))
        .map_err(harness)?;
    if arrived.is_none_or(|bytes| bytes.len() as u64 != length) {
        let why = format!("the model did not arrive whole; see {}", log.display());
        return Err(Error::failed(why, ""));
    }
    Ok(())
}

/// what fits on an empty data partition, in bytes: its tables and journal take some.
fn disk_room() -> u64 {
    crate::disk::size_of("llm-os-data") / 10 * 9
}

fn harness(error: llm_os_qemu::Error) -> Error {
    Error::failed(error.to_string(), "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_is_named_in_the_settings() {
        let check = |settings: &str, expect: &str| {
            let got = with_model(settings, "a.gguf");
            assert_eq!(got, expect, "{settings}");
            let read = llm_os_settings::read(got.as_bytes());
            assert!(read.problems.is_empty(), "{got}");
            assert_eq!(read.settings.model_file.as_deref(), Some("a.gguf"));
            assert_eq!(read.settings.model_first.word(), "big");
        };
        check("", "[model]\nfile = \"a.gguf\"\nfirst = \"big\"\n");
        check(
            "hostname = \"x\"\n[model]\nfirst = \"embedded\"\nidle_s = 9\nfile = \"old.gguf\"\n",
            "hostname = \"x\"\n[model]\nfile = \"a.gguf\"\nfirst = \"big\"\nidle_s = 9\n",
        );
        let text = with_model(llm_os_settings::DEFAULT_FILE, "a.gguf");
        let read = llm_os_settings::read(text.as_bytes());
        assert_eq!(
            read.settings.model_file.as_deref(),
            Some("a.gguf"),
            "{text}"
        );
    }
}
