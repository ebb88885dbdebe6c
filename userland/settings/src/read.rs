//! from bytes to settings. a wrong line costs that line, not the others: a machine with a typing
//! error in its file still has the name that stands above it.

use crate::Settings;
use crate::keys::{KEYS, Key, tables};
use llm_os_wire::settings::{Endpoint, First};
use std::fmt;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// bytes of the file.
pub const FILE_MAX_BYTES: usize = 64 * 1024;
/// how much of a word of the file is repeated.
const SHOWN_MAX_CHARS: usize = 40;

/// what a file says.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// with the default wherever the file is silent or wrong.
    pub settings: Settings,
    /// what is wrong, in the order of the file.
    pub problems: Vec<Problem>,
}

/// one thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// from 1; 0: the file as a whole.
    pub line: usize,
    /// one sentence: what is wrong, and what to do.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.text),
            line => write!(f, "line {line}: {}", self.text),
        }
    }
}

/// reads a file.
pub fn read(bytes: &[u8]) -> Checked {
    let mut settings = Settings::default();
    let mut problems = Vec::new();
    match parse(bytes) {
        Err(problem) => problems.push(problem),
        Ok((text, top)) => {
            let mut reader = Reader {
                text,
                settings,
                problems,
            };
            reader.table("", &top);
            reader.together(&top);
            (settings, problems) = (reader.settings, reader.problems);
        }
    }
    problems.sort_by_key(|problem| problem.line);
    settings.warnings = problems.iter().map(Problem::to_string).collect();
    Checked { settings, problems }
}

fn parse(bytes: &[u8]) -> Result<(&str, DeTable<'_>), Problem> {
    let whole = |text: String| Problem { line: 0, text };
    if bytes.len() > FILE_MAX_BYTES {
        return Err(whole(format!(
            "the file is longer than {FILE_MAX_BYTES} bytes; shorten it"
        )));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| Problem {
        line: line_of(bytes, error.valid_up_to()),
        text: "this is no UTF-8; save the file as UTF-8".to_owned(),
    })?;
    // some editors put a mark in front that says that it is utf-8.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let top = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        Problem {
            line: line_of(text.as_bytes(), at),
            text: format!("this is no TOML: {}", one_line(error.message())),
        }
    })?;
    Ok((text, top.into_inner()))
}

struct Reader<'a> {
    text: &'a str,
    settings: Settings,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn table(&mut self, table: &str, entries: &DeTable) {
        for (name, value) in entries {
            let (at, name) = (name.span(), name.get_ref().as_ref());
            let known = |key: &&Key| key.table == table && key.name == name;
            if let Some(key) = KEYS.iter().find(known) {
                self.value(key, value);
            } else if table.is_empty() && tables().any(|known| known == name) {
                match value.get_ref() {
                    DeValue::Table(entries) => self.table(name, entries),
                    _ => self.add(at, format!("{name} is a table: write `[{name}]`")),
                }
            } else {
                self.unknown(table, name, at);
            }
        }
    }

    /// what is wrong only as a whole.
    fn together(&mut self, top: &DeTable) {
        let at = |name: &str| {
            let found = top.keys().find(|key| key.get_ref() == name);
            found.map_or(0..0, Spanned::span)
        };
        if self.settings.model_first == First::Big && self.settings.model_file.is_none() {
            self.settings.model_first = First::Embedded;
            self.add(
                at("model"),
                "first is \"big\" and there is no file: name one in [model]; the embedded model \
                 is asked first"
                    .to_owned(),
            );
        }
        if top.contains_key("endpoint")
            && !self
                .settings
                .endpoint
                .as_ref()
                .is_some_and(Endpoint::is_good)
        {
            self.settings.endpoint = None;
            self.add(
                at("endpoint"),
                "[endpoint] needs a good url and model; no endpoint is used".to_owned(),
            );
        }
    }

    fn value(&mut self, key: &Key, value: &Spanned<DeValue>) {
        if (key.set)(value.get_ref(), &mut self.settings).is_none() {
            let Key { name, form, .. } = key;
            self.add(
                value.span(),
                format!("{name} is {form}; its default is used"),
            );
        }
    }

    fn unknown(&mut self, table: &str, name: &str, at: Range<usize>) {
        let place = |table: &str| match table {
            "" => "at the top of the file".to_owned(),
            table => format!("in [{table}]"),
        };
        // the same name in another table is a better guess than a similar one in this.
        let elsewhere = KEYS.iter().find(|key| key.name == name);
        let names = KEYS
            .iter()
            .filter(|key| key.table == table)
            .map(|key| key.name);
        let names = names.chain(tables().filter(|_| table.is_empty()));
        let distance = |known: &&str| strsim::damerau_levenshtein(known, name);
        let near = names
            .min_by_key(distance)
            .filter(|known| distance(known) <= 3);
        let hint = match (elsewhere, near) {
            (Some(key), _) => format!("; it belongs {}", place(key.table)),
            (None, Some(near)) => format!("; did you mean `{near}`?"),
            (None, None) => String::new(),
        };
        let shown = shown(name);
        self.add(
            at,
            format!("there is no setting `{shown}` {}{hint}", place(table)),
        );
    }

    fn add(&mut self, at: Range<usize>, text: String) {
        let line = line_of(self.text.as_bytes(), at.start);
        self.problems.push(Problem { line, text });
    }
}

/// the line of a byte, from 1.
fn line_of(bytes: &[u8], at: usize) -> usize {
    let before = &bytes[..at.min(bytes.len())];
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}

/// a name of the file, short and without anything that could steer a terminal.
fn shown(name: &str) -> String {
    name.chars()
        .take(SHOWN_MAX_CHARS)
        .flat_map(char::escape_debug)
        .collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
