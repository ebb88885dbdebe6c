//! which of the existing names the model gets to see.
//!
//! a machine has more names than a small encoder should read. units are few and people seldom spell
//! them ("the network service"), so they come first; files and directories are ranked by the
//! letters that they share with the request. every name shown costs the encoder three to five
//! pieces, so names that share nothing are shown only where there are few, and a file that the
//! request spells out is not shown again. units and directories always are: a word has to be known
//! as one of them.

use llm_os_schema::Names;
use std::collections::HashSet;

/// units shown.
pub const UNITS_MAX: usize = 12;
/// files and directories shown, together.
pub const PATHS_MAX: usize = 8;
/// files and directories shown although they share no letters with the request, if no more than
/// this many are shown at all: "the picture" may be `a.jpg`.
pub const STRANGERS_MAX: usize = 3;

/// what a shown name is the name of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameKind {
    Unit,
    File,
    Dir,
}

impl NameKind {
    /// the word that stands before names of this kind in the encoder's input.
    pub fn label(self) -> &'static str {
        match self {
            NameKind::Unit => "service",
            NameKind::File => "file",
            NameKind::Dir => "folder",
        }
    }
}

/// one name that the model may point at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    pub kind: NameKind,
    pub text: String,
}

/// the names worth showing for `request`: units, files, directories, each in its own order.
pub fn choose(request: &str, names: &Names) -> Vec<Name> {
    let wanted = trigrams(request);
    let mut ranked: Vec<(usize, usize, NameKind, &String)> = Vec::new();
    let paths = names
        .files
        .iter()
        .map(|name| (NameKind::File, name))
        .chain(names.dirs.iter().map(|name| (NameKind::Dir, name)));
    for (order, (kind, name)) in paths.enumerate() {
        ranked.push((shared(&wanted, name), order, kind, name));
    }
    ranked.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let known = ranked
        .iter()
        .filter(|entry| entry.0 > 0)
        .count()
        .min(PATHS_MAX);
    ranked.truncate(known.max(STRANGERS_MAX));
    ranked.sort_by_key(|entry| entry.1);
    let units = rank_units(&wanted, &names.units);
    let shown = units.into_iter().map(|unit| Name {
        kind: NameKind::Unit,
        text: unit.clone(),
    });
    shown
        .chain(ranked.into_iter().map(|(_, _, kind, name)| Name {
            kind,
            text: name.clone(),
        }))
        .filter(|name| !name.text.trim().is_empty())
        .filter(|name| name.kind != NameKind::File || !spelled(request, &name.text))
        .collect()
}

/// whether the request has this name as a word, or in quotes.
fn spelled(request: &str, name: &str) -> bool {
    request.match_indices(name).any(|(at, _)| {
        let edge =
            |c: Option<char>| c.is_none_or(|c| c.is_whitespace() || "'\"`“”,;:?!)(".contains(c));
        edge(request[..at].chars().next_back()) && edge(request[at + name.len()..].chars().next())
    })
}

fn rank_units<'a>(wanted: &HashSet<[char; 3]>, units: &'a [String]) -> Vec<&'a String> {
    let mut ranked: Vec<(usize, &String)> = units.iter().enumerate().collect();
    ranked.sort_by_key(|&(order, unit)| (std::cmp::Reverse(shared(wanted, unit)), order));
    ranked.truncate(UNITS_MAX);
    ranked.sort_by_key(|&(order, _)| order);
    ranked.into_iter().map(|(_, unit)| unit).collect()
}

/// parts per thousand of the name's trigrams that the request has too.
fn shared(wanted: &HashSet<[char; 3]>, name: &str) -> usize {
    let have = trigrams(name);
    if have.is_empty() {
        return 0;
    }
    1000 * have.intersection(wanted).count() / have.len()
}

/// runs of three letters of each word, the word's edges marked by a space.
fn trigrams(text: &str) -> HashSet<[char; 3]> {
    let mut found = HashSet::new();
    for word in text
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
    {
        let chars: Vec<char> = std::iter::once(' ')
            .chain(word.chars())
            .chain([' '])
            .collect();
        found.extend(chars.windows(3).map(|w| [w[0], w[1], w[2]]));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_spelled_out_is_not_shown() {
        let check = |request: &str, expect: bool| {
            assert_eq!(spelled(request, "a.txt"), expect, "{request}")
        };
        check("show a.txt", true);
        check("show 'a.txt', then", true);
        check("show aa.txt", false);
        check("show a.txt.gz", false);
    }

    #[test]
    fn what_the_request_hints_at_is_kept() {
        let names = Names {
            units: vec!["llm-osd".into(), "web".into()],
            files: (0..100)
                .map(|n| format!("zz{n}.bin"))
                .chain(["shopping-list.txt".into()])
                .collect(),
            dirs: vec!["photos".into()],
            ..Names::default()
        };
        let shown = choose(
            "add milk to the shoping list, then show fotos and photos",
            &names,
        );
        assert_eq!(shown.len(), 2 + STRANGERS_MAX);
        assert_eq!(
            shown[0],
            Name {
                kind: NameKind::Unit,
                text: "llm-osd".into()
            }
        );
        assert!(shown.contains(&Name {
            kind: NameKind::File,
            text: "shopping-list.txt".into()
        }));
        assert_eq!(
            shown.last().unwrap(),
            &Name {
                kind: NameKind::Dir,
                text: "photos".into()
            }
        );
    }
}
