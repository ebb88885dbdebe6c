//! what a plan must not be, whoever wrote it: aimed at a service that does not exist, or at what
//! nobody may touch. the executor would refuse it too; a person is better served by a question.

use crate::input::Input;
use crate::say::Reason;
use llm_os_schema::{Action, ArgKind, CapabilityTable, Outcome};
use serde_json::Value;

/// `outcome`, or the question or refusal that belongs in its place.
pub fn checked(table: &CapabilityTable, input: &Input, outcome: Outcome) -> Outcome {
    let Outcome::Plan(actions) = &outcome else {
        return outcome;
    };
    if actions.iter().any(is_forbidden) {
        return Outcome::Refuse(Reason::Harm.say());
    }
    let missing = actions
        .iter()
        .find_map(|action| unknown_unit(table, input, action));
    missing.map_or(outcome, Outcome::Ask)
}

/// the root of all files, and the process that everything hangs from.
fn is_forbidden(action: &Action) -> bool {
    let text = |key: &str| action.args.get(key).and_then(Value::as_str);
    match action.kind.as_str() {
        "delete_file" => matches!(text("path"), Some("/" | "/*" | "/." | "//")),
        "process_control" => {
            action.args.get("pid").and_then(Value::as_i64) == Some(1)
                || text("pid") == Some("llminit")
        }
        _ => false,
    }
}

/// the question of a unit argument that names no unit, where the units are known.
fn unknown_unit(table: &CapabilityTable, input: &Input, action: &Action) -> Option<String> {
    let units = &input.world.units;
    let spec = table.get(&action.kind)?;
    let wrong = spec.args.iter().find(|arg| {
        let value = action.args.get(&arg.name).and_then(Value::as_str);
        let unknown = |unit: &str| !units.iter().any(|have| have == unit);
        arg.kind == ArgKind::Unit && !units.is_empty() && value.is_some_and(unknown)
    })?;
    Some(match wrong.question.as_str() {
        "" => "which service?".to_owned(),
        question => question.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::automaton::tests::{table, vocabulary};
    use crate::context::NameKind;
    use llm_os_schema::Names;

    #[test]
    fn what_cannot_be_meant_is_asked_or_refused() {
        let table = table();
        let names = Names {
            units: vec!["web".into()],
            ..Names::default()
        };
        let input = Input::new(&vocabulary(), "x", &names, &NameKind::ALL).unwrap();
        let check = |action: Action, expect: &str| {
            let got = checked(&table, &input, Outcome::Plan(vec![action.clone()]));
            assert_eq!(got.kind(), expect, "{action:?}");
        };
        let stop = |unit: &str| {
            Action::new("service_control")
                .with("action", "stop")
                .with("unit", unit)
        };
        check(stop("web"), "plan");
        check(stop("camera"), "ask");
        check(Action::new("delete_file").with("path", "/"), "refuse");
        check(Action::new("delete_file").with("path", "/tmp"), "plan");
        check(Action::new("process_control").with("pid", 1), "refuse");
        check(Action::new("process_control").with("pid", 11), "plan");
    }
}
