//! one action: a type and its arguments.
//!
//! an action is data, not an enum: which types exist is the capability table's word, so a new
//! capability changes no line of this crate.

use serde::de::{Error as _, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

/// `{"type":KIND, …args}`. the order of `args` is kept as given; [`crate::canonical`] brings it into
/// the table's order.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// the name of the capability, such as `write_file`.
    pub kind: String,
    /// arguments by key, without `type`.
    pub args: Map<String, Value>,
}

impl Action {
    /// an action without arguments.
    pub fn new(kind: impl Into<String>) -> Self {
        Action {
            kind: kind.into(),
            args: Map::new(),
        }
    }

    /// the same action with one more argument.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.args.insert(key.to_owned(), value.into());
        self
    }

    /// the argument `key` if it is there and a string.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.args.get(key).and_then(Value::as_str)
    }
}

impl Serialize for Action {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.args.len() + 1))?;
        map.serialize_entry("type", &self.kind)?;
        for (key, value) in &self.args {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Action {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ActionVisitor)
    }
}

struct ActionVisitor;

impl<'de> Visitor<'de> for ActionVisitor {
    type Value = Action;

    fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.write_str("an action: an object with a string `type`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Action, A::Error> {
        let mut kind: Option<String> = None;
        let mut args = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if key == "type" {
                if kind.replace(map.next_value()?).is_some() {
                    return Err(A::Error::custom(
                        "the key `type` stands twice in one action",
                    ));
                }
            } else if args.contains_key(&key) {
                // a second value for a key would let two readers see two different plans.
                let shown = key.escape_debug();
                return Err(A::Error::custom(format!(
                    "the key `{shown}` stands twice in one action"
                )));
            } else {
                args.insert(key, map.next_value()?);
            }
        }
        let kind = kind.ok_or_else(|| A::Error::custom("an action needs a `type`"))?;
        Ok(Action { kind, args })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_reads_back_as_it_was_written() {
        let action = Action::new("write_file")
            .with("path", "a")
            .with("content", "b");
        let text = serde_json::to_string(&action).unwrap();
        assert_eq!(text, r#"{"type":"write_file","path":"a","content":"b"}"#);
        assert_eq!(serde_json::from_str::<Action>(&text).unwrap(), action);
    }

    #[test]
    fn a_key_given_twice_is_an_error() {
        for text in [
            r#"{"type":"a","type":"b"}"#,
            r#"{"type":"a","path":"x","path":"y"}"#,
            r#"{"path":"x"}"#,
            r#"{"type":1}"#,
            r#"[]"#,
        ] {
            assert!(serde_json::from_str::<Action>(text).is_err(), "{text}");
        }
    }
}
