//! one request with its names, as the encoder reads it and as pointers mean it.
//!
//! tokens: `[CLS] request words [SEP] service names… file names… folder names… before … [SEP]`. a
//! *target* is what a pointer may point at: first the request's words, then the names shown; target
//! n has the mean of the states of its own tokens.

use crate::context::{self, Name, NameKind};
use crate::pieces::Vocabulary;
use crate::{nearest, spelling, words};
use llm_os_schema::Names;
use std::collections::HashSet;
use std::ops::Range;

/// tokens of one input; the encoder's positions end at 512.
pub const TOKENS_MAX: usize = 448;

/// a request ready for the encoder.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    pub request: String,
    /// byte ranges of the request's words.
    pub words: Vec<Range<usize>>,
    /// everything that exists, shown or not.
    pub world: Names,
    /// where names of several words that exist are spelled out: nothing cuts them in two.
    pub spelled: Vec<Range<usize>>,
    /// the names shown, in the order of their targets.
    pub names: Vec<Name>,
    /// what the encoder reads.
    pub tokens: Vec<u32>,
    /// the tokens of each target: words first, then names.
    pub targets: Vec<Range<usize>>,
}

/// a request that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputError {
    Empty,
    TooLong,
}

impl std::fmt::Display for InputError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            InputError::Empty => write!(f, "the request is empty: say what should be done"),
            InputError::TooLong => write!(
                f,
                "the request is too long for the built-in model: say it in fewer than {} words",
                words::WORDS_MAX
            ),
        }
    }
}

impl std::error::Error for InputError {}

impl Input {
    /// reads `request` beside the names that exist, as far as they are of the kinds `wanted`.
    ///
    /// # Errors
    /// when there are no words, or too many of them.
    pub fn new(
        vocabulary: &Vocabulary,
        request: &str,
        names: &Names,
        wanted: &[NameKind],
    ) -> Result<Self, InputError> {
        let words = words::split(request);
        if words.is_empty() {
            return Err(InputError::Empty);
        }
        let mut tokens = vec![vocabulary.cls];
        let mut targets = Vec::new();
        let parts: HashSet<String> = context::named(names).flat_map(spelling::parts).collect();
        for word in &words {
            let word = &request[word.clone()];
            let pieces = match nearest::mistyped_path(names, word) {
                Some(name) => vocabulary.pieces(name),
                None => vocabulary.meant(word, &parts),
            };
            push(pieces, &mut tokens, &mut targets);
        }
        tokens.push(vocabulary.sep);
        if words.len() > words::WORDS_MAX || tokens.len() >= TOKENS_MAX {
            return Err(InputError::TooLong);
        }
        let mut shown: Vec<Name> = Vec::new();
        for name in context::choose(request, names, wanted) {
            let (tokens_before, targets_before) = (tokens.len(), targets.len());
            for word in name.lead.split_whitespace() {
                tokens.extend(vocabulary.pieces(word));
            }
            let pieces = vocabulary.pieces(context::read_as(&name));
            push(pieces, &mut tokens, &mut targets);
            if tokens.len() >= TOKENS_MAX {
                tokens.truncate(tokens_before);
                targets.truncate(targets_before);
                break;
            }
            shown.push(name);
        }
        tokens.push(vocabulary.sep);
        let spaced = names.files.iter().chain(&names.dirs);
        let spelled = spaced
            .filter(|name| name.contains(' '))
            .flat_map(|name| context::places(request, name))
            .collect();
        Ok(Input {
            request: request.to_owned(),
            world: names.clone(),
            spelled,
            words,
            names: shown,
            tokens,
            targets,
        })
    }

    /// the bytes of the request from the word `first` to the word `last`.
    pub fn span(&self, first: usize, last: usize) -> &str {
        &self.request[self.words[first].start..self.words[last].end]
    }

    /// the name that the target `target` is, unless it is a word.
    pub fn name(&self, target: usize) -> Option<&Name> {
        target
            .checked_sub(self.words.len())
            .and_then(|at| self.names.get(at))
    }

    /// the target of an existing name of one of these kinds.
    pub fn find_name(&self, kinds: &[NameKind], text: &str) -> Option<usize> {
        let at = self
            .names
            .iter()
            .position(|name| kinds.contains(&name.kind) && name.text == text)?;
        Some(self.words.len() + at)
    }
}

fn push(pieces: Vec<u32>, tokens: &mut Vec<u32>, targets: &mut Vec<Range<usize>>) {
    let start = tokens.len();
    tokens.extend(pieces);
    targets.push(start..tokens.len());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_first_and_then_names() {
        let vocabulary = Vocabulary::new([
            "[UNK]", "[CLS]", "[SEP]", "stop", "web", "it", "service", "file", "a",
        ])
        .unwrap();
        let names = Names {
            units: vec!["web".into()],
            files: vec!["a".into(), "a a".into()],
            ..Names::default()
        };
        let new = |request: &str| Input::new(&vocabulary, request, &names, &NameKind::ALL);
        let input = new("stop  it").unwrap();
        assert_eq!(input.tokens, [1, 3, 5, 2, 6, 4, 7, 8, 8, 8, 2]);
        assert_eq!(input.targets, [1..2, 2..3, 5..6, 7..8, 8..10]);
        assert_eq!(input.span(0, 1), "stop  it");
        assert_eq!(input.name(4).unwrap().text, "a a");
        assert_eq!(input.find_name(&[NameKind::Unit], "web"), Some(2));
        assert_eq!(new(" "), Err(InputError::Empty));
        assert_eq!(new(&"it ".repeat(400)), Err(InputError::TooLong));
    }
}
