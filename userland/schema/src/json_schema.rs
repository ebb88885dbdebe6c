//! json schema of actions and outcomes, generated from the table: for grammars and for documentation.

use crate::limits::{ACTIONS_MAX, ARGV_MAX};
use crate::table::{ArgKind, CapabilitySpec, CapabilityTable};
use serde_json::{Map, Value, json};

impl ArgKind {
    /// the schema of one value.
    pub fn json_schema(&self) -> Value {
        match self {
            ArgKind::Path
            | ArgKind::Text
            | ArgKind::Word
            | ArgKind::Unit
            | ArgKind::Name { .. } => json!({"type": "string"}),
            ArgKind::Words => json!({"type": "array", "items": {"type": "string"}, "minItems": 1}),
            ArgKind::Process => json!({"type": ["integer", "string"]}),
            ArgKind::Choice { values } => json!({"enum": values}),
            ArgKind::Integer { min, max, .. } => {
                json!({"type": "integer", "minimum": min, "maximum": max})
            }
            ArgKind::Flag => json!({"type": "boolean"}),
            ArgKind::Argv => json!({
                "type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": ARGV_MAX
            }),
            ArgKind::Env => json!({"type": "object", "additionalProperties": {"type": "string"}}),
            ArgKind::Mode => json!({"type": "string", "pattern": "^0?[0-7]{3}$"}),
        }
    }
}

impl CapabilitySpec {
    /// the schema of one action, keys in canonical order.
    pub fn json_schema(&self) -> Value {
        let mut properties = Map::new();
        let mut required = vec![json!("type")];
        properties.insert("type".to_owned(), json!({"const": self.name}));
        for arg in &self.args {
            properties.insert(arg.name.clone(), arg.kind.json_schema());
            if arg.required == crate::Required::Always {
                required.push(json!(arg.name));
            }
        }
        json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false
        })
    }
}

impl CapabilityTable {
    /// the schema of an outcome over all actions that a model may propose.
    pub fn json_schema(&self) -> Value {
        let actions: Vec<Value> = self
            .capabilities
            .iter()
            .filter(|spec| spec.for_model)
            .map(CapabilitySpec::json_schema)
            .collect();
        let one = |key: &str, value: Value| {
            json!({
                "type": "object",
                "properties": {key: value},
                "required": [key],
                "additionalProperties": false
            })
        };
        json!({"anyOf": [
            one("plan", json!({
                "type": "array", "items": {"anyOf": actions}, "minItems": 1, "maxItems": ACTIONS_MAX
            })),
            one("ask", json!({"type": "string"})),
            one("answer", json!({"type": "string"})),
            one("refuse", json!({"type": "string"})),
        ]})
    }
}
