//! names as they are written on this machine, where a person wrote them nearly so.

use crate::context::NameKind;
use crate::input::Input;
use llm_os_schema::{Action, ArgKind, ArgSpec, CapabilityTable, Names};
use strsim::damerau_levenshtein;

/// a name as it is written on this machine: whatever case the person used, and by a part of it
/// where no other name of its kind has that part ("ssh" is `sshd`, `sda1` is `/dev/sda1`).
pub fn existing<'a>(input: &'a Input, kind: NameKind, text: &'a str) -> &'a str {
    let wanted = text.to_lowercase();
    let names = || {
        let names = input.names.iter().filter(|name| name.kind == kind);
        names.map(|name| (name.text.as_str(), name.text.to_lowercase()))
    };
    if let Some((same, _)) = names().find(|(_, lower)| *lower == wanted) {
        return same;
    }
    if kind == NameKind::Device {
        let node = format!("/dev/{wanted}");
        return names()
            .find(|(_, lower)| *lower == node)
            .map_or(text, |(node, _)| node);
    }
    let mut parts = names().filter(|(_, lower)| wanted.len() >= 3 && lower.contains(&wanted));
    match (parts.next(), parts.next()) {
        (Some((only, _)), None) => only,
        (None, _) => nearest(&wanted, names()).unwrap_or(text),
        _ => text,
    }
}

/// paths of things that need not be there yet.
const MAKES: [(&str, &str); 6] = [
    ("write_file", "path"),
    ("make_dir", "path"),
    ("copy_file", "to"),
    ("move_file", "to"),
    ("mount", "path"),
    ("display", "path"),
];

/// whether the argument `arg` of the action `kind` is the path of something that is there already.
pub fn has_to_exist(kind: &str, arg: &ArgSpec) -> bool {
    let makes = MAKES
        .iter()
        .any(|(one, key)| *one == kind && *key == arg.name);
    arg.kind == ArgKind::Path && !makes
}

/// the keys of `action` whose paths have to be there.
fn existing_keys(table: &CapabilityTable, action: &Action) -> Vec<String> {
    let args = table.get(&action.kind).map_or(&[][..], |spec| &spec.args);
    let keys = args.iter().filter(|arg| has_to_exist(&action.kind, arg));
    keys.map(|arg| arg.name.clone()).collect()
}

/// `actions` with the paths that were mistyped as they are written on this machine.
pub fn mended(table: &CapabilityTable, world: &Names, mut actions: Vec<Action>) -> Vec<Action> {
    for action in &mut actions {
        for key in existing_keys(table, action) {
            let meant = action.text(&key).and_then(|path| mistyped(world, path));
            if let Some(meant) = meant {
                action.args.insert(key, meant.into());
            }
        }
    }
    actions
}

/// the key of a path that could be a slip of several names.
pub fn unclear(table: &CapabilityTable, world: &Names, action: &Action) -> Option<String> {
    let several = |key: &String| {
        let slips = action.text(key).map(|path| slips(world, path));
        slips.is_some_and(|slips| slips.len() > 1)
    };
    existing_keys(table, action).into_iter().find(several)
}

/// the one name that differs least from `wanted`, by a typing error. where two are as near, it could
/// be either.
fn nearest<'a>(wanted: &str, names: impl Iterator<Item = (&'a str, String)>) -> Option<&'a str> {
    match nearest_all(wanted, names).as_slice() {
        [only] => Some(only),
        _ => None,
    }
}

/// the names that differ least from `wanted`, by a typing error; both in lower case. another number
/// is another thing: `report2` is no mistyped `report1`.
fn nearest_all<'a>(wanted: &str, names: impl Iterator<Item = (&'a str, String)>) -> Vec<&'a str> {
    let length = wanted.chars().count();
    let most = match length {
        0..3 => return Vec::new(),
        3..7 => 1,
        _ => 2,
    };
    let digits = |text: &str| {
        text.chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
    };
    let near = |lower: &str| lower.chars().count().abs_diff(length) <= most && alike(wanted, lower);
    let slips = names
        .filter(|(_, lower)| near(lower))
        .filter_map(|(name, lower)| {
            let slips = damerau_levenshtein(wanted, &lower);
            // of three letters only the order may be wrong.
            let fine = length > 3 || letters(wanted) == letters(&lower);
            (fine && digits(wanted) == digits(&lower) && slips <= most).then_some((slips, name))
        });
    let near: Vec<(usize, &str)> = slips.collect();
    let least = near.iter().map(|(slips, _)| *slips).min();
    let nearest = near.iter().filter(|(slips, _)| Some(*slips) == least);
    nearest.map(|(_, name)| *name).collect()
}

/// whether what differs can be a slip at all: the first letter is right, or changed its place with
/// the second, and short parts (`report-eu`, `chapter-ii`) are as they are.
fn alike(wanted: &str, name: &str) -> bool {
    let first = |text: &str| text.chars().take(2).collect::<Vec<char>>();
    let (a, b) = (first(wanted), first(name));
    let swapped = a.len() == 2 && b.len() == 2 && a[0] == b[1] && a[1] == b[0];
    let parts = |text: &str| {
        text.split(|c: char| !c.is_alphanumeric())
            .map(str::to_owned)
            .collect::<Vec<String>>()
    };
    let (ours, theirs) = (parts(wanted), parts(name));
    let short = |part: &String| part.chars().count() < 4;
    let same = ours.len() != theirs.len()
        || ours.len() == 1
        || ours
            .iter()
            .zip(&theirs)
            .all(|(a, b)| a == b || !(short(a) || short(b)));
    (a.first() == b.first() || swapped) && same
}

/// the letters of a word, in their own order.
fn letters(word: &str) -> Vec<char> {
    let mut letters: Vec<char> = word.chars().collect();
    letters.sort_unstable();
    letters
}

/// a path as it is written on this machine, if the person mistyped it: the one file or directory
/// that is meant. a path that is there, or that is like no other, stays.
pub fn existing_path<'a>(input: &'a Input, text: &'a str) -> &'a str {
    mistyped(&input.world, text).unwrap_or(text)
}

/// the one that a single word which looks like a path is a slip of.
pub fn mistyped_path<'a>(names: &'a Names, word: &str) -> Option<&'a str> {
    let path = word.len() > 3 && word.contains(['.', '/', '_']);
    path.then(|| mistyped(names, word)).flatten()
}

/// directory with its slash, name without its ending, ending.
fn cut(path: &str) -> (&str, &str, &str) {
    let (dir, name) = path.split_at(path.rfind('/').map_or(0, |at| at + 1));
    match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => (dir, stem, ending),
        _ => (dir, name, ""),
    }
}

fn mistyped<'a>(names: &'a Names, text: &str) -> Option<&'a str> {
    match slips(names, text).as_slice() {
        [only] => Some(only),
        _ => None,
    }
}

/// the files and directories that the path `text` could be a slip of; none where it is there.
fn slips<'a>(names: &'a Names, text: &str) -> Vec<&'a str> {
    let world = || names.files.iter().chain(&names.dirs);
    if world().any(|name| name == text) {
        return Vec::new();
    }
    // the slip is in the name alone: another directory, a hidden file or another ending is another
    // file, and an ending says little (`a.txt` is no mistyped `b.txt`).
    let (dir, stem, ending) = cut(text);
    if stem.chars().count() < 3 {
        return Vec::new();
    }
    let same = world()
        .map(|name| (name.as_str(), cut(name)))
        .filter(|(_, (other, of, end))| {
            *other == dir && *end == ending && of.starts_with('.') == stem.starts_with('.')
        })
        .map(|(name, (_, of, _))| (name, of.to_lowercase()));
    nearest_all(&stem.to_lowercase(), same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_name_is_that_unit_if_no_other_has_it() {
        let vocabulary = crate::automaton::tests::vocabulary();
        let units = ["llm-osd", "llm-modeld", "sshd", "Web"]
            .map(String::from)
            .to_vec();
        let names = llm_os_schema::Names {
            units,
            ..Default::default()
        };
        let input = Input::new(&vocabulary, "x", &names, &NameKind::ALL).unwrap();
        let check = |text: &str, expect: &str| {
            assert_eq!(existing(&input, NameKind::Unit, text), expect);
        };
        check("ssh", "sshd");
        check("web", "Web");
        check("llm", "llm");
        check("s", "s");
        check("nginx", "nginx");
    }

    #[test]
    fn a_typing_error_is_mended_and_another_number_is_not() {
        let vocabulary = crate::automaton::tests::vocabulary();
        let files = ["recipes.txt", "report1.txt", "notes.txt", "votes.txt"];
        let names = llm_os_schema::Names {
            files: files.map(String::from).to_vec(),
            ..Default::default()
        };
        let input = Input::new(&vocabulary, "x", &names, &NameKind::ALL).unwrap();
        let check = |text: &str, expect: &str| assert_eq!(existing_path(&input, text), expect);
        check("recipies.txt", "recipes.txt");
        check("recipes.txt", "recipes.txt");
        check("report2.txt", "report2.txt");
        check("report.txt", "report.txt");
        check("xotes.txt", "xotes.txt");
        check("other.md", "other.md");
        check("ab.md", "ab.md");
        // another place, a hidden file or another ending is another file.
        for other in [
            "/nots.txt",
            "~/notes.txt",
            "b/notes.txt",
            ".notes.txt",
            "notes.text",
            "notes.md",
        ] {
            check(other, other);
        }
    }
}
