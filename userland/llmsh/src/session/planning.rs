//! what the model runner replies. its words are shown, never obeyed: a plan is proposed to the
//! executor like anyone's.

use super::{ASKS_MAX, Code, Effect, Request, Session, State, Voice, say};
use crate::escape;
use llm_os_schema::{Names, Outcome};
use llm_os_wire::model::{self, Reply, Stage};

impl Session {
    pub(super) fn ask_runner(
        &mut self,
        request: Request,
        names: Box<Names>,
        retried: bool,
        out: &mut Vec<Effect>,
    ) {
        let Some(table) = self.table.clone() else {
            return;
        };
        out.push(Effect::Model(Box::new(model::Request::Ask {
            request: request.words.clone(),
            names: names.clone(),
            table,
            background: false,
        })));
        self.state = State::Planning {
            request,
            names,
            heard: false,
            retried,
        };
    }

    pub(super) fn planned(&mut self, reply: Reply, out: &mut Vec<Effect>) {
        let State::Planning { request, heard, .. } = &mut self.state else {
            return;
        };
        match reply {
            Reply::Progress { stage } => {
                *heard = true;
                let stage = match stage {
                    Stage::Waking => "(the model wakes ...)\n",
                    Stage::Thinking => "(the model thinks ...)\n",
                };
                say(out, Voice::Note, stage);
            }
            Reply::Outcome {
                outcome,
                ms,
                confidence,
                ..
            } => {
                let request = request.clone();
                if self.options.json
                    && let Ok(value) = serde_json::to_value(&outcome)
                {
                    out.push(Effect::Json(Box::new(value)));
                }
                let note = format!("(planned in {ms:.0} ms, confidence {confidence:.2})\n");
                self.outcome(request, outcome, &note, out);
            }
            Reply::Error { message } => self.fail(out, Code::Failed, message),
        }
    }

    fn outcome(&mut self, request: Request, outcome: Outcome, note: &str, out: &mut Vec<Effect>) {
        match outcome {
            Outcome::Plan(plan) => {
                say(out, Voice::Note, note);
                self.propose(plan, &request.reason, request.dry_run, true, out);
            }
            Outcome::Ask(_) if request.asks >= ASKS_MAX => {
                self.fail(out, Code::Failed, "this is still not clear: say it again in one sentence, or type a command (`help` lists them)");
            }
            Outcome::Ask(text) => {
                self.code = Code::Failed;
                self.state = State::Idle;
                self.asked = Some(request);
                say(out, Voice::Text, &format!("{}\n", question(&text)));
            }
            Outcome::Answer(text) => {
                self.state = State::Idle;
                say(out, Voice::Text, &escape::block(&text, ""));
            }
            Outcome::Refuse(text) => self.fail(out, Code::Failed, format!("refused: {text}")),
        }
    }

    pub(super) fn model_lost(&mut self, out: &mut Vec<Effect>) {
        let state = std::mem::replace(&mut self.state, State::Idle);
        match state {
            // the runner was on its way to sleep when the request came: wake it once more.
            State::Planning {
                request,
                names,
                heard: false,
                retried: false,
            } => {
                self.ask_runner(request, names, true, out);
            }
            State::Planning { .. } => {
                self.fail(out, Code::Failed, "the model runner ended before it had an answer: try again, or type a command (`help` lists them)");
            }
            other => {
                self.state = other;
                say(out, Voice::Note, "(the model sleeps again)\n");
            }
        }
    }

    pub(super) fn model_away(&mut self, why: &str, out: &mut Vec<Effect>) {
        if matches!(self.state, State::Planning { .. }) {
            self.fail(out, Code::Failed, format!("the model cannot be reached ({why}): commands work without it, `help` lists them"));
        }
    }
}

/// the model's question, ending as every question that waits does.
fn question(text: &str) -> String {
    let text = escape::line(text);
    let text = text.trim_end().trim_end_matches('?').trim_end();
    format!("{text}? ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_ends_as_questions_do() {
        for text in ["which file?", "which file", "which file? ", "which file ??"] {
            assert_eq!(question(text), "which file? ");
        }
    }
}
