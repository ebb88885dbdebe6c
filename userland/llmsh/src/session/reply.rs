//! what the executor replies.

use super::{Code, Effect, For, Run, Session, State, Voice, say};
use crate::escape::{self, Escaper};
use crate::render;
use llm_os_schema::result::{PlanResult, Status, StepResult, StepView, Verdict};
use llm_os_schema::{Names, Risk};
use llm_os_wire::executor::{Reply, Stream};

impl Session {
    pub(super) fn reply(&mut self, reply: Reply, out: &mut Vec<Effect>) {
        if self.options.json
            && !matches!(reply, Reply::Welcome { .. } | Reply::Names(_) | Reply::Pong)
            && let Ok(value) = serde_json::to_value(&reply)
        {
            out.push(Effect::Json(Box::new(value)));
        }
        match reply {
            Reply::Welcome {
                build, home, table, ..
            } => self.welcome(&build, home, table, out),
            Reply::Pong => {}
            Reply::Names(names) => self.names(names, out),
            Reply::Proposal {
                steps,
                risk,
                verdict,
                ..
            } => self.proposal(steps, risk, verdict, out),
            Reply::Output { step, stream, text } => self.output(step, stream, &text, out),
            Reply::StepDone { step, result } => self.step_done(step, &result, out),
            Reply::Done(result) => self.done(result, out),
            Reply::History(mut entries) => {
                if self.waited(&For::History) {
                    // the newest next to the prompt.
                    entries.sort_by_key(|entry| entry.id);
                    let lines: String = entries.iter().map(render::history_line).collect();
                    let lines = if lines.is_empty() {
                        "nothing has been changed yet\n"
                    } else {
                        &lines
                    };
                    say(out, Voice::Text, lines);
                }
            }
            Reply::Entry(entry) => {
                if self.waited(&For::Entry) {
                    say(out, Voice::Text, &render::entry(&entry));
                }
            }
            Reply::Audit {
                intact,
                records,
                message,
            } => {
                if self.waited(&For::Audit) {
                    self.audit(intact, records, &message, out);
                }
            }
            Reply::Error { message } => self.refused(&message, out),
        }
    }

    fn welcome(
        &mut self,
        build: &str,
        home: String,
        table: llm_os_schema::CapabilityTable,
        out: &mut Vec<Effect>,
    ) {
        // a new executor after a restart does not move the person.
        if self.table.replace(table).is_none() {
            self.cwd.clone_from(&home);
        }
        self.home = home;
        if !std::mem::replace(&mut self.greeted, true) {
            let build = escape::line(build);
            say(
                out,
                Voice::Note,
                &format!(
                    "llm-os {build}: say what you want in words, or type a command; `help` lists them.\n"
                ),
            );
            say(
                out,
                Voice::Note,
                "for example: how much memory is free?   create a file named hello.txt with content 'world'   undo\n",
            );
        }
    }

    /// whether this was waited for; if so, it is over.
    fn waited(&mut self, what: &For) -> bool {
        let waited = matches!(&self.state, State::Waiting(for_what) if for_what == what);
        if waited {
            self.state = State::Idle;
        }
        waited
    }

    fn names(&mut self, names: Names, out: &mut Vec<Effect>) {
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Naming(request) => {
                let mut names = Box::new(names);
                self.turns.tell(&mut names);
                self.ask_first(request, names, out);
            }
            State::Waiting(For::Cd(cwd)) => {
                self.turns.forget();
                self.cwd_before = Some(std::mem::replace(&mut self.cwd, cwd));
            }
            other => self.state = other,
        }
    }

    fn proposal(
        &mut self,
        steps: Vec<StepView>,
        risk: Risk,
        verdict: Verdict,
        out: &mut Vec<Effect>,
    ) {
        let (from_words, given_up) = match &self.state {
            State::Proposed {
                from_words,
                given_up,
            } => (*from_words, *given_up),
            // what the plan would meet changed since it was shown: shown and asked again.
            State::Running(_) => {
                say(
                    out,
                    Voice::Bad,
                    "something changed since this was shown, so nothing was run; it is now:\n",
                );
                (false, false)
            }
            _ => return,
        };
        match verdict {
            Verdict::Runs => {
                if from_words && !given_up {
                    let sentences: Vec<String> = steps
                        .iter()
                        .map(|step| escape::line(&step.sentence))
                        .collect();
                    say(out, Voice::Note, &format!("({})\n", sentences.join("; ")));
                }
                self.run(steps);
                if given_up {
                    self.interrupt(out);
                }
            }
            Verdict::Confirm { token, .. } if given_up => self.decline(token, out),
            Verdict::Confirm {
                token, challenge, ..
            } => {
                say(out, Voice::Text, &render::proposal(&steps));
                self.state = State::Confirming {
                    token,
                    challenge,
                    steps,
                };
            }
            Verdict::Shown => {
                self.turns.keep();
                say(out, Voice::Text, &render::proposal(&steps));
                say(
                    out,
                    Voice::Note,
                    &format!("(nothing was run; {})\n", render::would_take(risk)),
                );
                self.state = State::Idle;
            }
            Verdict::Refused { reason } => {
                // a plan of one step says all in its reason.
                if steps.len() > 1 {
                    say(out, Voice::Text, &render::proposal(&steps));
                }
                self.fail(out, Code::Failed, format!("refused: {reason}"));
            }
        }
    }

    pub(super) fn run(&mut self, steps: Vec<StepView>) {
        self.state = State::Running(Box::new(Run {
            steps,
            escaper: Escaper::new(self.indent()),
            last: None,
            had_output: false,
            interrupts: 0,
        }));
    }

    fn output(&mut self, step: u32, stream: Stream, text: &str, out: &mut Vec<Effect>) {
        let State::Running(run) = &mut self.state else {
            return;
        };
        if run
            .last
            .replace((step, stream))
            .is_some_and(|last| last != (step, stream))
        {
            say(out, Voice::Output, run.escaper.finish());
        }
        run.had_output |= !text.is_empty();
        let text = run.escaper.push(text);
        say(out, Voice::Output, &text);
    }

    fn step_done(&mut self, step: u32, result: &StepResult, out: &mut Vec<Effect>) {
        let whole_line = !self.options.one_line;
        let State::Running(run) = &mut self.state else {
            return;
        };
        if whole_line {
            say(out, Voice::Output, run.escaper.finish());
        }
        let observes = run
            .steps
            .get(step as usize)
            .is_some_and(|step| step.risk == Risk::Observe);
        let had_output = std::mem::take(&mut run.had_output);
        say(
            out,
            Voice::Note,
            &render::step(result, observes, had_output, run.steps.len() > 1),
        );
    }

    fn done(&mut self, result: PlanResult, out: &mut Vec<Effect>) {
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Running(mut run) => {
                if !self.options.one_line {
                    say(out, Voice::Output, run.escaper.finish());
                }
                let sentences: Vec<String> =
                    run.steps.into_iter().map(|step| step.sentence).collect();
                let good = result.status == Status::Done;
                if good && !self.takes_back {
                    self.turns.keep();
                }
                let listed: Vec<String> = result
                    .steps
                    .iter()
                    .flat_map(|step| step.names.clone())
                    .collect();
                self.turns.listed(&listed, &self.cwd);
                let voice = if good { Voice::Good } else { Voice::Bad };
                say(
                    out,
                    voice,
                    &render::ending(&result, &sentences, self.takes_back),
                );
                say(out, Voice::Note, &render::afterwards(&result));
                self.code = if good { Code::Done } else { Code::Failed };
                self.next = result.next;
            }
            // the answer to a decline, which has been told already.
            State::Declining => {}
            other => self.state = other,
        }
    }

    fn audit(&mut self, intact: bool, records: u64, message: &str, out: &mut Vec<Effect>) {
        if intact {
            let said = if message.is_empty() {
                format!("{records} records")
            } else {
                message.to_owned()
            };
            let said = escape::line(&said);
            say(
                out,
                Voice::Good,
                &format!("the journal is intact: {said}\n"),
            );
        } else {
            self.fail(out, Code::Failed, message);
        }
    }

    /// an error is the answer to whatever was asked.
    fn refused(&mut self, message: &str, out: &mut Vec<Effect>) {
        match self.state {
            // the token had expired before it was declined: nothing was to be done anyway.
            State::Declining => self.state = State::Idle,
            State::Idle | State::Ended | State::Planning(_) => {}
            _ => self.fail(out, Code::Failed, message),
        }
    }
}
