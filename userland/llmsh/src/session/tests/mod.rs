//! conversations, played through: the executor and the model are scripts.

use super::*;

/// ^c, losses, and everything in any order.
mod endings;
/// from one model to the next.
mod handing;
/// requests, confirmations, questions.
mod talks;

use llm_os_schema::result::{PlanResult, Status, StepResult, Verdict};
use llm_os_schema::{Outcome, Risk};
use llm_os_wire::executor::{Reply, Request as Asked, Stream};

pub(super) fn table() -> CapabilityTable {
    let golden = include_str!("../../../../capability/capabilities.json");
    serde_json::from_str(golden).unwrap()
}

pub(super) fn session() -> Session {
    with_options(Options::default())
}

pub(super) fn with_options(options: Options) -> Session {
    let mut session = Session::new(options);
    let _ = session.step(Event::Executor(Reply::Welcome {
        protocol: executor::PROTOCOL,
        build: "test".to_owned(),
        who: "operator".to_owned(),
        home: "/home/op".to_owned(),
        table: table(),
    }));
    session
}

pub(super) fn view(sentence: &str, risk: Risk) -> StepView {
    StepView {
        sentence: sentence.to_owned(),
        risk,
        loses: None,
        way_back: None,
    }
}

pub(super) fn proposal(risk: Risk, verdict: Verdict) -> Event {
    Event::Executor(Reply::Proposal {
        steps: vec![view("do the thing", risk)],
        risk,
        hash: "00".to_owned(),
        verdict,
    })
}

pub(super) fn asks(challenge: Challenge) -> Event {
    let risk = match challenge {
        Challenge::Yes => Risk::Change,
        Challenge::Type { .. } => Risk::Destroy,
    };
    let verdict = Verdict::Confirm {
        token: "t1".to_owned(),
        challenge,
        valid_ms: 1000,
    };
    proposal(risk, verdict)
}

pub(super) fn done(status: Status, id: Option<u64>) -> Event {
    Event::Executor(Reply::Done(PlanResult {
        id,
        status,
        steps: vec![StepResult {
            status,
            summary: "what came of it".to_owned(),
            origin: "file /x".to_owned(),
            cut: false,
            exit_code: None,
            names: Vec::new(),
        }],
        undoable: id.is_some(),
        next: vec![],
    }))
}

pub(super) fn model(outcome: Outcome) -> Event {
    Event::Model(model::Reply::Outcome {
        outcome,
        model: "embedded".to_owned(),
        tokens: 9,
        ms: 41.6,
        confidence: 0.97,
        remembered: false,
    })
}

pub(super) fn line(text: &str) -> Event {
    Event::Line(text.to_owned())
}

/// effects as text: what is said, and what is sent in braces.
pub(super) fn shown(effects: &[Effect]) -> String {
    effects
        .iter()
        .map(|effect| match effect {
            Effect::Say(_, text) => text.clone(),
            Effect::Executor(request) => format!("{{{}}}", serde_json::to_string(request).unwrap()),
            Effect::Model(_, request) => match request.as_ref() {
                model::Request::Ask { request, .. } => format!("{{ask {request}}}"),
                model::Request::Cancel => "{cancel}".to_owned(),
            },
            other => format!("{{{other:?}}}"),
        })
        .collect()
}

pub(super) fn step(session: &mut Session, event: Event) -> String {
    shown(&session.step(event))
}
