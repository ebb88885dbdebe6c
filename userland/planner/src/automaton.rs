//! which step may come next, and the outcome that the steps build.
//!
//! built for one request from the machine's capability table: keys come once and in the table's
//! order, what is required cannot be left out, a value comes from the request, from the names shown
//! or from the table's lists. whatever steps are chosen among the legal ones, the outcome is valid.

use crate::form;
use crate::input::Input;
use crate::say;
use crate::symbols::{Symbol, Symbols};
use crate::value;
use llm_os_schema::limits::PATH_MAX_BYTES;
use llm_os_schema::{Action, ArgKind, ArgSpec, CapabilitySpec, CapabilityTable, Outcome};
use serde_json::Value;

/// actions that one request may become; a person who wants more says it in parts.
pub const ACTIONS_MAX: usize = 8;

/// steps that any outcome fits in.
pub const STEPS_MAX: usize = 8 * 24;

/// one thing that the decoder says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// the symbol with this number.
    Symbol(usize),
    /// the target (word or name) with this number.
    Target(usize),
}

#[derive(Clone, Debug, PartialEq)]
enum State {
    Outcome,
    AskKey,
    Topic,
    HowType,
    Reason,
    FirstType,
    /// keys from this one on, or another action; `join`: more may come to the last value.
    Keys {
        from: usize,
        join: bool,
    },
    Value {
        arg: usize,
        part: Option<Value>,
    },
    Last {
        arg: usize,
        part: Option<Value>,
        first: usize,
    },
    /// the outcome is complete but for its end.
    Closing(Outcome),
    Done(Outcome),
}

/// the walk through one outcome.
#[derive(Clone, Debug)]
pub struct Automaton<'a> {
    table: &'a CapabilityTable,
    symbols: &'a Symbols,
    input: &'a Input,
    state: State,
    actions: Vec<Action>,
    steps: usize,
}

impl<'a> Automaton<'a> {
    /// at the beginning: nothing said yet.
    pub fn new(table: &'a CapabilityTable, symbols: &'a Symbols, input: &'a Input) -> Self {
        Automaton {
            table,
            symbols,
            input,
            state: State::Outcome,
            actions: Vec::new(),
            steps: 0,
        }
    }

    /// the outcome, once it is complete.
    pub fn outcome(&self) -> Option<&Outcome> {
        match &self.state {
            State::Done(outcome) => Some(outcome),
            _ => None,
        }
    }

    /// every step that may come next; none when the outcome is complete or cannot be completed.
    pub fn legal(&self) -> Vec<Step> {
        if self.steps >= STEPS_MAX {
            return Vec::new();
        }
        let mut legal = Vec::new();
        let mut say = |symbol: Symbol| {
            if let Some(number) = self.symbols.number(&symbol) {
                legal.push(Step::Symbol(number));
            }
        };
        match &self.state {
            State::Outcome => {
                [Symbol::Plan, Symbol::Ask, Symbol::Answer, Symbol::Refuse]
                    .into_iter()
                    .for_each(say);
            }
            State::AskKey => {
                for spec in self.specs() {
                    for arg in spec.args.iter().filter(|arg| !arg.question.is_empty()) {
                        say(Symbol::Key(spec.name.clone(), arg.name.clone()));
                    }
                }
            }
            State::Topic => say::Topic::ALL.into_iter().map(Symbol::Topic).for_each(say),
            State::Reason => say::Reason::ALL
                .into_iter()
                .map(Symbol::Reason)
                .for_each(say),
            State::HowType | State::FirstType => self.types().for_each(say),
            State::Keys { from, join } => self.keys(*from, *join, &mut say),
            State::Value { arg, part } => self.values(*arg, part.as_ref(), &mut legal),
            State::Last { arg, first, .. } => {
                if let Some(arg) = self.arg(*arg) {
                    let lasts = value::lasts(self.input, &arg.kind, *first).into_iter();
                    let fits = |last: &usize| self.fits(arg, *first, *last);
                    legal.extend(lasts.filter(fits).map(Step::Target));
                }
            }
            State::Closing(_) => say(Symbol::End),
            State::Done(_) => {}
        }
        legal
    }

    fn specs(&self) -> impl Iterator<Item = &'a CapabilitySpec> {
        self.table.capabilities.iter().filter(|spec| spec.for_model)
    }

    fn types(&self) -> impl Iterator<Item = Symbol> {
        self.specs().map(|spec| Symbol::Type(spec.name.clone()))
    }

    fn spec(&self) -> Option<&'a CapabilitySpec> {
        self.table.get(&self.actions.last()?.kind)
    }

    fn arg(&self, at: usize) -> Option<&'a ArgSpec> {
        self.spec()?.args.get(at)
    }

    fn keys(&self, from: usize, join: bool, say: &mut dyn FnMut(Symbol)) {
        let (Some(spec), Some(action)) = (self.spec(), self.actions.last()) else {
            return;
        };
        if join {
            say(Symbol::Join);
        }
        for arg in spec.args.iter().skip(from) {
            let required = arg.is_required(&action.args);
            if required || self.fillable(arg) {
                say(Symbol::Key(spec.name.clone(), arg.name.clone()));
            }
            if required {
                return;
            }
        }
        say(Symbol::End);
        if self.actions.len() < ACTIONS_MAX {
            self.types().for_each(say);
        }
    }

    fn fillable(&self, arg: &ArgSpec) -> bool {
        match arg.kind {
            ArgKind::Choice { .. } | ArgKind::Flag => true,
            _ => !self.firsts(arg).is_empty(),
        }
    }

    /// the targets at which a value of this argument may begin.
    fn firsts(&self, arg: &ArgSpec) -> Vec<usize> {
        let mut firsts = value::firsts(self.input, &arg.kind);
        // only single words have a form of their own.
        if arg.kind == ArgKind::Word {
            firsts.retain(|&first| self.fits(arg, first, first));
        }
        firsts
    }

    /// whether the words `first` to `last`, or the name `first`, look like this argument.
    fn fits(&self, arg: &ArgSpec, first: usize, last: usize) -> bool {
        let kind = self.actions.last().map_or("", |action| &action.kind);
        let value = match self.input.name(first) {
            Some(name) => value::of_name(&arg.kind, &name.text),
            None => value::read(self.input, &arg.kind, first, last),
        };
        arg.kind != ArgKind::Word || value.is_some_and(|value| form::fits(kind, &arg.name, &value))
    }

    fn values(&self, arg: usize, part: Option<&Value>, legal: &mut Vec<Step>) {
        let Some(arg) = self.arg(arg) else { return };
        let symbols: Vec<Symbol> = match &arg.kind {
            ArgKind::Path if part.is_some() => vec![],
            ArgKind::Path => vec![Symbol::Here, Symbol::Home, Symbol::Root],
            ArgKind::Text => vec![Symbol::Empty],
            ArgKind::Flag => vec![Symbol::True, Symbol::False],
            ArgKind::Choice { values } => values.iter().cloned().map(Symbol::Value).collect(),
            _ => vec![],
        };
        let numbers = symbols
            .iter()
            .filter_map(|symbol| self.symbols.number(symbol));
        legal.extend(numbers.map(Step::Symbol));
        // nothing lies in itself.
        let itself = |&target: &usize| {
            let word = self
                .input
                .words
                .get(target)
                .map(|_| self.input.span(target, target));
            word.is_some() && word == part.and_then(Value::as_str)
        };
        let firsts = self.firsts(arg).into_iter();
        legal.extend(firsts.filter(|target| !itself(target)).map(Step::Target));
    }

    /// takes one step. false, and nothing changes, where the step is not legal.
    pub fn take(&mut self, step: Step) -> bool {
        self.legal().contains(&step) && self.go(step)
    }

    /// takes one step that is known to be [`legal`](Self::legal); false where nothing comes of it.
    pub fn go(&mut self, step: Step) -> bool {
        let next = self.next(step);
        let gone = next.is_some();
        if let Some(state) = next {
            self.state = state;
            self.steps += 1;
        }
        gone
    }

    fn next(&mut self, step: Step) -> Option<State> {
        let symbol = match step {
            Step::Symbol(number) => Some(self.symbols.get(number)?.clone()),
            Step::Target(_) => None,
        };
        match (self.state.clone(), symbol, step) {
            (State::Outcome, Some(Symbol::Plan), _) => Some(State::FirstType),
            (State::Outcome, Some(Symbol::Ask), _) => Some(State::AskKey),
            (State::Outcome, Some(Symbol::Answer), _) => Some(State::Topic),
            (State::Outcome, Some(Symbol::Refuse), _) => Some(State::Reason),
            (State::AskKey, Some(Symbol::Key(kind, key)), _) => {
                let arg = self.table.get(&kind)?.arg(&key)?;
                Some(State::Closing(Outcome::Ask(arg.question.clone())))
            }
            (State::Topic, Some(Symbol::Topic(say::Topic::How)), _) => Some(State::HowType),
            (State::Topic, Some(Symbol::Topic(topic)), _) => {
                Some(State::Closing(Outcome::Answer(topic.say(self.table, None))))
            }
            (State::HowType, Some(Symbol::Type(kind)), _) => {
                let text = say::Topic::How.say(self.table, Some(&kind));
                Some(State::Closing(Outcome::Answer(text)))
            }
            (State::Reason, Some(Symbol::Reason(reason)), _) => {
                Some(State::Closing(Outcome::Refuse(reason.say())))
            }
            (State::FirstType | State::Keys { .. }, Some(Symbol::Type(kind)), _) => {
                self.actions.push(Action::new(kind));
                Some(State::Keys {
                    from: 0,
                    join: false,
                })
            }
            (State::Keys { .. }, Some(Symbol::Key(_, key)), _) => {
                let arg = self.spec()?.args.iter().position(|arg| arg.name == key)?;
                Some(State::Value { arg, part: None })
            }
            (State::Keys { from, .. }, Some(Symbol::Join), _) => {
                let arg = from.checked_sub(1)?;
                let key = &self.arg(arg)?.name;
                let part = self.actions.last()?.args.get(key).cloned();
                Some(State::Value { arg, part })
            }
            (State::Keys { .. }, Some(Symbol::End), _) => {
                let mut actions = std::mem::take(&mut self.actions);
                // a small model that stammers is the likelier reading of the same thing twice.
                actions.dedup();
                Some(State::Done(Outcome::Plan(actions)))
            }
            (State::Value { arg, .. }, Some(symbol), _) => self.set(arg, None, said(symbol)?),
            (State::Value { arg, part }, None, Step::Target(target)) => {
                match self.input.name(target) {
                    Some(name) => {
                        let value = value::of_name(&self.arg(arg)?.kind, &name.text)?;
                        self.set(arg, part, value)
                    }
                    None => Some(State::Last {
                        arg,
                        part,
                        first: target,
                    }),
                }
            }
            (State::Last { arg, part, first }, None, Step::Target(last)) => {
                let mut value = value::read(self.input, &self.arg(arg)?.kind, first, last)?;
                if part.is_none() && self.has_to_exist(arg) {
                    let path = value.as_str()?.to_owned();
                    value = crate::nearest::existing_path(self.input, &path).into();
                }
                self.set(arg, part, value)
            }
            (State::Closing(outcome), Some(Symbol::End), _) => Some(State::Done(outcome)),
            _ => None,
        }
    }

    /// whether this argument is the path of something that is there already.
    fn has_to_exist(&self, arg: usize) -> bool {
        let (Some(action), Some(arg)) = (self.actions.last(), self.arg(arg)) else {
            return false;
        };
        crate::nearest::has_to_exist(&action.kind, arg)
    }

    fn set(&mut self, arg: usize, part: Option<Value>, mut value: Value) -> Option<State> {
        let key = self.arg(arg)?.name.clone();
        // a second part is the last one: a path in a path in a path is no person's way to speak.
        let join = part.is_none() && matches!(self.arg(arg)?.kind, ArgKind::Path | ArgKind::Argv);
        if let Some(part) = part {
            value = value::join(&part, &value)?;
        }
        let is_path = self.arg(arg)?.kind == ArgKind::Path;
        if is_path
            && value
                .as_str()
                .is_some_and(|text| text.len() > PATH_MAX_BYTES)
        {
            return None;
        }
        self.actions.last_mut()?.args.insert(key, value);
        Some(State::Keys {
            from: arg + 1,
            join,
        })
    }

    /// what to ask when no legal step is left: the question of the argument that cannot be filled.
    pub fn stuck(&self) -> Outcome {
        let question = match &self.state {
            State::Value { arg, .. } | State::Last { arg, .. } => self
                .arg(*arg)
                .map(|arg| arg.question.clone())
                .filter(|q| !q.is_empty()),
            _ => None,
        };
        match question {
            Some(question) => Outcome::Ask(question),
            None => Outcome::Refuse(say::Reason::Unclear.say()),
        }
    }
}

fn said(symbol: Symbol) -> Option<Value> {
    match symbol {
        Symbol::Here => Some(".".into()),
        Symbol::Home => Some("~".into()),
        Symbol::Root => Some("/".into()),
        Symbol::Empty => Some("".into()),
        Symbol::True => Some(true.into()),
        Symbol::False => Some(false.into()),
        Symbol::Value(value) => Some(value.into()),
        _ => None,
    }
}

#[cfg(test)]
pub(crate) mod tests;
