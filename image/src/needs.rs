//! what has to be on a computer, for what, and how one sees that it is there. data.

use std::env;
use std::path::Path;

/// how one sees that something is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// a program, in the path or among the system's own.
    Program(&'static str),
    /// a file; `*` stands for any part of one folder's or file's name.
    File(&'static str),
}

/// what something is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum For {
    /// building the image.
    Image,
    /// the model runner, natively (also part of the image).
    Model,
    /// starting machines.
    Run,
    /// starting them with a window.
    Screen,
    /// the comparison in `cargo os bench boot`.
    Bench,
}

/// one thing that is needed.
#[derive(Clone, Copy, Debug)]
pub struct Need {
    pub probe: Probe,
    /// the package of Debian that brings it.
    pub package: &'static str,
    pub why: &'static str,
    pub what_for: For,
}

const fn need(probe: Probe, package: &'static str, why: &'static str, what_for: For) -> Need {
    Need {
        probe,
        package,
        why,
        what_for,
    }
}

use Probe::{File, Program};

/// in the order in which they are used.
pub const NEEDS: &[Need] = &[
    need(
        Program("gcc"),
        "gcc",
        "compiles the kernel, links programs",
        For::Image,
    ),
    need(Program("make"), "make", "builds the kernel", For::Image),
    need(Program("flex"), "flex", "kernel configuration", For::Image),
    need(
        Program("bison"),
        "bison",
        "kernel configuration",
        For::Image,
    ),
    need(Program("bc"), "bc", "kernel constants", For::Image),
    need(Program("perl"), "perl-base", "kernel scripts", For::Image),
    need(Program("lz4"), "lz4", "packs the kernel", For::Image),
    need(
        Program("xz"),
        "xz-utils",
        "unpacks the kernel's source",
        For::Image,
    ),
    need(
        File("/usr/include/gelf.h"),
        "libelf-dev",
        "checks the kernel's objects",
        For::Image,
    ),
    need(
        File("/usr/src/linux-source-6.12.tar.xz"),
        crate::source::PACKAGE,
        "the kernel's source",
        For::Image,
    ),
    need(
        File("/usr/lib/*/libc.a"),
        "libc6-dev",
        "static programs",
        For::Image,
    ),
    need(
        Program("mkfs.erofs"),
        "erofs-utils",
        "packs the root",
        For::Image,
    ),
    need(
        Program("veritysetup"),
        "cryptsetup-bin",
        "the root's hash tree",
        For::Image,
    ),
    need(
        Program("mke2fs"),
        "e2fsprogs",
        "makes the data partition",
        For::Image,
    ),
    need(Program("g++"), "g++", "compiles llama.cpp", For::Model),
    need(Program("cmake"), "cmake", "builds llama.cpp", For::Model),
    need(
        File("/usr/lib/llvm*/lib/libclang*.so*"),
        "libclang-dev",
        "reads its headers",
        For::Model,
    ),
    need(
        Program("qemu-system-x86_64"),
        "qemu-system-x86",
        "runs the machine",
        For::Run,
    ),
    need(
        File("/usr/lib/*/qemu/ui-gtk.so"),
        "qemu-system-gui",
        "shows the machine's screen in a window",
        For::Screen,
    ),
    need(
        Program("busybox"),
        "busybox-static",
        "the peer that is measured",
        For::Bench,
    ),
];

/// whether something is there.
pub fn is_there(probe: Probe) -> bool {
    match probe {
        Program(name) => which(name),
        File(pattern) => matches(Path::new("/"), pattern.trim_start_matches('/')),
    }
}

fn which(name: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .any(|folder| folder.join(name).is_file())
}

/// whether a path with `*` in its parts names something under `folder`.
fn matches(folder: &Path, pattern: &str) -> bool {
    let (first, rest) = pattern
        .split_once('/')
        .map_or((pattern, None), |(a, b)| (a, Some(b)));
    let deeper = |path: &Path| rest.map_or_else(|| path.exists(), |rest| matches(path, rest));
    if !first.contains('*') {
        return deeper(&folder.join(first));
    }
    let Ok(entries) = folder.read_dir() else {
        return false;
    };
    entries
        .flatten()
        .any(|entry| fits(&entry.file_name().to_string_lossy(), first) && deeper(&entry.path()))
}

/// whether a name fits a pattern with `*`.
fn fits(name: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => name == pattern,
        Some((start, rest)) => name.strip_prefix(start).is_some_and(|name| {
            (0..=name.len())
                .filter(|&at| name.is_char_boundary(at))
                .any(|at| fits(&name[at..], rest))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit() {
        fn check(name: &str, pattern: &str, expect: bool) {
            assert_eq!(fits(name, pattern), expect, "{name} {pattern}");
        }
        check("libc.a", "lib*.a", true);
        check("libc.so", "lib*.a", false);
        check("llvm-14", "llvm*", true);
        check("libclang-14.so.13", "libclang*.so*", true);
        check("libclang.a", "libclang*.so*", false);
        check("exact", "exact", true);
        check("exactly", "exact", false);
    }

    #[test]
    fn what_every_system_has_is_found_and_nonsense_is_not() {
        assert!(is_there(Program("sh")));
        assert!(!is_there(Program("no-such-program")));
        assert!(is_there(File("/etc/pass*")));
        assert!(!is_there(File("/etc/no-such-*/x")));
    }
}
