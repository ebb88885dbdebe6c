//! what cannot simply be looked at again is asked about unless the model was sure.
//!
//! the person confirms such a plan in any case; but a plan for the wrong file is worse than a
//! question, and low confidence is where the wrong ones are. the limits are shares of right outcomes
//! (the confidence is calibrated) and were looked at on `dev`: without them, sixteen more of 600
//! are right and eight more do harm.

use crate::automaton::Step;
use crate::say;
use crate::symbols::{Symbol, Symbols};
use llm_os_schema::{Action, CapabilityTable, Outcome, Risk};

/// below this, a plan that changes something becomes a question.
const SURE_TO_CHANGE: f32 = 0.6;
/// below this, a plan that destroys something becomes a question.
const SURE_TO_DESTROY: f32 = 0.67;

/// below this, what ends everybody's work becomes a question: nothing in the request names it, so
/// nothing but the model says that it is meant.
const SURE_TO_END: f32 = 0.8;
/// below this, what empties the machine or a disk becomes a question.
const SURE_TO_EMPTY: f32 = 0.95;

/// values of keys called `action` that only look, whatever else may be done with the same type.
const LOOKS: [&str; 7] = [
    "status",
    "list",
    "check",
    "ping",
    "routes",
    "info",
    "read_efivar",
];

/// the usual risk of an action, as far as type and `action` tell; an unknown one destroys.
pub fn risk(table: &CapabilityTable, action: &Action) -> Risk {
    if action
        .text("action")
        .is_some_and(|what| LOOKS.contains(&what))
    {
        return Risk::Observe;
    }
    table
        .get(&action.kind)
        .map_or(Risk::Destroy, |spec| spec.risk)
}

/// whether a plan does more than look.
pub fn changes(table: &CapabilityTable, actions: &[Action]) -> bool {
    actions
        .iter()
        .any(|action| risk(table, action) > Risk::Observe)
}

/// whether a plan of this confidence may be proposed.
pub fn enough(table: &CapabilityTable, actions: &[Action], confidence: f32) -> bool {
    actions.iter().all(|action| {
        let least = match (risk(table, action), action.kind.as_str()) {
            (Risk::Observe, _) => 0.0,
            (Risk::Change, _) => SURE_TO_CHANGE,
            (_, "format") => SURE_TO_EMPTY,
            (_, "power") if action.text("action") == Some("factory_reset") => SURE_TO_EMPTY,
            (_, "power") if action.text("action") != Some("cancel") => SURE_TO_END,
            _ => SURE_TO_DESTROY,
        };
        confidence >= least
    })
}

/// what to ask when the last of `steps` is a guess: the question of the argument whose value it is
/// part of, if it is one.
pub fn question(table: &CapabilityTable, symbols: &Symbols, steps: &[Step]) -> Outcome {
    let symbol = |step: &Step| match step {
        Step::Symbol(number) => symbols.get(*number),
        Step::Target(_) => None,
    };
    let guess = steps.last().and_then(symbol);
    let value = matches!(
        guess,
        None | Some(Symbol::Value(_) | Symbol::Here | Symbol::Home | Symbol::Root | Symbol::Empty)
    );
    let key = steps.iter().rev().find_map(|step| match symbol(step) {
        Some(Symbol::Key(kind, key)) => Some((kind, key)),
        _ => None,
    });
    let question = key
        .filter(|_| value)
        .and_then(|(kind, key)| table.get(kind)?.arg(key))
        .map(|arg| arg.question.clone())
        .filter(|question| !question.is_empty());
    question.map_or_else(say::unsure, Outcome::Ask)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::automaton::tests::table;

    #[test]
    fn only_an_unsure_plan_that_changes_is_asked_about() {
        let mut table = table();
        table.capabilities[1].risk = Risk::Observe;
        table.capabilities[2].risk = Risk::Destroy;
        let check = |kinds: &[&str], confidence, expect| {
            let actions: Vec<Action> = kinds.iter().map(|kind| Action::new(*kind)).collect();
            assert_eq!(
                enough(&table, &actions, confidence),
                expect,
                "{kinds:?} {confidence}"
            );
        };
        check(&["delete_file"], 0.9, true);
        check(&["delete_file"], 0.65, false);
        check(&["write_file"], 0.65, true);
        check(&["list_dir", "write_file"], 0.5, false);
        check(&["list_dir"], 0.1, true);
        check(&["nobody knows"], 0.65, false);
    }

    #[test]
    fn the_question_is_that_of_the_guess() {
        let table = table();
        let symbols = Symbols::of(&table);
        let check = |said: &str, expect: Option<&str>| {
            let step = |text: &str| match text {
                "@" => Step::Target(0),
                text => Step::Symbol(symbols.number(&Symbol::parse(text).unwrap()).unwrap()),
            };
            let steps: Vec<Step> = said.split(' ').map(step).collect();
            let expect = expect.map_or_else(say::unsure, |text| Outcome::Ask(text.to_owned()));
            assert_eq!(question(&table, &symbols, &steps), expect, "{said}");
        };
        check(
            "plan type:write_file key:write_file.path @",
            Some("which file?"),
        );
        let stop = "plan type:service_control key:service_control.action value:stop";
        check(stop, Some("what?"));
        check(
            &format!("{stop} key:service_control.unit @ @"),
            Some("which service?"),
        );
        check("plan type:write_file", None);
        check("plan type:delete_file key:delete_file.path @ @ end", None);
    }
}
