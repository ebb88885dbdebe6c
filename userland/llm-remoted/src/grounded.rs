//! whether a plan names only what was said or is there.
//!
//! the model runner's grammar cannot write anything else; a server's model can, whatever schema it
//! was held to. one value from nowhere refuses the whole answer.

use crate::RemoteError;
use crate::answer::{Ask, shown};
use llm_os_planner::grounds::Grounds;
use llm_os_schema::table::{ArgKind, ArgSpec};
use llm_os_schema::{Action, Names};
use serde_json::Value;

/// `plan` is canonical.
///
/// # Errors
/// one sentence that names the first value from nowhere, or the action that no model may propose.
pub fn check(plan: &[Action], model: &str, ask: Ask<'_>) -> Result<(), RemoteError> {
    let checker = Checker {
        grounds: Grounds::new(ask.request, ask.names),
        request: ask.request,
        names: ask.names,
    };
    for action in plan {
        let Some(spec) = ask.table.get(&action.kind).filter(|spec| spec.for_model) else {
            return Err(RemoteError::NotAnOutcome {
                model: model.to_owned(),
                why: format!("`{}` is for people alone", shown(&action.kind)),
            });
        };
        for arg in &spec.args {
            let Some(value) = action.args.get(&arg.name) else {
                continue;
            };
            if !checker.has(arg, value) {
                return Err(RemoteError::Ungrounded {
                    model: model.to_owned(),
                    action: action.kind.clone(),
                    key: arg.name.clone(),
                    value: match value {
                        Value::String(text) => shown(text),
                        other => shown(&other.to_string()),
                    },
                });
            }
        }
    }
    Ok(())
}

struct Checker<'a> {
    grounds: Grounds<'a>,
    request: &'a str,
    names: &'a Names,
}

impl Checker<'_> {
    /// whether a value of the right kind has a ground.
    fn has(&self, arg: &ArgSpec, value: &Value) -> bool {
        let text = value.as_str();
        let one_of = |list: &[String], text: &str| list.iter().any(|one| one == text);
        let word = |text: &str| one_of(&self.grounds.single(), text);
        match &arg.kind {
            ArgKind::Path => text.is_some_and(|path| self.path(path) || self.spoken_of(arg, value)),
            ArgKind::Text => text.is_some_and(|text| self.span(text)) || self.spoken_of(arg, value),
            ArgKind::Unit => text.is_some_and(|unit| one_of(&self.grounds.units(), unit)),
            ArgKind::Word => text.is_some_and(word) || self.spoken_of(arg, value),
            ArgKind::Name { of } => {
                text.is_some_and(|name| word(name) || one_of(self.grounds.named(*of), name))
                    || self.spoken_of(arg, value)
            }
            ArgKind::Words => value.as_array().is_some_and(|list| {
                let single = self.grounds.single();
                list.iter()
                    .all(|one| one.as_str().is_some_and(|one| one_of(&single, one)))
            }),
            ArgKind::Process => match text {
                Some(name) => word(name) || one_of(self.grounds.processes(), name),
                None => word(&value.to_string()),
            },
            // the canonical form has looked them up in the table.
            ArgKind::Choice { .. } | ArgKind::Flag => true,
            ArgKind::Integer { min, max, unit } => value
                .as_i64()
                .is_some_and(|n| self.grounds.numbers(*min, *max, unit).contains(&n)),
            ArgKind::Argv => value.as_array().is_some_and(|argv| {
                let words = self.grounds.arguments();
                argv.iter()
                    .all(|one| one.as_str().is_some_and(|one| one_of(&words, one)))
            }),
            ArgKind::Env => {
                let said = self.grounds.env();
                value.as_object().is_some_and(|env| {
                    env.iter().all(|(name, value)| {
                        said.as_ref()
                            .is_some_and(|said| said.get(name) == Some(value))
                    })
                })
            }
            ArgKind::Mode => text.is_some_and(|mode| one_of(&self.grounds.modes(), mode)),
        }
    }

    /// a path that was said, is there or was listed, or such a name inside such a directory.
    fn path(&self, path: &str) -> bool {
        let known = |list: &[String], text: &str| list.iter().any(|one| one == text);
        if known(&self.grounds.paths(), path) || known(&self.names.shown, path) {
            return true;
        }
        let (dirs, leaves) = (self.grounds.directories(), self.grounds.leaves());
        dirs.iter()
            .filter_map(|dir| path.strip_prefix(dir.as_str()))
            .any(|leaf| known(&leaves, leaf))
    }

    /// nothing, or whole words of the request in a row.
    fn span(&self, text: &str) -> bool {
        if text.is_empty() {
            return true;
        }
        let mut edges = vec![self.request.len() - self.request.trim_start().len()];
        for chunk in self.grounds.chunks() {
            edges.push(edges.last().unwrap_or(&0) + chunk.len());
        }
        edges
            .iter()
            .filter(|&&at| {
                self.request
                    .get(at..)
                    .is_some_and(|rest| rest.starts_with(text))
            })
            .any(|at| edges.contains(&(at + text.len())))
    }

    /// a value of the same key in an earlier plan of this conversation, which the person saw.
    fn spoken_of(&self, arg: &ArgSpec, value: &Value) -> bool {
        let mut past = self.names.past.iter().flat_map(|turn| &turn.actions);
        past.any(|action| action.args.get(&arg.name) == Some(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use llm_os_schema::{CapabilityTable, Turn};

    #[test]
    fn every_value_has_a_ground_or_the_plan_is_refused() {
        let table: CapabilityTable =
            serde_json::from_str(include_str!("../../capability/capabilities.json")).unwrap();
        let names = Names {
            units: vec!["web".into()],
            files: vec!["notes.md".into(), "my file.txt".into()],
            dirs: vec!["photos".into()],
            shown: vec!["third.log".into()],
            processes: vec!["sleep".into()],
            past: vec![Turn {
                request: "show b.txt".into(),
                actions: vec![Action::new("read_file").with("path", "b.txt")],
            }],
            ..Names::default()
        };
        let request =
            "  put 'hello big world' into plans/new.txt, mode 0600, wait 10 minutes, ls -l A=1";
        let ask = Ask {
            request,
            names: &names,
            table: &table,
        };
        let check = |text: &str, good: bool| {
            let plan: Vec<Action> = serde_json::from_str(text).unwrap();
            let plan = table.canonical_plan(&plan).unwrap();
            let got = super::check(&plan, "m", ask).map_err(|error| error.to_string());
            assert_eq!(got.is_ok(), good, "{text}: {got:?}");
        };
        let write = |path: &str, content: &str| {
            format!(r#"[{{"type":"write_file","path":"{path}","content":"{content}"}}]"#)
        };
        check(&write("plans/new.txt", "hello big world"), true);
        check(&write("photos/notes", "big world"), false);
        check(&write("photos/hello", "big world"), true);
        check(&write("my file.txt", ""), true);
        check(&write("third.log", "hello"), true);
        check(&write("b.txt", "hello"), true);
        check(&write("other.txt", "hello"), false);
        check(&write("/etc/passwd", "hello"), false);
        check(&write("notes.md", "hello small world"), false);
        check(&write("notes.md", "ello"), false);
        check(&write("notes.md", "hello bi"), false);
        let mode =
            |mode: &str| format!(r#"[{{"type":"set_mode","path":"notes.md","mode":"{mode}"}}]"#);
        check(&mode("0600"), true);
        check(&mode("0777"), false);
        let stop = |unit: &str| {
            format!(r#"[{{"type":"service_control","action":"stop","unit":"{unit}"}}]"#)
        };
        check(&stop("web"), true);
        check(&stop("llm-osd"), false);
        let exec = |argv: &str, more: &str| format!(r#"[{{"type":"exec","argv":{argv}{more}}}]"#);
        check(&exec(r#"["ls","-l"]"#, ""), true);
        check(&exec(r#"["ls","-l"]"#, r#","timeout_sec":600"#), true);
        check(&exec(r#"["ls","-l"]"#, r#","timeout_sec":60"#), false);
        check(&exec(r#"["ls","/"]"#, ""), false);
        check(&exec(r#"["ls"]"#, r#","env":{"A":"1"}"#), true);
        check(&exec(r#"["ls"]"#, r#","env":{"A":"2"}"#), false);
        // the second action's value counts as well.
        let both = format!(
            "[{},{}",
            &write("notes.md", "hello")[1..].trim_end_matches(']'),
            &stop("cam")[1..]
        );
        check(&both, false);
        check(r#"[{"type":"undo","id":3}]"#, false);
    }
}
