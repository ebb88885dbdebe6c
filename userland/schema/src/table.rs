//! the capability table: which actions exist, with their arguments, risk and short names.
//!
//! the executor hands it to every client at connect. grammar, help, completion and documentation all
//! come from it; the golden copy is `userland/capability/capabilities.json`.

use crate::Risk;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// every capability, in the order in which help shows them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CapabilityTable {
    pub capabilities: Vec<CapabilitySpec>,
}

/// one capability as a client sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CapabilitySpec {
    /// the action's `type`, such as `write_file`.
    pub name: String,
    /// the heading that help puts it under, such as `files`.
    pub family: String,
    /// one line, lower case, no full stop.
    pub summary: String,
    /// arguments in canonical order.
    pub args: Vec<ArgSpec>,
    /// the usual risk; the executor judges each action anew and may judge it higher.
    pub risk: Risk,
    /// short names that people know, such as `cat`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub short: Vec<ShortForm>,
    /// whether a model may propose it (`undo` is for people only).
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub for_model: bool,
    /// false where the plan language knows it and this executor does not have it yet.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub available: bool,
}

/// one argument.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArgSpec {
    /// the key, such as `path`.
    pub name: String,
    pub kind: ArgKind,
    pub required: Required,
    /// one line for help, with the unit where there is one.
    pub doc: String,
    /// what to ask a person when it is missing: "which file?".
    pub question: String,
}

/// when an argument has to be there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Required {
    Always,
    Never,
    /// needed unless the argument `key` has one of these values.
    Unless {
        key: String,
        is: Vec<String>,
    },
    /// needed where the argument `key` is not given.
    Without {
        key: String,
    },
}

/// what an argument's value is: a json type, its bounds and where it may come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArgKind {
    /// a path, absolute or relative to the working directory; a string.
    Path,
    /// free text; a string.
    Text,
    /// one word without white space, such as an address or a host; a string.
    Word,
    /// several such words, such as packages; an array of strings.
    Words,
    /// the name of a unit that exists; a string.
    Unit,
    /// the name of a thing of this class, preferably one that exists; a string.
    Name { of: NameClass },
    /// a process: its number, or the name of one that runs; a number or a string.
    Process,
    /// one of a fixed list; a string.
    Choice { values: Vec<String> },
    /// a whole number with its unit (`bytes`, `seconds`, `lines`, …; empty for a plain count).
    Integer { min: i64, max: i64, unit: String },
    /// true or false.
    Flag,
    /// a program and its arguments; an array of strings, never a shell line.
    Argv,
    /// environment variables; an object of strings.
    Env,
    /// file permissions in octal, such as `0644`; a string.
    Mode,
}

/// what a [`ArgKind::Name`] is the name of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameClass {
    Interface,
    Device,
    Tool,
    Agent,
}

impl NameClass {
    /// the word for it.
    pub fn noun(self) -> &'static str {
        match self {
            NameClass::Interface => "interface",
            NameClass::Device => "device",
            NameClass::Tool => "tool",
            NameClass::Agent => "agent",
        }
    }
}

/// a short name for an action: `df` is `system_info{what:disk}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShortForm {
    /// what the person types first.
    pub name: String,
    /// the keys that the words after it fill, in order.
    pub positional: Vec<String>,
    /// arguments that hold unless a word filled them.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub preset: Map<String, Value>,
    /// options such as `-r`, each with the argument that it sets to true.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<(String, String)>,
}

impl CapabilityTable {
    /// the capability called `name`.
    pub fn get(&self, name: &str) -> Option<&CapabilitySpec> {
        self.capabilities.iter().find(|spec| spec.name == name)
    }

    /// the capability and short form that a person means by `word`.
    pub fn short(&self, word: &str) -> Option<(&CapabilitySpec, &ShortForm)> {
        self.capabilities.iter().find_map(|spec| {
            spec.short
                .iter()
                .find(|s| s.name == word)
                .map(|s| (spec, s))
        })
    }
}

impl CapabilitySpec {
    /// the argument called `name`.
    pub fn arg(&self, name: &str) -> Option<&ArgSpec> {
        self.args.iter().find(|arg| arg.name == name)
    }
}

impl ArgSpec {
    /// a required argument.
    pub fn always(name: &str, kind: ArgKind, doc: &str, question: &str) -> Self {
        Self::new(name, kind, Required::Always, doc, question)
    }

    /// an optional argument; nobody is asked for it.
    pub fn optional(name: &str, kind: ArgKind, doc: &str) -> Self {
        Self::new(name, kind, Required::Never, doc, "")
    }

    /// needed unless the argument `key` has one of the values `is`.
    pub fn unless(
        name: &str,
        kind: ArgKind,
        key: &str,
        is: &[&str],
        doc: &str,
        question: &str,
    ) -> Self {
        let is = is.iter().map(|&value| value.to_owned()).collect();
        Self::new(
            name,
            kind,
            Required::Unless {
                key: key.to_owned(),
                is,
            },
            doc,
            question,
        )
    }

    fn new(name: &str, kind: ArgKind, required: Required, doc: &str, question: &str) -> Self {
        ArgSpec {
            name: name.to_owned(),
            kind,
            required,
            doc: doc.to_owned(),
            question: question.to_owned(),
        }
    }

    /// whether it has to be there, given the other arguments.
    pub fn is_required(&self, args: &Map<String, Value>) -> bool {
        match &self.required {
            Required::Always => true,
            Required::Never => false,
            Required::Unless { key, is } => !args
                .get(key)
                .and_then(Value::as_str)
                .is_some_and(|value| is.iter().any(|one| one == value)),
            Required::Without { key } => !args.contains_key(key),
        }
    }
}

impl ArgKind {
    /// one of these values.
    pub fn choice(values: &[&str]) -> Self {
        ArgKind::Choice {
            values: values.iter().map(|&value| value.to_owned()).collect(),
        }
    }

    /// a whole number from `min` to `max`, in `unit`.
    pub fn integer(min: i64, max: i64, unit: &str) -> Self {
        ArgKind::Integer {
            min,
            max,
            unit: unit.to_owned(),
        }
    }
}

impl ShortForm {
    /// `name` followed by the arguments `positional`.
    pub fn new(name: &str, positional: &[&str]) -> Self {
        ShortForm {
            name: name.to_owned(),
            positional: positional.iter().map(|&key| key.to_owned()).collect(),
            preset: Map::new(),
            options: Vec::new(),
        }
    }

    /// with `key` set to `value` unless the person filled it.
    #[must_use]
    pub fn preset(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.preset.insert(key.to_owned(), value.into());
        self
    }

    /// with an option that sets the flag `key`.
    #[must_use]
    pub fn option(mut self, option: &str, key: &str) -> Self {
        self.options.push((option.to_owned(), key.to_owned()));
        self
    }
}

fn yes() -> bool {
    true
}

fn is_true(value: &bool) -> bool {
    *value
}
