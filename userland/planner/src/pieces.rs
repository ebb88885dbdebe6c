//! sub-word pieces (wordpiece, uncased), one word at a time.
//!
//! trainer and runner both get their token ids from here, so they agree by construction; the
//! encoder's own tokenizer is never asked. rules as in bert's reference: lower case, accents off,
//! punctuation and ideographs alone, then the longest piece that the vocabulary has.

use crate::spelling::Spelling;
use std::collections::{HashMap, HashSet};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// pieces that one word may have; a longer word (a hash, a key) is read by its beginning.
pub const PIECES_MAX: usize = 12;

/// the piece vocabulary, by text.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    ids: HashMap<String, u32>,
    /// what mistyped words are read as.
    spelling: Spelling,
    unknown: u32,
    /// opens the input.
    pub cls: u32,
    /// ends the request, and the names.
    pub sep: u32,
}

impl Vocabulary {
    /// the vocabulary whose piece number n is the nth of `pieces`; continuing pieces start with `##`.
    /// `None` where one of `[UNK]`, `[CLS]`, `[SEP]` is missing.
    pub fn new<'a>(pieces: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let ids: HashMap<String, u32> = (0..)
            .zip(pieces)
            .map(|(id, piece)| (piece.to_owned(), id))
            .collect();
        let special = |name: &str| ids.get(name).copied();
        Some(Vocabulary {
            unknown: special("[UNK]")?,
            cls: special("[CLS]")?,
            sep: special("[SEP]")?,
            spelling: Spelling::default(),
            ids,
        })
    }

    /// the same pieces, with slips of these words read as the words.
    #[must_use]
    pub fn spelling(mut self, spelling: Spelling) -> Self {
        self.spelling = spelling;
        self
    }

    /// whether a word, or what it is a slip of, is one that people say here. what is nearly a word
    /// of three or four letters may be anything, but for two that changed their places.
    pub fn knows(&self, word: &str, parts: &HashSet<String>) -> bool {
        let whole = |word: &str| word.len() > 4 && self.ids.contains_key(word);
        whole(word)
            || parts.contains(word)
            || self.spelling.has(word)
            || self
                .spelling
                .meant(word, parts, |_| false)
                .is_some_and(|meant| {
                    let swapped = word.len() == 4 && meant.len() == 4;
                    word.len() > 4 || (swapped && same_letters(word, meant))
                })
    }

    /// the pieces of a word as it was meant; `parts` are the parts of names that exist.
    pub fn meant(&self, word: &str, parts: &HashSet<String>) -> Vec<u32> {
        let known = |word: &str| self.ids.contains_key(word);
        let meant = self.spelling.meant(word, parts, known);
        self.pieces(meant.unwrap_or(word))
    }

    /// the pieces of one word: at least one, at most [`PIECES_MAX`].
    pub fn pieces(&self, word: &str) -> Vec<u32> {
        let mut pieces = Vec::new();
        for part in parts(word) {
            self.part(&part, &mut pieces);
            if pieces.len() >= PIECES_MAX {
                break;
            }
        }
        pieces.truncate(PIECES_MAX);
        if pieces.is_empty() {
            pieces.push(self.unknown);
        }
        pieces
    }

    fn part(&self, part: &str, pieces: &mut Vec<u32>) {
        let before = pieces.len();
        let mut rest = part;
        while !rest.is_empty() {
            let first = rest.len() == part.len();
            let found = ends(rest).rev().find_map(|end| {
                let id = if first {
                    self.ids.get(&rest[..end])
                } else {
                    self.ids.get(&format!("##{}", &rest[..end]))
                };
                id.map(|&id| (id, end))
            });
            let Some((id, end)) = found else {
                pieces.truncate(before);
                pieces.push(self.unknown);
                return;
            };
            pieces.push(id);
            rest = &rest[end..];
        }
    }
}

/// where each of the first characters of `text` ends; no piece is longer than 32 characters.
fn ends(text: &str) -> impl DoubleEndedIterator<Item = usize> {
    let all: Vec<usize> = text
        .char_indices()
        .map(|(at, c)| at + c.len_utf8())
        .take(32)
        .collect();
    all.into_iter()
}

fn parts(word: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut open = false;
    for c in word.to_lowercase().nfd().filter(|&c| !is_combining_mark(c)) {
        if c.is_whitespace() || c.is_control() {
            open = false;
        } else if !c.is_alphanumeric() || ideograph(c) {
            parts.push(c.to_string());
            open = false;
        } else if let Some(last) = parts.last_mut().filter(|_| open) {
            last.push(c);
        } else {
            parts.push(c.to_string());
            open = true;
        }
    }
    parts
}

fn ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2fa1f}')
}

/// whether two words have the same letters, in whatever order.
fn same_letters(one: &str, other: &str) -> bool {
    let sorted = |word: &str| {
        let mut letters = word.as_bytes().to_vec();
        letters.sort_unstable();
        letters
    };
    sorted(one) == sorted(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(word: &str, expect: &[u32]) {
        let list = [
            "[UNK]", "[CLS]", "[SEP]", "hello", ".", "t", "##x", "##t", "grosse", "日", "no",
            "##te", "##s",
        ];
        let vocabulary = Vocabulary::new(list).unwrap();
        assert_eq!(vocabulary.pieces(word), expect, "{word}");
    }

    #[test]
    fn words_fall_into_pieces() {
        check("Hello.txt", &[3, 4, 5, 6, 7]);
        check("notes", &[10, 11, 12]);
        check("Grösse", &[8]);
        check("日日", &[9, 9]);
        check("qqq.txt", &[0, 4, 5, 6, 7]);
        check("", &[0]);
        check(&"t.".repeat(50), &[5, 4, 5, 4, 5, 4, 5, 4, 5, 4, 5, 4]);
    }

    #[test]
    fn a_vocabulary_without_its_special_pieces_is_none() {
        assert!(Vocabulary::new(["[UNK]", "[CLS]"]).is_none());
    }
}
