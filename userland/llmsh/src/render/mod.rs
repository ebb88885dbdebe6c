//! what the executor says, as lines for a person. everything that may hold a name is escaped here.

/// entries of the journal.
mod history;

pub use history::{entry, history_line};

use crate::escape::line;
use llm_os_schema::result::{PlanResult, Status, StepResult, StepView};
use llm_os_schema::{Action, Risk};
use serde_json::Value;

/// a plan before it runs: one sentence a step, numbered when there are several, what will be lost
/// and the way back.
pub fn proposal(steps: &[StepView]) -> String {
    let mut text = String::new();
    for (at, step) in steps.iter().enumerate() {
        let number = if steps.len() > 1 {
            format!("{}. ", at + 1)
        } else {
            String::new()
        };
        text.push_str(&format!("{number}{}\n", line(&step.sentence)));
        if let Some(loses) = &step.loses {
            text.push_str(&format!("   lost: {}\n", line(loses)));
        }
        if let Some(way_back) = &step.way_back {
            text.push_str(&format!("   way back: {}\n", line(way_back)));
        }
    }
    text
}

/// under a plan that is only shown: what it would take to run it.
pub fn would_take(risk: Risk) -> &'static str {
    match risk {
        Risk::Observe => "it only looks, and would run at once",
        Risk::Change => "it would be asked about first",
        Risk::Destroy => "it would have to be confirmed by typing a word",
        Risk::Forbidden => "it would be refused",
    }
}

/// how a plan ended; empty where there is nothing to add to its output. `takes_back`: it was an undo.
pub fn ending(result: &PlanResult, sentences: &[String], takes_back: bool) -> String {
    let number = result.id.map_or(String::new(), |id| format!(" (#{id})"));
    match result.status {
        Status::Done => match result.id {
            Some(_) if result.undoable && takes_back => {
                format!("done{number}; redo does it again\n")
            }
            Some(_) if result.undoable => format!("done{number}; undo takes it back\n"),
            Some(_) => format!("done{number}; it cannot be taken back\n"),
            None => String::new(),
        },
        Status::NotRun => "not done.\n".to_owned(),
        Status::Cancelled => {
            let done = result.steps.iter().any(|step| step.status == Status::Done);
            if result.id.is_none() && !done {
                return "cancelled; nothing was changed\n".to_owned();
            }
            format!("cancelled{number}\n{}", came_to(result, sentences))
        }
        Status::Failed if sentences.len() > 1 => {
            format!("it failed{number}\n{}", came_to(result, sentences))
        }
        Status::Failed => {
            let why = result
                .steps
                .first()
                .map_or("", |step| step.summary.as_str());
            format!("failed{number}: {}\n", line(why))
        }
    }
}

/// after an end that was not a good one: the way back and what to look at next.
pub fn afterwards(result: &PlanResult) -> String {
    let mut text = String::new();
    if matches!(result.status, Status::Failed | Status::Cancelled) && result.undoable {
        text.push_str("undo takes back what was done\n");
    }
    if !result.next.is_empty() {
        let typed: Vec<String> = result.next.iter().map(typed).collect();
        text.push_str(&format!(
            "to look around: {} (or type `next`)\n",
            line(&typed.join("; "))
        ));
    }
    text
}

/// step by step: what was done, what failed, what was not done.
fn came_to(result: &PlanResult, sentences: &[String]) -> String {
    let mut text = String::new();
    let count = sentences.len().max(result.steps.len());
    for at in 0..count {
        let step = result.steps.get(at);
        let what = sentences.get(at).map_or("", String::as_str);
        let why = step.map_or("", |step| step.summary.as_str());
        let shown = match step.map_or(Status::NotRun, |step| step.status) {
            Status::Done => format!("done: {what}"),
            Status::Failed => format!("failed: {what} ({why})"),
            Status::Cancelled => format!("stopped: {what} ({why})"),
            Status::NotRun => format!("not done: {what}"),
        };
        let number = if count > 1 {
            format!("{}. ", at + 1)
        } else {
            String::new()
        };
        text.push_str(&format!("  {number}{}\n", line(&shown)));
    }
    text
}

/// what is said after the output of one step; empty where the output speaks for itself.
pub fn step(result: &StepResult, observes: bool, had_output: bool, of_many: bool) -> String {
    let mut text = String::new();
    if result.cut {
        text.push_str(&format!(
            "(the output was cut here; it came from {})\n",
            line(&result.origin)
        ));
    }
    match result.status {
        Status::Done => {
            if !had_output || !observes {
                text.push_str(&format!("{}\n", line(&result.summary)));
            } else if of_many {
                text.push_str(&format!("({})\n", line(&result.origin)));
            }
        }
        // told once, with the whole plan's end.
        Status::Failed | Status::Cancelled | Status::NotRun => {}
    }
    text
}

/// an action as a person would type it.
pub fn typed(action: &Action) -> String {
    let mut text = action.kind.clone();
    for (key, value) in &action.args {
        let value = match value {
            Value::String(value) => value.clone(),
            Value::Array(items) => {
                let words: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
                shell_words::join(words)
            }
            other => other.to_string(),
        };
        text.push_str(&format!(" {key}={}", shell_words::quote(&value)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(sentence: &str) -> StepView {
        StepView {
            sentence: sentence.to_owned(),
            risk: Risk::Change,
            loses: None,
            way_back: None,
        }
    }

    fn came(status: Status, summary: &str) -> StepResult {
        StepResult {
            status,
            summary: summary.to_owned(),
            origin: "file /a".to_owned(),
            cut: false,
            exit_code: None,
            names: Vec::new(),
        }
    }

    #[test]
    fn steps_are_numbered_when_there_are_several() {
        assert_eq!(proposal(&[view("do a")]), "do a\n");
        let mut lossy = view("do\nb");
        lossy.loses = Some("all of it".to_owned());
        lossy.way_back = Some("none".to_owned());
        assert_eq!(
            proposal(&[view("do a"), lossy]),
            "1. do a\n2. do\\nb\n   lost: all of it\n   way back: none\n"
        );
    }

    #[test]
    fn an_ending_says_what_was_done_and_what_was_not() {
        let sentences = ["do a".to_owned(), "do b".to_owned(), "do c".to_owned()];
        let mut result = PlanResult {
            id: Some(7),
            status: Status::Failed,
            steps: vec![came(Status::Done, "did a"), came(Status::Failed, "no room")],
            undoable: true,
            next: vec![
                Action::new("read_log")
                    .with("unit", "my unit")
                    .with("lines", 5),
            ],
        };
        assert_eq!(
            ending(&result, &sentences, false),
            "it failed (#7)\n  1. done: do a\n  2. failed: do b (no room)\n  3. not done: do c\n"
        );
        assert_eq!(
            afterwards(&result),
            "undo takes back what was done\nto look around: read_log unit='my unit' lines=5 (or type `next`)\n"
        );
        result.status = Status::Done;
        result.next.clear();
        assert_eq!(
            ending(&result, &sentences, false),
            "done (#7); undo takes it back\n"
        );
        assert_eq!(afterwards(&result), "");
        assert_eq!(
            ending(&result, &sentences, true),
            "done (#7); redo does it again\n"
        );
        result.id = None;
        assert_eq!(ending(&result, &sentences, false), "");
    }

    #[test]
    fn a_step_speaks_only_where_its_output_does_not() {
        let check = |observes, had_output, of_many, expect: &str| {
            let result = came(Status::Done, "read 0 bytes");
            assert_eq!(step(&result, observes, had_output, of_many), expect);
        };
        check(true, true, false, "");
        check(true, true, true, "(file /a)\n");
        check(true, false, false, "read 0 bytes\n");
        check(false, true, false, "read 0 bytes\n");
        let mut cut = came(Status::Done, "x");
        cut.cut = true;
        assert!(step(&cut, true, true, false).contains("cut"));
    }

    #[test]
    fn an_action_is_shown_as_it_would_be_typed() {
        let action = Action::new("exec")
            .with("argv", vec!["echo", "a b"])
            .with("as_root", true);
        assert_eq!(
            typed(&action),
            r#"exec argv='echo '\''a b'\''' as_root=true"#
        );
    }
}
