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
            let talk = word.text.ends_with([',', ':', ';']) || is_talk(&word.text);
            !word.is_odd() && (word.quoted || !talk)
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
            if word.quoted && text.starts_with('-') {
                return None;
            } else if ended || !text.starts_with('-') || text == "-" {
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
        // which of two values counts is a program's own affair.
        let mut names: Vec<&str> = found.values.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        let twice = names.windows(2).any(|pair| pair[0] == pair[1]);
        (!twice).then_some(found)
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
    const TALK: [&str; 141] = [
        "a",
        "about",
        "after",
        "again",
        "all",
        "also",
        "always",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "automatically",
        "away",
        "back",
        "be",
        "because",
        "before",
        "both",
        "but",
        "by",
        "can",
        "could",
        "do",
        "don't",
        "dont",
        "down",
        "ever",
        "everything",
        "everywhere",
        "first",
        "for",
        "from",
        "half",
        "have",
        "he",
        "hello",
        "her",
        "here",
        "hey",
        "hi",
        "his",
        "hour",
        "hours",
        "how",
        "i",
        "if",
        "immediately",
        "in",
        "instead",
        "into",
        "is",
        "it",
        "it's",
        "its",
        "just",
        "kindly",
        "later",
        "less",
        "let",
        "max",
        "maybe",
        "me",
        "minute",
        "minutes",
        "more",
        "most",
        "my",
        "never",
        "next",
        "no",
        "not",
        "now",
        "of",
        "off",
        "ok",
        "okay",
        "old",
        "on",
        "once",
        "one",
        "ones",
        "only",
        "or",
        "our",
        "over",
        "please",
        "pls",
        "plz",
        "quickly",
        "really",
        "right",
        "seconds",
        "she",
        "so",
        "some",
        "someone",
        "something",
        "soon",
        "still",
        "than",
        "thanks",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "they",
        "this",
        "thx",
        "to",
        "today",
        "tomorrow",
        "tonight",
        "too",
        "twice",
        "u",
        "up",
        "us",
        "was",
        "we",
        "well",
        "what",
        "what's",
        "when",
        "where",
        "which",
        "who",
        "whom",
        "whose",
        "why",
        "will",
        "with",
        "would",
        "ya",
        "yes",
        "yo",
        "you",
        "your",
    ];
    let word = word.trim_end_matches([',', '.', '!', '?']).to_lowercase();
    TALK.contains(&word.as_str())
}
