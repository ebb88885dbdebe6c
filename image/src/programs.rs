//! the programs of the machine: ours, and uutils' coreutils, all static.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::cache::Cache;
use crate::error::{Doing, Error, Result};
use crate::hash::Key;
use crate::step::{Progress, fresh_log, output_of, run_logged, tail};

/// what everything is compiled for.
pub const TRIPLE: &str = "x86_64-unknown-linux-gnu";

/// a program of ours: package, binary, place in the root.
pub const PROGRAMS: &[(&str, &str, &str)] = &[
    ("llminit", "llminit", "/sbin/llminit"),
    ("llm-osd", "llm-osd", "/usr/bin/llm-osd"),
    ("llmsh", "llmsh", "/usr/bin/llmsh"),
    ("llm-modeld", "llm-modeld", "/usr/bin/llm-modeld"),
    ("llm-remoted", "llm-remoted", "/usr/bin/llm-remoted"),
    ("llm-os-settings", "llm-settings", "/usr/bin/llm-settings"),
];

/// pinned: its version is in the SBOM, its lock file comes with it.
pub const COREUTILS: &str = "0.12.0";

/// the utilities that a person types or a plan runs. not all of uutils: what computes primes or
/// typesets is compile time and image size for nothing; `stty` does not link statically (the crate
/// `libc` asks for versioned symbols of a shared glibc).
const UTILITIES: &str = "base64 basename cat chgrp chmod chown cksum comm cp cut date dd df dirname \
    du echo env expr false fold groups head hostname id kill link ln ls md5sum mkdir mkfifo mktemp \
    mv nice nl nohup nproc numfmt od paste printenv printf pwd readlink realpath rm rmdir seq \
    sha256sum sha512sum shuf sleep sort split stat sync tac tail tee test timeout touch tr true \
    truncate tty uname uniq unlink uptime wc whoami yes";

/// the multicall finds out by the kernel's auxiliary vector which of its names it was called by, and
/// rustix looks for libc's `getauxval` with dlsym, which finds nothing in a static program; with this
/// feature of rustix it is linked in.
const STATIC_AUXV: &str = "rustix/runtime";

/// the multicall asks the kernel by which name it was started. it does so through `dlsym`, which a
/// static program has not, unless this feature of its library is on; without it every utility
/// prints the list of utilities.
const OWN_NAME: &str = "rustix/runtime";

/// a cargo that builds static programs, with the same flags in every build and test of ours, so
/// that nothing is compiled twice.
pub fn cargo(repo: &Path) -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(repo);
    // what the cargo that runs us says of us is not for the cargo that we run.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST") {
            cargo.env_remove(&name);
        }
    }
    cargo
        .env_remove("RUSTFLAGS")
        .env("CARGO_ENCODED_RUSTFLAGS", flags().join("\x1f"));
    cargo
}

/// static, and without the builder's home in the bytes.
fn flags() -> Vec<String> {
    let mut flags = vec!["-C".to_owned(), "target-feature=+crt-static".to_owned()];
    let home = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| env::home_dir().map(|home| home.join(".cargo")));
    if let Some(home) = home {
        flags.push(format!("--remap-path-prefix={}=/cargo", home.display()));
    }
    flags
}

/// builds our programs; cargo itself knows what is up to date. returns where each binary is.
///
/// # Errors
/// when one does not compile.
pub fn build(
    repo: &Path,
    cache: &Cache,
    progress: &mut Progress,
) -> Result<BTreeMap<String, PathBuf>> {
    let log = fresh_log(&cache.log("programs"))?;
    let packages: Vec<&str> = PROGRAMS.iter().map(|(package, ..)| *package).collect();
    progress.step("programs: compiling what changed", &log, || {
        built(repo, &log, &packages, "the programs")
    })
}

/// one package's programs, for the commands that need only that.
///
/// # Errors
/// when it does not compile.
pub fn build_one(
    repo: &Path,
    cache: &Cache,
    progress: &mut Progress,
    package: &str,
    bin: &str,
) -> Result<PathBuf> {
    let log = fresh_log(&cache.log(package))?;
    let mut found = progress.step(&format!("{package}: compiling what changed"), &log, || {
        built(repo, &log, &[package], package)
    })?;
    found
        .remove(bin)
        .ok_or_else(|| Error::failed(format!("{package} has no program {bin}"), ""))
}

fn built(
    repo: &Path,
    log: &Path,
    packages: &[&str],
    what: &str,
) -> Result<BTreeMap<String, PathBuf>> {
    let mut command = cargo(repo);
    command.args(["build", "--release", "--bins", "--target", TRIPLE]);
    command.arg("--message-format=json-render-diagnostics");
    for package in packages {
        command.args(["--package", package]);
    }
    let stderr = fs::File::create(log).doing("write", log)?;
    let output = command
        .stdin(Stdio::null())
        .stderr(stderr)
        .output()
        .map_err(|error| Error::failed(format!("cannot start cargo: {error}"), "install rustup"))?;
    if !output.status.success() {
        return Err(Error::Child {
            what: format!("compiling {what}"),
            status: output.status.to_string(),
            log: log.to_owned(),
            tail: tail(log, 30),
            hint: "`cargo os doctor` says whether anything is missing.".into(),
        });
    }
    Ok(executables(&String::from_utf8_lossy(&output.stdout)))
}

/// the binaries named in cargo's messages, by name.
fn executables(messages: &str) -> BTreeMap<String, PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|message| {
            let path = message["executable"].as_str()?;
            let name = message["target"]["name"].as_str()?;
            let is_bin = message["target"]["kind"][0] == "bin";
            is_bin.then(|| (name.to_owned(), PathBuf::from(path)))
        })
        .collect()
}

/// builds the coreutils multicall, or finds it in the cache; its folder holds `coreutils`,
/// `utilities` (one name a line) and `LICENSE`.
///
/// # Errors
/// when crates.io cannot be reached or it does not compile.
pub fn coreutils(cache: &Cache, progress: &mut Progress) -> Result<PathBuf> {
    let mut key = Key::new("coreutils 2");
    key.text("version", COREUTILS);
    key.text("utilities", UTILITIES);
    key.text("own name", OWN_NAME);
    key.text("auxv", STATIC_AUXV);
    let key = key.finish();
    let log = cache.log("coreutils");
    let folder = cache.get_or("coreutils", &key, |into| {
        fresh_log(&log)?;
        progress.step("coreutils: compiling, once", &log, || {
            install_coreutils(cache, into, &log)
        })
    })?;
    Ok(folder)
}

fn install_coreutils(cache: &Cache, into: &Path, log: &Path) -> Result<()> {
    let target = cache.place("coreutils-target");
    let mut install = cargo(into);
    install
        .args([
            "install",
            "coreutils",
            "--locked",
            "--no-track",
            "--target",
            TRIPLE,
        ])
        .args(["--version", &format!("={COREUTILS}")])
        .args([
            "--no-default-features",
            "--features",
            UTILITIES,
            "--features",
            OWN_NAME,
        ])
        .args(["--features", STATIC_AUXV])
        .arg("--root")
        .arg(into)
        // theirs is made for the smallest file and takes three times as long.
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "8")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "2")
        .env("CARGO_PROFILE_RELEASE_STRIP", "symbols")
        .env("CARGO_TARGET_DIR", &target);
    run_logged(
        &mut install,
        "compiling coreutils",
        log,
        "is crates.io reachable from here?",
    )?;
    let binary = into.join("coreutils");
    let installed = into.join("bin/coreutils");
    fs::rename(&installed, &binary).doing("move", &installed)?;
    let _ = fs::remove_dir(into.join("bin"));
    let list = into.join("utilities");
    let names = output_of(Command::new(&binary).arg("--list"))?;
    if !names.lines().any(|line| line == "uname") {
        return Err(Error::failed(
            "the coreutils that were built do not know their own names",
            "no program could be run by `exec`; look at how rustix finds the auxiliary vector",
        ));
    }
    if !names.lines().any(|name| name == "cat") {
        let why = format!("coreutils does not list its utilities but says: {names}");
        return Err(Error::failed(why, ""));
    }
    fs::write(&list, &names).doing("write", &list)?;
    let licence = into.join("LICENSE");
    fs::copy(coreutils_licence()?, &licence).doing("copy to", &licence)?;
    // several hundred megabytes that nobody needs again.
    let _ = fs::remove_dir_all(&target);
    Ok(())
}

/// the licence's text, in the source that cargo has just unpacked to compile it.
fn coreutils_licence() -> Result<PathBuf> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| env::home_dir().map(|home| home.join(".cargo")));
    let sources = home.unwrap_or_default().join("registry/src");
    let registries = fs::read_dir(&sources).doing("list", &sources)?;
    registries
        .flatten()
        .map(|entry| entry.path().join(format!("coreutils-{COREUTILS}/LICENSE")))
        .find(|path| path.is_file())
        .ok_or_else(|| Error::failed("the licence of coreutils is not with its source", ""))
}

/// the names that the multicall answers to.
///
/// # Errors
/// when the cached list cannot be read.
pub fn utilities(folder: &Path) -> Result<Vec<String>> {
    let path = folder.join("utilities");
    let text = fs::read_to_string(&path).doing("read", &path)?;
    let plain = |name: &&str| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'[')
    };
    Ok(text
        .lines()
        .map(str::trim)
        .filter(plain)
        .map(str::to_owned)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binaries_are_found_in_cargos_messages() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"llmsh","kind":["bin"]},"executable":"/t/llmsh"}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"name":"wire","kind":["lib"]},"executable":null}"#,
            "\nnot json\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        let found = executables(messages);
        assert_eq!(found.len(), 1);
        assert_eq!(found["llmsh"], PathBuf::from("/t/llmsh"));
    }

    #[test]
    fn every_program_has_one_place() {
        let mut places: Vec<_> = PROGRAMS.iter().map(|(_, _, place)| place).collect();
        places.sort();
        places.dedup();
        assert_eq!(places.len(), PROGRAMS.len());
    }
}
