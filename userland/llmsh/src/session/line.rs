//! what a typed line does, and an answer to a question.

use super::{Code, Effect, For, Request, Session, State, Voice, meant, say};
use crate::answer;
use crate::builtin::{self, BUILTINS, Builtin};
use crate::intent::{self, Intent};
use llm_os_schema::command::{self, Line};
use llm_os_schema::limits::REQUEST_MAX_BYTES;
use llm_os_schema::result::Challenge;
use llm_os_schema::{Action, CapabilityTable, help, paths};
use llm_os_wire::executor::{self, Which};

const DRY_RUN_NEEDS: &str =
    "say what to plan, such as `dry-run rm -r old` or `plan free some space`";

impl Session {
    pub(super) fn line(&mut self, line: &str, out: &mut Vec<Effect>) {
        match &self.state {
            State::Confirming { .. } => self.answer(line, out),
            State::Idle => {
                self.code = Code::Done;
                self.takes_back = false;
                match self.asked.take() {
                    Some(request) => self.told(request, line.trim(), out),
                    None => self.typed(line.trim(), line.trim(), false, out),
                }
            }
            _ => {}
        }
    }

    /// a line at the prompt. `dry_run`: it stood behind words that mean plan only.
    fn typed(&mut self, line: &str, reason: &str, dry_run: bool, out: &mut Vec<Effect>) {
        if let Some(builtin) = builtin::parse(line) {
            return self.builtin(builtin, dry_run, out);
        }
        if !dry_run && let Some(Intent::PlanOnly { words, because }) = intent::leading(line) {
            if words.is_empty() {
                return self.fail(out, Code::Usage, DRY_RUN_NEEDS);
            }
            self.shown_only(&because, out);
            return self.typed(&words, reason, true, out);
        }
        let Some(table) = &self.table else {
            if !line.is_empty() {
                self.fail(out, Code::Failed, "the executor has not been reached yet, so nothing can be done: try again in a moment");
            }
            return;
        };
        match command::parse(table, line) {
            Line::Empty => {}
            Line::Wrong(sentence) => self.fail(out, Code::Usage, sentence),
            Line::Direct(plan) => self.propose(plan, reason, dry_run, false, out),
            Line::Words => match intent::of_words(line) {
                Intent::PlanOnly { words, because } if !dry_run => {
                    self.shown_only(&because, out);
                    self.ask_model(&words, reason, true, 0, out);
                }
                _ => self.ask_model(line, reason, dry_run, 0, out),
            },
        }
    }

    fn shown_only(&self, because: &str, out: &mut Vec<Effect>) {
        let because = crate::escape::line(because);
        say(
            out,
            Voice::Note,
            &format!("(you said \"{because}\": shown only, nothing will be run)\n"),
        );
    }

    pub(super) fn propose(
        &mut self,
        plan: Vec<Action>,
        reason: &str,
        dry_run: bool,
        from_words: bool,
        out: &mut Vec<Effect>,
    ) {
        self.turns.begin(reason, &plan);
        self.from_words = from_words;
        self.state = State::Proposed {
            from_words,
            given_up: false,
        };
        out.push(Effect::Executor(executor::Request::Propose {
            plan,
            cwd: self.cwd.clone(),
            reason: reason.to_owned(),
            dry_run,
        }));
    }

    pub(super) fn ask_model(
        &mut self,
        words: &str,
        reason: &str,
        dry_run: bool,
        asks: u32,
        out: &mut Vec<Effect>,
    ) {
        if words.len() > REQUEST_MAX_BYTES {
            return self.fail(
                out,
                Code::Usage,
                format!("the request is longer than {REQUEST_MAX_BYTES} bytes: shorten it"),
            );
        }
        if asks == 0 {
            self.words = Some(words.to_owned());
        }
        self.state = State::Naming(Request {
            words: words.to_owned(),
            reason: reason.to_owned(),
            dry_run,
            asks,
        });
        out.push(Effect::Executor(executor::Request::Names {
            cwd: self.cwd.clone(),
        }));
    }

    fn builtin(&mut self, builtin: Builtin, dry_run: bool, out: &mut Vec<Effect>) {
        match builtin {
            Builtin::Wrong(sentence) => self.fail(out, Code::Usage, sentence),
            Builtin::StrayAnswer => {
                self.fail(out, Code::Usage, "no question is waiting for an answer")
            }
            Builtin::Help(name) => self.help(name.as_deref(), out),
            Builtin::Pwd => say(
                out,
                Voice::Text,
                &format!("{}\n", crate::escape::line(&self.cwd)),
            ),
            Builtin::Clear => out.push(Effect::ClearScreen),
            Builtin::Exit => self.state = State::Ended,
            Builtin::Cd(dir) => self.cd(dir.as_deref(), out),
            Builtin::History(limit) => {
                self.wait(For::History, executor::Request::History { limit }, out)
            }
            Builtin::Show(id) => self.wait(For::Entry, executor::Request::Show { id }, out),
            Builtin::AuditVerify => self.wait(For::Audit, executor::Request::AuditVerify, out),
            Builtin::Undo(which) => self.undo(which, dry_run, out),
            Builtin::Redo if dry_run => self.fail(
                out,
                Code::Usage,
                "redo cannot be shown ahead; it always asks before it runs",
            ),
            Builtin::Redo => self.back(executor::Request::Redo, out),
            Builtin::Replay(id) => self.back(executor::Request::Replay { id }, out),
            Builtin::Meant(commands) => self.meant(&commands, dry_run, out),
            Builtin::Next if self.next.is_empty() => self.fail(
                out,
                Code::Usage,
                "nothing was left to look at: `next` is for after something failed",
            ),
            Builtin::Next => {
                let plan = std::mem::take(&mut self.next);
                self.propose(plan, "next", dry_run, false, out);
            }
        }
    }

    fn undo(&mut self, which: Which, dry_run: bool, out: &mut Vec<Effect>) {
        self.takes_back = true;
        self.back(executor::Request::Undo { which, dry_run }, out);
    }

    fn back(&mut self, request: executor::Request, out: &mut Vec<Effect>) {
        self.turns.drop_plan();
        self.from_words = false;
        self.state = State::Proposed {
            from_words: false,
            given_up: false,
        };
        out.push(Effect::Executor(request));
    }

    fn wait(&mut self, what: For, request: executor::Request, out: &mut Vec<Effect>) {
        self.state = State::Waiting(what);
        out.push(Effect::Executor(request));
    }

    fn cd(&mut self, dir: Option<&str>, out: &mut Vec<Effect>) {
        let dir = match (dir, &self.cwd_before) {
            (None, _) => "~",
            (Some("-"), Some(before)) => &before.clone(),
            (Some("-"), None) => {
                return self.fail(out, Code::Failed, "there is no directory to go back to yet");
            }
            (Some(dir), _) => dir,
        };
        match paths::absolute(&self.cwd, &self.home, dir) {
            // the executor answers whether it is a directory: the shell opens nothing.
            Ok(cwd) => self.wait(For::Cd(cwd.clone()), executor::Request::Names { cwd }, out),
            Err(error) => self.fail(out, Code::Usage, error.to_string()),
        }
    }

    fn help(&mut self, name: Option<&str>, out: &mut Vec<Effect>) {
        let Some(name) = name else {
            let mut text = String::from("say what you want in words, or type a command:\n\n");
            if let Some(table) = &self.table {
                text.push_str(&help::overview(table));
            }
            text.push_str("shell\n");
            for (_, usage, meaning) in BUILTINS {
                text.push_str(&format!("  {usage:<16} {meaning}\n"));
            }
            text.push_str("\n`help NAME` says more, such as `help read_file`. what changes something is shown first;\n`y` runs it. ctrl-c stops what is running. command lines of unix such as `rm -r old` or\n`systemctl restart web && uptime` are read as well, where every word of them is understood.\n");
            return say(out, Voice::Text, &text);
        };
        if let Some((_, usage, meaning)) = BUILTINS.iter().find(|(builtin, ..)| *builtin == name) {
            return say(out, Voice::Text, &format!("{usage}: {meaning}\n"));
        }
        match self.table.as_ref().and_then(|table| help::one(table, name)) {
            Some(text) => say(out, Voice::Text, &text),
            None => self.fail(
                out,
                Code::Usage,
                format!("there is no action or command `{name}`: `help` lists them"),
            ),
        }
    }

    /// the answer to a confirmation. anything but exactly what was asked for declines.
    fn answer(&mut self, line: &str, out: &mut Vec<Effect>) {
        let State::Confirming {
            token,
            challenge,
            steps,
        } = std::mem::replace(&mut self.state, State::Idle)
        else {
            return;
        };
        let answer = match &challenge {
            Challenge::Yes => answer::is_yes(line).then(|| "y".to_owned()),
            Challenge::Type { text } => (line.trim() == text.trim()).then(|| text.clone()),
        };
        match answer {
            Some(answer) => {
                self.run(steps);
                out.push(Effect::Executor(executor::Request::Confirm {
                    token,
                    answer,
                }));
            }
            None => self.decline(token, out),
        }
    }

    pub(super) fn decline(&mut self, token: String, out: &mut Vec<Effect>) {
        self.code = Code::Failed;
        self.turns.drop_plan();
        self.state = State::Declining;
        say(out, Voice::Note, "not done.\n");
        if self.from_words {
            say(out, Voice::Note, meant::HINT);
        }
        out.push(Effect::Executor(executor::Request::Decline { token }));
    }

    /// the line after a question of the model. if it is the answer, the request and the answer, one
    /// behind the other, are the new request; if it is a command or a request of its own, the
    /// question is dropped.
    fn told(&mut self, request: Request, line: &str, out: &mut Vec<Effect>) {
        if answer::is_none(line) {
            self.code = Code::Failed;
            return say(out, Voice::Note, "not done.\n");
        }
        if answer::is_yes(line) {
            // nothing was proposed, so there is nothing to say yes to.
            say(
                out,
                Voice::Note,
                "yes is no answer to that: say which, or press enter to drop it\n",
            );
            self.asked = Some(request);
            return;
        }
        let command = builtin::parse(line).is_some_and(|builtin| builtin != Builtin::StrayAnswer)
            || self
                .table
                .as_ref()
                .is_some_and(|table| is_whole_command(table, line));
        if command || answer::is_request(line) {
            return self.typed(line, line, false, out);
        }
        let words = format!(
            "{} {line}",
            request.words.trim_end_matches(['.', '?', '!', ' '])
        );
        let reason = format!("{} {line}", request.reason);
        // "…, but don't do it" counts in an answer as well.
        let says_so = line.contains(' ') && intent::of_words(line) != Intent::Run;
        let dry_run = request.dry_run || says_so;
        self.ask_model(&words, &reason, dry_run, request.asks + 1, out);
    }
}

/// whether the line is a command that needs nothing more. who is asked which service and types
/// `restart` answers; who types `poweroff` or `ls` has something else in mind.
fn is_whole_command(table: &CapabilityTable, line: &str) -> bool {
    match command::parse(table, line) {
        Line::Direct(plan) => {
            line.contains(' ') || plan.iter().all(|action| table.canonical(action).is_ok())
        }
        _ => false,
    }
}
