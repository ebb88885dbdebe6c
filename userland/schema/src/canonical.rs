//! the one form in which an action is written.
//!
//! keys in the table's order, every key known, every value of its kind and inside its bounds. what
//! cannot be brought into that form is an error that says what, where and what to do.

use crate::Action;
use crate::limits::{
    ACTIONS_MAX, ARGV_MAX, ENV_MAX, PATH_MAX_BYTES, PID_MAX, TEXT_MAX_BYTES, WORD_MAX_BYTES,
};
use crate::table::{ArgKind, ArgSpec, CapabilitySpec, CapabilityTable};
use serde_json::{Map, Value};
use std::fmt;

/// why an action is not one of this machine's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemaError {
    EmptyPlan,
    TooManyActions {
        count: usize,
    },
    UnknownType {
        kind: String,
    },
    UnknownKey {
        kind: String,
        key: String,
        known: Vec<String>,
    },
    Missing {
        kind: String,
        key: String,
        question: String,
    },
    BadValue {
        kind: String,
        key: String,
        expected: String,
    },
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            SchemaError::EmptyPlan => write!(f, "the plan is empty: name at least one action"),
            SchemaError::TooManyActions { count } => {
                write!(
                    f,
                    "the plan has {count} actions and {ACTIONS_MAX} is the limit: split it"
                )
            }
            SchemaError::UnknownType { kind } => {
                write!(
                    f,
                    "there is no action `{}`: `help` lists them",
                    kind.escape_debug()
                )
            }
            SchemaError::UnknownKey { kind, key, known } => {
                write!(
                    f,
                    "`{kind}` has no argument `{}`: it takes ",
                    key.escape_debug()
                )?;
                if known.is_empty() {
                    write!(f, "none")
                } else {
                    write!(f, "{}", known.join(", "))
                }
            }
            SchemaError::Missing {
                kind,
                key,
                question,
            } => {
                write!(f, "`{kind}` needs `{key}`")?;
                if question.is_empty() {
                    Ok(())
                } else {
                    write!(f, ": {question}")
                }
            }
            SchemaError::BadValue {
                kind,
                key,
                expected,
            } => {
                write!(f, "`{key}` of `{kind}` has to be {expected}")
            }
        }
    }
}

impl std::error::Error for SchemaError {}

impl CapabilityTable {
    /// the canonical form of a whole plan.
    ///
    /// # Errors
    /// the first thing that is wrong with it.
    pub fn canonical_plan(&self, actions: &[Action]) -> Result<Vec<Action>, SchemaError> {
        match actions.len() {
            0 => Err(SchemaError::EmptyPlan),
            count if count > ACTIONS_MAX => Err(SchemaError::TooManyActions { count }),
            _ => actions
                .iter()
                .map(|action| self.canonical(action))
                .collect(),
        }
    }

    /// the canonical form of one action: known, complete, ordered.
    ///
    /// # Errors
    /// the first thing that is wrong with it.
    pub fn canonical(&self, action: &Action) -> Result<Action, SchemaError> {
        let spec = self
            .get(&action.kind)
            .ok_or_else(|| SchemaError::UnknownType {
                kind: action.kind.clone(),
            })?;
        for key in action.args.keys() {
            if spec.arg(key).is_none() {
                return Err(SchemaError::UnknownKey {
                    kind: spec.name.clone(),
                    key: key.clone(),
                    known: spec.args.iter().map(|arg| arg.name.clone()).collect(),
                });
            }
        }
        let mut args = Map::new();
        for arg in &spec.args {
            match action.args.get(&arg.name) {
                Some(value) => {
                    check_value(spec, arg, value)?;
                    args.insert(arg.name.clone(), value.clone());
                }
                None if arg.is_required(&action.args) => {
                    return Err(SchemaError::Missing {
                        kind: spec.name.clone(),
                        key: arg.name.clone(),
                        question: arg.question.clone(),
                    });
                }
                None => {}
            }
        }
        Ok(Action {
            kind: spec.name.clone(),
            args,
        })
    }
}

/// `Ok` if `value` is of the argument's kind and inside its bounds.
fn check_value(spec: &CapabilitySpec, arg: &ArgSpec, value: &Value) -> Result<(), SchemaError> {
    let good = match &arg.kind {
        ArgKind::Path => is_text(value, 1, PATH_MAX_BYTES),
        ArgKind::Text => value
            .as_str()
            .is_some_and(|text| text.len() <= TEXT_MAX_BYTES),
        ArgKind::Unit => is_text(value, 1, 64),
        ArgKind::Word | ArgKind::Name { .. } => is_word(value),
        ArgKind::Words => value
            .as_array()
            .is_some_and(|list| (1..=ARGV_MAX).contains(&list.len()) && list.iter().all(is_word)),
        ArgKind::Process => match value.as_i64() {
            Some(pid) => (1..=PID_MAX).contains(&pid),
            None => is_text(value, 1, 64),
        },
        ArgKind::Choice { values } => value
            .as_str()
            .is_some_and(|v| values.iter().any(|one| one == v)),
        ArgKind::Integer { min, max, .. } => {
            value.as_i64().is_some_and(|n| (*min..=*max).contains(&n))
        }
        ArgKind::Flag => value.is_boolean(),
        ArgKind::Argv => value.as_array().is_some_and(|list| {
            let bytes: usize = list.iter().filter_map(Value::as_str).map(str::len).sum();
            (1..=ARGV_MAX).contains(&list.len())
                && list.iter().all(|word| is_text(word, 0, TEXT_MAX_BYTES))
                && list
                    .first()
                    .is_some_and(|program| is_text(program, 1, PATH_MAX_BYTES))
                && bytes <= TEXT_MAX_BYTES
        }),
        ArgKind::Env => value.as_object().is_some_and(|map| {
            map.len() <= ENV_MAX
                && map
                    .iter()
                    .all(|(key, value)| is_env_name(key) && is_text(value, 0, PATH_MAX_BYTES))
        }),
        ArgKind::Mode => value
            .as_str()
            .is_some_and(|mode| parse_mode(mode).is_some()),
    };
    if good {
        return Ok(());
    }
    Err(SchemaError::BadValue {
        kind: spec.name.clone(),
        key: arg.name.clone(),
        expected: arg.kind.expected(),
    })
}

/// a string without a zero byte, of `min` to `max` bytes.
fn is_text(value: &Value, min: usize, max: usize) -> bool {
    value
        .as_str()
        .is_some_and(|text| (min..=max).contains(&text.len()) && !text.contains('\0'))
}

/// a string without white space or control characters, of at most [`WORD_MAX_BYTES`].
fn is_word(value: &Value) -> bool {
    let plain = |text: &str| !text.contains(|c: char| c.is_whitespace() || c.is_control());
    is_text(value, 1, WORD_MAX_BYTES) && value.as_str().is_some_and(plain)
}

/// letters, digits and underscores, not starting with a digit; posix, "environment variables".
fn is_env_name(name: &str) -> bool {
    name.len() <= 64
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// permission bits out of `644`, `0644` or `0o644`; no set-id or sticky bits.
pub fn parse_mode(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("0o").unwrap_or(text);
    if !(3..=4).contains(&digits.len()) || !digits.bytes().all(|b| (b'0'..=b'7').contains(&b)) {
        return None;
    }
    u32::from_str_radix(digits, 8)
        .ok()
        .filter(|mode| *mode <= 0o777)
}

impl ArgKind {
    /// what a value has to be, for a person.
    pub fn expected(&self) -> String {
        match self {
            ArgKind::Path => format!("a path of at most {PATH_MAX_BYTES} bytes"),
            ArgKind::Text => format!("a text of at most {} KiB", TEXT_MAX_BYTES / 1024),
            ArgKind::Word => format!("one word of at most {WORD_MAX_BYTES} bytes"),
            ArgKind::Words => format!("a list of 1 to {ARGV_MAX} words"),
            ArgKind::Unit => "the name of a unit".to_owned(),
            ArgKind::Name { of } => format!("the name of a {}", of.noun()),
            ArgKind::Process => "the number or the name of a process".to_owned(),
            ArgKind::Choice { values } => format!("one of {}", values.join(", ")),
            ArgKind::Integer { min, max, unit } if unit.is_empty() => {
                format!("a whole number from {min} to {max}")
            }
            ArgKind::Integer { min, max, unit } => {
                format!("a whole number of {unit} from {min} to {max}")
            }
            ArgKind::Flag => "true or false".to_owned(),
            ArgKind::Argv => format!("a list of 1 to {ARGV_MAX} words, the program first"),
            ArgKind::Env => format!("at most {ENV_MAX} variables, each a name and a text"),
            ArgKind::Mode => "permissions in octal such as 0644".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Risk, ShortForm};
    use proptest::prelude::*;

    fn table() -> CapabilityTable {
        let spec = |name: &str, args| CapabilitySpec {
            name: name.to_owned(),
            family: "files".to_owned(),
            summary: String::new(),
            args,
            risk: Risk::Change,
            short: vec![ShortForm::new("x", &[])],
            for_model: true,
            available: true,
        };
        CapabilityTable {
            capabilities: vec![
                spec(
                    "write_file",
                    vec![
                        ArgSpec::always("path", ArgKind::Path, "", "which file?"),
                        ArgSpec::always("content", ArgKind::Text, "", "what should be in it?"),
                        ArgSpec::optional("mode", ArgKind::Mode, ""),
                    ],
                ),
                spec(
                    "service_control",
                    vec![
                        ArgSpec::always("action", ArgKind::choice(&["list", "stop"]), "", "what?"),
                        ArgSpec::unless(
                            "unit",
                            ArgKind::Unit,
                            "action",
                            &["list"],
                            "",
                            "which unit?",
                        ),
                        ArgSpec::optional("lines", ArgKind::integer(1, 9, "lines"), ""),
                    ],
                ),
                spec(
                    "exec",
                    vec![
                        ArgSpec::always("argv", ArgKind::Argv, "", "which program?"),
                        ArgSpec::optional("env", ArgKind::Env, ""),
                    ],
                ),
            ],
        }
    }

    fn check(text: &str, expect: Result<&str, &str>) {
        let action: Action = serde_json::from_str(text).unwrap();
        let got = table().canonical(&action);
        match expect {
            Ok(form) => assert_eq!(
                serde_json::to_string(&got.unwrap()).unwrap(),
                form,
                "{text}"
            ),
            Err(part) => {
                let message = got.unwrap_err().to_string();
                assert!(message.contains(part), "{text}: {message}");
            }
        }
    }

    #[test]
    fn keys_come_into_the_order_of_the_table() {
        let ordered = r#"{"type":"write_file","path":"a","content":"b"}"#;
        check(
            r#"{"content":"b","type":"write_file","path":"a"}"#,
            Ok(ordered),
        );
        check(ordered, Ok(ordered));
    }

    #[test]
    fn what_is_wrong_is_said() {
        check(r#"{"type":"rm"}"#, Err("no action `rm`"));
        check(
            r#"{"type":"write_file","path":"a"}"#,
            Err("what should be in it?"),
        );
        check(
            r#"{"type":"write_file","path":"a","content":"b","x":1}"#,
            Err("no argument `x`"),
        );
        check(
            r#"{"type":"write_file","path":"","content":"b"}"#,
            Err("has to be a path"),
        );
        check(
            r#"{"type":"write_file","path":"a\u0000","content":"b"}"#,
            Err("a path"),
        );
        check(
            r#"{"type":"write_file","path":"a","content":"b","mode":"4755"}"#,
            Err("octal"),
        );
        check(
            r#"{"type":"service_control","action":"kill"}"#,
            Err("one of list, stop"),
        );
        check(
            r#"{"type":"service_control","action":"stop"}"#,
            Err("which unit?"),
        );
        check(
            r#"{"type":"service_control","action":"list","lines":10}"#,
            Err("1 to 9"),
        );
        check(
            r#"{"type":"service_control","action":"list"}"#,
            Ok(r#"{"type":"service_control","action":"list"}"#),
        );
        check(r#"{"type":"exec","argv":[]}"#, Err("1 to 64"));
        check(r#"{"type":"exec","argv":[""]}"#, Err("1 to 64"));
        check(
            r#"{"type":"exec","argv":["a"],"env":{"A=B":"c"}}"#,
            Err("variables"),
        );
    }

    #[test]
    fn a_plan_has_at_least_one_and_at_most_sixty_four_actions() {
        assert_eq!(table().canonical_plan(&[]), Err(SchemaError::EmptyPlan));
        let many = vec![Action::new("x"); 65];
        assert_eq!(
            table().canonical_plan(&many),
            Err(SchemaError::TooManyActions { count: 65 })
        );
    }

    proptest! {
        #[test]
        fn the_canonical_form_is_a_fixed_point(path in "\\PC{1,20}", content in "\\PC{0,40}") {
            let action = Action::new("write_file").with("content", content).with("path", path);
            let once = table().canonical(&action).unwrap();
            prop_assert_eq!(table().canonical(&once).unwrap(), once);
        }
    }
}
