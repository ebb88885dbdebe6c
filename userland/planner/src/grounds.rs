//! what a text model may put into a plan: the request's own words, and names that exist.

use crate::{quantity, words};
use llm_os_schema::canonical::parse_mode;
use llm_os_schema::limits::{ENV_MAX, PATH_MAX_BYTES, WORD_MAX_BYTES};
use llm_os_schema::{NameClass, Names};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// the working directory, which is always there.
const HERE: &str = ".";

/// the request taken apart, and the names beside it.
pub struct Grounds<'a> {
    request: &'a str,
    /// byte ranges of its words.
    words: Vec<std::ops::Range<usize>>,
    names: &'a Names,
}

impl<'a> Grounds<'a> {
    pub fn new(request: &'a str, names: &'a Names) -> Self {
        Grounds {
            request,
            words: words::split(request),
            names,
        }
    }

    /// words and gaps in turn: a span is a run of them.
    pub fn chunks(&self) -> Vec<&'a str> {
        let mut chunks = Vec::new();
        let mut at = self.words.first().map_or(0, |word| word.start);
        for word in &self.words {
            if at < word.start {
                chunks.push(&self.request[at..word.start]);
            }
            chunks.push(&self.request[word.clone()]);
            at = word.end;
        }
        chunks
    }

    /// paths: words that could be one, what stands in quotes, files and directories that exist.
    pub fn paths(&self) -> Vec<String> {
        let mut paths: BTreeSet<&str> = self.plain_words().collect();
        paths.extend(self.quoted());
        paths.extend(self.names.files.iter().map(String::as_str));
        paths.extend(self.names.dirs.iter().map(String::as_str));
        paths.insert(HERE);
        let good =
            |path: &&str| !path.is_empty() && path.len() <= PATH_MAX_BYTES && !path.contains('\0');
        paths.into_iter().filter(good).map(str::to_owned).collect()
    }

    /// `dir/` for each directory that exists or may be meant, to put a word after.
    pub fn directories(&self) -> Vec<String> {
        let meant = self
            .plain_words()
            .filter(|word| word.chars().any(char::is_alphanumeric));
        let dirs: BTreeSet<String> = self
            .names
            .dirs
            .iter()
            .map(String::as_str)
            .chain(meant)
            .filter(|dir| !dir.is_empty() && dir.len() < PATH_MAX_BYTES && !dir.contains('\0'))
            .map(|dir| format!("{}/", dir.trim_end_matches('/')))
            .collect();
        dirs.into_iter().collect()
    }

    /// words that name something inside a directory.
    pub fn leaves(&self) -> Vec<String> {
        let leaves: BTreeSet<&str> = self
            .plain_words()
            .filter(|word| !word.starts_with('/'))
            .collect();
        leaves.into_iter().map(str::to_owned).collect()
    }

    /// units that exist.
    pub fn units(&self) -> Vec<String> {
        let units: BTreeSet<&String> = self
            .names
            .units
            .iter()
            .filter(|unit| (1..=64).contains(&unit.len()))
            .collect();
        units.into_iter().cloned().collect()
    }

    /// single words that can be a host, a package, a name.
    pub fn single(&self) -> Vec<String> {
        let words: BTreeSet<&str> = self
            .plain_words()
            .filter(|word| (1..=WORD_MAX_BYTES).contains(&word.len()))
            .filter(|word| !word.contains(char::is_control))
            .collect();
        words.into_iter().map(str::to_owned).collect()
    }

    /// existing names of a class.
    pub fn named(&self, of: NameClass) -> &'a [String] {
        match of {
            NameClass::Interface => &self.names.interfaces,
            NameClass::Device => &self.names.devices,
            NameClass::Tool => &self.names.tools,
            NameClass::Agent => &self.names.agents,
        }
    }

    /// processes that run.
    pub fn processes(&self) -> &'a [String] {
        &self.names.processes
    }

    /// words of a command: single words, words with their marks (`--a=b`), and what stands in quotes.
    pub fn arguments(&self) -> Vec<String> {
        let mut all: BTreeSet<&str> = self.request.split_whitespace().collect();
        all.extend(self.words.iter().map(|word| &self.request[word.clone()]));
        all.extend(self.quoted());
        all.into_iter()
            .filter(|word| !word.contains('\0'))
            .map(str::to_owned)
            .collect()
    }

    /// numbers that the words say, as `unit` counts them, from `min` to `max`.
    pub fn numbers(&self, min: i64, max: i64, unit: &str) -> Vec<i64> {
        let mut found = BTreeSet::new();
        for first in 0..self.words.len() {
            let end = self.words.len().min(first + quantity::WORDS_MAX);
            for last in first..end {
                let span = &self.request[self.words[first].start..self.words[last].end];
                found.extend(quantity::parse(span, unit).filter(|n| (min..=max).contains(n)));
            }
        }
        found.into_iter().collect()
    }

    /// permissions that the words say.
    pub fn modes(&self) -> Vec<String> {
        let modes: BTreeSet<&str> = self
            .plain_words()
            .filter(|word| parse_mode(word).is_some())
            .collect();
        modes.into_iter().map(str::to_owned).collect()
    }

    /// `NAME=value` words, all of them together.
    pub fn env(&self) -> Option<Value> {
        let mut env = Map::new();
        for word in self.request.split_whitespace() {
            let Some((name, value)) = word.split_once('=') else {
                continue;
            };
            let mut chars = name.chars();
            let starts = chars
                .next()
                .is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
            let goes_on = chars.all(|c| c.is_ascii_alphanumeric() || c == '_');
            if starts && goes_on && name.len() <= 64 && env.len() < ENV_MAX {
                env.insert(name.to_owned(), value.into());
            }
        }
        (!env.is_empty()).then_some(Value::Object(env))
    }

    /// words with a letter or digit in them, and the paths that are marks alone (`.`, `/`).
    fn plain_words(&self) -> impl Iterator<Item = &'a str> {
        let all = self.words.iter().map(|word| &self.request[word.clone()]);
        all.filter(|word| {
            word.chars().any(char::is_alphanumeric) || word.chars().all(|c| c == '.' || c == '/')
        })
    }

    /// what stands between two marks of quotation.
    fn quoted(&self) -> Vec<&'a str> {
        let mut found = Vec::new();
        for (at, open) in self.words.iter().enumerate() {
            let Some(closing) = closing(&self.request[open.clone()]) else {
                continue;
            };
            let close = self.words[at + 1..]
                .iter()
                .find(|word| closing.contains(&&self.request[(*word).clone()]));
            found.extend(close.map(|close| &self.request[open.end..close.start]));
        }
        found.retain(|text| !text.trim().is_empty());
        found
    }
}

/// the marks that end what `mark` begins.
fn closing(mark: &str) -> Option<&'static [&'static str]> {
    Some(match mark {
        "'" => &["'"],
        "\"" => &["\""],
        "`" => &["`"],
        "‘" => &["’"],
        "“" | "”" => &["”", "“"],
        "„" => &["“", "”"],
        "«" => &["»"],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_words_of_the_request_or_names() {
        let names = Names {
            units: vec!["web".into()],
            files: vec!["old.txt".into()],
            dirs: vec!["photos".into()],
            ..Names::default()
        };
        let request = "put 'a b' into \"my file\", mode 0600, wait ten minutes A=1";
        let grounds = Grounds::new(request, &names);
        assert_eq!(grounds.chunks().concat(), request);
        let paths = grounds.paths();
        for path in ["a b", "my file", "into", ".", "old.txt", "photos", "0600"] {
            assert!(paths.iter().any(|one| one == path), "{path}");
        }
        assert!(
            !paths.iter().any(|path| path == "," || path == "'"),
            "{paths:?}"
        );
        assert!(grounds.directories().contains(&"photos/".to_owned()));
        assert_eq!(grounds.modes(), ["0600"]);
        assert_eq!(grounds.units(), ["web"]);
        assert_eq!(grounds.numbers(1, 3600, "seconds"), [1, 10, 600]);
        assert_eq!(grounds.env().unwrap().to_string(), r#"{"A":"1"}"#);
    }
}
