//! what the model runner replies. its words are shown, never obeyed: a plan is proposed to the
//! executor like anyone's.

use super::tiers::Tier;
use super::{ASKS_MAX, Code, Effect, Planning, Request, Session, State, Voice, say};
use crate::escape;
use llm_os_schema::mended::mended;
use llm_os_schema::{Names, Outcome};
use llm_os_wire::model::{self, Reply, Stage};

impl Session {
    /// asks the first of the models.
    pub(super) fn ask_first(&mut self, request: Request, names: Box<Names>, out: &mut Vec<Effect>) {
        let tier = self.tiers.next(&[]).unwrap_or(Tier::Embedded);
        let planning = Planning {
            request,
            names,
            asked: Vec::new(),
            tier,
            heard: false,
            retried: false,
            said: None,
        };
        self.ask_tier(Box::new(planning), tier, out);
    }

    fn ask_tier(&mut self, mut planning: Box<Planning>, tier: Tier, out: &mut Vec<Effect>) {
        let Some(table) = self.table.clone() else {
            return;
        };
        planning.retried = planning.asked.last() == Some(&tier);
        planning.tier = tier;
        planning.heard = false;
        planning.asked.push(tier);
        let ask = model::Request::Ask {
            request: planning.request.words.clone(),
            names: planning.names.clone(),
            table,
            // whoever gave a line to run and went on waits for those who sit and wait.
            background: self.options.one_line,
        };
        out.push(Effect::Model(tier, Box::new(ask)));
        self.state = State::Planning(planning);
    }

    pub(super) fn planned(&mut self, reply: Reply, out: &mut Vec<Effect>) {
        let State::Planning(planning) = &mut self.state else {
            return;
        };
        match reply {
            Reply::Progress { stage } => {
                planning.heard = true;
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
                remembered,
                ..
            } => {
                let time = match remembered {
                    true => "as before".to_owned(),
                    false => format!("in {ms:.0} ms"),
                };
                self.weigh(outcome, &time, confidence, out);
            }
            Reply::Error { message } => self.skip(&message, message.clone(), out),
        }
    }

    /// takes an outcome, or asks another model because this one was not sure. `time`: how long it
    /// took, in words.
    fn weigh(&mut self, outcome: Outcome, time: &str, confidence: f64, out: &mut Vec<Effect>) {
        let State::Planning(mut planning) = std::mem::replace(&mut self.state, State::Idle) else {
            return;
        };
        let tier = planning.tier;
        let by = match tier {
            Tier::Embedded => String::new(),
            _ => format!(" by {}", self.tiers.name(tier)),
        };
        let mut note = format!("(planned{by} {time}, confidence {confidence:.2})\n");
        if let Outcome::Plan(plan) = &outcome {
            // a guess at what was typed is no secret.
            for (typed, meant) in mended(&planning.request.words, &planning.names, plan) {
                let (typed, meant) = (escape::line(&typed), escape::line(&meant));
                note.push_str(&format!("(there is no {typed}: read as {meant})\n"));
            }
        }
        // what is refused stays refused: nobody else is asked to overrule it.
        let refused = matches!(outcome, Outcome::Refuse(_));
        let next = self.tiers.next(&planning.asked).filter(|_| !refused);
        match next.filter(|_| !self.tiers.is_sure(tier, confidence)) {
            Some(next) => {
                let announce = self.tiers.announce(next);
                say(
                    out,
                    Voice::Note,
                    &format!("(not sure, confidence {confidence:.2}: {announce} ...)\n"),
                );
                planning.said = Some((outcome, note));
                self.ask_tier(planning, next, out);
            }
            None => self.take(planning.request, outcome, &note, out),
        }
    }

    fn take(&mut self, request: Request, outcome: Outcome, note: &str, out: &mut Vec<Effect>) {
        if self.options.json
            && let Ok(value) = serde_json::to_value(&outcome)
        {
            out.push(Effect::Json(Box::new(value)));
        }
        self.outcome(request, outcome, note, out);
    }

    /// the model under way gives no outcome: the next is asked, or what was said before stands.
    /// `alone`: the sentence for a person who had nobody else to ask.
    fn skip(&mut self, why: &str, alone: String, out: &mut Vec<Effect>) {
        let State::Planning(mut planning) = std::mem::replace(&mut self.state, State::Idle) else {
            return;
        };
        let name = self.tiers.name(planning.tier);
        let why = escape::line(why);
        if let Some(next) = self.tiers.next(&planning.asked) {
            let announce = self.tiers.announce(next);
            say(out, Voice::Note, &format!("(skipped {name}: {why})\n"));
            say(out, Voice::Note, &format!("({announce} ...)\n"));
            return self.ask_tier(planning, next, out);
        }
        match planning.said.take() {
            Some((outcome, note)) => {
                let line =
                    format!("(skipped {name}: {why}; what follows is the embedded model's)\n");
                say(out, Voice::Note, &line);
                self.take(planning.request, outcome, &note, out);
            }
            None => self.fail(out, Code::Failed, alone),
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
        match std::mem::replace(&mut self.state, State::Idle) {
            // the runner was on its way to sleep when the request came: wake it once more.
            State::Planning(planning) if !planning.heard && !planning.retried => {
                let tier = planning.tier;
                self.ask_tier(planning, tier, out);
            }
            State::Planning(planning) => {
                self.state = State::Planning(planning);
                let alone = "the model runner ended before it had an answer: try again, or type a command (`help` lists them)";
                self.skip("it ended before it had an answer", alone.to_owned(), out);
            }
            other => {
                self.state = other;
                say(out, Voice::Note, "(the model sleeps again)\n");
            }
        }
    }

    pub(super) fn model_away(&mut self, why: &str, out: &mut Vec<Effect>) {
        let alone = format!(
            "the model cannot be reached ({why}): commands work without it, `help` lists them"
        );
        self.skip(&format!("it cannot be reached ({why})"), alone, out);
    }

    pub(super) fn model_late(&mut self, out: &mut Vec<Effect>) {
        let Some(patience) = self.patience() else {
            return;
        };
        out.push(Effect::ModelHangUp);
        let why = format!("it gave no answer in {} s", patience.as_secs());
        let alone = format!(
            "the model {}: try again, or type a command (`help` lists them)",
            why.trim_start_matches("it ")
        );
        self.skip(&why, alone, out);
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
