//! from a server's reply to one outcome. all of it is a stranger's.

use crate::RemoteError;
use crate::endpoint::Endpoint;
use crate::grounded;
use llm_os_planner::{ground, told};
use llm_os_schema::{CapabilityTable, Names, Outcome};
use serde::Deserialize;

/// bytes of the text that a model writes.
pub const TEXT_MAX_BYTES: usize = 64 * 1024;
/// bytes of the reply around it: with probabilities it is many times as long as the text.
pub const REPLY_MAX_BYTES: usize = 1024 * 1024;
/// where the server gives no probabilities.
const CONFIDENCE: f64 = 0.9;
/// characters of a server's own word that are repeated.
const SAID_MAX_CHARS: usize = 160;

/// what a model wrote.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    pub outcome: Outcome,
    pub tokens: u32,
    /// 0 to 1.
    pub confidence: f64,
}

/// what is asked.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    pub request: &'a str,
    pub names: &'a Names,
    pub table: &'a CapabilityTable,
}

#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
    #[serde(default)]
    finish_reason: Option<String>,
    #[serde(default)]
    logprobs: Option<Probabilities>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    content: Option<String>,
}

#[derive(Deserialize)]
struct Usage {
    #[serde(default)]
    completion_tokens: u32,
}

#[derive(Deserialize)]
struct Probabilities {
    #[serde(default)]
    content: Option<Vec<Probability>>,
}

#[derive(Deserialize)]
struct Probability {
    logprob: f64,
}

/// the outcome in a reply of status 200.
///
/// # Errors
/// one sentence why there is none in it.
pub fn read(reply: &[u8], endpoint: &Endpoint, ask: Ask<'_>) -> Result<Written, RemoteError> {
    let place = || endpoint.place().to_owned();
    let completion: Completion = serde_json::from_slice(reply).map_err(|error| {
        if error.is_eof() && !reply.is_empty() {
            return RemoteError::Half { place: place() };
        }
        RemoteError::Foreign {
            place: place(),
            why: "it is no JSON of that form".to_owned(),
        }
    })?;
    let Some(choice) = completion.choices.into_iter().next() else {
        return Err(RemoteError::Foreign {
            place: place(),
            why: "it has no choices".to_owned(),
        });
    };
    let no_plan = |why: &str| RemoteError::NotAnOutcome {
        model: endpoint.name(),
        why: why.to_owned(),
    };
    let text = choice.message.content.unwrap_or_default();
    if text.len() > TEXT_MAX_BYTES {
        return Err(RemoteError::TooLong {
            place: place(),
            most: TEXT_MAX_BYTES,
        });
    }
    if choice.finish_reason.as_deref() == Some("length") {
        return Err(no_plan("it found no end"));
    }
    let outcome = outcome(&text, &endpoint.name(), ask)?;
    let given = choice.logprobs.and_then(|given| given.content);
    let given = given.unwrap_or_default();
    let counted = u32::try_from(given.len()).unwrap_or(u32::MAX);
    Ok(Written {
        outcome,
        tokens: completion
            .usage
            .map_or(counted, |usage| usage.completion_tokens),
        confidence: mean(&given).unwrap_or(CONFIDENCE),
    })
}

/// the mean of the tokens' probabilities; `None` where there are none.
fn mean(given: &[Probability]) -> Option<f64> {
    let sum: f64 = given
        .iter()
        .map(|one| one.logprob.exp().clamp(0.0, 1.0))
        .sum();
    let mean = sum / given.len() as f64;
    mean.is_finite().then_some(mean)
}

/// exactly one outcome, canonical and grounded.
fn outcome(text: &str, model: &str, ask: Ask<'_>) -> Result<Outcome, RemoteError> {
    let no_plan = |why: String| RemoteError::NotAnOutcome {
        model: model.to_owned(),
        why,
    };
    let bare = unfenced(text.trim());
    if bare.is_empty() {
        return Err(no_plan("it is empty".to_owned()));
    }
    let outcome: Outcome = serde_json::from_str(bare)
        .map_err(|error| no_plan(shown(&format!("not one outcome as JSON: {error}"))))?;
    Ok(match outcome {
        Outcome::Plan(actions) => {
            let plan = ask
                .table
                .canonical_plan(&actions)
                .map_err(|error| no_plan(shown(&error.to_string())))?;
            grounded::check(&plan, model, ask)?;
            // what the small model would be asked about, this one is too.
            ground::checked(ask.table, ask.request, ask.names, Outcome::Plan(plan))
        }
        Outcome::Ask(text) => Outcome::Ask(said(&text, no_plan)?),
        Outcome::Answer(text) => Outcome::Answer(said(&text, no_plan)?),
        Outcome::Refuse(text) => Outcome::Refuse(said(&text, no_plan)?),
    })
}

fn said(text: &str, no_plan: impl Fn(String) -> RemoteError) -> Result<String, RemoteError> {
    let said = told::harmless(text);
    if said.is_empty() {
        return Err(no_plan("it says nothing".to_owned()));
    }
    Ok(said)
}

/// what stands between the marks of a block of code, if the whole text is one.
fn unfenced(text: &str) -> &str {
    let inside = text
        .strip_prefix("```")
        .and_then(|rest| rest.strip_suffix("```"));
    match inside.and_then(|inside| inside.split_once('\n')) {
        Some((language, inside)) if matches!(language.trim(), "" | "json" | "JSON") => {
            inside.trim()
        }
        _ => text,
    }
}

/// a stranger's word, short and harmless.
pub fn shown(text: &str) -> String {
    told::harmless(text).chars().take(SAID_MAX_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::time::Duration;

    fn table() -> CapabilityTable {
        serde_json::from_str(include_str!("../../capability/capabilities.json")).unwrap()
    }

    fn get(reply: &[u8]) -> Result<Written, String> {
        let endpoint = Endpoint::new("http://h", "m", None, Duration::from_secs(1)).unwrap();
        let names = Names {
            files: vec!["notes.md".into()],
            ..Names::default()
        };
        let table = table();
        let ask = Ask {
            request: "show notes.md",
            names: &names,
            table: &table,
        };
        read(reply, &endpoint, ask).map_err(|error| error.to_string())
    }

    fn content(text: &str) -> Result<Written, String> {
        let reply = json!({"choices": [{"message": {"content": text}}]});
        get(reply.to_string().as_bytes())
    }

    const SHOW: &str = r#"{"plan":[{"type":"read_file","path":"notes.md"}]}"#;

    #[test]
    fn a_text_is_exactly_one_outcome() {
        let check = |text: &str, expect: &str| {
            let got = match content(text) {
                Ok(written) => serde_json::to_string(&written.outcome).unwrap(),
                Err(why) => why,
            };
            assert!(got.contains(expect), "{text}: {got}");
        };
        check(SHOW, SHOW);
        check(&format!("```json\n{SHOW}\n```"), SHOW);
        check(&format!("\n```\n{SHOW}\n```\n"), SHOW);
        check(
            r#"{"ask":"which\u001b[2J file?"}"#,
            r#"{"ask":"which [2J file?"}"#,
        );
        let no_plan = "no plan of this machine";
        check(&format!("Here it is: {SHOW}"), no_plan);
        check(&format!("{SHOW}{SHOW}"), no_plan);
        check(&format!("```sh\n{SHOW}\n```"), no_plan);
        check(
            r#"{"plan":[{"type":"read_file","path":"notes.md","sudo":true}]}"#,
            "no argument `sudo`",
        );
        check(
            r#"{"plan":[{"type":"read_file","path":"notes.md"}],"why":"x"}"#,
            no_plan,
        );
        check(
            r#"{"plan":[{"type":"rm_rf","path":"notes.md"}]}"#,
            "no action `rm_rf`",
        );
        check(r#"{"plan":[]}"#, no_plan);
        check(r#"{"answer":" "}"#, "it says nothing");
        check("", "it is empty");
        check("I cannot do that.", no_plan);
        check(
            r#"{"plan":[{"type":"read_file","path":"/etc/shadow"}]}"#,
            "put `/etc/shadow` into path of read_file",
        );
        check(&"x".repeat(TEXT_MAX_BYTES + 1), "more than 64 KiB");
    }

    #[test]
    fn confidence_is_the_mean_probability() {
        let reply = json!({
            "choices": [{
                "message": {"content": SHOW},
                "logprobs": {"content": [{"token": "a", "logprob": 0.0}, {"token": "b", "logprob": 0.5_f64.ln()}]},
            }],
            "usage": {"completion_tokens": 2, "prompt_tokens": 9},
        });
        let written = get(reply.to_string().as_bytes()).unwrap();
        assert!((written.confidence - 0.75).abs() < 1e-6, "{written:?}");
        assert_eq!(written.tokens, 2);
        assert_eq!(content(SHOW).unwrap().confidence, CONFIDENCE);
    }

    #[test]
    fn what_is_no_completion_is_told() {
        let check = |reply: &str, expect: &str| {
            let why = get(reply.as_bytes()).unwrap_err();
            assert!(why.contains(expect), "{reply}: {why}");
        };
        check("<html>hello</html>", "no chat completion");
        check("", "no chat completion");
        check("{}", "no chat completion");
        check(r#"{"choices":[]}"#, "no choices");
        check(
            r#"{"choices":[{"message":{"content":null}}]}"#,
            "it is empty",
        );
        check(
            r#"{"choices":[{"message":{"cont"#,
            "before its answer was whole",
        );
        check(
            r#"{"choices":[{"message":{"content":"{"},"finish_reason":"length"}]}"#,
            "found no end",
        );
    }
}
