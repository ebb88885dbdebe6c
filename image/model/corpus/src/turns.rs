//! what was said and shown before the request: earlier plans, and the names that a result listed.

use crate::section::{Meaning, Pattern, Section, Source};
use crate::slots::{Filled, Filler};
use llm_os_planner::context::NameKind;
use llm_os_planner::symbols::Symbol;
use llm_os_schema::{Action, Turn};
use serde_json::Value;
use std::collections::HashMap;

/// plans that nobody refers to, so that a model learns to leave them alone.
const IDLE: &[&[(&str, &str, &str)]] = &[
    &[("read_file", "path", "path")],
    &[("list_dir", "path", "in")],
    &[("read_log", "unit", "svc")],
    &[("delete_file", "path", "path")],
    &[("make_dir", "path", "newdir")],
    &[
        ("append_file", "path", "path"),
        ("append_file", "content", "fact"),
    ],
    &[("process_control", "pid", "pid")],
    &[("network", "host", "host")],
    &[("install_packages", "packages", "pkg")],
    &[("system_info", "what", "=memory")],
    &[("service_control", "unit", "svc")],
    &[("recall", "query", "about")],
    &[("move_file", "from", "path"), ("move_file", "to", "path")],
];

/// fills the slots of `section` that look back, into `slots`; `None` where that cannot be done.
pub fn fill(
    section: &Section,
    filler: &mut Filler,
    tag: &str,
    slots: &mut HashMap<String, Filled>,
) -> Option<()> {
    let mut actions = Vec::new();
    for Pattern { kind, args } in &section.past {
        let mut action = Action::new(kind.clone());
        for (key, source) in args {
            let value = past_value(source, filler, tag, slots)?;
            action.args.insert(key.clone(), value);
        }
        actions.push(action);
    }
    if !actions.is_empty() {
        if filler.random.chance(30) {
            idle_turn(filler);
        }
        push_turn(filler, actions);
    }
    let Meaning::Plan(patterns) = &section.meaning else {
        return Some(());
    };
    let sources = || patterns.iter().flat_map(|pattern| &pattern.args);
    let whole = whole(sources().map(|(_, source)| source));
    for (_, source) in sources() {
        shown(source, whole, filler, tag, slots)?;
    }
    Some(())
}

/// earlier turns and results that do not matter.
pub fn idle(filler: &mut Filler) {
    if filler.world.past.is_empty() && filler.random.chance(14) {
        for _ in 0..1 + filler.random.below(2) {
            idle_turn(filler);
        }
    }
    if filler.world.shown.is_empty() && filler.random.chance(7) {
        let slot = *filler.random.pick(&["name", "svc", "dir", "proc"]);
        let count = 2 + filler.random.below(4);
        filler.world.shown = names(filler, slot, count);
    }
}

fn idle_turn(filler: &mut Filler) {
    let parts = *filler.random.pick(IDLE);
    let mut action = Action::new(parts[0].0);
    for (_, key, slot) in parts {
        let value = match slot.strip_prefix('=') {
            Some(text) => Some(text.to_owned()),
            None => filler.plain_value(slot),
        };
        if let Some(value) = value {
            action.args.insert((*key).to_owned(), number_or_text(value));
        }
    }
    push_turn(filler, vec![action]);
}

fn push_turn(filler: &mut Filler, actions: Vec<Action>) {
    filler.world.past.push(Turn {
        request: String::new(),
        actions,
    });
}

fn past_value(
    source: &Source,
    filler: &mut Filler,
    tag: &str,
    slots: &mut HashMap<String, Filled>,
) -> Option<Value> {
    let text = match source {
        Source::Symbol(Symbol::True) => return Some(true.into()),
        Source::Symbol(Symbol::Here) => ".".to_owned(),
        Source::Symbol(Symbol::Home) => "~".to_owned(),
        Source::Symbol(Symbol::Root) => "/".to_owned(),
        Source::Symbol(Symbol::Value(value)) => value.clone(),
        Source::Symbol(_) => String::new(),
        Source::Join(..) => return None,
        Source::Slot(slot) => {
            let name = format!("{tag}{slot}");
            match slots.get(&name) {
                Some(filled) => filled.text_of_name()?,
                None => {
                    let (_, of) = slot.split_once(':').unwrap_or(("", slot));
                    let text = filler.plain_value(of)?;
                    if slot.starts_with("it") {
                        slots.insert(name, Filled::pointed(NameKind::Past, text.clone()));
                    }
                    text
                }
            }
        }
    };
    Some(number_or_text(text))
}

fn number_or_text(text: String) -> Value {
    match text.parse::<i64>() {
        Ok(number) if number.to_string() == text => number.into(),
        _ => text.into(),
    }
}

/// how many names were listed, where a meaning speaks of every one of them.
fn whole<'a>(sources: impl Iterator<Item = &'a Source>) -> Option<usize> {
    let mut places: Vec<usize> = sources
        .filter_map(|source| match source {
            Source::Slot(slot) => slot.strip_prefix("shown")?.split_once(':')?.0.parse().ok(),
            _ => None,
        })
        .collect();
    places.sort_unstable();
    places.dedup();
    (places.len() > 1 && places.iter().copied().eq(1..=places.len())).then_some(places.len())
}

/// the slots `shown2:SLOT` of a meaning.
fn shown(
    source: &Source,
    whole: Option<usize>,
    filler: &mut Filler,
    tag: &str,
    slots: &mut HashMap<String, Filled>,
) -> Option<()> {
    let Source::Slot(slot) = source else {
        return match source {
            Source::Join(a, b) => {
                shown(a, whole, filler, tag, slots)?;
                shown(b, whole, filler, tag, slots)
            }
            _ => Some(()),
        };
    };
    let Some((place, of)) = slot
        .strip_prefix("shown")
        .and_then(|rest| rest.split_once(':'))
    else {
        return Some(());
    };
    let wanted: usize = place.parse().unwrap_or(1);
    if filler.world.shown.is_empty() {
        let count = whole.unwrap_or_else(|| wanted.max(2) + filler.random.below(4));
        filler.world.shown = names(filler, of, count);
    }
    let list = &filler.world.shown;
    let name = match place {
        "last" => list.last(),
        _ => list.get(wanted - 1),
    }?;
    let filled = Filled::pointed(NameKind::Shown, name.clone());
    slots.insert(format!("{tag}{slot}"), filled);
    Some(())
}

/// up to `count` different names of a kind.
fn names(filler: &mut Filler, slot: &str, count: usize) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for _ in 0..3 * count {
        if let Some(name) = filler.plain_value(slot)
            && names.len() < count
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}
