//! the phrase files: sections of phrases, each with what they mean. `phrases/README.md` says how
//! they are written.

use crate::template::{self, Macros, Node};
use llm_os_planner::say::{Reason, Topic};
use llm_os_planner::symbols::Symbol;

/// how much may be put around a phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// "please …", "could you …", "…, thanks".
    Order,
    /// a question or statement: a "hey, …" at most.
    Statement,
    /// typed like a command.
    Bare,
}

/// where a value of an action comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    Symbol(Symbol),
    Slot(String),
    Join(Box<Source>, Box<Source>),
}

/// an action whose values are still slots.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    pub kind: String,
    pub args: Vec<(String, Source)>,
}

/// what the phrases of a section mean.
#[derive(Clone, Debug, PartialEq)]
pub enum Meaning {
    Plan(Vec<Pattern>),
    Ask(String, String),
    Answer(Vec<Symbol>),
    Refuse(Symbol),
}

/// phrases with one meaning.
#[derive(Clone, Debug)]
pub struct Section {
    pub weight: usize,
    pub meaning: Meaning,
    /// what was done in the turn before.
    pub past: Vec<Pattern>,
    pub phrases: Vec<(Manner, Node)>,
}

impl Section {
    /// whether it refers to what was said or shown before.
    pub fn looks_back(&self) -> bool {
        let Meaning::Plan(patterns) = &self.meaning else {
            return !self.past.is_empty();
        };
        let mut slots = patterns.iter().flat_map(|pattern| &pattern.args);
        !self.past.is_empty() || slots.any(|(_, source)| source.is_shown())
    }
}

impl Source {
    /// whether it is one of the names that were shown.
    pub fn is_shown(&self) -> bool {
        matches!(self, Source::Slot(slot) if slot.starts_with("shown"))
    }
}

/// the phrase files, by name.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/phrases.rs"));

/// all sections.
///
/// # Errors
/// the first line that cannot be read, with its file.
pub fn all() -> Result<Vec<Section>, String> {
    of(|_| true)
}

/// the sections of the files that are `wanted` by their names.
///
/// # Errors
/// the first line that cannot be read, with its file.
pub fn of(wanted: impl Fn(&str) -> bool) -> Result<Vec<Section>, String> {
    let mut common = Macros::new();
    for (_, text) in FILES {
        for (name, body) in macros(text) {
            common.entry(name).or_insert(body);
        }
    }
    let mut sections = Vec::new();
    for (name, text) in FILES.iter().filter(|(name, _)| wanted(name)) {
        let mut known = common.clone();
        known.extend(macros(text));
        sections.extend(read(text, &known).map_err(|error| format!("{name}: {error}"))?);
    }
    Ok(sections)
}

fn macros(text: &str) -> Macros {
    text.lines()
        .filter_map(|line| line.strip_prefix('@')?.split_once('='))
        .map(|(name, body)| (name.trim().to_owned(), body.trim().to_owned()))
        .collect()
}

fn read(text: &str, known: &Macros) -> Result<Vec<Section>, String> {
    let mut sections: Vec<Section> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let error = |why: String| format!("line {}: {why}", at + 1);
        let line = line.trim();
        if line.is_empty() || line.starts_with("//") || line.starts_with('@') {
            continue;
        }
        if let Some(header) = line.strip_prefix('=') {
            let (weight, meaning) = header.split_once(' ').unwrap_or((header, ""));
            let (meaning, past) = meaning.split_once(" << ").unwrap_or((meaning, ""));
            let weight = if weight.is_empty() {
                1
            } else {
                weight
                    .parse()
                    .map_err(|_| error("a weight is a number".into()))?
            };
            sections.push(Section {
                weight,
                meaning: read_meaning(meaning).map_err(error)?,
                past: read_past(past).map_err(error)?,
                phrases: vec![],
            });
            continue;
        }
        let section = sections
            .last_mut()
            .ok_or_else(|| error("a phrase before any section".into()))?;
        let spoken = match section.meaning {
            Meaning::Answer(_) => Manner::Statement,
            Meaning::Refuse(ref reason) if *reason != Symbol::Reason(Reason::Unavailable) => {
                Manner::Statement
            }
            _ => Manner::Order,
        };
        let (manner, phrase) = match line.split_at_checked(2) {
            Some(("? ", rest)) => (Manner::Statement, rest),
            Some(("! ", rest)) => (Manner::Bare, rest),
            _ => (spoken, line),
        };
        section
            .phrases
            .push((manner, template::parse(phrase, known).map_err(error)?));
    }
    Ok(sections)
}

fn read_meaning(text: &str) -> Result<Meaning, String> {
    let bad = || format!("no meaning: {text}");
    let (first, rest) = text.split_once(' ').unwrap_or((text, ""));
    match first {
        "ask" => {
            let (kind, key) = rest.split_once('.').ok_or_else(bad)?;
            Ok(Meaning::Ask(kind.to_owned(), key.to_owned()))
        }
        "answer" => {
            let (name, kind) = rest.split_once(' ').unwrap_or((rest, ""));
            let topic = Topic::ALL
                .into_iter()
                .find(|topic| topic.name() == name)
                .ok_or_else(bad)?;
            let mut symbols = vec![Symbol::Topic(topic)];
            if !kind.is_empty() {
                symbols.push(Symbol::Type(kind.to_owned()));
            }
            Ok(Meaning::Answer(symbols))
        }
        "refuse" => {
            let reason = Reason::ALL
                .into_iter()
                .find(|reason| reason.name() == rest)
                .ok_or_else(bad)?;
            Ok(Meaning::Refuse(Symbol::Reason(reason)))
        }
        _ => {
            let patterns: Result<Vec<Pattern>, String> =
                text.split(';').map(read_pattern).collect();
            Ok(Meaning::Plan(patterns?))
        }
    }
}

fn read_past(text: &str) -> Result<Vec<Pattern>, String> {
    let parts = text.split(';').filter(|part| !part.trim().is_empty());
    parts.map(read_pattern).collect()
}

fn read_pattern(text: &str) -> Result<Pattern, String> {
    let mut words = text.split_whitespace();
    let kind = words.next().ok_or("an action without a type")?.to_owned();
    let args: Result<Vec<(String, Source)>, String> = words
        .map(|word| {
            let (key, value) = word
                .split_once('=')
                .ok_or_else(|| format!("no key: {word}"))?;
            Ok((key.to_owned(), read_source(value)))
        })
        .collect();
    Ok(Pattern { kind, args: args? })
}

fn read_source(text: &str) -> Source {
    if let Some((first, second)) = text.split_once('+') {
        return Source::Join(Box::new(read_source(first)), Box::new(read_source(second)));
    }
    if let Some((dir, name)) = text.rsplit_once('/').filter(|(dir, _)| !dir.is_empty()) {
        return Source::Join(Box::new(read_source(dir)), Box::new(read_source(name)));
    }
    match text
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
    {
        Some(slot) => Source::Slot(slot.to_owned()),
        None => Source::Symbol(match text {
            "here" => Symbol::Here,
            "home" => Symbol::Home,
            "root" => Symbol::Root,
            "empty" => Symbol::Empty,
            "true" => Symbol::True,
            value => Symbol::Value(value.to_owned()),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_phrase_files_can_be_read() {
        let sections = all().unwrap();
        assert!(sections.len() > 80);
        assert!(sections.iter().all(|section| !section.phrases.is_empty()));
    }
}
