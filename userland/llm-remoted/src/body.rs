//! what is sent: <https://platform.openai.com/docs/api-reference/chat/create>.

use llm_os_planner::prompt;
use llm_os_schema::{CapabilityTable, Names};
use serde_json::{Value, json};

/// tokens that an outcome may take; a server that takes no limit is stopped by time.
const TOKENS_MAX: u32 = 1024;

/// how much is asked of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// an answer held to the table's json schema, with the probability of each token.
    Held,
    /// words in, words out: every server has that.
    Plain,
}

/// the body of a request for one outcome.
pub fn body(
    model: &str,
    request: &str,
    names: &Names,
    table: &CapabilityTable,
    form: Form,
) -> Value {
    let mut body = json!({
        "model": model,
        "messages": [
            {"role": "system", "content": prompt::system(table)},
            {"role": "user", "content": prompt::user(request, names)},
        ],
        "temperature": 0,
    });
    if form == Form::Held {
        body["max_tokens"] = json!(TOKENS_MAX);
        body["logprobs"] = json!(true);
        // some servers send twenty others with each token unless they are told.
        body["top_logprobs"] = json!(1);
        body["response_format"] = json!({
            "type": "json_schema",
            "json_schema": {"name": "outcome", "schema": table.json_schema()},
        });
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_the_machine_is_prompt_request_and_shown_names() {
        let table: CapabilityTable =
            serde_json::from_str(include_str!("../../capability/capabilities.json")).unwrap();
        let names = Names {
            files: vec!["notes.md".into()],
            ..Names::default()
        };
        let held = body("m", "show my notes", &names, &table, Form::Held);
        assert_eq!(held["temperature"], 0);
        let user = held["messages"][1]["content"].as_str().unwrap();
        assert!(
            user.ends_with("Request: show my notes") && user.contains("notes.md"),
            "{user}"
        );
        let schema = &held["response_format"]["json_schema"]["schema"];
        assert_eq!(schema, &table.json_schema());
        let plain = body("m", "show my notes", &names, &table, Form::Plain);
        assert!(plain.get("response_format").is_none() && plain.get("logprobs").is_none());
        assert_eq!(plain["messages"], held["messages"]);
        let keys: Vec<&String> = plain.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["model", "messages", "temperature"]);
    }
}
