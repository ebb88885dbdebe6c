//! what cannot be taken back is asked about unless the model was sure.
//!
//! the person confirms such a plan in any case; but a plan for the wrong file is worse than a
//! question, and low confidence is where the wrong ones are.

use llm_os_schema::{CapabilityTable, Outcome, Risk};

/// below this, a plan that destroys becomes a question.
const SURE: f32 = 0.67;

/// `outcome`, or the question that belongs to the first action that destroys something.
pub fn or_ask(table: &CapabilityTable, outcome: Outcome, confidence: f32) -> Outcome {
    let Outcome::Plan(actions) = &outcome else {
        return outcome;
    };
    if confidence >= SURE {
        return outcome;
    }
    let question = actions
        .iter()
        .filter_map(|action| table.get(&action.kind))
        .filter(|spec| spec.risk >= Risk::Destroy)
        .find_map(|spec| spec.args.iter().find(|arg| !arg.question.is_empty()));
    match question {
        Some(arg) => Outcome::Ask(arg.question.clone()),
        None => outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use llm_os_schema::Action;

    #[test]
    fn only_an_unsure_plan_that_destroys_is_asked_about() {
        let table: CapabilityTable =
            serde_json::from_str(include_str!("../../capability/capabilities.json")).unwrap();
        let look = || Action::new("read_file").with("path", "a");
        let delete = || Action::new("delete_file").with("path", "a");
        let plan = Outcome::Plan;
        let check = |outcome: Outcome, confidence, expect: Outcome| {
            assert_eq!(or_ask(&table, outcome, confidence), expect);
        };
        check(plan(vec![delete()]), 0.9, plan(vec![delete()]));
        let question = Outcome::Ask("which file should I delete?".into());
        check(plan(vec![delete()]), 0.5, question.clone());
        check(plan(vec![look(), delete()]), 0.0, question);
        check(plan(vec![look()]), 0.1, plan(vec![look()]));
        check(
            Outcome::Answer("x".into()),
            0.1,
            Outcome::Answer("x".into()),
        );
    }
}
