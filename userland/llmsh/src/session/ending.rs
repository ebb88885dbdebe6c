//! ^c, ^d, and connections that end.

use super::{Code, Effect, Session, State, Voice, say};
use llm_os_wire::{executor, model};

impl Session {
    pub(super) fn interrupt(&mut self, out: &mut Vec<Effect>) {
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Idle => {
                if self.asked.take().is_some() {
                    self.code = Code::Failed;
                    say(out, Voice::Note, "not done.\n");
                }
            }
            State::Ended => self.state = State::Ended,
            State::Confirming { token, .. } => self.decline(token, out),
            State::Naming(_) | State::Declining | State::Waiting(_) => {
                self.stop_waiting("stopped waiting; nothing was changed", out);
            }
            State::Planning(planning) => {
                let cancel = Box::new(model::Request::Cancel);
                out.push(Effect::Model(planning.tier, cancel));
                out.push(Effect::ModelHangUp);
                self.fail(out, Code::Failed, "cancelled; nothing was done");
            }
            State::Proposed { given_up: true, .. } => {
                self.stop_waiting(
                    "stopped waiting; nothing was confirmed, so nothing was changed",
                    out,
                );
            }
            State::Proposed { from_words, .. } => {
                // its token has to be declined when it comes.
                self.state = State::Proposed {
                    from_words,
                    given_up: true,
                };
            }
            State::Running(mut run) => {
                run.interrupts += 1;
                match run.interrupts {
                    1 => {
                        say(out, Voice::Output, run.escaper.finish());
                        say(out, Voice::Note, "stopping ...\n");
                        out.push(Effect::Executor(executor::Request::Cancel));
                        self.state = State::Running(run);
                    }
                    2 => {
                        say(
                            out,
                            Voice::Note,
                            "still stopping; ctrl-c once more stops waiting for it\n",
                        );
                        self.state = State::Running(run);
                    }
                    _ => self
                        .stop_waiting("not waiting any longer: `history` says what was done", out),
                }
            }
        }
    }

    /// an answer that is not waited for may still come: a new connection will not see it.
    fn stop_waiting(&mut self, sentence: &str, out: &mut Vec<Effect>) {
        out.push(Effect::ExecutorHangUp);
        self.fail(out, Code::Failed, sentence);
    }

    pub(super) fn eof(&mut self, out: &mut Vec<Effect>) {
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Idle | State::Ended => {}
            State::Confirming { token, .. } => {
                say(out, Voice::Note, "\n");
                self.decline(token, out);
            }
            other => self.state = other,
        }
    }

    pub(super) fn executor_lost(&mut self, out: &mut Vec<Effect>) {
        let sentence = match &self.state {
            State::Confirming { .. } => {
                "\nnot done: the executor went away, and what it asked is void with it"
            }
            State::Running(_) => {
                "the executor went away while this ran: `history` says what was done"
            }
            State::Declining => {
                self.state = State::Idle;
                return;
            }
            State::Naming(_) | State::Proposed { .. } | State::Waiting(_) => {
                "the executor went away before it answered; nothing was run: try again"
            }
            _ => return,
        };
        if sentence.starts_with('\n') {
            say(out, Voice::Note, "\n");
        }
        self.fail(out, Code::Failed, sentence.trim_start());
    }

    pub(super) fn executor_away(&mut self, why: &str, out: &mut Vec<Effect>) {
        if self.needs_executor() {
            self.fail(
                out,
                Code::Failed,
                format!(
                    "the executor cannot be reached ({why}); nothing was run: try again in a moment"
                ),
            );
        }
    }
}
