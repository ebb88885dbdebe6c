//! the kernel's source: Debian's package where it is installed, any tarball with an accepted hash
//! elsewhere. `kernel-config/source.lock` says what is accepted.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cache::Cache;
use crate::error::{Doing, Error, Result};
use crate::hash::file_sha256;
use crate::step::{Progress, fresh_log, output_of, run_logged};

/// the package of Debian.
pub const PACKAGE: &str = "linux-source-6.12";
/// what it installs.
const INSTALLED: &str = "/usr/src/linux-source-6.12.tar.xz";

/// a tarball that may be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub tarball: PathBuf,
    /// the package's version.
    pub version: String,
    pub sha256: String,
    /// whether source.lock knows it. a newer one of Debian's is built too, and said to be so.
    pub accepted: bool,
}

/// a line of source.lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    pub version: String,
    pub sha256: String,
}

/// finds a source: the installed package's tarball when it is accepted; else the newest accepted
/// version from Debian's archive or put by hand into the cache; else the installed one after all,
/// with a word about it.
///
/// a hard refusal of unknown versions was the road not taken: Debian's security suite moves every
/// few weeks, old versions vanish, and a clone would stop building on a fresh machine. apt has
/// checked the package's signature; what is lost is only that everybody builds the same bytes.
///
/// # Errors
/// when there is no tarball at all.
pub fn find(repo: &Path, cache: &Cache, progress: &mut Progress) -> Result<Source> {
    let path = repo.join("kernel-config/source.lock");
    let lock = parse(&fs::read_to_string(&path).doing("read", &path)?)?;
    let installed = Path::new(INSTALLED);
    let mut unknown = None;
    if installed.is_file() {
        let sha256 = remembered_sum(cache, installed)?;
        if let Some(line) = lock.iter().find(|line| line.sha256 == sha256) {
            return Ok(accepted(installed, line));
        }
        unknown = Some(sha256);
    }
    let kept = cache.place("kernel-source");
    fs::create_dir_all(&kept).doing("make the folder", &kept)?;
    for line in lock.iter().rev() {
        let tarball = kept.join(format!("{}.tar.xz", line.sha256));
        if tarball.is_file() || fetch(line, &tarball, cache).is_ok() {
            return Ok(accepted(&tarball, line));
        }
    }
    let Some(sha256) = unknown else {
        let last = lock
            .last()
            .map(|line| line.sha256.as_str())
            .unwrap_or_default();
        return Err(Error::failed(
            format!("there is no source of the kernel: {INSTALLED} is missing"),
            format!("install {PACKAGE} on Debian, or put a tarball with the sha-256 {last} there"),
        ));
    };
    let version = output_of(Command::new("dpkg-query").args(["-Wf", "${Version}", PACKAGE]))
        .unwrap_or_else(|_| "unknown".into());
    progress.say(&format!(
        "note: {PACKAGE} {version} is newer than kernel-config/source.lock; building it, but the \
         image will differ from other people's"
    ));
    Ok(Source {
        tarball: installed.to_owned(),
        version,
        sha256,
        accepted: false,
    })
}

fn accepted(tarball: &Path, line: &Accepted) -> Source {
    Source {
        tarball: tarball.to_owned(),
        version: line.version.clone(),
        sha256: line.sha256.clone(),
        accepted: true,
    }
}

/// downloads an accepted version from Debian's archive and takes the tarball out of the package.
fn fetch(line: &Accepted, tarball: &Path, cache: &Cache) -> Result<()> {
    let log = fresh_log(&cache.log("kernel-source"))?;
    let folder = cache.place("kernel-source").join("fetch");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).doing("make the folder", &folder)?;
    let mut apt = Command::new("apt-get");
    apt.current_dir(&folder)
        .arg("download")
        .arg(format!("{PACKAGE}={}", line.version));
    run_logged(&mut apt, "downloading the kernel's source", &log, "")?;
    let package = fs::read_dir(&folder)
        .doing("list", &folder)?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "deb"))
        .ok_or_else(|| Error::failed("apt-get downloaded nothing", ""))?;
    let mut unpack = Command::new("dpkg-deb");
    unpack.arg("-x").arg(&package).arg(&folder);
    run_logged(&mut unpack, "unpacking the package", &log, "")?;
    let inside = folder.join(INSTALLED.trim_start_matches('/'));
    if file_sha256(&inside)? != line.sha256 {
        return Err(Error::failed(
            format!("{} is not what it was", line.version),
            "",
        ));
    }
    fs::rename(&inside, tarball).doing("move", &inside)?;
    let _ = fs::remove_dir_all(&folder);
    Ok(())
}

/// the sum of the tarball, which takes a second to compute, remembered by size and time.
fn remembered_sum(cache: &Cache, tarball: &Path) -> Result<String> {
    use std::os::unix::fs::MetadataExt;
    let meta = fs::metadata(tarball).doing("look at", tarball)?;
    let stamp = format!("{} {} {}", meta.len(), meta.mtime(), meta.ctime());
    let note = cache.place("kernel-source.sum");
    if let Ok(text) = fs::read_to_string(&note)
        && let Some((old, sum)) = text.split_once('\n')
        && old == stamp
    {
        return Ok(sum.to_owned());
    }
    let sum = file_sha256(tarball)?;
    fs::write(&note, format!("{stamp}\n{sum}")).doing("write", &note)?;
    Ok(sum)
}

/// reads source.lock: `VERSION SHA256` a line, `#` comments.
///
/// # Errors
/// when a line is something else, naming it.
pub fn parse(text: &str) -> Result<Vec<Accepted>> {
    let mut lines = Vec::new();
    for (n, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let wrong = || {
            let why = format!(
                "kernel-config/source.lock line {}: not `VERSION SHA256`",
                n + 1
            );
            Error::failed(why, "restore the file")
        };
        let (version, sha256) = line.split_once(' ').ok_or_else(wrong)?;
        let sha256 = sha256.trim();
        if sha256.len() != 64 || !sha256.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        lines.push(Accepted {
            version: version.to_owned(),
            sha256: sha256.to_owned(),
        });
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_is_read_strictly() {
        let sum = "0".repeat(64);
        fn check(text: &str, expect: Option<usize>) {
            assert_eq!(
                parse(text).ok().map(|lines| lines.len()),
                expect,
                "{text:?}"
            );
        }
        check("", Some(0));
        check("# nothing\n\n", Some(0));
        check(&format!("6.12.1-1 {sum}"), Some(1));
        check(&format!("6.12.1-1 {sum} # why\n6.12.2-1 {sum}\n"), Some(2));
        check("6.12.1-1", None);
        check("6.12.1-1 abc", None);
        check(&format!("6.12.1-1 {}", "g".repeat(64)), None);
    }

    #[test]
    fn the_projects_own_lock_has_a_version() {
        let lock = parse(include_str!("../../kernel-config/source.lock")).unwrap();
        assert!(!lock.is_empty());
        assert!(lock.iter().all(|line| line.version.starts_with("6.12.")));
    }
}
