//! a direct command parsed by the table alone, without a model.
//!
//! `read_file path=a.txt`, `read_file a.txt` and `cat a.txt` are the same action. command lines of
//! unix are read as well ([`unix`]). any other line is not a command but words for the model.

use crate::Action;
use crate::limits::REQUEST_MAX_BYTES;
use crate::table::{ArgKind, ArgSpec, CapabilitySpec, CapabilityTable, Required, ShortForm};
use crate::unix;
use serde_json::{Map, Value};

/// what a typed line is.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// nothing was typed.
    Empty,
    /// actions; not yet checked. one for a command, maybe several for a command line of unix.
    Direct(Vec<Action>),
    /// words for the model.
    Words,
    /// meant as a command and not understood: one sentence, with the usage.
    Wrong(String),
}

/// reads one line: a command of the table's, or else a command line of unix.
pub fn parse(table: &CapabilityTable, line: &str) -> Line {
    let first = line.split_whitespace().next().unwrap_or_default();
    // the exact name of an action is never anything else; and what this machine cannot do yet is
    // told by those who read words.
    if table.get(first).is_none()
        && line.len() <= REQUEST_MAX_BYTES
        && let Some(plan) = unix::read(table, line)
        && plan.iter().all(|action| can(table, action))
    {
        return Line::Direct(plan);
    }
    of_table(table, line)
}

fn can(table: &CapabilityTable, action: &Action) -> bool {
    table.get(&action.kind).is_some_and(|spec| spec.available)
}

fn of_table(table: &CapabilityTable, line: &str) -> Line {
    let line = line.trim();
    if line.len() > REQUEST_MAX_BYTES {
        return Line::Wrong(format!(
            "the line is longer than {REQUEST_MAX_BYTES} bytes: shorten it"
        ));
    }
    let Some(first) = line.split_whitespace().next() else {
        return Line::Empty;
    };
    // what this machine cannot do yet has no direct command: `remember` is a word like any other.
    if let Some(spec) = table.get(first).filter(|spec| spec.available) {
        // the exact name of an action is never talk.
        let keys = positional(spec);
        return match words(line).and_then(|words| fill(spec, &keys, &Map::new(), &[], &words[1..]))
        {
            Ok(action) => Line::Direct(vec![action]),
            Err(problem) => Line::Wrong(format!("{problem}; usage: {}", usage(spec))),
        };
    }
    let Some((spec, short)) = table.short(first) else {
        return Line::Words;
    };
    let keys: Vec<&str> = short.positional.iter().map(String::as_str).collect();
    let parsed = words(line).and_then(|words| {
        strange_option(spec, short, &words[1..])?;
        fill(spec, &keys, &short.preset, &short.options, &words[1..])
    });
    match parsed {
        Ok(action) => Line::Direct(vec![action]),
        // "reboot the box, please" begins like a command and is talk.
        Err(_) if looks_like_talk(line, short) => Line::Words,
        Err(problem) => Line::Wrong(format!("{problem}; usage: {}", short_usage(short))),
    }
}

/// a word such as `-x` in the place of a name is an option that this short name does not have.
fn strange_option(
    spec: &CapabilitySpec,
    short: &ShortForm,
    words: &[String],
) -> Result<(), String> {
    let own = |word: &String| short.options.iter().any(|(option, _)| option == word);
    let free = short.positional.iter().any(|key| {
        let kind = spec.arg(key).map(|arg| &arg.kind);
        matches!(
            kind,
            Some(ArgKind::Argv | ArgKind::Words | ArgKind::Text | ArgKind::Integer { .. })
        )
    });
    let strange = words
        .iter()
        .find(|word| word.starts_with('-') && word.len() > 1 && !own(word));
    match strange.filter(|_| !free) {
        Some(word) => Err(format!("`{}` is no option here", word.escape_debug())),
        None => Ok(()),
    }
}

/// the arguments of `spec` that words fill by position: all of them, but none behind a needed text
/// with only optional ones after it. such a text takes the rest of the line, so that
/// `write_file a.txt hello world` writes two words and `mode=0600` has to be named.
fn positional(spec: &CapabilitySpec) -> Vec<&str> {
    let optional = |arg: &ArgSpec| arg.required == Required::Never;
    let text = (0..spec.args.len()).find(|&at| {
        let arg = &spec.args[at];
        arg.kind == ArgKind::Text && !optional(arg) && spec.args[at + 1..].iter().all(optional)
    });
    let count = text.map_or(spec.args.len(), |at| at + 1);
    spec.args[..count]
        .iter()
        .map(|arg| arg.name.as_str())
        .collect()
}

/// several words, most of them of plain letters; three are enough after a command that takes none.
fn looks_like_talk(line: &str, short: &ShortForm) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    let plain = |word: &&str| {
        word.chars()
            .all(|c| c.is_alphabetic() || ",.?!'".contains(c))
    };
    let enough = if short.positional.is_empty() { 3 } else { 4 };
    words.len() >= enough && words.iter().filter(|word| plain(word)).count() * 4 >= words.len() * 3
}

fn words(line: &str) -> Result<Vec<String>, String> {
    shell_words::split(line).map_err(|_| "a quote is opened and not closed".to_owned())
}

/// fills the arguments of `spec` from `words`: `key=value`, options, and the rest by position.
fn fill(
    spec: &CapabilitySpec,
    positional: &[&str],
    preset: &Map<String, Value>,
    options: &[(String, String)],
    words: &[String],
) -> Result<Action, String> {
    let mut args = Map::new();
    let mut free = positional.iter().copied();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        if let Some((_, key)) = options.iter().find(|(option, _)| option == word) {
            let flag = spec.arg(key).is_some_and(|arg| arg.kind == ArgKind::Flag);
            let text = if flag {
                "true"
            } else {
                rest.next().map_or("", String::as_str)
            };
            insert(spec, &mut args, key, &[text.to_owned()])?;
        } else if let Some((key, text)) =
            assignment(spec, word).filter(|(key, _)| !args.contains_key(*key))
        {
            insert(spec, &mut args, key, &[text.to_owned()])?;
        } else {
            let key = free
                .by_ref()
                .find(|key| !args.contains_key(*key))
                .ok_or_else(|| format!("`{}` is one word too many", word.escape_debug()))?;
            let greedy = spec.arg(key).is_some_and(|arg| {
                matches!(arg.kind, ArgKind::Argv | ArgKind::Words)
                    || (arg.kind == ArgKind::Text && positional.last() == Some(&key))
            });
            let mut values = vec![word.clone()];
            if greedy {
                values.extend(rest.by_ref().cloned());
            }
            insert(spec, &mut args, key, &values)?;
        }
    }
    for (key, value) in preset {
        if !args.contains_key(key) {
            args.insert(key.clone(), value.clone());
        }
    }
    Ok(Action {
        kind: spec.name.clone(),
        args,
    })
}

/// `key=value` if `key` is an argument of `spec`.
fn assignment<'a>(spec: &CapabilitySpec, word: &'a str) -> Option<(&'a str, &'a str)> {
    word.split_once('=')
        .filter(|(key, _)| spec.arg(key).is_some())
}

/// puts the words `values` into the argument `key`, as its kind wants them.
fn insert(
    spec: &CapabilitySpec,
    args: &mut Map<String, Value>,
    key: &str,
    values: &[String],
) -> Result<(), String> {
    let Some(arg) = spec.arg(key) else {
        return Err(format!("`{key}` is not an argument"));
    };
    let text = values.join(" ");
    let value = match &arg.kind {
        ArgKind::Argv if values.len() == 1 => Value::from(words(&text)?),
        ArgKind::Argv | ArgKind::Words => Value::from(values.to_vec()),
        ArgKind::Process => text
            .parse::<i64>()
            .map_or_else(|_| Value::from(text.as_str()), Value::from),
        ArgKind::Integer { .. } => text
            .parse::<i64>()
            .map(Value::from)
            .map_err(|_| format!("`{key}` has to be {}", arg.kind.expected()))?,
        ArgKind::Flag => match text.as_str() {
            "true" | "yes" => Value::Bool(true),
            "false" | "no" => Value::Bool(false),
            _ => return Err(format!("`{key}` has to be true or false")),
        },
        ArgKind::Env => serde_json::from_str(&text)
            .map_err(|_| format!("`{key}` has to be a json object such as {{\"LANG\":\"C\"}}"))?,
        _ => Value::from(text),
    };
    args.insert(key.to_owned(), value);
    Ok(())
}

/// `write_file PATH CONTENT [mode=MODE]`.
pub fn usage(spec: &CapabilitySpec) -> String {
    let mut text = spec.name.clone();
    for arg in &spec.args {
        let upper = arg.name.to_uppercase();
        match arg.required {
            Required::Always => text.push_str(&format!(" {upper}")),
            _ => text.push_str(&format!(" [{}={upper}]", arg.name)),
        }
    }
    text
}

/// `rm [-r] PATH`.
pub fn short_usage(short: &ShortForm) -> String {
    let mut text = short.name.clone();
    for (option, _) in &short.options {
        text.push_str(&format!(" [{option}]"));
    }
    for key in &short.positional {
        let upper = key.to_uppercase();
        text.push_str(&if short.preset.contains_key(key) {
            format!(" [{upper}]")
        } else {
            format!(" {upper}")
        });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Risk;

    fn table() -> CapabilityTable {
        let spec = |name: &str, args, short| CapabilitySpec {
            name: name.to_owned(),
            family: "f".to_owned(),
            summary: String::new(),
            args,
            risk: Risk::Change,
            short,
            for_model: true,
            available: true,
        };
        let path = || ArgSpec::always("path", ArgKind::Path, "", "which?");
        CapabilityTable {
            capabilities: vec![
                spec(
                    "write_file",
                    vec![
                        path(),
                        ArgSpec::always("content", ArgKind::Text, "", ""),
                        ArgSpec::optional("mode", ArgKind::Mode, ""),
                    ],
                    vec![],
                ),
                spec(
                    "delete_file",
                    vec![path(), ArgSpec::optional("recursive", ArgKind::Flag, "")],
                    vec![ShortForm::new("rm", &["path"]).option("-r", "recursive")],
                ),
                spec(
                    "system_info",
                    vec![ArgSpec::always(
                        "what",
                        ArgKind::choice(&["disk", "all"]),
                        "",
                        "",
                    )],
                    vec![ShortForm::new("df", &[]).preset("what", "disk")],
                ),
                spec(
                    "exec",
                    vec![ArgSpec::always("argv", ArgKind::Argv, "", "")],
                    vec![ShortForm::new("run", &["argv"])],
                ),
                spec(
                    "list_dir",
                    vec![path()],
                    vec![ShortForm::new("ls", &["path"]).preset("path", ".")],
                ),
                spec(
                    "power",
                    vec![ArgSpec::always(
                        "action",
                        ArgKind::choice(&["reboot"]),
                        "",
                        "",
                    )],
                    vec![ShortForm::new("reboot", &[]).preset("action", "reboot")],
                ),
                spec(
                    "read_log",
                    vec![ArgSpec::optional(
                        "lines",
                        ArgKind::integer(1, 9, "lines"),
                        "",
                    )],
                    vec![ShortForm::new("log", &[]).option("-n", "lines")],
                ),
            ],
        }
    }

    fn check(line: &str, expect: &str) {
        let got = match parse(&table(), line) {
            Line::Empty => "empty".to_owned(),
            Line::Words => "words".to_owned(),
            Line::Direct(plan) => serde_json::to_string(&plan[0]).unwrap(),
            Line::Wrong(text) => format!("wrong: {text}"),
        };
        if expect == "wrong" {
            assert!(got.starts_with("wrong: "), "{line}: {got}");
        } else {
            assert_eq!(got, expect, "{line}");
        }
    }

    #[test]
    fn lines_are_commands_or_words() {
        check("  ", "empty");
        check(
            "write_file a.txt hello",
            r#"{"type":"write_file","path":"a.txt","content":"hello"}"#,
        );
        check(
            "write_file a.txt hello world",
            r#"{"type":"write_file","path":"a.txt","content":"hello world"}"#,
        );
        check(
            "write_file content='x y' path=a",
            r#"{"type":"write_file","content":"x y","path":"a"}"#,
        );
        check(
            "write_file mode=0600 a.txt hello world",
            r#"{"type":"write_file","mode":"0600","path":"a.txt","content":"hello world"}"#,
        );
        check("write_file 'a b'", r#"{"type":"write_file","path":"a b"}"#);
        check(
            "rm -r x",
            r#"{"type":"delete_file","path":"x","recursive":true}"#,
        );
        check("df", r#"{"type":"system_info","what":"disk"}"#);
        check("ls", r#"{"type":"list_dir","path":"."}"#);
        check("ls /tmp", r#"{"type":"list_dir","path":"/tmp"}"#);
        check(
            "run echo 'a b' c",
            r#"{"type":"exec","argv":["echo","a b","c"]}"#,
        );
        check("log -n 5", r#"{"type":"read_log","lines":5}"#);
        check("log -n five", "wrong");
        check("cat 'x", "words");
        check("rm 'x", "wrong");
        check("rm a b", "wrong");
        check("df x", "wrong");
        check("reboot the machine please", "words");
        check("how much memory is free?", "words");
    }
}
