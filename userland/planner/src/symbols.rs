//! the symbols that the decoder says: one for each outcome, action type, key, listed value, topic and
//! reason. everything else that a plan may hold is pointed at.
//!
//! a symbol is written as text in `model.json`; its number is its place there. a symbol whose type,
//! key or value this machine's table lacks is never legal, so a model may be older or newer than
//! the table.

use crate::say::{Reason, Topic};
use llm_os_schema::{ArgKind, CapabilityTable};
use std::collections::HashMap;
use std::fmt;

/// one symbol.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Symbol {
    Plan,
    Ask,
    Answer,
    Refuse,
    /// the outcome is complete.
    End,
    /// the path said so far is a directory and what follows lies in it; or an argv goes on.
    Join,
    /// a path: `.`
    Here,
    /// a path: `~`
    Home,
    /// a path: `/`
    Root,
    /// a text without characters.
    Empty,
    True,
    False,
    Type(String),
    /// a key of an action type.
    Key(String, String),
    /// a listed value, whichever key it belongs to.
    Value(String),
    Topic(Topic),
    Reason(Reason),
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Symbol::Type(kind) => write!(f, "type:{kind}"),
            Symbol::Key(kind, key) => write!(f, "key:{kind}.{key}"),
            Symbol::Value(value) => write!(f, "value:{value}"),
            Symbol::Topic(topic) => write!(f, "topic:{}", topic.name()),
            Symbol::Reason(reason) => write!(f, "reason:{}", reason.name()),
            plain => {
                let found = PLAIN.iter().find(|(symbol, _)| symbol == plain);
                f.write_str(found.map_or("", |(_, name)| name))
            }
        }
    }
}

const PLAIN: [(Symbol, &str); 12] = [
    (Symbol::Plan, "plan"),
    (Symbol::Ask, "ask"),
    (Symbol::Answer, "answer"),
    (Symbol::Refuse, "refuse"),
    (Symbol::End, "end"),
    (Symbol::Join, "join"),
    (Symbol::Here, "here"),
    (Symbol::Home, "home"),
    (Symbol::Root, "root"),
    (Symbol::Empty, "empty"),
    (Symbol::True, "true"),
    (Symbol::False, "false"),
];

impl Symbol {
    /// the symbol that is written `text`.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some((symbol, _)) = PLAIN.iter().find(|(_, name)| *name == text) {
            return Some(symbol.clone());
        }
        let (class, rest) = text.split_once(':')?;
        match class {
            "type" => Some(Symbol::Type(rest.to_owned())),
            "key" => rest
                .split_once('.')
                .map(|(kind, key)| Symbol::Key(kind.to_owned(), key.to_owned())),
            "value" => Some(Symbol::Value(rest.to_owned())),
            "topic" => Topic::ALL
                .into_iter()
                .find(|t| t.name() == rest)
                .map(Symbol::Topic),
            "reason" => Reason::ALL
                .into_iter()
                .find(|r| r.name() == rest)
                .map(Symbol::Reason),
            _ => None,
        }
    }
}

/// all symbols, numbered.
#[derive(Clone, Debug, PartialEq)]
pub struct Symbols {
    list: Vec<Symbol>,
    numbers: HashMap<Symbol, usize>,
}

impl Symbols {
    /// the symbols that a table needs, in a fixed order.
    pub fn of(table: &CapabilityTable) -> Self {
        let mut list: Vec<Symbol> = PLAIN.iter().map(|(symbol, _)| symbol.clone()).collect();
        list.extend(Topic::ALL.map(Symbol::Topic));
        list.extend(Reason::ALL.map(Symbol::Reason));
        for spec in table.capabilities.iter().filter(|spec| spec.for_model) {
            list.push(Symbol::Type(spec.name.clone()));
            for arg in &spec.args {
                list.push(Symbol::Key(spec.name.clone(), arg.name.clone()));
                if let ArgKind::Choice { values } = &arg.kind {
                    list.extend(values.iter().cloned().map(Symbol::Value));
                }
            }
        }
        let mut seen = std::collections::HashSet::new();
        list.retain(|symbol| seen.insert(symbol.clone()));
        Self::numbered(list)
    }

    /// the symbols of a model file; `None` names the first that is none.
    ///
    /// # Errors
    /// the text that is no symbol.
    pub fn read(texts: &[String]) -> Result<Self, String> {
        let list: Result<Vec<Symbol>, String> = texts
            .iter()
            .map(|text| Symbol::parse(text).ok_or_else(|| text.clone()))
            .collect();
        list.map(Self::numbered)
    }

    fn numbered(list: Vec<Symbol>) -> Self {
        let numbers = list.iter().cloned().zip(0..).collect();
        Symbols { list, numbers }
    }

    /// how many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// the symbol with this number.
    pub fn get(&self, number: usize) -> Option<&Symbol> {
        self.list.get(number)
    }

    /// the number of a symbol, if the model knows it.
    pub fn number(&self, symbol: &Symbol) -> Option<usize> {
        self.numbers.get(symbol).copied()
    }

    /// all of them as text, in order.
    pub fn texts(&self) -> Vec<String> {
        self.list.iter().map(ToString::to_string).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_survive_being_written() {
        let symbols = Symbols::of(&crate::automaton::tests::table());
        assert!(symbols.len() > 30);
        assert_eq!(Symbols::read(&symbols.texts()), Ok(symbols));
        assert_eq!(
            Symbols::read(&["plan".into(), "shell".into()]),
            Err("shell".into())
        );
    }
}
