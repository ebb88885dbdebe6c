//! an outcome as it is told: one line of `--ask`, and the text of a model made safe to show.

use crate::sure;
use llm_os_schema::limits::SAY_MAX_BYTES;
use llm_os_schema::{Action, CapabilityTable, Outcome, Risk};
use serde::Serialize;
use std::io::{BufRead, Read, Write};

/// one printed line; the order of the keys is part of the contract.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    pub request: String,
    pub outcome: &'static str,
    pub actions: Vec<Action>,
    pub text: String,
    pub risk: Risk,
    pub tokens: u32,
    pub ms: f64,
    pub confidence: f64,
    pub available: bool,
    /// the same was asked in the same world before; said only then.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub remembered: bool,
}

impl Answer {
    /// an outcome and what it took: symbols or tokens, milliseconds, 0 to 1.
    pub fn of(
        table: &CapabilityTable,
        request: String,
        outcome: Outcome,
        tokens: u32,
        ms: f64,
        confidence: f64,
    ) -> Self {
        Answer {
            request,
            outcome: outcome.kind(),
            text: outcome.say().unwrap_or_default().to_owned(),
            risk: risk(table, &outcome),
            available: available(table, &outcome),
            actions: match outcome {
                Outcome::Plan(actions) => actions,
                _ => Vec::new(),
            },
            tokens,
            ms: tenths(ms),
            confidence: (confidence * 1000.0).round() / 1000.0,
            remembered: false,
        }
    }

    /// one sentence why there is no outcome.
    pub fn error(request: String, why: String, ms: f64) -> Self {
        Answer {
            request,
            outcome: "error",
            actions: Vec::new(),
            text: why,
            risk: Risk::Observe,
            tokens: 0,
            ms: tenths(ms),
            confidence: 0.0,
            available: false,
            remembered: false,
        }
    }

    /// for a program.
    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// for a person; several lines, without the last line's end.
    pub fn spoken(&self) -> String {
        let Answer {
            outcome,
            ms,
            confidence,
            ..
        } = self;
        let mut text = format!("{}\n", self.request);
        for action in &self.actions {
            text.push_str(&format!(
                "  {}\n",
                serde_json::to_string(action).unwrap_or_default()
            ));
        }
        if !self.text.is_empty() {
            text.push_str(&format!("  {}\n", self.text));
        }
        text.push_str(&format!(
            "  {outcome}, {}, {ms} ms, confidence {confidence}",
            self.risk.word()
        ));
        text
    }
}

/// bytes of one line: a world of `NAMES_MAX` long names fits.
const LINE_MAX_BYTES: u64 = 1024 * 1024;

/// answers every line of `lines` that is not empty, to `out`; whether all of them got an outcome.
///
/// # Errors
/// one sentence when a pipe is closed, or what comes is no text.
pub fn answers(
    mut lines: impl BufRead,
    mut out: impl Write,
    json: bool,
    mut answer: impl FnMut(&str) -> Answer,
) -> Result<bool, String> {
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
        let answer = answer(&line);
        all &= answer.outcome != "error";
        let text = if json { answer.json() } else { answer.spoken() };
        let written = writeln!(out, "{text}").and_then(|()| out.flush());
        written.map_err(|why| format!("stdout cannot be written: {why}"))?;
    }
}

/// the capability table out of what a file has; `name` is the file's, for the sentence.
///
/// # Errors
/// one sentence when it is none.
pub fn table(name: &str, file: impl Read) -> Result<CapabilityTable, String> {
    /// the golden copy has a few tens of thousands.
    const MAX_BYTES: u64 = 4 * 1024 * 1024;
    let mut text = String::new();
    file.take(MAX_BYTES)
        .read_to_string(&mut text)
        .map_err(|why| format!("{name} cannot be read: {why}; name the table with --table"))?;
    serde_json::from_str(&text).map_err(|why| format!("{name} is no capability table: {why}"))
}

/// a tenth of a millisecond is as much as the clock of a busy machine is worth.
fn tenths(ms: f64) -> f64 {
    (ms * 10.0).round() / 10.0
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

/// one line of bounded length, without what a terminal might obey: controls, and marks that turn
/// the direction of writing or cannot be seen.
pub fn harmless(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let shown: String = text
        .chars()
        .map(|c| if hidden(c) { ' ' } else { c })
        .collect();
    let shown = shown.trim();
    let mut end = shown.len().min(SAY_MAX_BYTES);
    while !shown.is_char_boundary(end) {
        end -= 1;
    }
    shown[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> CapabilityTable {
        serde_json::from_str(include_str!("../../capability/capabilities.json")).unwrap()
    }

    #[test]
    fn the_contract_holds() {
        let plan = Outcome::Plan(vec![Action::new("process_list")]);
        let answer = Answer::of(&table(), "r".into(), plan, 3, 1.512, 0.90001);
        assert_eq!(
            answer.json(),
            r#"{"request":"r","outcome":"plan","actions":[{"type":"process_list"}],"text":"","risk":"observe","tokens":3,"ms":1.5,"confidence":0.9,"available":true}"#
        );
        let error = Answer::error("r".into(), "no model".into(), 0.0);
        assert_eq!(
            error.spoken(),
            "r\n  no model\n  error, observe, 0 ms, confidence 0"
        );
    }

    #[test]
    fn risk_is_the_highest_of_the_table() {
        let table = table();
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

    #[test]
    fn what_is_said_is_one_harmless_line() {
        let check = |text: &str, expect: &str| assert_eq!(harmless(text), expect);
        check("which file?", "which file?");
        check(" a\u{1b}[2Jb\u{202e}c\n\u{9b}", "a [2Jb c");
        assert_eq!(harmless(&"ß".repeat(3000)).len(), SAY_MAX_BYTES);
    }
}
