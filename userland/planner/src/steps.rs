//! an outcome as steps: what the trainer learns from.
//!
//! a generator knows where in its request each value stands; here that becomes the steps that the
//! automaton takes, checked by walking them.

use crate::automaton::{Automaton, Step};
use crate::context::NameKind;
use crate::input::Input;
use crate::symbols::{Symbol, Symbols};
use llm_os_schema::{CapabilityTable, Outcome};
use std::ops::Range;

/// where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// a symbol stands for it.
    Symbol(Symbol),
    /// these bytes of the request.
    Span(Range<usize>),
    /// a name that exists.
    Name(NameKind, String),
    /// the second lies in the first.
    Join(Box<Said>, Box<Said>),
}

/// one action with its arguments in the table's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaidAction {
    pub kind: String,
    pub args: Vec<(String, Said)>,
}

/// an outcome with the place of every value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SaidOutcome {
    Plan(Vec<SaidAction>),
    /// action type and key of what is missing.
    Ask(String, String),
    /// symbols after `answer` or `refuse`.
    Answer(Vec<Symbol>),
    Refuse(Symbol),
}

/// the steps of an outcome, and the outcome that they build.
///
/// # Errors
/// what could not be said: a symbol that the table lacks, a span that is no run of words, a name that
/// is not shown, or an outcome that is not legal.
pub fn encode(
    table: &CapabilityTable,
    symbols: &Symbols,
    input: &Input,
    said: &SaidOutcome,
) -> Result<(Vec<Step>, Outcome), String> {
    let mut writer = Writer {
        symbols,
        input,
        steps: Vec::new(),
    };
    writer.outcome(said)?;
    let mut automaton = Automaton::new(table, symbols, input);
    for (at, &step) in writer.steps.iter().enumerate() {
        if !automaton.take(step) {
            let name = match step {
                Step::Symbol(number) => symbols.get(number).map(ToString::to_string),
                Step::Target(target) => Some(format!("@{target}")),
            };
            return Err(format!(
                "step {at} ({}) is not legal",
                name.unwrap_or_default()
            ));
        }
    }
    let outcome = automaton
        .outcome()
        .cloned()
        .ok_or("the outcome is not complete")?;
    Ok((writer.steps, outcome))
}

struct Writer<'a> {
    symbols: &'a Symbols,
    input: &'a Input,
    steps: Vec<Step>,
}

impl Writer<'_> {
    fn symbol(&mut self, symbol: &Symbol) -> Result<(), String> {
        let number = self
            .symbols
            .number(symbol)
            .ok_or_else(|| format!("no symbol {symbol}"))?;
        self.steps.push(Step::Symbol(number));
        Ok(())
    }

    fn outcome(&mut self, said: &SaidOutcome) -> Result<(), String> {
        match said {
            SaidOutcome::Plan(actions) => {
                self.symbol(&Symbol::Plan)?;
                for action in actions {
                    self.symbol(&Symbol::Type(action.kind.clone()))?;
                    for (key, value) in &action.args {
                        self.symbol(&Symbol::Key(action.kind.clone(), key.clone()))?;
                        self.value(value)?;
                    }
                }
            }
            SaidOutcome::Ask(kind, key) => {
                self.symbol(&Symbol::Ask)?;
                self.symbol(&Symbol::Key(kind.clone(), key.clone()))?;
            }
            SaidOutcome::Answer(symbols) => {
                self.symbol(&Symbol::Answer)?;
                symbols.iter().try_for_each(|symbol| self.symbol(symbol))?;
            }
            SaidOutcome::Refuse(reason) => {
                self.symbol(&Symbol::Refuse)?;
                self.symbol(reason)?;
            }
        }
        self.symbol(&Symbol::End)
    }

    fn value(&mut self, value: &Said) -> Result<(), String> {
        match value {
            Said::Symbol(symbol) => self.symbol(symbol),
            Said::Span(bytes) => {
                let word = |edge: &dyn Fn(&Range<usize>) -> bool| {
                    self.input
                        .words
                        .iter()
                        .position(edge)
                        .ok_or("a span cuts a word in two")
                };
                let first = word(&|word| word.start == bytes.start)?;
                let last = word(&|word| word.end == bytes.end)?;
                self.steps.extend([Step::Target(first), Step::Target(last)]);
                Ok(())
            }
            Said::Name(kind, text) => {
                let target = self.input.find_name(&[*kind], text);
                self.steps
                    .push(Step::Target(target.ok_or("a name is not shown")?));
                Ok(())
            }
            Said::Join(dir, name) => {
                self.value(dir)?;
                self.symbol(&Symbol::Join)?;
                self.value(name)
            }
        }
    }
}
