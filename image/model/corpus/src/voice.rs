//! who is speaking: what is put around a phrase, and what happens to its plain words. values are
//! never changed.

use crate::pools;
use crate::random::Random;
use crate::section::Manner;
use crate::template::{self, Macros};

/// before an order. words that ask for a plan only ("dry run") leave the plan as it is.
const BEFORE: &[&str] = &[
    "please ",
    "please ",
    "(can|could|would|will) you [please|kindly] ",
    "(can|could) (u|ya) [pls] ",
    "pls ",
    "plz ",
    "kindly ",
    "i want you to ",
    "i need you to ",
    "i'd like you to ",
    "(hey|hi|hello|ok|okay|so|right|well|now|alright)[,] ",
    "(computer|machine|llm-os|assistant|dear machine)[,|:] ",
    "go ahead and ",
    "just ",
    "now ",
    "next[,] ",
    "quickly ",
    "(be so kind and|be so good as to|do me a favour and|help me and|be nice and) ",
    "(would it be possible to|is it possible to|is it ok to) ",
    "(i would be grateful if you could|i'd appreciate it if you could|it would be great if you could|could you maybe) ",
    "let's ",
    "we (need|have) to ",
    "you (should|must|have to) ",
    "i (want|need|have|'d like) to ",
    "(dry run|plan only|just the plan|simulate|plan)[:|,] ",
    "(what would you do to|show me the plan to|show what it takes to|how would you plan to) ",
    "(first of all|for a start|one thing|quick question|sorry|excuse me|by the way|listen|um|uh|hmm|mm)[,] ",
    "(time to|your task: |job: |task: |todo: )",
    "(ok so|so um|well then|and now) ",
    "(i was wondering if you could|maybe you can|perhaps you could|if you can,|when you have time,|if it's no trouble,|if possible[,]) ",
    "(yo|dude|mate|bro|man)[,] ",
    "(my friend|dear computer|sir)[,] [please] ",
    "you need please to ",
    "(do|make) (this|the following|it): ",
];

/// before a statement or question.
const LIGHT: &[&str] = &[
    "(hey|hi|hello|ok|okay|so|well|hmm|um|and|say|listen|sorry|computer|machine|quick question|one question|tell me)[,] ",
    "(hi|hello) there, ",
    "(just|only) (curious|wondering|asking)[,|:] ",
    "please tell me[,|:] ",
];

/// after an order.
const AFTER: &[&str] = &[
    " please",
    ", please",
    " please",
    ", thanks",
    " thanks",
    ", thank you",
    " for me",
    " for me please",
    " now",
    " asap",
    " right now",
    " at once",
    ", will you",
    ", ok?",
    " if you can",
    ", if possible",
    " when you have a moment",
    " quickly",
    ", would you",
    " pls",
    " thx",
    "!",
    "!!",
    " :)",
    " - thanks!",
    ", cheers",
    ", that would be great",
    ", would be nice",
    " immediately",
];

/// everything that is put around phrases.
pub fn texts() -> impl Iterator<Item = &'static str> {
    let fixed = BEFORE.iter().chain(LIGHT).chain(AFTER).copied();
    let pools = [&pools::CHATTER, &pools::INTERJECTIONS, &pools::REASONS];
    fixed.chain(pools.into_iter().flat_map(|pool| pool.iter().copied()))
}

/// puts a voice around a phrase: what comes before it and after it.
pub fn around(manner: Manner, open: bool, random: &mut Random) -> (String, String) {
    let mut say = |list: &[&str]| {
        let text = *random.pick(list);
        template::parse(text, &Macros::new())
            .map_or_else(|_| text.to_owned(), |node| template::plain(&node, random))
    };
    let (mut before, mut after) = (String::new(), String::new());
    match manner {
        Manner::Bare => {}
        Manner::Order => {
            if random_chance(&mut say, 50) {
                before = say(BEFORE);
            }
            if !open && random_chance(&mut say, 22) {
                after = say(AFTER);
            }
        }
        Manner::Statement => {
            if random_chance(&mut say, 14) {
                before = say(LIGHT);
            }
        }
    }
    if manner != Manner::Bare {
        if random.chance(11) {
            let mark = *random.pick(&[". ", ", ", " - ", "; ", ", so ", "... ", ": "]);
            before = format!("{}{mark}{before}", random.pick(&pools::CHATTER));
        }
        if random.chance(6) {
            let mark = *random.pick(&[", ", " ", "! ", "... "]);
            before = format!("{}{mark}{before}", random.pick(&pools::INTERJECTIONS));
        }
        if !open && random.chance(10) {
            let mark = *random.pick(&[". ", ", ", " - ", "; ", ", ", "! "]);
            after = format!("{after}{mark}{}", random.pick(&pools::REASONS));
        }
    }
    let question =
        before.starts_with("can") || before.starts_with("could") || before.starts_with("would");
    if open {
        return (before, String::new());
    }
    if after.is_empty() || after.ends_with(char::is_alphabetic) {
        match manner {
            Manner::Order if question && random.chance(50) => after.push('?'),
            Manner::Order if random.chance(30) => after.push('.'),
            Manner::Statement if random.chance(55) => after.push('?'),
            Manner::Statement if random.chance(10) => after.push('.'),
            _ => {}
        }
    }
    (before, after)
}

/// whether to say something at all; a closure that borrows the stream cannot be asked otherwise.
fn random_chance(say: &mut impl FnMut(&[&str]) -> String, percent: usize) -> bool {
    let coins: Vec<&str> = (0..100)
        .map(|at| if at < percent { "y" } else { "n" })
        .collect();
    say(&coins) == "y"
}

/// what a voice does to plain words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    Careful,
    /// mistyped letters.
    Typos,
    /// articles left out, words of another order of things.
    Foreign,
    /// no capitals, no punctuation.
    Dictated,
}

impl Habit {
    /// most people are careful.
    pub fn any(random: &mut Random) -> Self {
        match random.below(100) {
            0..48 => Habit::Careful,
            48..82 => Habit::Typos,
            82..89 => Habit::Foreign,
            _ => Habit::Dictated,
        }
    }

    /// plain words as this voice says them.
    pub fn say(self, text: &str, random: &mut Random) -> String {
        match self {
            Habit::Careful => text.to_owned(),
            Habit::Typos => {
                let percent = *random.pick(&[12, 25, 40, 60]);
                each_word(text, |word| mistype(word, percent, random))
            }
            Habit::Foreign => each_word(text, |word| foreign(word, random)),
            Habit::Dictated => {
                let kept: String = text
                    .chars()
                    .filter(|c| !matches!(c, ',' | '.' | '?' | '!' | ':' | ';'))
                    .collect();
                kept.to_lowercase()
            }
        }
    }
}

/// changes words and keeps what is between them.
fn each_word(text: &str, mut change: impl FnMut(&str) -> String) -> String {
    let mut out = String::new();
    for part in text.split_inclusive(|c: char| !c.is_alphabetic() && c != '\'') {
        let word = part.trim_end_matches(|c: char| !c.is_alphabetic() && c != '\'');
        out.push_str(&change(word));
        out.push_str(&part[word.len()..]);
    }
    out.replace("  ", " ")
}

/// a name with one letter wrong.
pub fn mistype_name(name: &str, random: &mut Random) -> String {
    mistype(name, 100, random)
}

fn mistype(word: &str, percent: usize, random: &mut Random) -> String {
    let mut chars: Vec<char> = word.chars().collect();
    let short = match word {
        "please" => "pls",
        "you" => "u",
        "are" => "r",
        "the" => "teh",
        "and" => "adn",
        "what" => "waht",
        "file" => "fiel",
        "with" => "wiht",
        "this" => "tihs",
        "show" => "shwo",
        "how" => "hwo",
        "don't" => "dont",
        "what's" => "whats",
        "i'm" => "im",
        _ => "",
    };
    if !short.is_empty() && random.chance(20) {
        return short.to_owned();
    }
    if chars.len() < 3 || !random.chance(percent) {
        return word.to_owned();
    }
    // fingers slip once a word, in long ones twice.
    let slips = if chars.len() > 6 && random.chance(20) {
        2
    } else {
        1
    };
    for _ in 0..slips {
        let at = random.below(chars.len() - 1);
        match random.below(6) {
            0..3 => chars.swap(at, at + 1),
            3 => drop(chars.remove(at.max(1))),
            4 => chars.insert(at, chars[at]),
            _ => chars[at] = *random.pick(&['a', 'e', 'i', 'o', 'r', 's', 't', 'n']),
        }
    }
    chars.into_iter().collect()
}

fn foreign(word: &str, random: &mut Random) -> String {
    match word {
        "the" | "a" | "an" if random.chance(65) => String::new(),
        "is" if random.chance(15) => String::new(),
        "to" if random.chance(10) => "for".to_owned(),
        "in" if random.chance(15) => "inside".to_owned(),
        "of" if random.chance(15) => "from".to_owned(),
        "it" if random.chance(10) => "him".to_owned(),
        "show" if random.chance(15) => "show to me".to_owned(),
        "do" if random.chance(10) => "does".to_owned(),
        _ => word.to_owned(),
    }
}
