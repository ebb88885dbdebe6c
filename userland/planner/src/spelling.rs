//! mistyped plain words, read as what was meant.
//!
//! only the encoder's view changes: a pointer still points at the bytes that were typed. a word is
//! mistyped when the vocabulary has no piece for the whole of it, nobody taught it to us, and it is
//! no part of a name; it is read as the nearest common word, or part of a name that exists, at most
//! a slip or two away. what looks like a path, a number or a key is never touched.

use std::collections::{HashMap, HashSet};

/// the cost of two letters in each other's place; the commonest slip.
const SWAP: u32 = 2;
/// the cost of a letter too many, too few or wrong.
const SLIP: u32 = 3;
/// letters from which on two slips are forgiven.
const LONG: usize = 7;
/// letters up to which no letter may be a wrong one: short words have too many neighbours.
const SHORT: usize = 4;
/// letters of the longest word that is looked at.
const LETTERS_MAX: usize = 24;

/// common words, the commonest first.
#[derive(Clone, Debug, Default)]
pub struct Spelling {
    /// words with their rank, by their first letter.
    by_letter: HashMap<u8, Vec<(u32, String)>>,
    all: HashSet<String>,
}

impl Spelling {
    /// knows `words`, the commonest first.
    pub fn new<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let mut spelling = Spelling::default();
        for (rank, word) in (0..).zip(words) {
            if plain(word) && spelling.all.insert(word.to_owned()) {
                let first = word.as_bytes()[0];
                let list = spelling.by_letter.entry(first).or_default();
                list.push((rank, word.to_owned()));
            }
        }
        spelling
    }

    /// whether there is nothing that a word could be read as.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// whether `word` is one of the common words.
    pub fn has(&self, word: &str) -> bool {
        self.all.contains(word)
    }

    /// what `word` is a slip of, if it is one: `parts` are the parts of names that exist, and
    /// `known` says whether a word is one as it stands.
    pub fn meant<'a>(
        &'a self,
        word: &str,
        parts: &'a HashSet<String>,
        known: impl Fn(&str) -> bool,
    ) -> Option<&'a str> {
        let inner = word
            .bytes()
            .skip(1)
            .any(|letter| letter.is_ascii_uppercase());
        let shouted = word.bytes().all(|letter| letter.is_ascii_uppercase());
        let word = word.to_ascii_lowercase();
        if !plain(&word) || (inner && !shouted) {
            return None;
        }
        if self.all.contains(&word) || parts.contains(&word) || known(&word) {
            return None;
        }
        let letters = word.as_bytes();
        let mut firsts = vec![letters[0], letters[1]];
        firsts.dedup();
        let common = firsts
            .iter()
            .filter_map(|first| self.by_letter.get(first))
            .flatten()
            .map(|(rank, word)| (*rank, word.as_str()));
        // what exists is nearer than what is merely common.
        let named = parts.iter().map(|part| (0, part.as_str()));
        named
            .chain(common)
            .filter_map(|(rank, meant)| {
                let cost = cost(letters, meant.as_bytes())?;
                Some((cost, rank, meant))
            })
            .min()
            .map(|(_, _, meant)| meant)
    }
}

/// lower-case ascii letters only, neither too few nor too many.
fn plain(word: &str) -> bool {
    (3..=LETTERS_MAX).contains(&word.len())
        && word.bytes().all(|letter| letter.is_ascii_lowercase())
}

/// the parts of a name that a person may say alone.
pub fn parts(name: &str) -> impl Iterator<Item = String> {
    name.split(|c: char| !c.is_ascii_alphabetic())
        .map(str::to_ascii_lowercase)
        .filter(|part| part.len() >= SHORT && plain(part))
}

/// what it costs to have typed `typed` for `meant`; `None` where that is no slip. the first letter
/// is right, or changed places with the second.
fn cost(typed: &[u8], meant: &[u8]) -> Option<u32> {
    let limit = if typed.len() >= LONG { 2 * SLIP } else { SLIP };
    let swapped = typed.len() == meant.len() && typed[0] == meant[1] && typed[1] == meant[0];
    if typed.len().abs_diff(meant.len()) > (limit / SLIP) as usize
        || (typed[0] != meant[0] && !swapped)
    {
        return None;
    }
    let short = typed.len().min(meant.len()) <= SHORT;
    let wrong = if short { limit + 1 } else { SLIP };
    let mut before: Vec<u32> = Vec::new();
    let mut last: Vec<u32> = (0..).map(|n| n * SLIP).take(meant.len() + 1).collect();
    for i in 1..=typed.len() {
        let mut row = vec![last[0] + SLIP];
        for j in 1..=meant.len() {
            let (a, b) = (typed[i - 1], meant[j - 1]);
            let mut best = last[j - 1] + if a == b { 0 } else { wrong };
            best = best.min(last[j] + SLIP).min(row[j - 1] + SLIP);
            if i > 1 && j > 1 && a == meant[j - 2] && typed[i - 2] == b {
                best = best.min(before[j - 2] + SWAP);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    let cost = last[meant.len()];
    (cost <= limit).then_some(cost)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_read_as_the_word_that_was_meant() {
        let common = "the and stop start restart install delete type rid you kill both process \
                      brightness executable show time item map";
        let spelling = Spelling::new(common.split_whitespace());
        let names: HashSet<String> = ["scout.agent", "shopping-list.txt"]
            .into_iter()
            .flat_map(parts)
            .collect();
        let known = |word: &str| matches!(word, "bread" | "stoop");
        let check = |typed: &str, expect: Option<&str>| {
            assert_eq!(spelling.meant(typed, &names, known), expect, "{typed}");
        };
        check("teh", Some("the"));
        check("adn", Some("and"));
        check("stpo", Some("stop"));
        check("RESTRAT", Some("restart"));
        check("Isntall", Some("install"));
        check("delte", Some("delete"));
        check("tpye", Some("type"));
        check("ird", Some("rid"));
        check("kil", Some("kill"));
        check("bth", Some("both"));
        check("procces", Some("process"));
        check("brigthness", Some("brightness"));
        check("tiem", Some("time"));
        check("scuot", Some("scout"));
        check("shoping", Some("shopping"));
        // as they stand.
        for word in ["stop", "bread", "stoop", "scout", "is", "x", ""] {
            check(word, None);
        }
        // other things than slips of plain words.
        for word in [
            "htop",
            "btop",
            "nmap",
            "stopp.txt",
            "st0p",
            "BootOrder",
            "größe",
            "zzzz",
        ] {
            check(word, None);
        }
        assert_eq!(
            Spelling::default().meant("teh", &HashSet::new(), known),
            None
        );
    }
}
