//! a client of the daemon, and the plans that it proposes.

use llm_os_schema::Action;
use llm_os_schema::result::{Challenge, PlanResult, Verdict};
use llm_os_wire::executor::{Reply, Request};
use llm_os_wire::frame;
use std::os::unix::net::UnixStream;

/// a client's side.
pub struct Wire(pub UnixStream);

impl Wire {
    pub fn say(&mut self, request: &Request) {
        frame::write(&mut self.0, request).unwrap();
    }

    pub fn hear(&mut self) -> Reply {
        frame::read(&mut self.0).unwrap()
    }

    /// whether the other side has closed.
    pub fn is_over(&mut self) -> bool {
        frame::read::<Reply>(&mut self.0).is_err()
    }

    pub fn ask(&mut self, request: &Request) -> Reply {
        self.say(request);
        self.hear()
    }

    pub fn propose(&mut self, plan: &[Action]) -> Reply {
        self.ask(&propose(plan))
    }

    /// a token and its challenge.
    pub fn token(&mut self, request: &Request) -> (String, Challenge) {
        token_of(self.ask(request))
    }

    pub fn confirm(&mut self, token: &str, answer: &str) {
        self.say(&Request::Confirm {
            token: token.to_owned(),
            answer: answer.to_owned(),
        });
    }

    /// reads a run to its end.
    pub fn run(&mut self) -> PlanResult {
        loop {
            match self.hear() {
                Reply::Output { .. } | Reply::StepDone { .. } => {}
                Reply::Done(result) => return result,
                other => panic!("not a run: {other:?}"),
            }
        }
    }

    /// proposes, answers as asked, and reads the run.
    pub fn obey(&mut self, request: &Request) -> PlanResult {
        let (token, challenge) = self.token(request);
        let answer = match challenge {
            Challenge::Yes => "y".to_owned(),
            Challenge::Type { text } => text,
        };
        self.confirm(&token, &answer);
        self.run()
    }

    /// the sentence of an error.
    pub fn refused(&mut self, request: &Request) -> String {
        error_of(self.ask(request))
    }
}

pub fn error_of(reply: Reply) -> String {
    match reply {
        Reply::Error { message } => message,
        other => panic!("no error: {other:?}"),
    }
}

pub fn token_of(reply: Reply) -> (String, Challenge) {
    match reply {
        Reply::Proposal {
            verdict: Verdict::Confirm {
                token, challenge, ..
            },
            ..
        } => (token, challenge),
        other => panic!("not to be confirmed: {other:?}"),
    }
}

pub fn propose(plan: &[Action]) -> Request {
    Request::Propose {
        plan: plan.to_vec(),
        cwd: "/home".to_owned(),
        reason: "because".to_owned(),
        dry_run: false,
    }
}

pub fn write(path: &str, content: &str) -> Action {
    Action::new("write_file")
        .with("path", path)
        .with("content", content)
}

pub fn delete(path: &str) -> Action {
    Action::new("delete_file").with("path", path)
}

pub fn read(path: &str) -> Action {
    Action::new("read_file").with("path", path)
}

pub fn exec() -> Action {
    Action::new("exec").with("argv", vec!["sleep", "100"])
}
