//! plans with what was proved of them in their type.
//!
//! `Plan<Proposed>` is anyone's word, `Plan<Checked>` is in canonical form with absolute paths, and
//! `Plan<Confirmed>` is what a person said yes to, or what needs no yes. the executor's run takes a
//! confirmed plan by value, so a plan runs once.

use crate::canonical::SchemaError;
use crate::paths::{PathError, absolute};
use crate::table::{ArgKind, CapabilityTable};
use crate::{Action, Outcome};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt;
use std::marker::PhantomData;

/// as a proposer wrote it.
#[derive(Clone, Debug)]
pub struct Proposed;
/// canonical, inside the limits, paths absolute.
#[derive(Clone, Debug)]
pub struct Checked;
/// checked, and confirmed by whoever had to.
#[derive(Clone, Debug)]
pub struct Confirmed;

/// a list of actions, and in `State` what was proved of it.
#[derive(Clone, Debug)]
pub struct Plan<State> {
    actions: Vec<Action>,
    state: PhantomData<State>,
}

/// sha-256 of a plan's canonical bytes, in lower-case hex.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PlanHash(String);

/// why a plan could not be checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanError {
    Schema(SchemaError),
    Path {
        kind: String,
        key: String,
        source: PathError,
    },
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            PlanError::Schema(error) => error.fmt(f),
            PlanError::Path { kind, key, source } => write!(f, "`{key}` of `{kind}`: {source}"),
        }
    }
}

impl std::error::Error for PlanError {}

impl Plan<Proposed> {
    /// anyone's word.
    pub fn proposed(actions: Vec<Action>) -> Self {
        Plan {
            actions,
            state: PhantomData,
        }
    }

    /// brings the plan into canonical form, with paths made absolute from `cwd` and `home`.
    ///
    /// # Errors
    /// the first thing that is wrong with it.
    pub fn check(
        self,
        table: &CapabilityTable,
        cwd: &str,
        home: &str,
    ) -> Result<Plan<Checked>, PlanError> {
        // where a program runs is part of what is confirmed, so it never goes without saying.
        let mut said = self.actions;
        for action in &mut said {
            let takes_cwd = table
                .get(&action.kind)
                .and_then(|spec| spec.arg("cwd"))
                .is_some_and(|arg| arg.kind == ArgKind::Path);
            if takes_cwd && !action.args.contains_key("cwd") {
                action.args.insert("cwd".to_owned(), cwd.into());
            }
        }
        let mut actions = table.canonical_plan(&said).map_err(PlanError::Schema)?;
        for action in &mut actions {
            let Some(spec) = table.get(&action.kind) else {
                continue;
            };
            for arg in spec.args.iter().filter(|arg| arg.kind == ArgKind::Path) {
                if let Some(Value::String(path)) = action.args.get_mut(&arg.name) {
                    *path = absolute(cwd, home, path).map_err(|source| PlanError::Path {
                        kind: spec.name.clone(),
                        key: arg.name.clone(),
                        source,
                    })?;
                }
            }
        }
        Ok(Plan {
            actions,
            state: PhantomData,
        })
    }
}

impl Plan<Checked> {
    /// the plan after everyone who had to confirm it did. called by the executor alone, from the
    /// one place that redeems a token or lets an observing plan through.
    pub fn confirmed(self) -> Plan<Confirmed> {
        Plan {
            actions: self.actions,
            state: PhantomData,
        }
    }
}

impl<State> Plan<State> {
    pub fn actions(&self) -> &[Action] {
        &self.actions
    }

    /// the bytes that a confirmation binds to: compact json, keys in the order they stand in.
    pub fn canonical_bytes(&self) -> Vec<u8> {
        // an action is maps, strings and numbers: writing it to memory cannot fail.
        serde_json::to_vec(&Outcome::Plan(self.actions.clone())).unwrap_or_default()
    }

    pub fn hash(&self) -> PlanHash {
        let digest = Sha256::digest(self.canonical_bytes());
        PlanHash(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

impl PlanHash {
    /// 64 hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ArgSpec, CapabilitySpec, Risk};

    #[test]
    fn paths_and_the_working_directory_become_part_of_what_is_confirmed() {
        let spec = CapabilitySpec {
            name: "exec".to_owned(),
            family: String::new(),
            summary: String::new(),
            args: vec![
                ArgSpec::always("argv", ArgKind::Argv, "", ""),
                ArgSpec::optional("cwd", ArgKind::Path, ""),
                ArgSpec::optional("as_root", ArgKind::Flag, ""),
            ],
            risk: Risk::Destroy,
            short: Vec::new(),
            for_model: true,
            available: true,
        };
        let table = CapabilityTable {
            capabilities: vec![spec],
        };
        let check = |action: Action, expect: &str| {
            let plan = Plan::proposed(vec![action])
                .check(&table, "/data/x", "/h")
                .unwrap();
            assert_eq!(String::from_utf8(plan.canonical_bytes()).unwrap(), expect);
        };
        let ls = || {
            Action::new("exec")
                .with("as_root", true)
                .with("argv", vec!["ls"])
        };
        check(
            ls(),
            r#"{"plan":[{"type":"exec","argv":["ls"],"cwd":"/data/x","as_root":true}]}"#,
        );
        check(
            ls().with("cwd", "../y"),
            r#"{"plan":[{"type":"exec","argv":["ls"],"cwd":"/data/y","as_root":true}]}"#,
        );
    }
}
