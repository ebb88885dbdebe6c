//! names that exist, as the operator may see them.
//!
//! a thread of its own becomes the operator before it lists a folder, so that the kernel decides what
//! may be seen; the executor itself could read everything.

use crate::executor::{Executor, Operator};
use llm_os_schema::Names;
use llm_os_wire::init;
use rustix::fs::Access;
use rustix::process::{Gid, Uid};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// files and folders together, from the working directory and the home.
const FILES_MAX: usize = 256;
/// entries of one folder that are looked at.
const FOLDER_MAX: usize = 1024;
/// folders below the working directory or home that are looked into.
const LEVELS: usize = 2;
const PROCESSES_MAX: usize = 64;
const DEVICES_MAX: usize = 64;
const INTERFACES_MAX: usize = 16;

/// the names, as seen from `cwd`.
///
/// # Errors
/// when `cwd` is no folder that the operator may be in.
pub fn names(executor: &Executor, cwd: &str) -> Result<Names, String> {
    if !cwd.starts_with('/') || cwd.contains('\0') {
        return Err("the working directory has to be absolute".to_owned());
    }
    let units = match executor.machine.init(init::Request::Units) {
        Ok(init::Reply::Units(units)) => units.into_iter().map(|unit| unit.name).collect(),
        // without pid 1 there are no units, and everything else still has its name.
        _ => Vec::new(),
    };
    let operator = executor.operator.clone();
    let seen_from = cwd.to_owned();
    let mut names = std::thread::Builder::new()
        .name("names".to_owned())
        .spawn(move || become_operator(&operator).and_then(|()| look(&seen_from, &operator.home)))
        .map_err(|error| format!("looking for names: {error}"))?
        .join()
        .map_err(|_| "looking for names failed".to_owned())??;
    names.units = units;
    names.bound();
    Ok(names)
}

/// for the calling thread alone (setresuid(2) as the kernel has it).
fn become_operator(operator: &Operator) -> Result<(), String> {
    if !rustix::process::geteuid().is_root() || operator.uid == 0 {
        return Ok(());
    }
    let (uid, gid) = (Uid::from_raw(operator.uid), Gid::from_raw(operator.gid));
    set_thread_groups(&[])
        .and_then(|()| set_thread_res_gid(gid, gid, gid))
        .and_then(|()| set_thread_res_uid(uid, uid, uid))
        .map_err(|error| format!("becoming the operator: {error}"))
}

fn look(cwd: &str, home: &str) -> Result<Names, String> {
    let shown = cwd.escape_debug();
    let meta = fs::metadata(cwd).map_err(|error| format!("`{shown}`: {error}"))?;
    if !meta.is_dir() {
        return Err(format!("`{shown}` is no folder"));
    }
    rustix::fs::accessat(
        rustix::fs::CWD,
        cwd,
        Access::EXEC_OK,
        rustix::fs::AtFlags::EACCESS,
    )
    .map_err(|error| format!("`{shown}`: {error}"))?;
    let mut names = Names::default();
    walk(Path::new(cwd), Path::new(cwd), &mut names);
    if home != cwd {
        walk(Path::new(home), Path::new(cwd), &mut names);
    }
    names.processes = processes();
    names.devices = listed("/sys/class/block", DEVICES_MAX)
        .into_iter()
        .map(|name| format!("/dev/{name}"))
        .collect();
    names.interfaces = listed("/sys/class/net", INTERFACES_MAX);
    Ok(names)
}

/// folder by folder, so that what is near is there even if what is below is cut.
fn walk(from: &Path, cwd: &Path, names: &mut Names) {
    let mut level: Vec<PathBuf> = vec![from.to_owned()];
    for _ in 0..LEVELS {
        let mut below = Vec::new();
        for folder in level {
            for (path, is_dir) in entries(&folder) {
                if names.files.len() + names.dirs.len() >= FILES_MAX {
                    return;
                }
                let Some(name) = seen_from(&path, cwd) else {
                    continue;
                };
                let list = if is_dir {
                    &mut names.dirs
                } else {
                    &mut names.files
                };
                if !list.contains(&name) {
                    list.push(name);
                }
                if is_dir {
                    below.push(path);
                }
            }
        }
        level = below;
    }
}

/// sorted, without hidden ones; links are names and are not followed.
fn entries(folder: &Path) -> Vec<(PathBuf, bool)> {
    let Ok(list) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut entries: Vec<(PathBuf, bool)> = list
        .take(FOLDER_MAX)
        .filter_map(Result::ok)
        .filter(|entry| !entry.file_name().as_encoded_bytes().starts_with(b"."))
        .filter_map(|entry| Some((entry.path(), entry.file_type().ok()?.is_dir())))
        .collect();
    entries.sort();
    entries
}

/// as a person in `cwd` writes it; `None` for what no plan can name.
fn seen_from(path: &Path, cwd: &Path) -> Option<String> {
    let name = path
        .strip_prefix(cwd)
        .ok()
        .filter(|rest| !rest.as_os_str().is_empty());
    name.unwrap_or(path).to_str().map(str::to_owned)
}

fn processes() -> Vec<String> {
    let pids = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(Result::ok);
    let names: BTreeSet<String> = pids
        .filter(|entry| {
            entry
                .file_name()
                .as_encoded_bytes()
                .iter()
                .all(u8::is_ascii_digit)
        })
        .filter_map(|entry| fs::read_to_string(entry.path().join("comm")).ok())
        .map(|name| name.trim_end().to_owned())
        .collect();
    names.into_iter().take(PROCESSES_MAX).collect()
}

fn listed(folder: &str, max: usize) -> Vec<String> {
    let list = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(Result::ok);
    let names: BTreeSet<String> = list
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.into_iter().take(max).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_a_person_there_writes_them() {
        let check = |path: &str, cwd: &str, expect: &str| {
            assert_eq!(
                seen_from(Path::new(path), Path::new(cwd)).as_deref(),
                Some(expect)
            );
        };
        check("/home/a/x", "/home/a", "x");
        check("/home/a/d/x", "/home/a", "d/x");
        check("/home/a/x", "/etc", "/home/a/x");
    }

    #[test]
    fn what_is_there_is_found_two_levels_deep_and_no_deeper() {
        let root = std::env::temp_dir().join(format!("llm-osd-names-{}", std::process::id()));
        fs::create_dir_all(root.join("a/b/c")).unwrap();
        fs::write(root.join("f"), "").unwrap();
        fs::write(root.join(".hidden"), "").unwrap();
        fs::write(root.join("a/g"), "").unwrap();
        fs::write(root.join("a/b/deep"), "").unwrap();
        let cwd = root.to_str().unwrap();
        let names = look(cwd, cwd).unwrap();
        assert_eq!(names.files, ["f", "a/g"]);
        assert_eq!(names.dirs, ["a", "a/b"]);
        assert!(!names.processes.is_empty());
        assert!(
            look(&format!("{cwd}/f"), cwd)
                .unwrap_err()
                .contains("no folder")
        );
        assert!(look(&format!("{cwd}/none"), cwd).is_err());
        fs::remove_dir_all(root).unwrap();
    }
}
