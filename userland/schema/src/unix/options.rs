//! options and operands of one command. an option that is not listed makes the line a strange one.

use super::line::Word;

/// what was found behind the program's name.
#[derive(Debug, Default)]
pub(super) struct Options<'a> {
    /// options without a value, as typed: `-r`, `--recursive`. letters in a row are taken apart.
    flags: Vec<String>,
    values: Vec<(String, &'a str)>,
    pub operands: Vec<&'a str>,
}

impl<'a> Options<'a> {
    /// reads `words`. `letters` are the short options without a value; `long` those in full, with
    /// their dashes; `valued` the ones that take the next word, or what stands behind `=`.
    /// a pattern (`*`, `?`), a comma behind a word or a word of talk among the operands is not
    /// understood.
    pub fn read(words: &'a [Word], letters: &str, long: &[&str], valued: &[&str]) -> Option<Self> {
        let options = Self::read_any(words, letters, long, valued)?;
        let fine = |word: &&Word| {
            let listed = word.text.ends_with([',', ':', ';']);
            word.quoted || !(word.text.contains(['*', '?', '[']) || listed || is_talk(&word.text))
        };
        let operands = words
            .iter()
            .filter(|word| options.operands.contains(&word.text.as_str()));
        operands.clone().all(|word| fine(&word)).then_some(options)
    }

    /// the same, with patterns and words of talk.
    pub fn read_any(
        words: &'a [Word],
        letters: &str,
        long: &[&str],
        valued: &[&str],
    ) -> Option<Self> {
        let mut found = Options::default();
        let mut words = words.iter();
        let mut ended = false;
        while let Some(word) = words.next() {
            let text = word.text.as_str();
            if ended || word.quoted || !text.starts_with('-') || text == "-" {
                found.operands.push(text);
            } else if text == "--" {
                ended = true;
            } else if valued.contains(&text) {
                found.values.push((text.to_owned(), &words.next()?.text));
            } else if long.contains(&text) {
                found.flags.push(text.to_owned());
            } else if let Some((name, value)) = text
                .split_once('=')
                .filter(|(name, _)| valued.contains(name))
            {
                found.values.push((name.to_owned(), value));
            } else if let Some((name, value)) = glued(text, valued) {
                found.values.push((name.to_owned(), value));
            } else if !text.starts_with("--") && text[1..].chars().all(|c| letters.contains(c)) {
                found
                    .flags
                    .extend(text[1..].chars().map(|c| format!("-{c}")));
            } else {
                return None;
            }
        }
        Some(found)
    }

    /// whether one of `names` was given.
    pub fn has(&self, names: &[&str]) -> bool {
        self.flags.iter().any(|flag| names.contains(&flag.as_str()))
    }

    /// the value of one of `names`.
    pub fn value(&self, names: &[&str]) -> Option<&'a str> {
        let found =
            |(name, value): &(String, &'a str)| names.contains(&name.as_str()).then_some(*value);
        self.values.iter().rev().find_map(found)
    }

    /// the only operand.
    pub fn one(&self) -> Option<&'a str> {
        match self.operands.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }
}

/// `-n20` for a valued `-n`: a digit has to follow.
fn glued<'a, 'n>(text: &'a str, valued: &[&'n str]) -> Option<(&'n str, &'a str)> {
    valued
        .iter()
        .filter(|name| name.len() == 2)
        .find_map(|name| text.strip_prefix(name).map(|value| (*name, value)))
        .filter(|(_, value)| value.starts_with(|c: char| c.is_ascii_digit()))
}

/// a word that sentences are made with and command lines are not.
pub(super) fn is_talk(word: &str) -> bool {
    const TALK: [&str; 95] = [
        "a",
        "after",
        "again",
        "also",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "be",
        "because",
        "before",
        "both",
        "but",
        "by",
        "can",
        "could",
        "do",
        "everything",
        "first",
        "for",
        "from",
        "half",
        "have",
        "here",
        "hour",
        "hours",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "just",
        "kindly",
        "later",
        "let",
        "max",
        "me",
        "minute",
        "minutes",
        "most",
        "my",
        "next",
        "no",
        "not",
        "now",
        "of",
        "once",
        "one",
        "ones",
        "only",
        "or",
        "our",
        "please",
        "pls",
        "plz",
        "seconds",
        "so",
        "some",
        "someone",
        "something",
        "thanks",
        "that",
        "the",
        "them",
        "then",
        "there",
        "this",
        "thx",
        "to",
        "today",
        "tomorrow",
        "tonight",
        "too",
        "twice",
        "u",
        "us",
        "was",
        "we",
        "well",
        "what",
        "when",
        "which",
        "why",
        "will",
        "with",
        "would",
        "ya",
        "yo",
        "you",
        "your",
    ];
    let word = word.trim_end_matches([',', '.', '!', '?']).to_lowercase();
    TALK.contains(&word.as_str())
}
