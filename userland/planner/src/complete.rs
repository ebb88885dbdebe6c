//! what the request says of a plan and the plan leaves out: the rest of a list, the rest of a
//! password, the name that was spelled out.
//!
//! a small model drops a word more often than it invents one. each rule looks at the bytes between
//! or beside the values that the plan took from the request, and adds only what stands there.

use crate::{context, value, words};
use llm_os_schema::{Action, ArgKind, CapabilityTable, Names};
use serde_json::Value;
use std::ops::Range;
use strsim::damerau_levenshtein;

/// `actions` with what the request says of them.
pub fn completed(
    table: &CapabilityTable,
    request: &str,
    world: &Names,
    mut actions: Vec<Action>,
) -> Vec<Action> {
    // what is said together is said in so many words, not in a book.
    if request.len() > LENGTH_MAX {
        return actions;
    }
    whole_task(request, &mut actions);
    for action in &mut actions {
        whole_password(request, action);
    }
    spelled_out(table, request, world, &mut actions);
    deeper(table, request, world, &mut actions);
    one_list(request, &mut actions);
    missing_items(table, request, world, actions)
}

/// bytes of a request that is looked at.
const LENGTH_MAX: usize = 512;

/// words between the items of a list.
const BETWEEN: [&str; 14] = [
    "and", "also", "plus", "then", "oh", "uh", "um", "er", "well", "as", "too", "maybe", "&", "+",
];

/// words that change what the words around them mean.
const TURNS: [&str; 24] = [
    "not", "don't", "dont", "no", "never", "but", "except", "without", "leave", "keep", "spare",
    "alone", "stays", "stay", "other", "others", "than", "isn't", "instead", "rather", "sorry",
    "wait", "mean", "scratch",
];

/// the words of `text` in lower case, without the marks around them.
fn plain(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| c.is_whitespace() || c == ',')
        .map(|word| word.trim_matches(|c: char| ".;:!?()'\"`".contains(c)))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

fn turns(text: &str) -> bool {
    plain(text).any(|word| TURNS.contains(&word.as_str()))
}

/// where `value` stands in `request`, if at one place only.
fn place(request: &str, value: &str) -> Option<Range<usize>> {
    let mut places = context::places(request, value);
    let first = places.next()?;
    places.next().is_none().then_some(first)
}

/// "a tool x: blank the screen and stop web" is one tool, not a tool and a step.
fn whole_task(request: &str, actions: &mut Vec<Action>) {
    let [Action { kind, args }, _, ..] = actions.as_mut_slice() else {
        return;
    };
    let does = args.get("does").and_then(Value::as_str).map(str::to_owned);
    let Some(does) = does.filter(|_| kind == "make_tool") else {
        return;
    };
    let Some(from) = place(request, &does) else {
        return;
    };
    let rest = request[from.end..].trim_end_matches(['.', '!', ' ']);
    let goes_on = rest.starts_with(" and ") && !rest.contains([',', ';', '.']);
    let again = plain(rest).any(|word| {
        let more = [
            "it",
            "run",
            "then",
            "call",
            "afterwards",
            "after",
            "make",
            "new",
            "now",
            "next",
        ];
        more.contains(&word.as_str())
    });
    if goes_on && !again && request[..from.start].trim_end().ends_with(':') {
        let whole = &request[from.start..from.end + rest.len()];
        args.insert("does".to_owned(), whole.into());
        actions.truncate(1);
    }
}

/// a password is everything between its word and the end of the clause.
fn whole_password(request: &str, action: &mut Action) {
    let Some(said) = action.text("password").map(str::to_owned) else {
        return;
    };
    let lower = request.to_ascii_lowercase();
    let mut ends = lower
        .match_indices("password")
        .map(|(at, word)| at + word.len());
    let (Some(after), None) = (ends.next(), ends.next()) else {
        return;
    };
    let rest = &request[after..];
    let mut start = after + (rest.len() - rest.trim_start().len());
    for lead in ["is ", "being ", "= ", ": ", "of "] {
        if request.is_char_boundary(start) && lower[start..].starts_with(lead) {
            start += lead.len();
        }
    }
    let rest = &request[start..];
    let end = rest
        .find([',', ';', '\n', '?', '!', '\'', '"', '('])
        .unwrap_or(rest.len());
    let whole = rest[..end].trim_end_matches(['.', ' ']);
    const STOPS: [&str; 46] = [
        "after",
        "before",
        "at",
        "when",
        "right",
        "tonight",
        "today",
        "tomorrow",
        "once",
        "again",
        "lets",
        "will",
        "immediately",
        "afterwards",
        "next",
        "first",
        "until",
        "while",
        "because",
        "since",
        "and",
        "then",
        "on",
        "for",
        "to",
        "so",
        "if",
        "that",
        "which",
        "is",
        "it",
        "now",
        "asap",
        "please",
        "pls",
        "thanks",
        "thank",
        "ok",
        "okay",
        "with",
        "using",
        "via",
        "over",
        "from",
        "as",
        "in",
    ];
    let words: Vec<String> = plain(whole).collect();
    let own = |word: &String| !STOPS.contains(&word.as_str()) && !TURNS.contains(&word.as_str());
    // what has a digit or a mark in it looks whole, but where it is the end.
    let looks_whole = !said.chars().all(char::is_alphabetic) && !whole.ends_with(&said);
    if (2..=5).contains(&words.len())
        && !looks_whole
        && words.iter().all(own)
        && context::places(whole, &said).next().is_some()
        && !whole.contains(". ")
    {
        action.args.insert("password".to_owned(), whole.into());
    }
}

/// the list of names that a value of this kind is one of.
pub(crate) fn list<'a>(kind: &ArgKind, world: &'a Names) -> Option<&'a [String]> {
    Some(match kind {
        ArgKind::Unit => &world.units,
        ArgKind::Name { of } => value::listed(world, *of),
        _ => return None,
    })
}

/// whether `name` was spoken of before, or is hinted at by a part of it.
pub(crate) fn hinted(request: &str, world: &Names, name: &str) -> bool {
    let before = world.past.iter().flat_map(|turn| &turn.actions);
    let mut values = before.flat_map(|action| action.args.values());
    let words: Vec<String> = plain(request).collect();
    let parts = name.split(|c: char| !c.is_alphanumeric());
    world.shown.iter().any(|shown| shown == name)
        || values.any(|value| value.as_str() == Some(name))
        || parts
            .filter(|part| part.len() > 1)
            .map(str::to_lowercase)
            .any(|part| {
                words
                    .iter()
                    .any(|word| word.contains(&part) || is_slip(word, &part))
            })
}

/// whether `typed` is a typing error of `meant`.
fn is_slip(typed: &str, meant: &str) -> bool {
    let most = match meant.chars().count() {
        0..4 => return false,
        4..8 => 1,
        _ => 2,
    };
    damerau_levenshtein(typed, meant) <= most
}

/// a name that was not said at all gives way to the only one of its kind that was.
fn spelled_out(table: &CapabilityTable, request: &str, world: &Names, actions: &mut [Action]) {
    // a name behind "because" is a reason.
    const REASONS: [&str; 9] = [
        "because", "since", "so", "before", "after", "as", "while", "if", "when",
    ];
    if turns(request) || plain(request).any(|word| REASONS.contains(&word.as_str())) {
        return;
    }
    let used: Vec<Value> = actions
        .iter()
        .flat_map(|action| action.args.values().cloned())
        .collect();
    for action in actions {
        let Some(spec) = table.get(&action.kind) else {
            continue;
        };
        for arg in &spec.args {
            let (Some(names), Some(value)) = (list(&arg.kind, world), action.text(&arg.name))
            else {
                continue;
            };
            if hinted(request, world, value) || !names.iter().any(|name| name == value) {
                continue;
            }
            let mut said = names.iter().filter(|name| {
                place(request, name).is_some() && !used.contains(&name.as_str().into())
            });
            if let (Some(only), None) = (said.next(), said.next()) {
                action.args.insert(arg.name.clone(), only.as_str().into());
            }
        }
    }
}

/// "the folder accounting in documents" is `documents/accounting`, where there is one.
fn deeper(table: &CapabilityTable, request: &str, world: &Names, actions: &mut [Action]) {
    let said: Vec<String> = plain(request).collect();
    let others: Vec<String> = actions
        .iter()
        .flat_map(|action| action.args.values())
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    for action in actions {
        let Some(spec) = table.get(&action.kind) else {
            continue;
        };
        for arg in spec.args.iter().filter(|arg| arg.kind == ArgKind::Path) {
            let Some(value) = action.text(&arg.name) else {
                continue;
            };
            let mut found = world.dirs.iter().filter(|dir| {
                let rest = dir
                    .strip_prefix(value)
                    .and_then(|rest| rest.strip_prefix('/'));
                rest.is_some_and(|rest| {
                    let elsewhere = others
                        .iter()
                        .any(|other| other != value && other.contains(rest));
                    !rest.contains('/') && !elsewhere && lies_in(&said, rest, value)
                })
            });
            if let (Some(only), None) = (found.next(), found.next()) {
                let only = Value::from(only.as_str());
                action.args.insert(arg.name.clone(), only);
            }
        }
    }
}

/// whether it was said that `inner` lies in `outer`: "inner in outer", "inner, under my outer".
fn lies_in(said: &[String], inner: &str, outer: &str) -> bool {
    let outer = outer.rsplit('/').next().unwrap_or(outer).to_lowercase();
    let inner = inner.to_lowercase();
    let places = said.iter().enumerate().filter(|(_, word)| **word == inner);
    places.into_iter().any(|(at, _)| {
        let filler = |word: &&String| {
            matches!(
                word.as_str(),
                "folder" | "directory" | "dir" | "subfolder" | "the" | "my" | "our" | "that" | "is"
            )
        };
        let mut rest = said[at + 1..].iter().skip_while(filler);
        let between = rest.next().map(String::as_str);
        let inside = matches!(
            between,
            Some("in" | "inside" | "under" | "of" | "within" | "below")
        );
        inside
            && rest
                .find(|word| !filler(word))
                .is_some_and(|word| *word == outer)
    })
}

/// packages that were said as one list are installed as one.
fn one_list(request: &str, actions: &mut Vec<Action>) {
    let names = |action: &Action| -> Option<Vec<String>> {
        let list = action.args.get("packages")?.as_array()?.iter();
        list.map(|name| name.as_str().map(str::to_owned)).collect()
    };
    let mut at = 1;
    while at < actions.len() {
        let (before, after) = (&actions[at - 1], &actions[at]);
        let joined = || {
            let same = before.kind == after.kind
                && before.args.get("manager") == after.args.get("manager");
            let (mut first, second) = (names(before)?, names(after)?);
            let from = place(request, first.last()?)?.end;
            let to = place(request, second.first()?)?.start;
            let gap = request.get(from..to)?;
            let one = same
                && plain(gap).all(|word| BETWEEN.contains(&word.as_str()))
                && !gap.contains(['.', ';']);
            one.then(|| {
                first.extend(second);
                first
            })
        };
        match joined() {
            Some(packages) => {
                actions[at - 1]
                    .args
                    .insert("packages".to_owned(), packages.into());
                actions.remove(at);
            }
            None => at += 1,
        }
    }
}

/// the items of a list that stand between two that became steps: "make folders jan feb mar".
fn missing_items(
    table: &CapabilityTable,
    request: &str,
    world: &Names,
    actions: Vec<Action>,
) -> Vec<Action> {
    let mut whole: Vec<Action> = Vec::new();
    for action in actions {
        let between = whole
            .last()
            .and_then(|before| items_between(table, request, world, before, &action));
        whole.extend(between.unwrap_or_default());
        whole.push(action);
    }
    whole
}

fn items_between(
    table: &CapabilityTable,
    request: &str,
    world: &Names,
    before: &Action,
    after: &Action,
) -> Option<Vec<Action>> {
    let mut differ = before
        .args
        .iter()
        .filter(|(key, value)| after.args.get(*key) != Some(*value));
    let (key, first) = differ.next()?;
    let alike = before.kind == after.kind
        && before.args.len() == after.args.len()
        && differ.next().is_none();
    let kind = &table.get(&before.kind)?.arg(key)?.kind;
    let (first, last) = (
        place(request, first.as_str()?)?,
        place(request, after.text(key)?)?,
    );
    let gap = request.get(first.end..last.start)?;
    if !alike || gap.contains([';', ':', '\'', '"', '(']) || gap.contains(". ") || turns(gap) {
        return None;
    }
    let items: Vec<&str> = words::split(gap)
        .into_iter()
        .map(|word| &gap[word])
        .filter(|word| *word != "," && !BETWEEN.contains(&word.to_lowercase().as_str()))
        .collect();
    let exists = |word: &&str| match list(kind, world) {
        Some(names) => names.iter().any(|name| name == word),
        // a new folder may have any name; of others there has to be one.
        None => {
            before.kind == "make_dir"
                || world
                    .files
                    .iter()
                    .chain(&world.dirs)
                    .any(|name| name == word)
        }
    };
    let path = matches!(kind, ArgKind::Path) || list(kind, world).is_some();
    let no_name = |item: &&str| {
        const WORDS: [&str; 14] = [
            "folder",
            "folders",
            "directory",
            "directories",
            "dir",
            "dirs",
            "called",
            "named",
            "make",
            "create",
            "mkdir",
            "or",
            "the",
            "a",
        ];
        !item.contains(char::is_alphanumeric) || item.starts_with('-') || WORDS.contains(item)
    };
    if items.iter().any(no_name) {
        return None;
    }
    if !path || items.is_empty() || items.len() > 4 || !items.iter().all(exists) {
        return None;
    }
    // words of a sentence are no names: where commas are used, each item has one.
    let bare = !gap.contains(',') && !plain(gap).any(|word| BETWEEN.contains(&word.as_str()));
    let listed = gap.matches(',').count() >= items.len();
    if before.kind == "make_dir" && !(bare || listed) {
        return None;
    }
    Some(
        items
            .into_iter()
            .map(|item| before.clone().with(key, item))
            .collect(),
    )
}

#[cfg(test)]
mod tests;
