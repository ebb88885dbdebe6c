//! what makes an outcome a grounded one, said anew and without the grammar's help.

use llm_os_planner::quantity;
use llm_os_schema::table::ArgKind;
use llm_os_schema::{Action, CapabilityTable, NameClass, Names, Outcome};
use serde_json::Value;

/// panics with the reason unless `outcome` is canonical, and names nothing that was not said and is
/// not there.
pub fn assert_grounded(table: &CapabilityTable, request: &str, names: &Names, outcome: &Outcome) {
    let Outcome::Plan(actions) = outcome else {
        let text = outcome.say().unwrap();
        assert!(text.chars().count() <= 160, "{text:?}");
        assert!(!text.chars().any(|c| c.is_ascii_control()), "{text:?}");
        return;
    };
    assert_eq!(table.canonical_plan(actions).as_ref(), Ok(actions));
    for action in actions {
        let spec = table.get(&action.kind).unwrap();
        assert!(spec.for_model, "{}", action.kind);
        for (key, value) in &action.args {
            let kind = &spec.arg(key).unwrap().kind;
            assert!(
                is_grounded(kind, value, request, names),
                "{key}={value} in {action:?}"
            );
        }
    }
}

fn is_grounded(kind: &ArgKind, value: &Value, request: &str, names: &Names) -> bool {
    let said = |text: &str| request.contains(text);
    let there = |text: &str| {
        text == "."
            || names
                .files
                .iter()
                .chain(&names.dirs)
                .any(|name| name == text)
    };
    match (kind, value) {
        (ArgKind::Path, Value::String(path)) => {
            let below = path.rmatch_indices('/').any(|(at, _)| {
                let (dir, leaf) = (&path[..at], &path[at + 1..]);
                !leaf.is_empty() && said(leaf) && (said(dir) || there(dir))
            });
            said(path) || there(path) || below
        }
        (ArgKind::Text | ArgKind::Mode, Value::String(text)) => said(text),
        (ArgKind::Word, Value::String(word)) => said(word),
        (ArgKind::Words, Value::Array(words)) => {
            words.iter().all(|word| said(word.as_str().unwrap()))
        }
        (ArgKind::Name { of }, Value::String(name)) => {
            let there = match of {
                NameClass::Interface => &names.interfaces,
                NameClass::Device => &names.devices,
                NameClass::Tool => &names.tools,
                NameClass::Agent => &names.agents,
            };
            said(name) || there.contains(name)
        }
        (ArgKind::Process, Value::String(name)) => said(name) || names.processes.contains(name),
        (ArgKind::Process, Value::Number(pid)) => said(&pid.to_string()),
        (ArgKind::Unit, Value::String(unit)) => names.units.contains(unit),
        (ArgKind::Choice { values }, Value::String(value)) => values.contains(value),
        (ArgKind::Integer { unit, .. }, Value::Number(n)) => {
            let words: Vec<&str> = request
                .split(|c: char| c.is_whitespace() || ",;:!?=\"'".contains(c))
                .collect();
            (0..words.len()).any(|from| {
                (from + 1..=words.len())
                    .any(|to| quantity::parse(&words[from..to].join(" "), unit) == n.as_i64())
            })
        }
        (ArgKind::Flag, value) => *value == Value::Bool(true),
        (ArgKind::Argv, Value::Array(argv)) => argv.iter().all(|word| said(word.as_str().unwrap())),
        (ArgKind::Env, Value::Object(env)) => env
            .iter()
            .all(|(key, value)| said(&format!("{key}={}", value.as_str().unwrap()))),
        _ => false,
    }
}

/// the action types that `outcome` has.
pub fn kinds(outcome: &Outcome) -> Vec<&str> {
    match outcome {
        Outcome::Plan(actions) => actions
            .iter()
            .map(|Action { kind, .. }| kind.as_str())
            .collect(),
        other => vec![other.kind()],
    }
}
