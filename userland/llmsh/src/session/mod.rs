//! the pure core: what is going on, and what each thing that happens makes of it.
//!
//! a session knows no socket, terminal or clock. the shell around it asks what it [`wants`](Session::wants),
//! brings it one [`Event`], and carries out the [`Effect`]s in their order. so every conversation can
//! be played through in a test, the nasty ones too.

use llm_os_schema::result::{Challenge, StepView};
use llm_os_schema::{Action, CapabilityTable, Names, Outcome};
use llm_os_wire::{executor, model};
use std::time::Duration;
use tiers::{Tier, Tiers};
use turns::Turns;

/// ^c, ^d, and connections that end.
mod ending;
/// what a typed line does, and an answer to a question.
mod line;
/// what the last words should have meant.
mod meant;
/// what the model runner replies.
mod planning;
/// what the executor replies.
mod reply;
/// which models there are, and when another is asked.
pub mod tiers;
/// the conversation so far.
mod turns;

#[cfg(test)]
mod tests;

/// the prompt, exactly, where no words leave the machine.
pub const PROMPT: &str = "llmsh> ";
/// rounds of question and answer before the shell stops asking on a request's behalf.
const ASKS_MAX: u32 = 3;

/// one person's session.
#[derive(Debug)]
pub struct Session {
    state: State,
    /// from the executor, at the last connect; `None` until there was one.
    table: Option<CapabilityTable>,
    home: String,
    cwd: String,
    cwd_before: Option<String>,
    /// the request that the model asked back about; the next line may be the answer.
    asked: Option<Request>,
    /// the last words that a model was asked, so that they can be taught.
    words: Option<String>,
    /// what the last failure said to look at next.
    next: Vec<Action>,
    /// the conversation so far.
    turns: Turns,
    /// whether the plan under way is a model's.
    from_words: bool,
    /// whether the plan under way is an undo.
    takes_back: bool,
    /// the outcome of the last line, for scripts.
    code: Code,
    options: Options,
    greeted: bool,
    tiers: Tiers,
    prompt: String,
}

/// how this session was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// one line was given on the command line: no banner, no indent, notes apart from output.
    pub one_line: bool,
    /// print the executor's messages as json, one a line.
    pub json: bool,
}

/// exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    Done = 0,
    Failed = 1,
    Usage = 2,
}

/// something that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Line(String),
    /// end of input.
    Eof,
    /// ^c.
    Interrupt,
    Executor(executor::Reply),
    /// the connection to the executor ended.
    ExecutorLost,
    /// a request could not be sent, also after trying again for a while.
    ExecutorAway(String),
    Model(model::Reply),
    /// the connection to the model runner ended.
    ModelLost,
    ModelAway(String),
    /// the time of the model under way is over.
    ModelLate,
}

/// something to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    Say(Voice, String),
    Executor(executor::Request),
    ExecutorHangUp,
    Model(Tier, Box<model::Request>),
    ModelHangUp,
    /// print this as json.
    Json(Box<serde_json::Value>),
    ClearScreen,
}

/// who speaks, so that the shell can colour it and scripts can tell it apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// the content of files, the output of programs; already escaped.
    Output,
    /// an answer to what was asked for: help, history, a proposal.
    Text,
    /// what is going on.
    Note,
    /// what went well.
    Good,
    /// what went wrong.
    Bad,
}

/// what the session waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Want {
    /// a line at the prompt.
    Line,
    /// an answer to this question, which ends with `? `. what was typed before it was shown must not
    /// answer it.
    Answer(String),
    /// a message.
    Reply,
    /// it is over.
    Exit(Code),
}

#[derive(Debug)]
enum State {
    Idle,
    /// names for the model are on their way.
    Naming(Request),
    /// a model is writing.
    Planning(Box<Planning>),
    /// the executor judges a plan. `given_up`: the person does not want it any more.
    Proposed {
        from_words: bool,
        given_up: bool,
    },
    Confirming {
        token: String,
        challenge: Challenge,
        steps: Vec<StepView>,
    },
    Declining,
    Running(Box<Run>),
    /// `history` and its like.
    Waiting(For),
    Ended,
}

/// words for the model.
#[derive(Clone, Debug, PartialEq)]
struct Request {
    /// what the model is asked.
    words: String,
    /// what was typed, journaled as the reason.
    reason: String,
    dry_run: bool,
    asks: u32,
}

/// a request that a model has.
#[derive(Debug)]
struct Planning {
    request: Request,
    names: Box<Names>,
    /// who was asked, the last of them now.
    asked: Vec<Tier>,
    tier: Tier,
    /// whether it has said anything; if not, a lost connection is worth one more try.
    heard: bool,
    retried: bool,
    /// what the embedded model said without being sure: it stands if nobody says better.
    said: Option<(Outcome, String)>,
}

/// a plan under way.
#[derive(Debug)]
struct Run {
    steps: Vec<StepView>,
    escaper: crate::escape::Escaper,
    /// step and stream of the last piece of output.
    last: Option<(u32, executor::Stream)>,
    had_output: bool,
    interrupts: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum For {
    History,
    Entry,
    Audit,
    /// whether this is a directory, to go there.
    Cd(String),
}

impl Session {
    /// a session with the embedded model alone.
    pub fn new(options: Options) -> Self {
        Session::with_tiers(options, Tiers::default())
    }

    pub fn with_tiers(options: Options, tiers: Tiers) -> Self {
        Session {
            state: State::Idle,
            table: None,
            home: "/".to_owned(),
            cwd: "/".to_owned(),
            cwd_before: None,
            asked: None,
            words: None,
            next: Vec::new(),
            turns: Turns::default(),
            from_words: false,
            takes_back: false,
            code: Code::Done,
            options,
            greeted: options.one_line,
            prompt: tiers.prompt(),
            tiers,
        }
    }

    /// what it waits for now.
    pub fn wants(&self) -> Want {
        match &self.state {
            State::Idle => Want::Line,
            State::Ended => Want::Exit(self.code),
            State::Confirming { challenge, .. } => Want::Answer(match challenge {
                Challenge::Yes => "run it? [y/n] ? ".to_owned(),
                Challenge::Type { text } => {
                    format!("type {} to confirm ? ", crate::escape::line(text))
                }
            }),
            _ => Want::Reply,
        }
    }

    /// takes one event in and says what to do.
    #[must_use]
    pub fn step(&mut self, event: Event) -> Vec<Effect> {
        let mut out = Vec::new();
        match event {
            Event::Line(line) => self.line(&line, &mut out),
            Event::Eof => self.eof(&mut out),
            Event::Interrupt => self.interrupt(&mut out),
            Event::Executor(reply) => self.reply(reply, &mut out),
            Event::ExecutorLost => self.executor_lost(&mut out),
            Event::ExecutorAway(why) => self.executor_away(&why, &mut out),
            Event::Model(reply) => self.planned(reply, &mut out),
            Event::ModelLost => self.model_lost(&mut out),
            Event::ModelAway(why) => self.model_away(&why, &mut out),
            Event::ModelLate => self.model_late(&mut out),
        }
        out
    }

    /// what a line is typed behind.
    pub fn prompt(&self) -> &str {
        &self.prompt
    }

    /// how long the model under way may take; `None`: as long as it likes.
    pub fn patience(&self) -> Option<Duration> {
        match &self.state {
            State::Planning(planning) => self.tiers.patience(planning.tier),
            _ => None,
        }
    }

    /// the outcome of the last line.
    pub fn code(&self) -> Code {
        self.code
    }

    pub fn table(&self) -> Option<&CapabilityTable> {
        self.table.as_ref()
    }

    pub fn cwd(&self) -> &str {
        &self.cwd
    }

    pub fn home(&self) -> &str {
        &self.home
    }

    /// whether a request to the executor is under way.
    pub fn needs_executor(&self) -> bool {
        matches!(
            self.state,
            State::Naming(_)
                | State::Proposed { .. }
                | State::Confirming { .. }
                | State::Declining
                | State::Running(_)
                | State::Waiting(_)
        )
    }

    fn indent(&self) -> &'static str {
        if self.options.one_line { "" } else { "  " }
    }

    fn fail(&mut self, out: &mut Vec<Effect>, code: Code, sentence: impl AsRef<str>) {
        self.code = code;
        self.state = State::Idle;
        say(
            out,
            Voice::Bad,
            &format!("{}\n", crate::escape::line(sentence.as_ref())),
        );
    }
}

fn say(out: &mut Vec<Effect>, voice: Voice, text: &str) {
    if !text.is_empty() {
        out.push(Effect::Say(voice, text.to_owned()));
    }
}
