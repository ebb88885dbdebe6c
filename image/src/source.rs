//! the kernel's source: Debian's package where there is apt, the tarball of kernel.org elsewhere.
//! `kernel-config/source.lock` says which bytes are accepted.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cache::Cache;
use crate::error::{Doing, Error, Result};
use crate::hash::file_sha256;
use crate::needs::{Probe, is_there};
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
    /// where the tarball lies, if it is not in Debian's package.
    pub url: Option<String>,
}

/// finds a source: the installed package's tarball when it is accepted; else the newest accepted
/// version, from Debian's archive, from kernel.org or put by hand into the cache; else the
/// installed one after all, with a word about it.
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
    let mut failed = String::new();
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
        if tarball.is_file() {
            return Ok(accepted(&tarball, line));
        }
        // an installed package is nearer than kernel.org, even one that is too new for the lock.
        if line.url.is_some() && unknown.is_some() {
            continue;
        }
        match fetch(line, &tarball, cache, progress) {
            Ok(()) => return Ok(accepted(&tarball, line)),
            Err(error) => failed = format!(" ({error})"),
        }
    }
    let Some(sha256) = unknown else {
        let last = lock
            .iter()
            .find(|line| line.url.is_some())
            .or(lock.last())
            .map(|line| line.sha256.as_str())
            .unwrap_or_default();
        return Err(Error::failed(
            format!("there is no source of the kernel: {INSTALLED} is missing{failed}"),
            format!(
                "install {PACKAGE} on Debian, or put the tarball with the sha-256 {last} into {} \
                 as {last}.tar.xz",
                kept.display()
            ),
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

/// downloads an accepted version, and keeps it only if it is what the lock says.
fn fetch(line: &Accepted, tarball: &Path, cache: &Cache, progress: &mut Progress) -> Result<()> {
    let log = fresh_log(&cache.log("kernel-source"))?;
    let folder = cache.place("kernel-source").join("fetch");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).doing("make the folder", &folder)?;
    let got = match &line.url {
        None => from_debian(line, &folder, &log)?,
        Some(url) => {
            let got = folder.join("linux.tar.xz");
            let words = downloader(url, &got)?;
            let mut command = Command::new(&words[0]);
            command.args(&words[1..]);
            progress.step("kernel: downloading the source", &log, || {
                run_logged(&mut command, "downloading the kernel's source", &log, "")
            })?;
            got
        }
    };
    keep(&got, line, tarball)?;
    let _ = fs::remove_dir_all(&folder);
    Ok(())
}

/// moves a download to its place, if it has the sum that the lock wants.
fn keep(got: &Path, line: &Accepted, tarball: &Path) -> Result<()> {
    let sum = file_sha256(got)?;
    if sum != line.sha256 {
        let _ = fs::remove_file(got);
        return Err(Error::failed(
            format!(
                "the source {} has the sha-256 {sum}, and kernel-config/source.lock wants {}",
                line.version, line.sha256
            ),
            "it was thrown away",
        ));
    }
    fs::rename(got, tarball).doing("move", got)
}

/// the words of the program that downloads, curl or wget.
fn downloader(url: &str, to: &Path) -> Result<Vec<String>> {
    let to = to.display().to_string();
    let words: &[&str] = if is_there(Probe::Program("curl")) {
        &["curl", "-fsSL", "--retry", "3", "-o", &to, url]
    } else if is_there(Probe::Program("wget")) {
        &["wget", "-nv", "-O", &to, url]
    } else {
        let why = format!("neither curl nor wget is there to download {url}");
        return Err(Error::failed(why, "install one of them"));
    };
    Ok(words.iter().map(|&word| word.to_owned()).collect())
}

/// the tarball out of an accepted version of Debian's package.
fn from_debian(line: &Accepted, folder: &Path, log: &Path) -> Result<PathBuf> {
    let mut apt = Command::new("apt-get");
    apt.current_dir(folder)
        .arg("download")
        .arg(format!("{PACKAGE}={}", line.version));
    run_logged(&mut apt, "downloading the kernel's source", log, "")?;
    let package = fs::read_dir(folder)
        .doing("list", folder)?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "deb"))
        .ok_or_else(|| Error::failed("apt-get downloaded nothing", ""))?;
    let mut unpack = Command::new("dpkg-deb");
    unpack.arg("-x").arg(&package).arg(folder);
    run_logged(&mut unpack, "unpacking the package", log, "")?;
    Ok(folder.join(INSTALLED.trim_start_matches('/')))
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

/// reads source.lock: `VERSION SHA256 [URL]` a line, `#` comments.
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
                "kernel-config/source.lock line {}: not `VERSION SHA256 [URL]`",
                n + 1
            );
            Error::failed(why, "restore the file")
        };
        let words: Vec<&str> = line.split_whitespace().collect();
        let (version, sha256, url) = match words[..] {
            [version, sha256] => (version, sha256, None),
            [version, sha256, url] if url.contains("://") => (version, sha256, Some(url)),
            _ => return Err(wrong()),
        };
        if sha256.len() != 64 || !sha256.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        lines.push(Accepted {
            version: version.to_owned(),
            sha256: sha256.to_owned(),
            url: url.map(str::to_owned),
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
        check(&format!("6.12.1 {sum} https://x/y.tar.xz"), Some(1));
        check(&format!("6.12.1 {sum} y.tar.xz"), None);
        check(&format!("6.12.1 {sum} https://x y"), None);
    }

    #[test]
    fn only_the_pinned_bytes_are_kept() {
        let folder = std::env::temp_dir().join(format!("llm-os-source-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let check = |bytes: &str, expect: bool| {
            let (got, kept) = (folder.join("got"), folder.join("kept"));
            fs::write(&got, bytes).unwrap();
            let line = Accepted {
                version: "6.12.1".to_owned(),
                // sha-256 of `abc`.
                sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
                    .to_owned(),
                url: None,
            };
            assert_eq!(keep(&got, &line, &kept).is_ok(), expect, "{bytes}");
            assert_eq!(kept.exists(), expect);
            assert!(!got.exists());
            let _ = fs::remove_file(kept);
        };
        check("abc", true);
        check("abd", false);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn the_projects_own_lock_has_a_version() {
        let lock = parse(include_str!("../../kernel-config/source.lock")).unwrap();
        assert!(!lock.is_empty());
        assert!(lock.iter().all(|line| line.version.starts_with("6.12.")));
        // hosts without apt need one, and Debian's own come first where both would do.
        assert!(lock[0].url.is_some() && lock[1..].iter().all(|line| line.url.is_none()));
    }
}
