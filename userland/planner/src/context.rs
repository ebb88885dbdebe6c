//! which of the existing names the model gets to see, and what was spoken of before.
//!
//! a machine has more names than a small encoder should read. units are few and people seldom spell
//! them ("the network service"), so they come first; other names are ranked by the letters that
//! they share with the request. every name shown costs the encoder three to five pieces, so names
//! that share nothing are shown only where there are few, and a file that the request spells out is
//! not shown again. other kinds always are: a word has to be known as one of them.

use llm_os_schema::{Action, Names};
use serde_json::Value;
use std::collections::HashSet;
use std::ops::Range;

/// units shown.
pub const UNITS_MAX: usize = 12;
/// files and directories shown, together.
pub const PATHS_MAX: usize = 8;
/// files and directories shown although they share no letters with the request, if no more than
/// this many are shown at all: "the picture" may be `a.jpg`.
pub const STRANGERS_MAX: usize = 3;
/// names shown of each other kind.
pub const OTHERS_MAX: usize = 4;
/// turns shown of the conversation.
pub const TURNS_MAX: usize = 2;
/// values shown of them.
pub const PAST_MAX: usize = 6;
/// names shown of what the last result listed.
pub const SHOWN_MAX: usize = 8;
/// characters of a past value that the encoder reads; it is pointed at as a whole.
const PAST_MAX_CHARS: usize = 40;

/// what a shown name is the name of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameKind {
    Unit,
    File,
    Dir,
    Process,
    Interface,
    Device,
    Tool,
    Agent,
    /// a value of an earlier plan, whatever it is the name of.
    Past,
    /// one of the names that the last result listed.
    Shown,
}

impl NameKind {
    /// every kind.
    pub const ALL: [NameKind; 10] = [
        NameKind::Unit,
        NameKind::File,
        NameKind::Dir,
        NameKind::Process,
        NameKind::Interface,
        NameKind::Device,
        NameKind::Tool,
        NameKind::Agent,
        NameKind::Past,
        NameKind::Shown,
    ];

    /// the kinds that the first models were taught to read.
    pub const FIRST: [NameKind; 3] = [NameKind::Unit, NameKind::File, NameKind::Dir];

    /// the kind with this label.
    pub fn of_label(label: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.label() == label)
    }

    /// the word that stands before names of this kind in the encoder's input.
    pub fn label(self) -> &'static str {
        match self {
            NameKind::Unit => "service",
            NameKind::File => "file",
            NameKind::Dir => "folder",
            NameKind::Process => "process",
            NameKind::Interface => "interface",
            NameKind::Device => "device",
            NameKind::Tool => "tool",
            NameKind::Agent => "agent",
            NameKind::Past => "before",
            NameKind::Shown => "shown",
        }
    }
}

/// one name that the model may point at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    pub kind: NameKind,
    pub text: String,
    /// what the encoder reads before it, such as the label of its kind; may be empty.
    pub lead: String,
}

/// the names worth showing for `request`, kind by kind, each in its own order. only the kinds
/// `wanted` are shown: a model that never learnt what an interface is should not read of any.
pub fn choose(request: &str, names: &Names, wanted: &[NameKind]) -> Vec<Name> {
    let (rest, any_spelled) = without_spelled(request, names);
    let said = trigrams(&rest);
    let everything = trigrams(request);
    let mut chosen = Chosen {
        wanted,
        names: Vec::new(),
    };
    chosen.all(
        NameKind::Unit,
        rank(&everything, &names.units, UNITS_MAX, UNITS_MAX),
    );
    let paths = rank_paths(request, &rest, &said, names, any_spelled);
    for (kind, list) in [(NameKind::File, &names.files), (NameKind::Dir, &names.dirs)] {
        let of_kind = list.iter().enumerate().filter(|(at, name)| {
            paths.contains(&(kind, *at)) && (kind == NameKind::Dir || !spelled(request, name))
        });
        chosen.all(kind, of_kind.map(|(_, name)| name).collect());
    }
    let strangers = STRANGERS_MAX;
    for (kind, list, strangers) in [
        (NameKind::Process, &names.processes, 0),
        (NameKind::Interface, &names.interfaces, strangers),
        (NameKind::Device, &names.devices, strangers),
        (NameKind::Tool, &names.tools, strangers),
        (NameKind::Agent, &names.agents, strangers),
    ] {
        chosen.all(kind, rank(&everything, list, OTHERS_MAX, strangers));
    }
    let surplus = names.past.len().saturating_sub(TURNS_MAX);
    for turn in &names.past[surplus..] {
        chosen.past(&turn.actions);
    }
    for (at, name) in names.shown.iter().take(SHOWN_MAX).enumerate() {
        let label = NameKind::Shown.label();
        let lead = match at {
            0 => format!("{label} 1"),
            _ => (at + 1).to_string(),
        };
        chosen.push(NameKind::Shown, name, lead);
    }
    chosen.names
}

struct Chosen<'a> {
    wanted: &'a [NameKind],
    names: Vec<Name>,
}

impl Chosen<'_> {
    fn push(&mut self, kind: NameKind, text: &str, lead: String) {
        if self.wanted.contains(&kind) && !text.trim().is_empty() {
            let text = text.to_owned();
            self.names.push(Name { kind, text, lead });
        }
    }

    fn all(&mut self, kind: NameKind, list: Vec<&String>) {
        for name in list {
            let first = self.names.last().is_none_or(|last| last.kind != kind);
            let lead = if first { kind.label() } else { "" };
            self.push(kind, name, lead.to_owned());
        }
    }

    /// the values of an earlier plan, each action's type before its values.
    fn past(&mut self, actions: &[Action]) {
        for action in actions {
            let words = action.kind.replace('_', " ");
            let mut lead = format!("{} {words}", NameKind::Past.label());
            for value in action.args.values() {
                let so_far = self.names.iter().filter(|name| name.kind == NameKind::Past);
                if so_far.count() >= PAST_MAX {
                    return;
                }
                self.push(NameKind::Past, &plain(value), std::mem::take(&mut lead));
            }
        }
    }
}

/// a value as a person would say it.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(words) => words.iter().map(plain).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

/// what the encoder reads of a name: nearly every unit of ours begins with `llm-`, and a long text
/// is known by its beginning.
pub fn read_as(name: &Name) -> &str {
    let text = name.text.strip_prefix("llm-").unwrap_or(&name.text);
    let end = text.char_indices().nth(PAST_MAX_CHARS);
    match (name.kind, end) {
        (NameKind::Past, Some((end, _))) => &text[..end],
        _ => text,
    }
}

/// everything that exists and has a name, shown or not.
pub fn named(names: &Names) -> impl Iterator<Item = &str> {
    [
        &names.units,
        &names.files,
        &names.dirs,
        &names.processes,
        &names.interfaces,
        &names.devices,
        &names.tools,
        &names.agents,
        &names.shown,
    ]
    .into_iter()
    .flatten()
    .map(String::as_str)
}

/// where the request has this name as words of its own, or in quotes.
pub fn places<'a>(request: &'a str, name: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    let edge = |c: Option<char>| c.is_none_or(|c| c.is_whitespace() || "'\"`“”,;:?!)(".contains(c));
    // a full stop ends a sentence only where nothing follows it.
    let ends = move |rest: &str| {
        let past = rest.strip_prefix('.').unwrap_or(rest);
        edge(rest.chars().next()) || past.chars().next().is_none_or(char::is_whitespace)
    };
    request
        .match_indices(if name.is_empty() { "\0" } else { name })
        .map(|(at, found)| at..at + found.len())
        .filter(move |place| {
            edge(request[..place.start].chars().next_back()) && ends(&request[place.end..])
        })
}

fn spelled(request: &str, name: &str) -> bool {
    places(request, name).next().is_some()
}

/// the request without the names that it spells out, and whether there were any: `todo.txt` is no
/// hint at `todo.bak`, where both exist.
fn without_spelled(request: &str, names: &Names) -> (String, bool) {
    let mut rest = request.as_bytes().to_vec();
    let mut any = false;
    for name in names.files.iter().chain(&names.dirs) {
        for place in places(request, name) {
            rest[place].fill(b' ');
            any = true;
        }
    }
    (String::from_utf8_lossy(&rest).into_owned(), any)
}

/// the `max` names that share most with the request, in their own order; those that share nothing
/// only up to `strangers` in all.
fn rank<'a>(
    said: &HashSet<[char; 3]>,
    list: &'a [String],
    max: usize,
    strangers: usize,
) -> Vec<&'a String> {
    let mut ranked: Vec<(usize, usize)> = list
        .iter()
        .enumerate()
        .map(|(order, name)| (shared(said, name), order))
        .collect();
    ranked.sort_by_key(|&(shared, order)| (std::cmp::Reverse(shared), order));
    let known = ranked.iter().filter(|(shared, _)| *shared > 0).count();
    ranked.truncate(known.max(strangers).min(max));
    ranked.sort_by_key(|&(_, order)| order);
    ranked.into_iter().map(|(_, order)| &list[order]).collect()
}

/// the files and directories worth showing, by kind and place in their list. where one is spelled
/// out, no strangers are shown.
fn rank_paths(
    request: &str,
    rest: &str,
    said: &HashSet<[char; 3]>,
    names: &Names,
    any_spelled: bool,
) -> HashSet<(NameKind, usize)> {
    let files = names.files.iter().map(|name| (NameKind::File, name));
    let dirs = names.dirs.iter().map(|name| (NameKind::Dir, name));
    let mut ranked: Vec<(usize, usize)> = files
        .chain(dirs)
        .enumerate()
        .map(|(order, (kind, name))| match kind {
            // a word has to be known as a directory.
            NameKind::Dir if spelled(request, name) => (1000, order),
            // who spells one file and hints at another says at least a word of its name.
            NameKind::File if any_spelled && !says_a_part(rest, name) => (0, order),
            _ => (shared(said, name), order),
        })
        .collect();
    ranked.sort_by_key(|&(shared, order)| (std::cmp::Reverse(shared), order));
    let known = ranked.iter().filter(|(shared, _)| *shared > 0).count();
    let strangers = if any_spelled { 0 } else { STRANGERS_MAX };
    ranked.truncate(known.clamp(strangers, PATHS_MAX));
    let place = |order: usize| match order.checked_sub(names.files.len()) {
        None => (NameKind::File, order),
        Some(at) => (NameKind::Dir, at),
    };
    ranked.into_iter().map(|(_, order)| place(order)).collect()
}

/// whether a word of `rest` is a part of the name, or nearly one.
fn says_a_part(rest: &str, name: &str) -> bool {
    let words = || {
        rest.split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
    };
    let parts = name.split(|c: char| !c.is_alphanumeric());
    parts.filter(|part| !part.is_empty()).any(|part| {
        let part = part.to_lowercase();
        words().any(|word| {
            word == part || (word.len() > 4 && strsim::damerau_levenshtein(&word, &part) == 1)
        })
    })
}

/// parts per thousand of the name's trigrams that the request has too.
fn shared(wanted: &HashSet<[char; 3]>, name: &str) -> usize {
    let have = trigrams(name);
    if have.is_empty() {
        return 0;
    }
    1000 * have.intersection(wanted).count() / have.len()
}

/// runs of three letters of each word, the word's edges marked by a space.
fn trigrams(text: &str) -> HashSet<[char; 3]> {
    let mut found = HashSet::new();
    for word in text
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
    {
        let chars: Vec<char> = std::iter::once(' ')
            .chain(word.chars())
            .chain([' '])
            .collect();
        found.extend(chars.windows(3).map(|w| [w[0], w[1], w[2]]));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use llm_os_schema::Turn;

    #[test]
    fn a_name_that_is_spelled_out_is_not_shown() {
        let check = |request: &str, expect: bool| {
            assert_eq!(spelled(request, "a.txt"), expect, "{request}")
        };
        check("show a.txt", true);
        check("show 'a.txt', then", true);
        check("show aa.txt", false);
        check("show a.txt.gz", false);
        check("show a.txt.", true);
    }

    #[test]
    fn what_the_request_hints_at_is_kept() {
        let names = Names {
            units: vec!["llm-osd".into(), "web".into()],
            files: (0..100)
                .map(|n| format!("zz{n}.bin"))
                .chain(["shopping-list.txt".into()])
                .collect(),
            dirs: vec!["photos".into()],
            processes: vec!["cron".into(), "fotoserver".into()],
            ..Names::default()
        };
        let request = "add milk to the shoping list, then show fotos and photos";
        let shown: Vec<(NameKind, String, String)> = choose(request, &names, &NameKind::ALL)
            .into_iter()
            .map(|name| (name.kind, name.text, name.lead))
            .collect();
        let expect = |kind: NameKind, text: &str, lead: &str| {
            let wanted = (kind, text.to_owned(), lead.to_owned());
            assert!(shown.contains(&wanted), "{text}: {shown:?}");
        };
        // a directory that is spelled out: no strangers are shown.
        assert_eq!(shown.len(), 2 + 2 + 1);
        expect(NameKind::Unit, "llm-osd", "service");
        expect(NameKind::Unit, "web", "");
        expect(NameKind::File, "shopping-list.txt", "file");
        expect(NameKind::Dir, "photos", "folder");
        expect(NameKind::Process, "fotoserver", "process");
        let only = choose(request, &names, &[NameKind::Dir]);
        assert_eq!(only.len(), 1);
    }

    #[test]
    fn what_was_spoken_of_is_shown_with_what_was_done() {
        let turn = |actions| Turn {
            request: String::new(),
            actions,
        };
        let names = Names {
            past: vec![
                turn(vec![Action::new("old").with("a", "gone")]),
                turn(vec![Action::new("list_dir").with("path", ".")]),
                turn(vec![
                    Action::new("read_log")
                        .with("unit", "web")
                        .with("lines", 20),
                ]),
            ],
            shown: vec!["a.txt".into(), "b.txt".into()],
            ..Names::default()
        };
        let shown = choose("and the second one", &names, &NameKind::ALL);
        let text: Vec<String> = shown
            .iter()
            .map(|name| format!("{}|{}", name.lead, name.text))
            .collect();
        let expect = [
            "before list dir|.",
            "before read log|web",
            "|20",
            "shown 1|a.txt",
            "2|b.txt",
        ];
        assert_eq!(text, expect);
    }
}
