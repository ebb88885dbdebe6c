//! the grammar of one request: every outcome that a text model may write, and nothing else.
//!
//! canonical json in llguidance's lark form. types, keys, their order and enumerations come from the
//! capability table, values from the [`Grounds`]. an action whose required values nobody mentioned
//! is not in the grammar at all. each value is one terminal, quotes and all, so that the lexer
//! never has to guess where a name ends.

use super::grounds::Grounds;
use llm_os_schema::CapabilityTable;
use llm_os_schema::limits::PID_MAX;
use llm_os_schema::table::{ArgKind, ArgSpec, CapabilitySpec, Required};
use serde_json::{Map, Value};
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

/// actions that one generated plan may have; a person who wants more says it in two requests.
pub const ACTIONS_MAX: usize = 8;
/// words of a generated command.
pub(crate) const ARGV_MAX: usize = 16;
/// characters of an ask, answer or refuse.
pub(crate) const SAY_MAX_CHARS: usize = 160;

/// the grammar in lark form.
pub fn lark(table: &CapabilityTable, grounds: &Grounds<'_>) -> String {
    let mut builder = Builder {
        grounds,
        terminals: HashMap::new(),
        rules: String::new(),
    };
    let mut kinds = Vec::new();
    for spec in table.capabilities.iter().filter(|spec| spec.for_model) {
        for keys in variants(spec) {
            if let Some(body) = builder.action(spec, &keys) {
                kinds.push(body);
            }
        }
    }
    let mut text = String::from("start: ");
    if !kinds.is_empty() {
        let more = ACTIONS_MAX - 1;
        let _ = write!(
            text,
            "{} action (\",\" action){{0,{more}}} {} | ",
            quoted("{\"plan\":["),
            quoted("]}")
        );
    }
    let say = ["ask", "answer", "refuse"]
        .map(|key| format!("{} SAY \"}}\"", quoted(&format!("{{\"{key}\":"))));
    text.push_str(&say.join(" | "));
    text.push('\n');
    if !kinds.is_empty() {
        let _ = writeln!(text, "action: {}", kinds.join(" | "));
    }
    text.push_str(&builder.rules);
    // free, but short, with nothing that would need escaping. this very class is one that llguidance
    // has worked out for the whole vocabulary beforehand; what else no terminal should see is taken
    // out of the finished text.
    let class = r#"[^"\\\x00-\x1F\x7F]"#;
    let _ = writeln!(text, r#"SAY: "\"" /{class}{{1,{SAY_MAX_CHARS}}}/ "\"""#);
    text
}

/// one shape of an action: which value the deciding keys have, if any.
pub(crate) type Decided<'a> = HashMap<&'a str, Option<&'a str>>;

/// the shapes of `spec`: where an argument is needed unless another has certain values, that other
/// is decided first, so that each shape knows what it needs.
pub(crate) fn variants(spec: &CapabilitySpec) -> Vec<Decided<'_>> {
    let mut all: Vec<Decided<'_>> = vec![HashMap::new()];
    for arg in &spec.args {
        if let Required::Without { key } = &arg.required {
            // either that one is left out, or this one.
            all = all
                .iter()
                .flat_map(|decided| {
                    [key.as_str(), arg.name.as_str()].map(|left_out| {
                        let mut decided = decided.clone();
                        decided.insert(left_out, None);
                        decided
                    })
                })
                .collect();
        }
        let decides = spec.args.iter().any(
            |other| matches!(&other.required, Required::Unless { key, .. } if *key == arg.name),
        );
        let ArgKind::Choice { values } = &arg.kind else {
            continue;
        };
        if !decides {
            continue;
        }
        let mut options: Vec<Option<&str>> =
            values.iter().map(|value| Some(value.as_str())).collect();
        options.push(None);
        all = all
            .iter()
            .flat_map(|decided| {
                options.iter().map(|&option| {
                    let mut decided = decided.clone();
                    decided.insert(arg.name.as_str(), option);
                    decided
                })
            })
            .collect();
    }
    all
}

/// the arguments of which something is decided: those with a value, and as `null` those that have to
/// be there because what they stand for is left out.
pub(crate) fn known(spec: &CapabilitySpec, decided: &Decided<'_>) -> Map<String, Value> {
    let values = decided
        .iter()
        .filter_map(|(key, value)| Some(((*key).to_owned(), Value::from((*value)?))));
    let mut known: Map<String, Value> = values.collect();
    for arg in &spec.args {
        if let Required::Without { key } = &arg.required
            && decided.get(arg.name.as_str()) == Some(&None)
        {
            known.insert(key.clone(), Value::Null);
        }
    }
    known
}

/// whether an argument has to be there, beside those that are known.
pub(crate) fn is_needed(arg: &ArgSpec, known: &Map<String, Value>) -> bool {
    arg.is_required(known) || known.get(&arg.name) == Some(&Value::Null)
}

struct Builder<'a, 'g> {
    grounds: &'a Grounds<'g>,
    /// the terminal's name by its definition; `None` where nothing can stand.
    terminals: HashMap<String, Option<String>>,
    rules: String,
}

impl Builder<'_, '_> {
    /// the right side of a rule; `None` when a needed value has no ground.
    fn action(&mut self, spec: &CapabilitySpec, decided: &Decided<'_>) -> Option<String> {
        let known = known(spec, decided);
        let mut body = String::new();
        let mut fixed = format!("{{\"type\":{}", json(&spec.name));
        for arg in &spec.args {
            let needed = is_needed(arg, &known);
            let key = format!(",{}:", json(&arg.name));
            match decided.get(arg.name.as_str()) {
                Some(Some(value)) => {
                    fixed.push_str(&key);
                    fixed.push_str(&json(value));
                    continue;
                }
                Some(None) if needed => return None,
                Some(None) => continue,
                None => {}
            }
            let Some(value) = self.value(arg) else {
                if needed {
                    return None;
                }
                continue;
            };
            if needed {
                fixed.push_str(&key);
                let _ = write!(body, "{} {value} ", quoted(&std::mem::take(&mut fixed)));
            } else {
                if !fixed.is_empty() {
                    let _ = write!(body, "{} ", quoted(&std::mem::take(&mut fixed)));
                }
                let _ = write!(body, "({} {value})? ", quoted(&key));
            }
        }
        fixed.push('}');
        let _ = write!(body, "{}", quoted(&fixed));
        Some(body)
    }

    /// the name of the terminal or rule that a value of this argument is; `None` when there is none.
    fn value(&mut self, arg: &ArgSpec) -> Option<String> {
        match &arg.kind {
            ArgKind::Path => self.path(),
            ArgKind::Text => self.span(),
            ArgKind::Unit => {
                let units = self.grounds.units();
                self.terminal(&either(units.iter().map(|unit| json(unit))))
            }
            ArgKind::Choice { values } => {
                self.terminal(&either(values.iter().map(|value| json(value))))
            }
            ArgKind::Word | ArgKind::Name { .. } => {
                let named: &[String] = match &arg.kind {
                    ArgKind::Name { of } => self.grounds.named(*of),
                    _ => &[],
                };
                let words = self.grounds.single().into_iter();
                let words: BTreeSet<String> = words.chain(named.iter().cloned()).collect();
                self.terminal(&either(words.iter().map(|word| json(word))))
            }
            ArgKind::Words => self.words(),
            ArgKind::Process => {
                let words = self.grounds.single().into_iter();
                let all = words.chain(self.grounds.processes().iter().cloned());
                let written = |word: String| match word.parse::<i64>() {
                    Ok(pid) => (1..=PID_MAX).contains(&pid).then(|| pid.to_string()),
                    Err(_) => (word.len() <= 64).then(|| json(&word)),
                };
                let all: BTreeSet<String> = all.filter_map(written).collect();
                self.terminal(&either(all))
            }
            ArgKind::Integer { min, max, unit } => {
                let numbers = self.grounds.numbers(*min, *max, unit);
                self.terminal(&either(numbers.iter().map(ToString::to_string)))
            }
            // a flag that is not set is left out.
            ArgKind::Flag => self.terminal(&either(["true".to_owned()])),
            ArgKind::Argv => self.argv(),
            ArgKind::Env => self.terminal(&either(self.grounds.env().map(|env| env.to_string()))),
            ArgKind::Mode => {
                let modes = self.grounds.modes();
                self.terminal(&either(modes.iter().map(|mode| json(mode))))
            }
        }
    }

    fn path(&mut self) -> Option<String> {
        let paths = either(self.grounds.paths().iter().map(|path| bare(path)));
        let leaves = either(self.grounds.leaves().iter().map(|leaf| bare(leaf)));
        let dirs = either(self.grounds.directories().iter().map(|dir| bare(dir)));
        let below = if dirs.is_empty() || leaves.is_empty() {
            String::new()
        } else {
            format!(" | ({dirs}) ({leaves})")
        };
        self.terminal(&format!("\"\\\"\" (({paths}){below}) \"\\\"\""))
    }

    /// a run of the request's words, or nothing at all (an empty file is a thing to ask for).
    fn span(&mut self) -> Option<String> {
        let chunks: Vec<String> = self.grounds.chunks().into_iter().map(bare).collect();
        let regex = serde_json::json!({ "substring_chunks": chunks });
        self.terminal(&format!(
            "\"\\\"\" (%regex {regex} & /([^ ](.*[^ ])?)?/) \"\\\"\""
        ))
    }

    fn words(&mut self) -> Option<String> {
        let words = self.grounds.single();
        let word = self.terminal(&either(words.iter().map(|word| json(word))))?;
        let more = ARGV_MAX - 1;
        Some(format!("\"[\" {word} (\",\" {word}){{0,{more}}} \"]\""))
    }

    fn argv(&mut self) -> Option<String> {
        let words = self.grounds.arguments();
        let first = words
            .iter()
            .filter(|word| word.chars().any(char::is_alphanumeric));
        let program = self.terminal(&either(first.map(|word| json(word))))?;
        let word = self.terminal(&either(words.iter().map(|word| json(word))))?;
        Some(format!(
            "\"[\" {program} (\",\" {word}){{0,{}}} \"]\"",
            ARGV_MAX - 1
        ))
    }

    /// the name of the terminal with this definition, made if it is new.
    fn terminal(&mut self, definition: &str) -> Option<String> {
        let number = self.terminals.len();
        let entry = self
            .terminals
            .entry(definition.to_owned())
            .or_insert_with(|| {
                (!definition.is_empty()).then(|| {
                    let name = format!("V{number}");
                    let _ = writeln!(self.rules, "{name}: {definition}");
                    name
                })
            });
        entry.clone()
    }
}

/// alternatives, each given as the text that is written.
fn either(options: impl IntoIterator<Item = String>) -> String {
    let options: Vec<String> = options.into_iter().map(|option| quoted(&option)).collect();
    options.join(" | ")
}

/// `text` as a lark string, which is a json string without the delete character.
fn quoted(text: &str) -> String {
    json(text).replace('\x7f', "\\u007f")
}

/// `text` as a json string, as serde_json writes it everywhere else.
pub(crate) fn json(text: &str) -> String {
    Value::from(text).to_string()
}

/// the same without its quotes.
pub(crate) fn bare(text: &str) -> String {
    let json = json(text);
    json[1..json.len() - 1].to_owned()
}
