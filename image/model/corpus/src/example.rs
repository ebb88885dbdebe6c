//! one example: a request, its world and what it means.

use crate::amend;
use crate::order::Order;
use crate::random::Random;
use crate::section::{Manner, Meaning, Pattern, Section, Source};
use crate::slots::{Filled, Filler, Worth};
use crate::template::{self, Piece};
use crate::turns;
use crate::voice::{self, Habit};
use llm_os_planner::steps::{Said, SaidAction, SaidOutcome};
use llm_os_planner::symbols::Symbol;
use llm_os_schema::Names;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

/// a request with its world and its meaning.
#[derive(Clone, Debug)]
pub struct Example {
    pub request: String,
    pub world: Names,
    pub said: SaidOutcome,
}

/// a run of the request: plain words, or the value of a slot.
struct Run {
    text: String,
    slot: Option<String>,
}

/// a phrase with its slots filled.
struct Draft {
    manner: Manner,
    runs: Vec<Run>,
    slots: HashMap<String, Filled>,
    open: bool,
}

/// makes examples out of the sections.
pub struct Maker {
    sections: Vec<Section>,
    /// sections by what they are about, each as often as it weighs.
    classes: Vec<Vec<usize>>,
    /// classes by number, each as often as it weighs.
    by_weight: Vec<usize>,
    /// sections of one plan that may be one step of several.
    steps: Vec<usize>,
}

impl Maker {
    /// a maker of examples.
    pub fn new(sections: Vec<Section>) -> Self {
        let mut by_class: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, section) in sections.iter().enumerate() {
            let times = section.weight * breadth(section);
            let class = by_class.entry(class(section)).or_default();
            class.extend(vec![at; times]);
        }
        let mut by_weight = Vec::new();
        for (at, (name, class)) in by_class.iter().enumerate() {
            // rare things are said seldom, and still have to be learnt.
            let times = class.len().isqrt() * emphasis(name);
            by_weight.extend(vec![at; times]);
        }
        let classes: Vec<Vec<usize>> = by_class.into_values().collect();
        let single = |at: &usize| {
            let section = &sections[*at];
            let alone = matches!(&section.meaning, Meaning::Plan(actions) if actions.len() == 1);
            let orders = section
                .phrases
                .iter()
                .any(|(manner, _)| *manner == Manner::Order);
            alone && orders && !section.looks_back()
        };
        let even = by_weight
            .iter()
            .flat_map(|&class| classes[class].iter().take(40));
        let steps = even.copied().filter(single).collect();
        Maker {
            sections,
            classes,
            by_weight,
            steps,
        }
    }

    /// the next example; `None` where the dice gave one that cannot be said.
    pub fn make(&self, random: &mut Random) -> Option<Example> {
        if random.chance(11) {
            return self.several(random);
        }
        let class = &self.classes[*random.pick(&self.by_weight)];
        let section = &self.sections[*random.pick(class)];
        let mut filler = Filler::new(random);
        let mut draft = fill(section, &mut filler, "", None)?;
        let orders = draft.manner == Manner::Order && !draft.open;
        if orders && let Some(text) = amend::spared(section, &draft.slots, &mut filler) {
            draft.runs.push(Run { text, slot: None });
        }
        filler.crowd();
        filler.crowd_others();
        // what is asked about without an earlier turn may be plain with one.
        if !matches!(section.meaning, Meaning::Ask(..)) {
            turns::idle(&mut filler);
        }
        let world = std::mem::take(&mut filler.world);
        finish(vec![(section, draft)], world, random)
    }

    /// two or three unrelated things in one request.
    fn several(&self, random: &mut Random) -> Option<Example> {
        let count = if random.chance(75) { 2 } else { 3 };
        let mut filler = Filler::new(random);
        let mut drafts = Vec::new();
        for at in 0..count {
            let section = &self.sections[*filler.random.pick(&self.steps)];
            let draft = fill(section, &mut filler, &at.to_string(), Some(Manner::Order))?;
            if draft.open && at + 1 < count {
                return None;
            }
            drafts.push((section, draft));
        }
        filler.crowd();
        filler.crowd_others();
        turns::idle(&mut filler);
        let world = std::mem::take(&mut filler.world);
        finish(drafts, world, random)
    }
}

/// what a section is about: the type of its one action, or the kind of its outcome.
fn class(section: &Section) -> String {
    match &section.meaning {
        Meaning::Plan(patterns) if patterns.len() == 1 => patterns[0].kind.clone(),
        Meaning::Plan(_) => "several".to_owned(),
        Meaning::Ask(..) => "ask".to_owned(),
        Meaning::Answer(_) => "answer".to_owned(),
        Meaning::Refuse(_) => "refuse".to_owned(),
    }
}

/// how much more often than its phrases alone would have it: what has to be told apart from
/// everything else needs more examples than what names itself.
fn emphasis(class: &str) -> usize {
    match class {
        "refuse" => 14,
        "ask" => 7,
        "answer" | "exec" => 6,
        "several" => 8,
        _ => 4,
    }
}

/// sections with many phrases count for more, but not in proportion.
fn breadth(section: &Section) -> usize {
    1 + 2 * section.phrases.len().isqrt()
}

fn fill(
    section: &Section,
    filler: &mut Filler,
    tag: &str,
    wanted: Option<Manner>,
) -> Option<Draft> {
    let fits: Vec<_> = section
        .phrases
        .iter()
        .filter(|(manner, _)| wanted.is_none_or(|wanted| wanted == *manner))
        .collect();
    if fits.is_empty() {
        return None;
    }
    let (manner, node) = filler.random.pick(&fits);
    let mut pieces = Vec::new();
    template::choose(node, filler.random, &mut pieces);
    let path = |pair: &[Piece]| matches!(pair, [Piece::Slot(_), Piece::Text(text)] if text.starts_with('/'));
    filler.typed = *manner == Manner::Bare || pieces.windows(2).any(path);
    let mut draft = Draft {
        manner: *manner,
        runs: Vec::new(),
        slots: HashMap::new(),
        open: false,
    };
    turns::fill(section, filler, tag, &mut draft.slots)?;
    let mut said = String::new();
    for piece in pieces {
        draft.open = false;
        match piece {
            Piece::Text(text) => {
                said.push_str(&text);
                draft.runs.push(Run { text, slot: None });
            }
            // what was named before is named again.
            Piece::Slot(name) if draft.slots.contains_key(&format!("{tag}{name}")) => {
                let again = &draft.slots[&format!("{tag}{name}")];
                let text = format!("{}{}{}", again.before, again.value, again.after);
                said.push_str(&text);
                draft.runs.push(Run { text, slot: None });
            }
            Piece::Slot(name) => {
                let mut filled = filler.fill(&name, &said)?;
                if filler.random.chance(2) {
                    amend::amend(&name, &said, &mut filled, filler);
                }
                draft.open = filled.open;
                said.push_str(&filled.value);
                draft.runs.push(Run {
                    text: filled.before.clone(),
                    slot: None,
                });
                draft.runs.push(Run {
                    text: filled.value.clone(),
                    slot: Some(format!("{tag}{name}")),
                });
                draft.runs.push(Run {
                    text: filled.after.clone(),
                    slot: None,
                });
                draft.slots.insert(format!("{tag}{name}"), filled);
            }
        }
    }
    Some(draft)
}

fn finish(drafts: Vec<(&Section, Draft)>, world: Names, random: &mut Random) -> Option<Example> {
    let manner = drafts.first()?.1.manner;
    let open = drafts.last()?.1.open;
    let (before, after) = voice::around(manner, open, random);
    let habit = if manner == Manner::Bare && random.chance(80) {
        Habit::Careful
    } else {
        Habit::any(random)
    };
    let mut runs = vec![Run {
        text: before,
        slot: None,
    }];
    let mut slots = HashMap::new();
    let last = drafts.len() - 1;
    let order = Order::of(drafts.len(), random);
    if let Some(text) = order.opening() {
        runs.push(Run {
            text: text.to_owned(),
            slot: None,
        });
    }
    let mut outcome: Vec<(&Meaning, String)> = Vec::new();
    for (at, (section, draft)) in drafts.into_iter().enumerate() {
        runs.extend(draft.runs);
        slots.extend(draft.slots);
        if at < last {
            let text = order.joint(at, random);
            runs.push(Run { text, slot: None });
        }
        let tag = if last > 0 {
            at.to_string()
        } else {
            String::new()
        };
        outcome.push((&section.meaning, tag));
    }
    if order == Order::Backwards {
        outcome.reverse();
    }
    runs.push(Run {
        text: after,
        slot: None,
    });
    let (request, ranges) = write(&runs, habit, random);
    let said = mean(&outcome, &slots, &ranges)?;
    Some(Example {
        request,
        world,
        said,
    })
}

/// the request's text, and where each slot's value lies in it.
fn write(
    runs: &[Run],
    habit: Habit,
    random: &mut Random,
) -> (String, HashMap<String, Range<usize>>) {
    let mut request = String::new();
    let mut ranges = HashMap::new();
    let capital = habit != Habit::Dictated && random.chance(40);
    for run in runs {
        match &run.slot {
            Some(slot) => {
                let start = request.len();
                request.push_str(&run.text);
                ranges.entry(slot.clone()).or_insert(start..request.len());
            }
            None => {
                let mut text = habit.say(&run.text, random);
                if request.is_empty() {
                    text = text.trim_start().to_owned();
                    if capital {
                        let mut chars = text.chars();
                        text = chars.next().map_or_else(String::new, |first| {
                            first.to_uppercase().chain(chars).collect()
                        });
                    }
                }
                if request.ends_with(' ') {
                    text = text.trim_start_matches(' ').to_owned();
                }
                request.push_str(&text);
            }
        }
    }
    let trimmed = request.trim_end().len();
    request.truncate(trimmed);
    (request, ranges)
}

fn mean(
    outcome: &[(&Meaning, String)],
    slots: &HashMap<String, Filled>,
    ranges: &HashMap<String, Range<usize>>,
) -> Option<SaidOutcome> {
    let mut actions = Vec::new();
    for (meaning, tag) in outcome {
        match meaning {
            Meaning::Ask(kind, key) => return Some(SaidOutcome::Ask(kind.clone(), key.clone())),
            Meaning::Answer(symbols) => return Some(SaidOutcome::Answer(symbols.clone())),
            Meaning::Refuse(symbol) => return Some(SaidOutcome::Refuse(symbol.clone())),
            Meaning::Plan(patterns) => {
                for Pattern { kind, args } in patterns {
                    let mut said = Vec::new();
                    for (key, source) in args {
                        said.push((key.clone(), value(source, tag, slots, ranges)?));
                    }
                    actions.push(SaidAction {
                        kind: kind.clone(),
                        args: said,
                    });
                }
            }
        }
    }
    Some(SaidOutcome::Plan(actions))
}

fn value(
    source: &Source,
    tag: &str,
    slots: &HashMap<String, Filled>,
    ranges: &HashMap<String, Range<usize>>,
) -> Option<Said> {
    match source {
        Source::Symbol(symbol) => Some(Said::Symbol(symbol.clone())),
        Source::Join(dir, name) => Some(Said::Join(
            Box::new(value(dir, tag, slots, ranges)?),
            Box::new(value(name, tag, slots, ranges)?),
        )),
        Source::Slot(slot) => {
            // `{bare}` and `{svc}` are other ways to fill what the meaning calls `{argv}` and `{unit}`.
            let also: &[&str] = match slot.trim_end_matches(|c: char| c.is_ascii_digit()) {
                "argv" => &["bare", "tool"],
                "unit" => &["svc"],
                "file" => &["path", "loose"],
                "pkgs" => &["pkg"],
                "content" => &["quoted"],
                "quoted" => &["content"],
                _ => &[],
            };
            let digits: String = slot.chars().filter(char::is_ascii_digit).collect();
            let names = std::iter::once(slot.clone())
                .chain(also.iter().map(|name| format!("{name}{digits}")));
            let (name, filled) = names
                .map(|name| format!("{tag}{name}"))
                .find_map(|name| slots.get(&name).map(|filled| (name, filled)))?;
            match &filled.worth {
                Worth::Text if filled.value == "/" => Some(Said::Symbol(Symbol::Root)),
                Worth::Text => Some(Said::Span(ranges.get(&name)?.clone())),
                Worth::Name(kind, text) => Some(Said::Name(*kind, text.clone())),
                Worth::Nothing => None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::near::Forbidden;
    use crate::section;
    use llm_os_planner::score;
    use llm_os_schema::{CapabilityTable, Outcome};
    use std::path::Path;

    fn read(path: &str) -> String {
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
    }

    /// every request of the evaluation sets, with how many each set has.
    fn sets() -> Vec<score::Case> {
        let sets =
            [("slice", 120), ("dev", 600), ("test", 598), ("quoted", 30)].map(|(name, count)| {
                let cases = score::read_cases(&read(&format!("../eval/{name}.jsonl"))).unwrap();
                assert_eq!(cases.len(), count, "{name}");
                cases
            });
        sets.concat()
    }

    #[test]
    fn the_phrases_do_not_copy_the_evaluation_set() {
        let cases = sets();
        let forbidden = Forbidden::new(cases.iter().map(|case| case.request.as_str()));
        let maker = Maker::new(section::all().unwrap());
        let mut random = Random::new(7);
        let made: Vec<Example> = (0..3000).filter_map(|_| maker.make(&mut random)).collect();
        assert!(made.len() > 2500, "only {} of 3000", made.len());
        // short requests such as `reboot` are met by chance; the generator throws them away.
        let near: Vec<&String> = made
            .iter()
            .map(|example| &example.request)
            .filter(|request| forbidden.near(request))
            .collect();
        assert!(near.len() < 30, "{near:?}");
        assert!(
            near.iter()
                .all(|request| request.split_whitespace().count() <= 7),
            "{near:?}"
        );
    }

    #[test]
    fn the_evaluation_set_is_in_the_plan_language() {
        let table: CapabilityTable =
            serde_json::from_str(&read("../../../userland/capability/capabilities.json")).unwrap();
        for case in &sets() {
            assert!(
                !case.right.is_empty() && !case.voice.is_empty(),
                "{}",
                case.request
            );
            for right in &case.right {
                if let Outcome::Plan(actions) = right {
                    table.canonical_plan(actions).unwrap();
                }
            }
        }
    }

    #[test]
    fn the_same_seed_makes_the_same_examples() {
        let maker = Maker::new(section::all().unwrap());
        let requests = |seed| {
            let mut random = Random::new(seed);
            let made = (0..50).filter_map(|_| maker.make(&mut random));
            made.map(|example| example.request).collect::<Vec<_>>()
        };
        assert_eq!(requests(3), requests(3));
        assert_ne!(requests(3), requests(4));
    }
}
