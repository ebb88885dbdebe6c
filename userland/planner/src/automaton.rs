//! which step may come next, and the outcome that the steps build.
//!
//! built for one request from the machine's capability table: keys come once and in the table's
//! order, what is required cannot be left out, a value comes from the request, from the names shown
//! or from the table's lists. whatever steps are chosen among the legal ones, the outcome is valid.

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
            State::Value { arg, part } => self.values(*arg, part.is_some(), &mut legal),
            State::Last { arg, first, .. } => {
                if let Some(arg) = self.arg(*arg) {
                    let lasts = value::lasts(self.input, &arg.kind, *first);
                    legal.extend(lasts.into_iter().map(Step::Target));
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
            _ => !value::firsts(self.input, &arg.kind).is_empty(),
        }
    }

    fn values(&self, arg: usize, joined: bool, legal: &mut Vec<Step>) {
        let Some(arg) = self.arg(arg) else { return };
        let symbols: Vec<Symbol> = match &arg.kind {
            ArgKind::Path if joined => vec![],
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
        legal.extend(
            value::firsts(self.input, &arg.kind)
                .into_iter()
                .map(Step::Target),
        );
    }

    /// takes one step. false, and nothing changes, where the step is not legal.
    pub fn take(&mut self, step: Step) -> bool {
        let next = if self.legal().contains(&step) {
            self.next(step)
        } else {
            None
        };
        if let Some(state) = next {
            self.state = state;
            self.steps += 1;
            return true;
        }
        false
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
                    Some(name) => self.set(arg, part, name.text.as_str().into()),
                    None => Some(State::Last {
                        arg,
                        part,
                        first: target,
                    }),
                }
            }
            (State::Last { arg, part, first }, None, Step::Target(last)) => {
                let value = value::read(self.input, &self.arg(arg)?.kind, first, last)?;
                self.set(arg, part, value)
            }
            (State::Closing(outcome), Some(Symbol::End), _) => Some(State::Done(outcome)),
            _ => None,
        }
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
pub(crate) mod tests {
    use super::*;
    use crate::pieces::Vocabulary;
    use llm_os_schema::{Names, Risk};
    use proptest::prelude::*;

    /// a small table with every kind of argument.
    pub(crate) fn table() -> CapabilityTable {
        let spec = |name: &str, args| CapabilitySpec {
            name: name.to_owned(),
            family: "test".to_owned(),
            summary: format!("{name} it"),
            args,
            risk: Risk::Change,
            short: vec![],
            for_model: true,
            available: true,
        };
        let path = || ArgSpec::always("path", ArgKind::Path, "", "which file?");
        let content = ArgSpec::always("content", ArgKind::Text, "", "what should be in it?");
        let actions = ArgKind::choice(&["list", "stop", "restart"]);
        let unit = ArgSpec::unless(
            "unit",
            ArgKind::Unit,
            "action",
            &["list"],
            "",
            "which service?",
        );
        CapabilityTable {
            capabilities: vec![
                spec(
                    "write_file",
                    vec![
                        path(),
                        content,
                        ArgSpec::optional("mode", ArgKind::Mode, ""),
                    ],
                ),
                spec("list_dir", vec![path()]),
                spec(
                    "delete_file",
                    vec![path(), ArgSpec::optional("recursive", ArgKind::Flag, "")],
                ),
                spec(
                    "exec",
                    vec![
                        ArgSpec::always("argv", ArgKind::Argv, "", "which program?"),
                        ArgSpec::optional("cwd", ArgKind::Path, ""),
                        ArgSpec::optional("env", ArgKind::Env, ""),
                        ArgSpec::optional("timeout_sec", ArgKind::integer(1, 3600, "seconds"), ""),
                    ],
                ),
                spec(
                    "service_control",
                    vec![ArgSpec::always("action", actions, "", "what?"), unit],
                ),
            ],
        }
    }

    pub(crate) fn names() -> Names {
        Names {
            units: vec!["llm-netd".into(), "Web".into()],
            files: vec!["a.txt".into()],
            dirs: vec!["photos".into()],
            ..Names::default()
        }
    }

    pub(crate) fn vocabulary() -> Vocabulary {
        Vocabulary::new(["[UNK]", "[CLS]", "[SEP]"]).unwrap()
    }

    /// walks by a list of symbols and targets ("@2"), and gives what came of it.
    fn walk(request: &str, steps: &str) -> Option<String> {
        let (table, symbols) = (table(), Symbols::of(&table()));
        let input = Input::new(&vocabulary(), request, &names()).unwrap();
        let mut automaton = Automaton::new(&table, &symbols, &input);
        for step in steps.split(' ') {
            let step = match step.strip_prefix('@') {
                Some(target) => Step::Target(target.parse().unwrap()),
                None => Step::Symbol(symbols.number(&Symbol::parse(step).unwrap()).unwrap()),
            };
            if !automaton.take(step) {
                return None;
            }
        }
        automaton
            .outcome()
            .map(|outcome| serde_json::to_string(outcome).unwrap())
    }

    fn check(request: &str, steps: &str, expect: Option<&str>) {
        assert_eq!(
            walk(request, steps).as_deref(),
            expect,
            "{request}: {steps}"
        );
    }

    #[test]
    fn steps_build_outcomes() {
        check(
            "put 'hi all' into b.txt",
            "plan type:write_file key:write_file.path @6 @6 key:write_file.content @2 @3 end",
            Some(r#"{"plan":[{"type":"write_file","path":"b.txt","content":"hi all"}]}"#),
        );
        check(
            "stop web and list photos",
            "plan type:service_control key:service_control.action value:stop key:service_control.unit \
             @1 @1 type:list_dir key:list_dir.path @8 end",
            Some(
                r#"{"plan":[{"type":"service_control","action":"stop","unit":"Web"},{"type":"list_dir","path":"photos"}]}"#,
            ),
        );
        check(
            "an empty x in photos",
            "plan type:write_file key:write_file.path @4 @4 join @2 @2 key:write_file.content empty end",
            Some(r#"{"plan":[{"type":"write_file","path":"photos/x","content":""}]}"#),
        );
        check(
            "run make -j2 for ten minutes",
            "plan type:exec key:exec.argv @1 @2 key:exec.timeout_sec @4 @5 end",
            Some(r#"{"plan":[{"type":"exec","argv":["make","-j2"],"timeout_sec":600}]}"#),
        );
        check(
            "delete",
            "ask key:delete_file.path end",
            Some(r#"{"ask":"which file?"}"#),
        );
    }

    #[test]
    fn what_is_not_legal_is_not_taken() {
        // a required key left out
        check(
            "x",
            "plan type:write_file key:write_file.path @0 @0 end",
            None,
        );
        // keys out of order, or twice
        check("x", "plan type:write_file key:write_file.content", None);
        check(
            "x",
            "plan type:delete_file key:delete_file.path @0 @0 key:delete_file.path",
            None,
        );
        // an end before its beginning; a number that is none; a unit where a path belongs
        check("x y", "plan type:list_dir key:list_dir.path @1 @0", None);
        check(
            "run x",
            "plan type:exec key:exec.argv @1 @1 key:exec.timeout_sec",
            None,
        );
        check("x", "plan type:list_dir key:list_dir.path @1", None);
        // a service without its name
        check(
            "x",
            "plan type:service_control key:service_control.action value:stop end",
            None,
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]
        #[test]
        fn every_walk_ends_in_a_valid_outcome(
            request in "[a-z0-9./='\" ]{1,40}[a-z]",
            picks in proptest::collection::vec(0usize..10_000, STEPS_MAX + 1),
        ) {
            let (table, symbols) = (table(), Symbols::of(&table()));
            let input = Input::new(&vocabulary(), &request, &names()).unwrap();
            let mut automaton = Automaton::new(&table, &symbols, &input);
            for pick in picks {
                let legal = automaton.legal();
                if legal.is_empty() {
                    break;
                }
                prop_assert!(automaton.take(legal[pick % legal.len()]));
            }
            if let Some(Outcome::Plan(actions)) = automaton.outcome() {
                prop_assert_eq!(&table.canonical_plan(actions).unwrap(), actions);
            } else if automaton.outcome().is_none() {
                prop_assert!(automaton.stuck().say().is_some());
            }
        }
    }
}
