//! brings the computer to where it can build: sees what is missing, says so, installs it.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::cache::Cache;
use crate::error::{Doing, Error, Result};
pub use crate::needs::For;
use crate::needs::{NEEDS, Need, is_there};
use crate::root::tool;
use crate::step::{Progress, fresh_log, run_logged};

/// the suite that carries the kernel's source on Debian 12.
const SUITE_FILE: &str = "/etc/apt/sources.list.d/llm-os.sources";

/// what is missing for any of these purposes.
pub fn missing(purposes: &[For]) -> Vec<&'static Need> {
    NEEDS
        .iter()
        .filter(|need| purposes.contains(&need.what_for) && !is_there(need.probe))
        .collect()
}

/// installs what is missing; returns at once when nothing is. the image needs the model runner,
/// so it needs what that needs.
///
/// # Errors
/// when this is no x86_64 Linux, or something is missing that cannot be installed from here.
pub fn ensure(purpose: For, progress: &mut Progress) -> Result<()> {
    if env::consts::OS != "linux" || env::consts::ARCH != "x86_64" {
        return Err(Error::failed(
            format!("this computer is {} {}", env::consts::OS, env::consts::ARCH),
            "llm-os is built on x86_64 Linux so far; a Debian 12 virtual machine will do",
        ));
    }
    let purposes: &[For] = match purpose {
        For::Image => &[For::Image, For::Model],
        For::Model => &[For::Model],
        For::Run => &[For::Run],
        For::Screen => &[For::Screen],
        For::Bench => &[For::Bench],
    };
    let mut missing = missing(purposes);
    if !has_apt() {
        // kernel.org's tarball serves where Debian's package cannot be had.
        missing.retain(|need| need.package != crate::source::PACKAGE);
    }
    if missing.is_empty() {
        return Ok(());
    }
    let packages: BTreeSet<&str> = missing.iter().map(|need| need.package).collect();
    let names: Vec<&str> = packages.iter().copied().collect();
    if !has_apt() {
        return Err(Error::Missing {
            what: missing
                .iter()
                .map(|need| format!("{} ({})", need.package, need.why))
                .collect(),
            hint: "these are Debian's names; install what your system calls them and run it again."
                .into(),
        });
    }
    progress.say(&format!(
        "this computer lacks {}; installing with apt:",
        names.join(" ")
    ));
    for need in &missing {
        progress.say(&format!("  {}: {}", need.package, need.why));
    }
    let log = fresh_log(&Cache::open()?.log("setup"))?;
    install(&names, &log, progress)?;
    let still: Vec<String> = crate::setup::missing(purposes)
        .iter()
        .map(|need| format!("{} ({:?})", need.package, need.probe))
        .collect();
    if still.is_empty() {
        return Ok(());
    }
    let hint = format!(
        "apt installed its packages, but these were not in them; see {}.",
        log.display()
    );
    Err(Error::Missing { what: still, hint })
}

fn has_apt() -> bool {
    Path::new("/usr/bin/apt-get").exists()
}

/// installs packages, and nothing that would remove or replace another one.
fn install(packages: &[&str], log: &Path, progress: &mut Progress) -> Result<()> {
    let root = become_root(packages)?;
    progress
        .next("installing")
        .step("set-up: reading the package lists", log, || {
            // lists that cannot be refreshed may still do.
            let _ = run_logged(apt(&root).arg("update"), "apt-get update", log, "");
            Ok(())
        })?;
    if packages.contains(&crate::source::PACKAGE) && !known(crate::source::PACKAGE) {
        add_security_suite(&root, log, progress)?;
    }
    progress
        .next("the kernel")
        .step("set-up: installing packages", log, || {
            let mut install = apt(&root);
            install
                .args(["install", "--yes", "--no-install-recommends", "--no-remove"])
                .args(packages);
            let hint = format!(
                "install them yourself: apt-get install {}",
                packages.join(" ")
            );
            run_logged(&mut install, "apt-get install", log, &hint)
        })
}

/// the words before a command that needs root: none, or sudo.
fn become_root(packages: &[&str]) -> Result<Vec<&'static str>> {
    if user_id()? == 0 {
        return Ok(Vec::new());
    }
    let how = format!("run as root: apt-get install {}", packages.join(" "));
    if !Path::new("/usr/bin/sudo").exists() {
        return Err(Error::failed(
            "only root can install packages, and there is no sudo",
            how,
        ));
    }
    // asks for the password now, where the person sees it, not into a log.
    let mut sudo = Command::new("sudo");
    sudo.arg(if std::io::stdin().is_terminal() {
        "-v"
    } else {
        "-nv"
    });
    match sudo.stdout(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(vec!["sudo", "-n", "env"]),
        _ => Err(Error::failed("sudo did not let us install packages", how)),
    }
}

/// our user id, by the owner of our own process folder: no system call wrapper is needed for it.
fn user_id() -> Result<u32> {
    use std::os::unix::fs::MetadataExt;
    let path = Path::new("/proc/self");
    Ok(fs::metadata(path).doing("look at", path)?.uid())
}

fn apt(root: &[&str]) -> Command {
    let mut words: Vec<&str> = root.to_vec();
    words.extend(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]);
    // `env` sets the variable on both sides of sudo.
    let mut command = Command::new(if root.is_empty() {
        "env"
    } else {
        words.remove(0)
    });
    command.args(words);
    command
}

/// whether apt could install it.
fn known(package: &str) -> bool {
    let output = Command::new("apt-cache")
        .args(["show", "--no-all-versions", package])
        .output();
    output.is_ok_and(|output| output.status.success() && !output.stdout.is_empty())
}

/// adds Debian's security suite where it is missing: the kernel's source for Debian 12 is there.
fn add_security_suite(root: &[&str], log: &Path, progress: &mut Progress) -> Result<()> {
    let Some(codename) = debian_codename() else {
        return Err(Error::failed(
            format!(
                "apt knows no {}, and this is no Debian",
                crate::source::PACKAGE
            ),
            "put the tarball that kernel-config/source.lock names into /usr/src",
        ));
    };
    progress.say(&format!(
        "adding Debian's security suite in {SUITE_FILE}: the kernel is there"
    ));
    let text = format!(
        "# added by llm-os (`cargo os`): linux-source-6.12 is in the security suite.\n\
         Types: deb\nURIs: http://security.debian.org/debian-security\n\
         Suites: {codename}-security\nComponents: main\n\
         Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
    );
    let mut words: Vec<&str> = root.to_vec();
    words.extend(["tee", SUITE_FILE]);
    let mut tee = Command::new(words[0]);
    tee.args(&words[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::null());
    let path = PathBuf::from(SUITE_FILE);
    let mut child = tee.spawn().doing("write", &path)?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(text.as_bytes()).doing("write", &path)?;
    }
    child.wait().doing("write", &path)?;
    run_logged(
        apt(root).arg("update"),
        "apt-get update",
        log,
        "is the network up?",
    )
}

/// `bookworm`, where this is Debian itself.
fn debian_codename() -> Option<String> {
    let text = fs::read_to_string("/etc/os-release").ok()?;
    let value = |key: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
            .map(|value| value.trim_matches('"').to_owned())
    };
    (value("ID").as_deref() == Some("debian"))
        .then(|| value("VERSION_CODENAME"))
        .flatten()
}

/// the versions of the programs whose output is in the image: another version, other bytes.
pub fn tool_versions() -> String {
    let version = |name: &str, argument: &str| {
        let output = tool(name).arg(argument).stdin(Stdio::null()).output();
        output.map_or_else(
            |_| "none".to_owned(),
            |output| {
                let both = [output.stdout, output.stderr].concat();
                String::from_utf8_lossy(&both)
                    .lines()
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            },
        )
    };
    [
        ("mkfs.erofs", "-V"),
        ("veritysetup", "--version"),
        ("mke2fs", "-V"),
    ]
    .map(|(name, argument)| version(name, argument))
    .join("\n")
}
