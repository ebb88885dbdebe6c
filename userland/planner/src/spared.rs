//! what a person said is to be left alone: "stop web, but sshd stays", "leave my notes as they are".
//!
//! a small model hears the name and the verb and may put them together. where everything that is
//! said of a name spares it, no plan may change it.

use crate::words;

/// words right before a name that spare it; longest first.
const BEFORE: [&[&str]; 14] = [
    &["leave"],
    &["don't", "touch"],
    &["dont", "touch"],
    &["do", "not", "touch"],
    &["not", "touching"],
    &["without", "touching"],
    &["hands", "off"],
    &["but", "not"],
    &["except"],
    &["except", "for"],
    &["everything", "but"],
    &["all", "but"],
    &["spare"],
    &["not"],
];

/// words right behind a name that spare it.
const BEHIND: [&[&str]; 14] = [
    &["stays"],
    &["stay"],
    &["alone"],
    &["remains"],
    &["untouched"],
    &["should", "stay"],
    &["should", "remain"],
    &["is", "to", "stay"],
    &["has", "to", "stay"],
    &["has", "to", "go", "on"],
    &["must", "stay"],
    &["must", "not", "be"],
    &["as", "it", "is"],
    &["as", "they", "are"],
];

/// words that may stand between those and the name.
const FILLERS: [&str; 22] = [
    "the",
    "my",
    "our",
    "your",
    "its",
    "that",
    "this",
    "a",
    "an",
    "old",
    "file",
    "folder",
    "directory",
    "document",
    "service",
    "daemon",
    "server",
    "unit",
    "process",
    "agent",
    "tool",
    "interface",
];

/// whether `request` names `name`, by itself or by a part of it, and every time only to spare it.
pub fn is_spared(request: &str, name: &str) -> bool {
    let lower = request.to_lowercase();
    let said: Vec<&str> = words::split(&lower)
        .into_iter()
        .map(|word| &lower[word])
        .filter(|word| !matches!(*word, "'" | "\"" | "`"))
        .collect();
    let name = name.to_lowercase();
    let parts: Vec<&str> = name
        .split(|c: char| !c.is_alphanumeric())
        .filter(|part| part.chars().count() > 3)
        .collect();
    let whole = said.iter().any(|word| *word == name);
    let named = |word: &str| match whole {
        true => word == name,
        false => parts.contains(&word),
    };
    let mut places = said
        .iter()
        .enumerate()
        .filter(|(_, word)| named(word))
        .map(|(at, _)| at)
        .peekable();
    places.peek().is_some() && places.all(|at| spares(&said, at))
}

/// whether what stands around the word `at` spares it.
fn spares(said: &[&str], at: usize) -> bool {
    let filler = |word: &&&str| FILLERS.contains(*word);
    let before: Vec<&str> = said[..at]
        .iter()
        .rev()
        .skip_while(filler)
        .copied()
        .collect();
    let behind: Vec<&str> = said[at + 1..].iter().skip_while(filler).copied().collect();
    let why_not =
        before.first() == Some(&"not") && before.get(1).is_some_and(|word| *word == "why");
    let ends = |way: &&[&str]| {
        way.len() <= before.len() && way.iter().rev().zip(&before).all(|(a, b)| a == b)
    };
    !why_not && BEFORE.iter().any(ends) || BEHIND.iter().any(|way| behind.starts_with(way))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_be_left_alone_is_told() {
        for (request, name, expect) in [
            ("stop web, then mqtt. sshd stays.", "sshd", true),
            ("stop web, then mqtt. sshd stays.", "web", false),
            ("delete a-log.txt, leave my notes alone", "notes.odt", true),
            ("delete a.txt but not b.txt", "b.txt", true),
            ("delete a.txt but not b.txt", "a.txt", false),
            ("not web, restart mqtt", "web", true),
            ("Restart everything except the SSHD service", "sshd", true),
            ("leave b.txt as it is and delete b.txt", "b.txt", false),
            (
                "the file żółw.txt is to go, żółw2.txt should remain",
                "żółw2.txt",
                true,
            ),
            (
                "the file żółw.txt is to go, żółw2.txt should remain",
                "żółw.txt",
                false,
            ),
            ("delete the other one", "b.txt", false),
            ("leave", "leave.txt", false),
        ] {
            assert_eq!(is_spared(request, name), expect, "{request}: {name}");
        }
    }
}
