//! vocabularies of byte-level pieces, learnt from a text by byte-pair encoding.

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// merges that are chosen in one look over the text. one at a time would be the textbook, and takes
/// minutes; the pieces hardly differ.
const MERGES_A_LOOK: usize = 256;

/// tokens and the merges that build them up, as gguf files write them.
pub struct Pieces {
    pub tokens: Vec<String>,
    pub merges: Vec<String>,
}

/// gpt-2's printable stand-in for each byte.
fn stand_in(byte: u8) -> char {
    let plain = |byte: u8| matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    if plain(byte) {
        return char::from(byte);
    }
    let hidden = (0..byte).filter(|&other| !plain(other)).count() as u32;
    char::from_u32(256 + hidden).unwrap_or(char::REPLACEMENT_CHARACTER)
}

impl Pieces {
    /// the 256 bytes.
    fn bytes() -> Self {
        Pieces {
            tokens: (0..=255).map(|byte| stand_in(byte).to_string()).collect(),
            merges: Vec::new(),
        }
    }

    /// the bytes, and `words` (of plain characters) built up letter by letter.
    pub fn of_words(words: &[&str]) -> Self {
        let mut pieces = Pieces::bytes();
        for word in words {
            for end in 2..=word.len() {
                let (left, right) = (&word[..end - 1], &word[end - 1..end]);
                if !pieces.tokens.iter().any(|token| token == &word[..end]) {
                    pieces.merges.push(format!("{left} {right}"));
                    pieces.tokens.push(word[..end].to_owned());
                }
            }
        }
        pieces
    }

    /// `count` tokens, or fewer if `text` has no more: the bytes, and what stands side by side in it
    /// most often.
    pub fn learnt(text: &str, count: usize) -> Self {
        let mut pieces = Pieces::bytes();
        let mut known: BTreeSet<String> = pieces.tokens.iter().cloned().collect();
        let mut words = split(text);
        while pieces.tokens.len() < count {
            let mut pairs: BTreeMap<(u32, u32), u64> = BTreeMap::new();
            for (word, times) in &words {
                for pair in word.windows(2) {
                    *pairs.entry((pair[0], pair[1])).or_default() += times;
                }
            }
            // the most frequent first; equals in the order of their tokens.
            let mut pairs: Vec<_> = pairs.into_iter().collect();
            pairs.sort_by_key(|&(pair, times)| (std::cmp::Reverse(times), pair));
            let mut fresh = HashMap::new();
            let room = (count - pieces.tokens.len()).min(MERGES_A_LOOK);
            for ((left, right), _) in pairs {
                if fresh.len() == room {
                    break;
                }
                let (a, b) = (
                    &pieces.tokens[left as usize],
                    &pieces.tokens[right as usize],
                );
                let (whole, merge) = (format!("{a}{b}"), format!("{a} {b}"));
                // two ways to the same piece would be two tokens of the same bytes.
                if known.insert(whole.clone()) {
                    fresh.insert((left, right), pieces.tokens.len() as u32);
                    pieces.tokens.push(whole);
                    pieces.merges.push(merge);
                }
            }
            if fresh.is_empty() {
                break;
            }
            for (word, _) in &mut words {
                merge(word, &fresh);
            }
        }
        pieces
    }
}

/// joins pairs in the order in which they were learnt.
fn merge(word: &mut Vec<u32>, fresh: &HashMap<(u32, u32), u32>) {
    let joined = |pair: &[u32]| fresh.get(&(pair[0], pair[1])).copied();
    while let Some(first) = word.windows(2).filter_map(joined).min() {
        let mut at = 0;
        while at + 1 < word.len() {
            if joined(&word[at..at + 2]) == Some(first) {
                word.splice(at..at + 2, [first]);
            }
            at += 1;
        }
    }
}

/// the words of `text` as bytes, and how often each is there: runs of letters or of marks with the
/// space before them, and single digits, as the tokenizer `smollm` cuts.
fn split(text: &str) -> Vec<(Vec<u32>, u64)> {
    let kind = |c: char| match c {
        _ if c.is_numeric() => 0,
        _ if c.is_alphabetic() => 1,
        _ if c.is_whitespace() => 2,
        _ => 3,
    };
    let mut words: BTreeMap<&str, u64> = BTreeMap::new();
    let (mut from, mut last) = (0, None);
    for (at, c) in text.char_indices() {
        let now = kind(c);
        let goes_on = match last {
            None => true,
            Some(last) => (last == now && now != 0) || (now % 2 == 1 && &text[from..at] == " "),
        };
        if !goes_on {
            *words.entry(&text[from..at]).or_default() += 1;
            from = at;
        }
        last = Some(now);
    }
    *words.entry(&text[from..]).or_default() += 1;
    words
        .into_iter()
        .map(|(word, times)| (word.bytes().map(u32::from).collect(), times))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_as_the_tokenizer_does() {
        let words: Vec<String> = split(r#"read a.txt {"n":12}"#)
            .into_iter()
            .map(|(word, _)| word.iter().map(|&byte| char::from(byte as u8)).collect())
            .collect();
        assert_eq!(
            words,
            [" a", " {\"", "\":", ".", "1", "2", "n", "read", "txt", "}"]
        );
    }

    fn stand_ins(text: &str) -> String {
        text.bytes().map(stand_in).collect()
    }

    #[test]
    fn frequent_neighbours_become_pieces() {
        let text = "the cat, the hat, the other cat ".repeat(3);
        let pieces = Pieces::learnt(&text, 300);
        let has = |word: &str| pieces.tokens.contains(&stand_ins(word));
        assert!(has(" the") && has(" cat") && has("at"));
        assert!(!has("the cat"));
        assert_eq!(pieces.tokens.len() - 256, pieces.merges.len());
        let distinct: BTreeSet<&String> = pieces.tokens.iter().collect();
        assert_eq!(distinct.len(), pieces.tokens.len());
        // a text has only so many.
        assert!(pieces.tokens.len() < 300);
        assert_eq!(Pieces::learnt(&text, 270).tokens.len(), 270);
    }
}
