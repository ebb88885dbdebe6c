//! from one model to the next.

use super::*;
use crate::session::tiers::Tiers;

const SURE: f64 = 0.9;
const UNSURE: f64 = 0.4;

/// a session with these models, whose request is on its way to the first of them.
fn asking(env: &[(&str, &str)]) -> (Session, String) {
    let tiers = Tiers::told(|name| {
        let found = env.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| (*value).to_owned())
    });
    let mut s = Session::with_tiers(Options::default(), tiers);
    let _ = s.step(Event::Executor(Reply::Welcome {
        protocol: executor::PROTOCOL,
        build: "test".to_owned(),
        who: "operator".to_owned(),
        home: "/home/op".to_owned(),
        table: table(),
    }));
    let _ = s.step(line("tidy up"));
    let effects = s.step(Event::Executor(Reply::Names(Names::default())));
    let said = told(&effects);
    (s, said)
}

/// what is said, who is asked, and what is proposed.
fn told(effects: &[Effect]) -> String {
    effects
        .iter()
        .map(|effect| match effect {
            Effect::Model(tier, request) => match request.as_ref() {
                model::Request::Ask { .. } => format!("{{ask {tier:?}}}"),
                model::Request::Cancel => format!("{{cancel {tier:?}}}"),
            },
            Effect::Executor(Asked::Propose { plan, .. }) => {
                format!("{{propose {}}}", plan[0].args["path"])
            }
            other => shown(std::slice::from_ref(other)),
        })
        .collect()
}

fn says(s: &mut Session, path: &str, confidence: f64) -> String {
    let outcome = Outcome::Plan(vec![Action::new("read_file").with("path", path)]);
    told(&s.step(reply(outcome, confidence)))
}

fn reply(outcome: Outcome, confidence: f64) -> Event {
    Event::Model(model::Reply::Outcome {
        outcome,
        model: "m".to_owned(),
        tokens: 1,
        ms: 5.0,
        confidence,
        remembered: false,
    })
}

fn breaks(s: &mut Session, why: &str) -> String {
    let message = why.to_owned();
    told(&s.step(Event::Model(model::Reply::Error { message })))
}

const FILE: (&str, &str) = ("LLM_OS_MODEL_FILE", "/data/models/a.gguf");
const BIG: (&str, &str) = ("LLM_OS_MODEL_FIRST", "big");
const URL: (&str, &str) = ("LLM_OS_ENDPOINT_URL", "http://10.0.2.2:8080/v1");
const MODEL: (&str, &str) = ("LLM_OS_ENDPOINT_MODEL", "m");

#[test]
fn a_sure_answer_goes_nowhere_else() {
    let (mut s, said) = asking(&[URL, MODEL, FILE]);
    assert_eq!(said, "{ask Embedded}");
    assert_eq!(
        says(&mut s, "a", SURE),
        "(planned in 5 ms, confidence 0.90)\n{propose \"a\"}"
    );
}

#[test]
fn without_another_model_an_unsure_answer_stands() {
    let (mut s, _) = asking(&[]);
    assert_eq!(
        says(&mut s, "a", UNSURE),
        "(planned in 5 ms, confidence 0.40)\n{propose \"a\"}"
    );
}

#[test]
fn an_unsure_one_is_handed_on_and_who_gets_the_words_is_said_first() {
    let (mut s, _) = asking(&[URL, MODEL]);
    assert_eq!(
        says(&mut s, "a", UNSURE),
        "(not sure, confidence 0.40: asking m at 10.0.2.2:8080; your words and the names shown with \
         them leave this machine ...)\n{ask Endpoint}"
    );
    assert_eq!(s.wants(), Want::Reply);
    assert_eq!(
        says(&mut s, "b", 0.1),
        "(planned by m at 10.0.2.2:8080 in 5 ms, confidence 0.10)\n{propose \"b\"}"
    );
}

#[test]
fn an_unsure_question_is_handed_on_and_the_answer_is_shown_once() {
    let (mut s, _) = asking(&[FILE]);
    let said = told(&s.step(reply(Outcome::Ask("which file?".into()), UNSURE)));
    assert_eq!(
        said,
        "(not sure, confidence 0.40: asking a.gguf on this machine, which takes longer ...)\n{ask Big}"
    );
    let said = told(&s.step(reply(
        Outcome::Answer("there is nothing to tidy".into()),
        SURE,
    )));
    assert_eq!(said, "there is nothing to tidy\n");
    assert_eq!(s.wants(), Want::Line);
}

#[test]
fn whoever_fails_is_skipped_with_one_line_and_the_first_word_stands() {
    let (mut s, _) = asking(&[URL, MODEL, FILE]);
    let _ = says(&mut s, "a", UNSURE);
    assert_eq!(
        breaks(&mut s, "the file is damaged"),
        "(skipped a.gguf: the file is damaged)\n(asking m at 10.0.2.2:8080; your words and the names \
         shown with them leave this machine ...)\n{ask Endpoint}"
    );
    assert_eq!(
        breaks(&mut s, "it closed\x1b[2J half-way"),
        "(skipped m at 10.0.2.2:8080: it closed\\x1b[2J half-way; what follows is the embedded \
         model's)\n(planned in 5 ms, confidence 0.40)\n{propose \"a\"}"
    );
}

#[test]
fn missing_lost_and_late_ones_are_skipped() {
    for (event, why) in [
        (
            Event::ModelAway("no such file".into()),
            "it cannot be reached (no such file)",
        ),
        (Event::ModelLate, "it gave no answer in 65 s"),
    ] {
        let (mut s, _) = asking(&[URL, MODEL]);
        let _ = says(&mut s, "a", UNSURE);
        let said = told(&s.step(event));
        let line =
            format!("(skipped m at 10.0.2.2:8080: {why}; what follows is the embedded model's)\n");
        assert!(said.contains(&line), "{said}");
        assert!(said.ends_with("{propose \"a\"}"), "{said}");
    }
    let (mut s, _) = asking(&[URL, MODEL]);
    let _ = says(&mut s, "a", UNSURE);
    // woken once more, as every runner is.
    assert_eq!(told(&s.step(Event::ModelLost)), "{ask Endpoint}");
    let said = told(&s.step(Event::ModelLost));
    assert!(
        said.contains("it ended before it had an answer; what follows"),
        "{said}"
    );
}

#[test]
fn the_big_model_first_and_the_embedded_one_when_it_fails() {
    let (mut s, said) = asking(&[FILE, BIG, URL, MODEL]);
    assert_eq!(said, "{ask Big}");
    assert_eq!(
        breaks(&mut s, "too big"),
        "(skipped a.gguf: too big)\n(asking the embedded model ...)\n{ask Embedded}"
    );
    assert!(says(&mut s, "a", UNSURE).ends_with("{ask Endpoint}"));
    // nobody has an answer: the last says why.
    let (mut s, _) = asking(&[FILE, BIG]);
    let _ = breaks(&mut s, "too big");
    assert_eq!(breaks(&mut s, "no model at all"), "no model at all\n");
    assert_eq!((s.wants(), s.code()), (Want::Line, Code::Failed));
}

#[test]
fn an_interrupt_ends_the_waiting_for_whoever_has_the_words() {
    let (mut s, _) = asking(&[URL, MODEL]);
    let _ = says(&mut s, "a", UNSURE);
    assert_eq!(
        told(&s.step(Event::Interrupt)),
        "{cancel Endpoint}{ModelHangUp}cancelled; nothing was done\n"
    );
    assert_eq!(s.wants(), Want::Line);
    // what comes too late is nobody's.
    assert_eq!(says(&mut s, "b", SURE), "");
    assert_eq!(told(&s.step(Event::ModelLate)), "");
}

#[test]
fn the_time_is_that_of_the_one_under_way() {
    let (mut s, _) = asking(&[URL, MODEL, ("LLM_OS_ENDPOINT_TIMEOUT_S", "7")]);
    let _ = says(&mut s, "a", UNSURE);
    assert_eq!(s.patience().map(|longest| longest.as_secs()), Some(12));
    let _ = says(&mut s, "b", SURE);
    assert_eq!(s.patience(), None);
}
