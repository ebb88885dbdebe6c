//! `--ask`: requests on stdin, one outcome a line; nothing is run.

use crate::memory::Memory;
use crate::model::{Ask, Model, Session, Source};
use crate::remembered::Remembered;
use crate::world::{self, Line};
use llm_os_planner::sure;
use llm_os_schema::{Action, CapabilityTable, Outcome, Risk};
use serde::Serialize;
use std::io::{self, BufRead, Read, Write};
use std::path::Path;
use std::time::Instant;

/// bytes of one line: a world of `NAMES_MAX` long names fits.
const LINE_MAX_BYTES: u64 = 1024 * 1024;
/// bytes of a capability table; the golden copy has a few tens of thousands.
const TABLE_MAX_BYTES: u64 = 4 * 1024 * 1024;

/// one printed line; the order of the keys is part of the contract.
#[derive(Debug, Serialize)]
struct Answer {
    request: String,
    outcome: &'static str,
    actions: Vec<Action>,
    text: String,
    risk: Risk,
    tokens: u32,
    ms: f64,
    confidence: f64,
    available: bool,
    /// the same was asked in the same world before; said only then.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    remembered: bool,
}

/// answers every line; whether all of them got an outcome.
///
/// # Errors
/// one sentence when the model or the table cannot be used, or a pipe is closed.
pub fn run(source: &Source, table: &Path, json: bool) -> Result<bool, String> {
    let table = read_table(table)?;
    let model = Model::load(source, &mut Memory::open()).map_err(|error| error.to_string())?;
    let mut session = model.open().map_err(|error| error.to_string())?;
    let mut remembered = Remembered::of(source);
    let mut lines = io::stdin().lock();
    let mut out = io::stdout().lock();
    let mut all = true;
    loop {
        let mut line = String::new();
        let count = (&mut lines)
            .take(LINE_MAX_BYTES)
            .read_line(&mut line)
            .map_err(|why| {
                format!("stdin cannot be read: {why}; give one request a line, as utf-8")
            })?;
        if count == 0 {
            return Ok(all);
        }
        if line.trim().is_empty() {
            continue;
        }
        let answer = answer(&mut session, &mut remembered, &table, &line);
        all &= answer.outcome != "error";
        let text = if json {
            serde_json::to_string(&answer).unwrap_or_default()
        } else {
            spoken(&answer)
        };
        let written = writeln!(out, "{text}").and_then(|()| out.flush());
        written.map_err(|why| format!("stdout cannot be written: {why}"))?;
    }
}

/// the capability table out of a file.
///
/// # Errors
/// one sentence when it cannot be read.
pub fn read_table(path: &Path) -> Result<CapabilityTable, String> {
    let name = path.display();
    let mut text = String::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(TABLE_MAX_BYTES).read_to_string(&mut text))
        .map_err(|why| format!("{name} cannot be read: {why}; name the table with --table"))?;
    serde_json::from_str(&text).map_err(|why| format!("{name} is no capability table: {why}"))
}

fn answer(
    session: &mut Session<'_>,
    remembered: &mut Remembered,
    table: &CapabilityTable,
    line: &str,
) -> Answer {
    let began = Instant::now();
    let written = world::read_line(line).map_err(|why| (line.trim().to_owned(), why));
    let written = written.and_then(|Line { request, world }| {
        let ask = Ask {
            request: &request,
            names: &world,
            table,
        };
        let key = remembered.key(ask);
        if let Some(known) = key.and_then(|key| remembered.get(key)) {
            return Ok((request, known.clone(), true));
        }
        match session.write(ask, &mut || false) {
            Ok(written) => {
                if let Some(key) = key {
                    remembered.keep(key, &written);
                }
                Ok((request, written, false))
            }
            Err(error) => Err((request, error.to_string())),
        }
    });
    // a tenth of a millisecond is as much as the clock of a busy machine is worth.
    let ms = (began.elapsed().as_secs_f64() * 10_000.0).round() / 10.0;
    match written {
        Ok((request, written, remembered)) => {
            let outcome = written.outcome;
            Answer {
                remembered,
                request,
                outcome: outcome.kind(),
                text: outcome.say().unwrap_or_default().to_owned(),
                risk: risk(table, &outcome),
                available: available(table, &outcome),
                actions: match outcome {
                    Outcome::Plan(actions) => actions,
                    _ => Vec::new(),
                },
                tokens: written.tokens,
                ms,
                confidence: (written.confidence * 1000.0).round() / 1000.0,
            }
        }
        Err((request, why)) => Answer {
            request,
            outcome: "error",
            actions: Vec::new(),
            text: why,
            risk: Risk::Observe,
            tokens: 0,
            ms,
            confidence: 0.0,
            available: false,
            remembered: false,
        },
    }
}

/// the usual risk, by type and what is to be done; the executor judges each action anew.
fn risk(table: &CapabilityTable, outcome: &Outcome) -> Risk {
    match outcome {
        Outcome::Plan(actions) => actions
            .iter()
            .map(|action| sure::risk(table, action))
            .max()
            .unwrap_or(Risk::Observe),
        Outcome::Ask(_) | Outcome::Answer(_) => Risk::Observe,
        Outcome::Refuse(_) => Risk::Forbidden,
    }
}

fn available(table: &CapabilityTable, outcome: &Outcome) -> bool {
    let Outcome::Plan(actions) = outcome else {
        return true;
    };
    actions
        .iter()
        .all(|action| table.get(&action.kind).is_some_and(|spec| spec.available))
}

/// for a person.
fn spoken(answer: &Answer) -> String {
    let Answer {
        outcome,
        ms,
        confidence,
        ..
    } = answer;
    let mut text = format!("{}\n", answer.request);
    for action in &answer.actions {
        text.push_str(&format!(
            "  {}\n",
            serde_json::to_string(action).unwrap_or_default()
        ));
    }
    if !answer.text.is_empty() {
        text.push_str(&format!("  {}\n", answer.text));
    }
    text.push_str(&format!(
        "  {outcome}, {}, {ms} ms, confidence {confidence}",
        answer.risk.word()
    ));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contract_holds() {
        let answer = Answer {
            request: "r".into(),
            outcome: "plan",
            actions: vec![Action::new("process_list")],
            text: String::new(),
            risk: Risk::Observe,
            tokens: 3,
            ms: 1.5,
            confidence: 0.9,
            available: true,
            remembered: false,
        };
        assert_eq!(
            serde_json::to_string(&answer).unwrap(),
            r#"{"request":"r","outcome":"plan","actions":[{"type":"process_list"}],"text":"","risk":"observe","tokens":3,"ms":1.5,"confidence":0.9,"available":true}"#
        );
    }

    #[test]
    fn risk_is_the_highest_of_the_table() {
        let table: CapabilityTable =
            serde_json::from_str(include_str!("../../capability/capabilities.json")).unwrap();
        let plan =
            |kinds: &[&str]| Outcome::Plan(kinds.iter().map(|&kind| Action::new(kind)).collect());
        assert_eq!(risk(&table, &plan(&["read_file"])), Risk::Observe);
        assert_eq!(
            risk(&table, &plan(&["read_file", "delete_file", "make_dir"])),
            Risk::Destroy
        );
        let services = Action::new("service_control").with("action", "list");
        assert_eq!(risk(&table, &Outcome::Plan(vec![services])), Risk::Observe);
        assert_eq!(risk(&table, &Outcome::Refuse("no".into())), Risk::Forbidden);
        assert!(available(&table, &plan(&["read_file"])));
        assert!(!available(&table, &plan(&["no_such_action"])));
    }
}
