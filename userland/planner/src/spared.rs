//! what a person said is to be left alone: "stop web, but sshd stays", "leave my notes as they are".
//!
//! a small model hears the name and the verb and may put them together. where everything that is
//! said of a name spares it, no plan may change it.

use crate::words;

/// words right before a name that spare it.
const BEFORE: [&[&str]; 24] = [
    &["leave"],
    &["keep"],
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
    &["apart", "from"],
    &["other", "than"],
    &["besides"],
    &["spare"],
    &["not"],
    &["i", "need"],
    &["i", "still", "need"],
    &["we", "need"],
    &["we", "still", "need"],
    &["don't", "lose"],
    &["ignore"],
];

/// words right behind a name that spare it.
const BEHIND: [&[&str]; 22] = [
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
    &["has", "to", "keep"],
    &["must", "keep"],
    &["should", "keep"],
    &["must", "stay"],
    &["is", "needed"],
    &["is", "still", "needed"],
    &["is", "important"],
    &["must", "be", "kept"],
    &["has", "to", "be", "kept"],
    &["must", "not", "be", "touched"],
    &["must", "not", "be", "deleted"],
    &["must", "not", "be", "stopped"],
];

/// the same, where nothing follows in the clause: "as it is broken" spares nothing.
const AT_THE_END: [&[&str]; 2] = [&["as", "it", "is"], &["as", "they", "are"]];

/// words before "leave", "keep" and "not" that turn them round, or ask.
const TURNED: [&str; 14] = [
    "why", "don't", "dont", "not", "never", "you", "i", "we", "to", "when", "if", "is", "could",
    "would",
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
    let ends = |way: &&[&str]| {
        let there = way.len() <= before.len() && way.iter().rev().zip(&before).all(|(a, b)| a == b);
        let open = way.len() == 1 && matches!(way[0], "leave" | "keep" | "not");
        let turned = before.get(1).is_some_and(|word| TURNED.contains(word));
        there && !(open && turned)
    };
    let clause_ends = |next: Option<&&str>| {
        next.is_none_or(|word| matches!(*word, "." | "," | ";" | "!" | "and" | "but"))
    };
    let last = |way: &&[&str]| behind.starts_with(way) && clause_ends(behind.get(way.len()));
    // "i need a.txt copied" wants something of it.
    let needed = |way: &&[&str]| way.last() != Some(&"need") || clause_ends(behind.first());
    // "keep web running", "keep a.txt in b": what is kept there is done something with.
    let put = before.first() == Some(&"keep")
        && behind
            .first()
            .is_some_and(|word| matches!(*word, "in" | "under" | "at" | "below"));
    let spared = BEFORE.iter().any(|way| ends(way) && needed(way))
        || BEHIND.iter().any(|way| behind.starts_with(way));
    (spared && !put) || AT_THE_END.iter().any(last)
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
            ("keep b.txt and delete a.txt", "b.txt", true),
            ("delete everything apart from b.zip", "b.zip", true),
            ("delete a.zip, I need b.zip", "b.zip", true),
            ("stop nginx but keep web running", "web", true),
            ("restart web as it is stuck", "web", false),
            ("delete a.zip, b.zip is needed", "b.zip", true),
            ("don't leave web running, stop it", "web", false),
            ("if it is not web stop it", "web", false),
            ("keep 'x' in b.txt", "b.txt", false),
            ("I need b.txt doubled", "b.txt", false),
            ("leave", "leave.txt", false),
        ] {
            assert_eq!(is_spared(request, name), expect, "{request}: {name}");
        }
    }
}
