//! rules for the sources: comments are in lower case, unsafe lives in one crate, no file is a heap.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// lines after which one subject has become two.
const LINES_MAX: usize = 500;
/// headings that the linter wants.
const HEADINGS: &[&str] = &["# Safety", "# Errors", "# Panics"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// every rust source of ours.
fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = ["init", "userland", "image", "qemu"]
        .map(|top| root().join(top))
        .into();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the tree") {
            let path = entry.expect("an entry").path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    assert!(found.len() > 50, "the sources were not found");
    found
}

/// the text of a comment line, if `line` is one; a comment after code counts from its slashes.
fn comment(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let after = line.strip_prefix("//").or_else(|| {
        // after code: only where the slashes cannot be inside a string.
        let (code, text) = line.split_once(" // ")?;
        (code.matches('"').count() % 2 == 0).then_some(text)
    })?;
    Some(after.trim_start_matches(['/', '!']).trim())
}

/// a word that starts a sentence with a capital: upper case, then only lower-case letters. what is in
/// backticks, has a digit, an underscore or a second capital is an identifier or a name of its own.
fn is_capitalised(word: &str) -> bool {
    let word = word.split('\'').next().unwrap_or_default();
    let mut letters = word
        .trim_end_matches(['.', ',', ':', ';', '!', '?', ')'])
        .chars();
    letters
        .next()
        .is_some_and(|first| first.is_ascii_uppercase())
        && letters.clone().next().is_some()
        && letters.all(|letter| letter.is_ascii_lowercase())
}

/// the first word that breaks the rule: at the start of a sentence. names inside one keep their case.
fn offence(text: &str, mut starts_sentence: bool) -> Option<&str> {
    if HEADINGS.iter().any(|heading| text.starts_with(heading)) {
        return None;
    }
    for word in text.split_whitespace() {
        if starts_sentence && is_capitalised(word) {
            return Some(word);
        }
        starts_sentence = word.ends_with(['.', '!', '?']);
    }
    None
}

#[test]
fn comments_are_in_lower_case() {
    let mut wrong = Vec::new();
    for path in sources() {
        let text = fs::read_to_string(&path).expect("a source");
        let mut in_code_block = false;
        let mut continues = false;
        for (number, line) in text.lines().enumerate() {
            let Some(comment) = comment(line) else {
                continues = false;
                continue;
            };
            if comment.starts_with("```") {
                in_code_block = !in_code_block;
            }
            // a line that goes on with the sentence of the one before may start with a name.
            if let Some(word) = offence(comment, !continues).filter(|_| !in_code_block) {
                wrong.push(format!(
                    "{}:{}: `{word}`: {comment}",
                    path.display(),
                    number + 1
                ));
            }
            continues = !comment.is_empty() && !comment.ends_with(['.', ':', '!', '?']);
        }
    }
    assert!(
        wrong.is_empty(),
        "comments start in lower case:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn unsafe_lives_in_one_crate() {
    // every other crate takes the workspace's lints, which forbid it.
    let workspace = fs::read_to_string(root().join("Cargo.toml")).expect("the workspace");
    assert!(workspace.contains("unsafe_code = \"forbid\""));
    let crates: BTreeSet<PathBuf> = sources()
        .iter()
        .filter_map(|source| {
            source
                .ancestors()
                .find(|above| above.join("Cargo.toml").exists())
        })
        .map(Path::to_path_buf)
        .collect();
    assert!(crates.len() > 10, "the crates were not found");
    for folder in crates
        .iter()
        .filter(|folder| !folder.ends_with("userland/sys"))
    {
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).expect("a manifest");
        assert!(
            manifest.contains("[lints]\nworkspace = true"),
            "{}",
            folder.display()
        );
    }
}

#[test]
fn no_file_is_a_heap() {
    for path in sources() {
        let lines = fs::read_to_string(&path).expect("a source").lines().count();
        assert!(
            lines <= LINES_MAX,
            "{} has {lines} lines: split it by subject",
            path.display()
        );
    }
}

#[test]
fn the_rule_tells_sentences_from_names() {
    let check =
        |text: &str, expect: Option<&str>| assert_eq!(offence(text, true), expect, "{text}");
    check("opens a file.", None);
    check("Opens a file.", Some("Opens"));
    check("opens it. Then closes it.", Some("Then"));
    check("QEMU ends. BIOS too.", None);
    check("`Machine` is one. `Disk` too.", None);
    check("Debian's package", Some("Debian's"));
    check("# Errors", None);
    check("the guest of QEMU and Linux", None);
    check("PlanHash is a hash", None);
}
