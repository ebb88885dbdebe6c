//! slots that hold texts, quantities, programs and noise.

use super::{Filled, Filler, capital};
use crate::pools;
use crate::template;
use llm_os_planner::quantity;

impl Filler<'_> {
    pub(super) fn body(&mut self, quoted: bool) -> String {
        for _ in 0..8 {
            let mut text = if self.random.chance(50) {
                (*self.random.pick(&pools::NOTES)).to_owned()
            } else {
                let body = self.random.pick(pools::BODIES);
                let Ok(node) = template::parse(body, &template::Macros::new()) else {
                    continue;
                };
                template::plain(&node, self.random).trim().to_owned()
            };
            if self.random.chance(12) {
                text = capital(&text);
            }
            if quoted && self.random.chance(8) {
                text.push('.');
            }
            // without quotes a body must not look like more request.
            if quoted || !text.ends_with(['.', '!', '?', ',']) {
                return text;
            }
        }
        "hello".to_owned()
    }

    pub(super) fn quantity(&mut self, unit: &str) -> Filled {
        let numbers = [
            "a",
            "one",
            "two",
            "three",
            "five",
            "ten",
            "twelve",
            "fifteen",
            "twenty",
            "twenty five",
            "thirty",
            "forty",
            "fifty",
            "sixty",
            "a hundred",
            "two hundred",
            "a couple of",
            "a dozen",
            "a hundred and fifty",
            "two hundred fifty",
            "three hundred",
            "eighty",
        ];
        for _ in 0..20 {
            let number = if self.random.chance(55) {
                let round = *self.random.pick(&[1, 5, 10, 100]);
                (round * (1 + self.random.below(30))).to_string()
            } else {
                (*self.random.pick(&numbers)).to_owned()
            };
            let glued = number.starts_with(|c: char| c.is_ascii_digit()) && self.random.chance(35);
            let words: &[&str] = match (unit, glued) {
                ("bytes", true) => &["k", "kb", "KB", "b", "M", "MB", "KiB"],
                ("bytes", false) => &[
                    "bytes",
                    "bytes",
                    "kilobytes",
                    "kb",
                    "KB",
                    "kilobyte",
                    "bytes",
                    "megabytes",
                ],
                ("seconds", true) => &["s", "min", "m", "h", "sec"],
                ("seconds", false) => &[
                    "seconds", "minutes", "minute", "seconds", "minutes", "hours", "hour", "secs",
                    "mins",
                ],
                _ => &[""],
            };
            let word = *self.random.pick(words);
            let text = match (unit, self.random.below(14)) {
                ("seconds", 0) => (*self.random.pick(&[
                    "half an hour",
                    "half a minute",
                    "an hour and a half",
                    "a quarter of an hour",
                    "an hour",
                    "a minute",
                    "two and a half minutes",
                ]))
                .to_owned(),
                ("bytes", 0) => (*self.random.pick(&[
                    "half a kilobyte",
                    "half a megabyte",
                    "a kilobyte",
                    "a megabyte",
                    "1.5 kb",
                ]))
                .to_owned(),
                _ if word.is_empty() => number,
                _ if glued => format!("{number}{word}"),
                _ => format!("{number} {word}"),
            };
            if quantity::parse(&text, unit).is_some_and(|n| {
                (1..=3600).contains(&n)
                    || (unit != "seconds" && (1..=1000).contains(&n))
                    || unit == "bytes"
            }) {
                let lone_article = ["a", "an"].contains(&text.as_str());
                if !lone_article {
                    return Filled::text(text);
                }
            }
        }
        Filled::text("10")
    }

    pub(super) fn argv(&mut self, told: bool) -> Filled {
        let list: &[&str] = match self.random.below(100) {
            0..10 if told => pools::TYPED,
            0..50 => &pools::COMMANDS,
            _ => pools::PROGRAMS,
        };
        let mut text = (*self.random.pick(list)).to_owned();
        for (slot, dirs) in [("{f}", false), ("{g}", false), ("{d}", true)] {
            if text.contains(slot) {
                let name = if dirs {
                    (*self.random.pick(pools::DIRS)).to_owned()
                } else {
                    self.file_name().text
                };
                if self.random.chance(60) {
                    if dirs {
                        self.add_dir(&name)
                    } else {
                        self.add_file(&name)
                    }
                }
                self.taken.push(name.clone());
                text = text.replace(slot, &name);
            }
        }
        Filled::text(text).open()
    }

    pub(super) fn gibberish(&mut self) -> String {
        let words: Vec<String> = (0..1 + self.random.below(6))
            .map(|_| {
                (0..2 + self.random.below(8))
                    .map(|_| char::from(b'a' + u8::try_from(self.random.below(26)).unwrap_or(0)))
                    .collect()
            })
            .collect();
        match self.random.below(8) {
            0 => (*self.random.pick(&[
                "???",
                "...",
                "!!",
                "1234",
                "12 34 56",
                "qwerty",
                "asdfgh",
                "aaaa aaaa",
                "blah blah blah",
                "x y z",
                "%$#@",
                "lorem ipsum",
            ]))
            .to_owned(),
            1 => {
                // real words, no sense.
                let mut words: Vec<&str> = pools::STEMS
                    .iter()
                    .chain(pools::MARKS)
                    .copied()
                    .filter(|word| !word.contains(' '))
                    .collect();
                self.random.shuffle(&mut words);
                words[..3 + self.random.below(3)].join(" ")
            }
            _ => words.join(" "),
        }
    }
}
