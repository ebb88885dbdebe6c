//! worked examples that people taught: they work at once, without training.
//!
//! an example is a pattern: what its plan names and its words spell out (`kick web` → restart `web`)
//! may be said differently the next time (`kick mqtt`), the other words have to be the same. a
//! request that fits is answered by the example alone. one that is only near, by its rare words
//! (bm25) and by the encoder's states (cosine), answers nothing; but where it means other actions
//! than the model wrote, the person is asked.

use crate::context;
use crate::words;
use llm_os_schema::lesson::{self, Lesson};
use llm_os_schema::{Action, ArgKind, CapabilityTable, Names, Outcome, Risk};
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// words that are no part of what is meant, at either end of a request.
#[rustfmt::skip]
const COURTESIES: [&str; 16] = [
    "please", "pls", "kindly", "thanks", "now", "ok", "okay", "hey", "hi", "hello", "just", "can",
    "could", "would", "you", "so",
];
/// words that a pattern's gap may take.
const GAP_MAX: usize = 16;
/// above this a request is near an example; the mean of both measures.
const NEAR: f32 = 0.78;
/// examples whose states are looked at for one request: each costs a pass of the encoder.
pub const LOOKED_AT_MAX: usize = 3;
/// below this share of common rare words an example is not looked at.
const SHARED_LEAST: f32 = 0.35;

/// examples that are thought to be there beside those that are: of one example alone, no word would
/// be rare.
const OTHERS: f32 = 10.0;
/// how soon a word that occurs again stops counting (bm25's k1), and how much the length of an
/// example counts (its b).
const SATURATION: f32 = 1.2;
const LENGTH: f32 = 0.75;

/// what was taught, ready to be looked up.
#[derive(Clone, Debug, Default)]
pub struct Library {
    examples: Vec<Example>,
    /// in how many examples each word occurs.
    occurs: HashMap<String, usize>,
    mean_words: f32,
}

#[derive(Clone, Debug)]
struct Example {
    request: String,
    plan: Vec<Action>,
    pattern: Vec<Part>,
    words: Vec<String>,
}

/// a part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Word(String),
    /// this text of the plan, whatever is said in its place.
    Gap(String),
}

/// an example that is near a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbour<'l> {
    pub request: &'l str,
    pub plan: &'l [Action],
    /// 0 to 1, by rare words in common.
    pub shared: f32,
}

impl Library {
    /// the lessons whose commands this table knows; a later one takes the place of an earlier one
    /// with the same words.
    pub fn new(table: &CapabilityTable, lessons: &[Lesson]) -> Self {
        let mut library = Library::default();
        for lesson in lessons {
            let Ok(plan) = lesson::plan(table, &lesson.means) else {
                continue;
            };
            library
                .examples
                .retain(|example| !lesson.same_words(&example.request));
            library.examples.push(Example {
                pattern: pattern(table, &lesson.request, &plan),
                words: lesson::plain_words(&lesson.request).collect(),
                request: lesson.request.clone(),
                plan,
            });
        }
        let mut total = 0;
        for example in &library.examples {
            total += example.words.len();
            let different: HashSet<&String> = example.words.iter().collect();
            for word in different {
                *library.occurs.entry(word.clone()).or_default() += 1;
            }
        }
        library.mean_words = total as f32 / library.examples.len().max(1) as f32;
        library
    }

    /// whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.examples.is_empty()
    }

    /// the plan of an example that the request fits; the last one that was taught, the one with the
    /// fewest gaps first.
    pub fn recall(
        &self,
        table: &CapabilityTable,
        request: &str,
        names: &Names,
    ) -> Option<Vec<Action>> {
        let said = Said::new(request);
        let mut fits: Vec<(usize, Vec<Action>)> = Vec::new();
        for example in self.examples.iter().rev() {
            let gaps = example
                .pattern
                .iter()
                .filter(|part| matches!(part, Part::Gap(_)));
            let mut filled = HashMap::new();
            if said.fits(&example.pattern, 0, &mut filled)
                && let Some(plan) = replaced(table, &example.plan, &filled, names)
            {
                fits.push((gaps.count(), plan));
            }
        }
        fits.sort_by_key(|(gaps, _)| *gaps);
        fits.into_iter().next().map(|(_, plan)| plan)
    }

    /// the examples that share most with the request, best first.
    pub fn neighbours(&self, request: &str) -> Vec<Neighbour<'_>> {
        let said: Vec<String> = lesson::plain_words(request).collect();
        let mut near: Vec<Neighbour<'_>> = self
            .examples
            .iter()
            .map(|example| Neighbour {
                request: &example.request,
                plan: &example.plan,
                shared: self.shared(&said, &example.words),
            })
            .filter(|neighbour| neighbour.shared >= SHARED_LEAST)
            .collect();
        near.sort_by(|a, b| b.shared.total_cmp(&a.shared));
        near.truncate(LOOKED_AT_MAX);
        near
    }

    /// bm25 of the request's words against the example's, as a share of what the example has with
    /// itself, or the request with itself, whichever is more.
    fn shared(&self, said: &[String], words: &[String]) -> f32 {
        let most = self.bm25(words, words).max(self.bm25(said, said));
        if most <= 0.0 {
            return 0.0;
        }
        self.bm25(said, words) / most
    }

    fn bm25(&self, said: &[String], words: &[String]) -> f32 {
        let count = self.examples.len() as f32 + OTHERS;
        let different: HashSet<&String> = said.iter().collect();
        different
            .into_iter()
            .map(|word| {
                let here = words.iter().filter(|have| *have == word).count() as f32;
                // a word that no example has is as rare as one that a single example has: a
                // small library says little of how common words are.
                let occurs = self.occurs.get(word).copied().unwrap_or(0).max(1) as f32;
                let rare = (1.0 + (count - occurs + 0.5) / (occurs + 0.5)).ln();
                let long = 1.0 - LENGTH + LENGTH * words.len() as f32 / self.mean_words.max(1.0);
                rare * here * (SATURATION + 1.0) / (here + SATURATION * long)
            })
            .sum()
    }
}

/// the question that belongs in the place of `outcome`, where an example as near as this means other
/// actions; `cosine` is that of the two requests' states.
pub fn disagreement(outcome: &Outcome, neighbour: &Neighbour<'_>, cosine: f32) -> Option<Outcome> {
    let near = (neighbour.shared + cosine.clamp(0.0, 1.0)) / 2.0;
    let kinds = |actions: &[Action]| -> Vec<(String, Option<String>)> {
        let what = |action: &Action| action.text("action").map(str::to_owned);
        actions
            .iter()
            .map(|action| (action.kind.clone(), what(action)))
            .collect()
    };
    let same = match outcome {
        Outcome::Plan(actions) => kinds(actions) == kinds(neighbour.plan),
        _ => false,
    };
    (near >= NEAR && !same).then(|| {
        let taught = neighbour.request.trim();
        Outcome::Ask(format!(
            "this is near \"{taught}\", which you taught me, and I read it differently: say it as \
             you taught it, or type the command?"
        ))
    })
}

/// the words of a request, in lower case and as they stand, courtesies and marks aside.
struct Said<'a> {
    request: &'a str,
    words: Vec<(String, Range<usize>)>,
}

impl<'a> Said<'a> {
    fn new(request: &'a str) -> Self {
        let mut words: Vec<(String, Range<usize>)> = words::split(request)
            .into_iter()
            .map(|range| (request[range.clone()].to_lowercase(), range))
            .filter(|(word, range)| {
                // a mark that stands alone is a name: `.`, `~`, `/`.
                let alone =
                    range.start == 0 || request[..range.start].ends_with(char::is_whitespace);
                let name = alone && matches!(word.as_str(), "." | ".." | "~" | "/");
                name || word.chars().any(char::is_alphanumeric) || word.chars().count() > 1
            })
            .collect();
        let polite = |word: &(String, _)| COURTESIES.contains(&word.0.as_str());
        // at the end only what is never a part of a text.
        let thanks = |word: &(String, _)| COURTESIES[..4].contains(&word.0.as_str());
        while words.len() > 1 && words.last().is_some_and(thanks) {
            words.pop();
        }
        while words.len() > 1 && words.first().is_some_and(polite) {
            words.remove(0);
        }
        Said { request, words }
    }

    /// whether the words from `at` on are this pattern; what stands in its gaps goes into `filled`.
    fn fits(&self, pattern: &[Part], at: usize, filled: &mut HashMap<String, String>) -> bool {
        let Some((part, rest)) = pattern.split_first() else {
            return at == self.words.len();
        };
        match part {
            Part::Word(word) => {
                self.words.get(at).is_some_and(|(said, _)| said == word)
                    && self.fits(rest, at + 1, filled)
            }
            Part::Gap(of) => {
                // the last words may be a long text; inside, a gap is short.
                let most = if rest.is_empty() {
                    self.words.len()
                } else {
                    at + GAP_MAX
                };
                (at + 1..=most.min(self.words.len())).any(|end| {
                    let bytes = self.words[at].1.start..self.words[end - 1].1.end;
                    let text = &self.request[bytes];
                    let before = filled.insert(of.clone(), text.to_owned());
                    let same = before.as_deref().is_none_or(|before| before == text);
                    if same && self.fits(rest, end, filled) {
                        return true;
                    }
                    match before {
                        Some(before) => filled.insert(of.clone(), before),
                        None => filled.remove(of),
                    };
                    false
                })
            }
        }
    }
}

/// the request with gaps where it spells out what its plan names.
fn pattern(table: &CapabilityTable, request: &str, plan: &[Action]) -> Vec<Part> {
    let mut places: Vec<(Range<usize>, String)> = Vec::new();
    let whole = plan.iter().flat_map(|action| named(table, action));
    for text in whole.filter(|text| !is_elsewhere(plan, text)) {
        for place in context::places(request, &text) {
            places.push((place, text.clone()));
        }
    }
    // the longest first: `web` inside `web log` is no name of its own.
    places.sort_by_key(|(place, _)| (std::cmp::Reverse(place.len()), place.start));
    let mut gaps: Vec<(Range<usize>, String)> = Vec::new();
    for (place, text) in places {
        if gaps
            .iter()
            .all(|(gap, _)| place.end <= gap.start || gap.end <= place.start)
        {
            gaps.push((place, text));
        }
    }
    let mut parts: Vec<Part> = Vec::new();
    for (word, range) in Said::new(request).words {
        match gaps
            .iter()
            .find(|(gap, _)| gap.start <= range.start && range.end <= gap.end)
        {
            Some((gap, text)) if gap.start == range.start => parts.push(Part::Gap(text.clone())),
            Some(_) => {}
            None => parts.push(Part::Word(word)),
        }
    }
    // a pattern of nothing but gaps would fit everything.
    if parts.iter().all(|part| matches!(part, Part::Gap(_))) {
        return Said::new(request)
            .words
            .into_iter()
            .map(|(word, _)| Part::Word(word))
            .collect();
    }
    parts
}

/// whether a text stands inside another value as well, where it could not be replaced: `photos` of
/// `tar cf a.tar photos` beside `rm -r photos`.
fn is_elsewhere(plan: &[Action], text: &str) -> bool {
    fn inside(value: &Value, text: &str, listed: bool) -> bool {
        match value {
            Value::String(other) => other.contains(text) && (listed || other != text),
            Value::Array(list) => list.iter().any(|one| inside(one, text, true)),
            Value::Object(map) => map.values().any(|one| inside(one, text, true)),
            _ => false,
        }
    }
    let mut values = plan.iter().flat_map(|action| action.args.values());
    values.any(|value| inside(value, text, false))
}

/// the texts of an action that a person could say differently: names, paths and texts, but no listed
/// values and numbers.
fn named(table: &CapabilityTable, action: &Action) -> Vec<String> {
    let Some(spec) = table.get(&action.kind) else {
        return Vec::new();
    };
    let args = spec.args.iter().filter(|arg| changes(&arg.kind));
    args.filter_map(|arg| action.args.get(&arg.name)?.as_str())
        .map(str::to_owned)
        .collect()
}

fn changes(kind: &ArgKind) -> bool {
    use ArgKind::{Name, Path, Process, Text, Unit, Word};
    matches!(kind, Path | Text | Word | Unit | Name { .. } | Process)
}

/// the plan with what was said in its gaps; `None` where that is no value of its kind.
fn replaced(
    table: &CapabilityTable,
    plan: &[Action],
    filled: &HashMap<String, String>,
    names: &Names,
) -> Option<Vec<Action>> {
    let mut plan = plan.to_vec();
    for action in &mut plan {
        let spec = table.get(&action.kind)?;
        for arg in spec.args.iter().filter(|arg| changes(&arg.kind)) {
            let Some(said) = action.args.get(&arg.name).and_then(Value::as_str) else {
                continue;
            };
            let Some(new) = filled.get(said).filter(|new| *new != said) else {
                continue;
            };
            let one_word = !new.contains(char::is_whitespace);
            let exists = |list: &[String]| list.iter().any(|name| name == new);
            let good = match &arg.kind {
                ArgKind::Unit => names.units.is_empty() || exists(&names.units),
                // what is lost is named by its own name.
                ArgKind::Path if spec.risk == Risk::Destroy => {
                    exists(&names.files) || exists(&names.dirs)
                }
                ArgKind::Path => one_word || exists(&names.files) || exists(&names.dirs),
                ArgKind::Text => true,
                _ => one_word,
            };
            if !good {
                return None;
            }
            action.args.insert(arg.name.clone(), new.as_str().into());
        }
    }
    table.canonical_plan(&plan).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::automaton::tests::{names, table};

    fn library(lessons: &[(&str, &str)]) -> Library {
        let lessons: Vec<Lesson> = lessons
            .iter()
            .map(|(request, means)| Lesson {
                request: (*request).to_owned(),
                means: (*means).to_owned(),
            })
            .collect();
        Library::new(&table(), &lessons)
    }

    #[test]
    fn what_was_taught_is_known_and_its_names_may_be_others() {
        let library = library(&[
            ("kick Web", "service_control restart Web"),
            ("tidy up", "delete_file junk recursive=true; list_dir ."),
            ("jot hello into a.txt", "write_file a.txt hello"),
            ("broken", "no such command"),
        ]);
        let check = |request: &str, expect: Option<&str>| {
            let plan = library.recall(&table(), request, &names());
            let got = plan.map(|plan| serde_json::to_string(&plan).unwrap());
            assert_eq!(got.as_deref(), expect, "{request}");
        };
        let kicked = |unit: &str| {
            format!(r#"[{{"type":"service_control","action":"restart","unit":"{unit}"}}]"#)
        };
        check("kick Web", Some(&kicked("Web")));
        check("Please kick Web!", Some(&kicked("Web")));
        check("kick llm-netd", Some(&kicked("llm-netd")));
        check("kick nobody", None);
        check("kick Web twice", None);
        let tidy = r#"[{"type":"delete_file","path":"junk","recursive":true},{"type":"list_dir","path":"."}]"#;
        check("Tidy up.", Some(tidy));
        check("tidy down", None);
        check(
            "jot two words, and more into b.txt",
            Some(r#"[{"type":"write_file","path":"b.txt","content":"two words, and more"}]"#),
        );
        check("broken", None);
    }

    #[test]
    fn the_last_lesson_wins() {
        let library = library(&[
            ("go", "list_dir a"),
            ("other", "list_dir b"),
            ("Go!", "list_dir c"),
        ]);
        let plan = library.recall(&table(), "go", &names()).unwrap();
        assert_eq!(plan[0].text("path"), Some("c"));
        assert!(!library.is_empty() && self::library(&[]).is_empty());
    }

    #[test]
    fn a_name_alone_is_no_pattern() {
        let library = library(&[("photos", "list_dir photos")]);
        assert!(library.recall(&table(), "music", &names()).is_none());
        assert!(library.recall(&table(), "photos", &names()).is_some());
    }

    #[test]
    fn a_name_that_cannot_be_replaced_everywhere_is_no_gap() {
        let library = library(&[
            (
                "archive photos",
                "exec tar cf a.tar photos; delete_file photos",
            ),
            ("show .", "list_dir ."),
            ("clear photos", "delete_file photos"),
        ]);
        let recall = |request: &str| library.recall(&table(), request, &names());
        assert!(recall("archive photos").is_some());
        assert!(recall("archive music").is_none());
        assert!(recall("show").is_none() && recall("show .").is_some());
        assert!(recall("clear photos.").is_some());
    }

    #[test]
    fn a_near_request_that_is_read_differently_is_asked_about() {
        let library = library(&[
            ("make some room on the disk", "delete_file junk"),
            ("say hello to everyone here", "list_dir ."),
        ]);
        let near = library.neighbours("make room on the disk now");
        assert_eq!(near.len(), 1);
        assert!(near[0].shared > 0.6, "{}", near[0].shared);
        let plan = |kind: &str| Outcome::Plan(vec![Action::new(kind)]);
        assert_eq!(disagreement(&plan("delete_file"), &near[0], 0.95), None);
        assert_eq!(disagreement(&plan("list_dir"), &near[0], 0.1), None);
        let asked = disagreement(&plan("list_dir"), &near[0], 0.95).unwrap();
        assert_eq!(asked.kind(), "ask");
        assert!(library.neighbours("reboot").is_empty());
    }
}
