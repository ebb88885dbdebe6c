//! commands about files.

use super::line::{Command, Redirect};
use super::{Options, each, only};
use crate::Action;

pub(super) fn read(command: &Command) -> Option<Vec<Action>> {
    if !command.plain() {
        return None;
    }
    let args = command.args();
    match command.name() {
        "ls" | "dir" | "ll" | "la" | "vdir" => {
            let long = ["--all", "--human-readable", "--color", "--color=auto"];
            let options = Options::read(args, "1aAdFGghiklLnoprsStuUvx", &long, &[])?;
            // `-d` and `-i` look at the directory itself.
            if options.has(&["-d", "-i"]) {
                return None;
            }
            if options.operands.is_empty() {
                return only(Action::new("list_dir").with("path", "."));
            }
            each("list_dir", "path", &options.operands)
        }
        "cat" | "less" | "more" => {
            let options = Options::read(args, "AbeEnRsStTvFX", &[], &[])?;
            let paths = options.operands.iter().all(|operand| like_path(operand));
            paths.then(|| each("read_file", "path", &options.operands))?
        }
        "head" => {
            let options = Options::read(args, "", &[], &["-c", "--bytes"])?;
            let bytes = bytes(options.value(&["-c", "--bytes"])?)?;
            let action = Action::new("read_file").with("path", options.one()?);
            only(action.with("max_bytes", bytes))
        }
        "cp" => pairs(command, "aRrvfpuLPdx", "copy_file"),
        "mv" => pairs(command, "vfu", "move_file"),
        "rm" => {
            let long = ["--recursive", "--force", "--verbose"];
            let options = Options::read(args, "rRfvI", &long, &[])?;
            // two plain words may be talk, or noise.
            if options.operands.len() > 1 {
                sign(command)?;
            }
            // `.` and `..` are never meant.
            let own = |path: &&str| {
                matches!(
                    path.trim_end_matches('/').rsplit('/').next(),
                    Some("." | "..")
                )
            };
            if options.operands.iter().any(own) {
                return None;
            }
            let recursive = options.has(&["-r", "-R", "--recursive"]);
            let mut actions = each("delete_file", "path", &options.operands)?;
            if recursive {
                actions = actions
                    .into_iter()
                    .map(|action| action.with("recursive", true))
                    .collect();
            }
            Some(actions)
        }
        "mkdir" => {
            let options = Options::read(args, "pv", &["--parents"], &[])?;
            several(command, &options)?;
            each("make_dir", "path", &options.operands)
        }
        "chmod" => {
            let options = Options::read(args, "vcf", &[], &[])?;
            let (mode, paths) = options.operands.split_first()?;
            let octal =
                (3..=4).contains(&mode.len()) && mode.chars().all(|c| ('0'..='7').contains(&c));
            let set = |path: &&str| {
                Action::new("set_mode")
                    .with("path", *path)
                    .with("mode", *mode)
            };
            (octal && !paths.is_empty()).then(|| paths.iter().map(set).collect())
        }
        "stat" => {
            let options = Options::read(args, "Lt", &[], &[])?;
            each("file_info", "path", &options.operands)
        }
        "echo" => echo(command),
        "find" => find(command),
        "grep" | "egrep" | "fgrep" | "rg" => grep(command),
        _ => None,
    }
}

/// something that no sentence has: an option, a path, a root's right.
pub(super) fn sign(command: &Command) -> Option<()> {
    let signs = command
        .args()
        .iter()
        .any(|word| word.quoted || word.text.starts_with('-') || like_path(&word.text));
    (signs || command.root || command.redirect.is_some()).then_some(())
}

/// many plain words in a row are a sentence.
fn several(command: &Command, options: &Options) -> Option<()> {
    match options.operands.len() {
        0..3 => Some(()),
        _ => sign(command),
    }
}

fn like_path(text: &str) -> bool {
    let inner = text.trim_end_matches(['.', '?', '!', ',']);
    inner.contains(['/', '.', '_']) || inner.contains(|c: char| c.is_ascii_digit())
}

/// the last operand is where all others go.
fn pairs(command: &Command, letters: &str, kind: &str) -> Option<Vec<Action>> {
    let long = ["--archive", "--recursive"];
    let options = Options::read(command.args(), letters, &long, &[])?;
    several(command, &options)?;
    let (to, from) = options.operands.split_last()?;
    let one = |from: &&str| Action::new(kind).with("from", *from).with("to", *to);
    (!from.is_empty()).then(|| from.iter().map(one).collect())
}

/// `echo TEXT > FILE`; alone it is a program like others.
fn echo(command: &Command) -> Option<Vec<Action>> {
    let Redirect { path, append } = command.redirect.as_ref()?;
    // devices and the kernel's own files are no files to write.
    let inner = path.split('/').find(|part| !matches!(*part, "" | "."));
    if path.starts_with('/') && matches!(inner, Some("dev" | "proc" | "sys" | "..")) {
        return None;
    }
    if command.args().iter().any(|word| word.pattern) {
        return None;
    }
    let mut words = command.args();
    while let Some(option) = words.first().filter(|word| !word.quoted) {
        match option.text.as_str() {
            "-n" => words = &words[1..],
            text if text.starts_with('-') => return None,
            _ => break,
        }
    }
    let text: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    let kind = if *append { "append_file" } else { "write_file" };
    let action = Action::new(kind).with("path", path.as_str());
    only(action.with("content", text.join(" ")))
}

/// `find DIR -name PATTERN`.
fn find(command: &Command) -> Option<Vec<Action>> {
    let valued = ["-name", "-iname", "-type"];
    let options = Options::read_any(command.args(), "", &[], &valued)?;
    let name = options.value(&["-name", "-iname"])?;
    if options.value(&["-type"]).is_some_and(|kind| kind != "f") {
        return None;
    }
    let path = match options.operands.as_slice() {
        [] => ".",
        [path] if !path.contains(['*', '?']) => path,
        _ => return None,
    };
    only(
        Action::new("find_files")
            .with("path", path)
            .with("name", name),
    )
}

/// `grep -r TEXT DIR`; anything but a plain text is a program's own affair.
fn grep(command: &Command) -> Option<Vec<Action>> {
    let rg = command.name() == "rg";
    let options = Options::read_any(command.args(), "rRnilIHFw", &[], &[])?;
    if !(rg || options.has(&["-r", "-R"])) || options.has(&["-i", "-w"]) {
        return None;
    }
    let (path, text) = match options.operands.as_slice() {
        [text] => (".", text),
        [text, path] if !path.contains(['*', '?']) => (*path, text),
        _ => return None,
    };
    let marks = [
        '*', '[', ']', '^', '$', '\\', '.', '|', '+', '?', '(', ')', '{', '}',
    ];
    if text.contains(marks) || (rg && sign(command).is_none()) {
        return None;
    }
    only(
        Action::new("find_files")
            .with("path", path)
            .with("contains", *text),
    )
}

/// `4096`, `4k`, `1M`.
fn bytes(text: &str) -> Option<i64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: i64 = digits.parse().ok()?;
    let unit = match &text[digits.len()..] {
        "" | "c" => 1,
        "b" => 512,
        "k" | "K" | "KiB" => 1 << 10,
        "M" | "m" | "MiB" => 1 << 20,
        "kB" | "KB" => 1000,
        "MB" => 1_000_000,
        _ => return None,
    };
    number.checked_mul(unit)
}
