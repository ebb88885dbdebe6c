//! fills slots: a text to say, and what it is worth. the names that it speaks of are put into the
//! world as it goes.

use crate::pools;
use crate::random::Random;
use crate::template;
use llm_os_planner::context::NameKind;
use llm_os_planner::quantity;
use llm_os_schema::Names;

/// what a filled slot is worth.
#[derive(Clone, Debug, PartialEq)]
pub enum Worth {
    /// the text itself.
    Text,
    /// a name of the world that the text only hints at.
    Name(NameKind, String),
    /// nothing: the slot only makes the request longer.
    Nothing,
}

/// a filled slot: the value with plain words before and after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Filled {
    pub before: String,
    pub value: String,
    pub after: String,
    pub worth: Worth,
    /// where it ends nobody can tell, so nothing may follow it.
    pub open: bool,
}

impl Filled {
    fn text(value: impl Into<String>) -> Self {
        Filled {
            before: String::new(),
            value: value.into(),
            after: String::new(),
            worth: Worth::Text,
            open: false,
        }
    }

    fn hint(words: String, kind: NameKind, name: String) -> Self {
        Filled {
            before: words,
            worth: Worth::Name(kind, name),
            ..Filled::text("")
        }
    }

    fn nothing(words: String) -> Self {
        Filled {
            before: words,
            worth: Worth::Nothing,
            ..Filled::text("")
        }
    }

    fn open(mut self) -> Self {
        self.open = true;
        self
    }

    fn quoted(mut self, random: &mut Random) -> Self {
        let marks: &[(&str, &str)] = &[
            ("'", "'"),
            ("\"", "\""),
            ("'", "'"),
            ("\"", "\""),
            ("`", "`"),
            ("“", "”"),
        ];
        let fits: Vec<_> = marks
            .iter()
            .filter(|(open, close)| !self.value.contains(open) && !self.value.contains(close))
            .collect();
        if let Some((open, close)) = (!fits.is_empty()).then(|| **random.pick(&fits)) {
            self.before = format!("{}{open}", self.before);
            self.after = format!("{close}{}", self.after);
        }
        self
    }
}

/// the world of one request, and the names already spoken for.
pub struct Filler<'a> {
    pub random: &'a mut Random,
    pub world: Names,
    taken: Vec<String>,
}

struct FileName {
    stem: &'static str,
    mark: Option<&'static str>,
    ending: &'static str,
    text: String,
}

impl<'a> Filler<'a> {
    /// a world with the units of every machine, and a few more.
    pub fn new(random: &'a mut Random) -> Self {
        let mut world = Names::default();
        for (unit, _) in &pools::UNITS[..3] {
            world.units.push((*unit).to_owned());
        }
        let mut filler = Filler {
            random,
            world,
            taken: Vec::new(),
        };
        if filler.random.chance(60) {
            for _ in 0..filler.random.below(4) {
                let unit = filler.random.pick(pools::UNITS).0;
                filler.add_unit(unit);
            }
        }
        filler
    }

    fn add_unit(&mut self, unit: &str) {
        if !self.world.units.iter().any(|have| have == unit) {
            let at = self.random.below(self.world.units.len() + 1);
            self.world.units.insert(at, unit.to_owned());
        }
    }

    /// names that nobody speaks of.
    pub fn crowd(&mut self) {
        if self.random.chance(25) {
            return;
        }
        for _ in 0..self.random.below(6) {
            let name = self.file_name();
            let stem = name.stem.split(' ').next().unwrap_or_default();
            let spoken = self
                .taken
                .iter()
                .any(|taken| taken.contains(stem) || name.text.contains(taken.as_str()));
            if !spoken && !name.text.contains('/') {
                self.add_file(&name.text);
            }
        }
        for _ in 0..self.random.below(4) {
            let dir = *self.random.pick(pools::DIRS);
            if !self.taken.iter().any(|taken| taken.contains(dir)) {
                self.add_dir(dir);
            }
        }
        self.random.shuffle(&mut self.world.files);
        self.random.shuffle(&mut self.world.dirs);
    }

    fn add_file(&mut self, name: &str) {
        let name = name.strip_prefix("./").unwrap_or(name);
        if !self.world.files.iter().any(|have| have == name) {
            self.world.files.push(name.to_owned());
        }
    }

    fn add_dir(&mut self, name: &str) {
        let name = if name == "/" {
            name
        } else {
            name.trim_end_matches('/')
        };
        if !name.starts_with('.') && !self.world.dirs.iter().any(|have| have == name) {
            self.world.dirs.push(name.to_owned());
        }
    }

    /// fills the slot `name`; `before` is what was said so far. `None` where no such slot is known.
    pub fn fill(&mut self, name: &str, before: &str) -> Option<Filled> {
        let filled = match name.trim_end_matches(|c: char| c.is_ascii_digit()) {
            "file" => self.file(before),
            "loose" => self.loose(),
            "path" => self.path(),
            "new" => self.new_file(),
            "name" => self.plain_name(),
            "dir" => self.dir(),
            "in" => self.inside(),
            "newdir" => self.new_dir(before),
            "unit" => self.unit(before),
            "svc" => self.svc(),
            "nounit" => self.no_unit(),
            "content" => Filled::text(self.body(false)).open(),
            "quoted" => Filled::text(self.body(true)).quoted(self.random),
            "bytes" => self.quantity("bytes"),
            "time" => self.quantity("seconds"),
            "lines" | "count" => self.quantity("lines"),
            "argv" => self.argv(true),
            "bare" => self.argv(false),
            "tool" => Filled::text(*self.random.pick(pools::TOOLS)),
            "env" => Filled::text(*self.random.pick(pools::ENVS)),
            "mode" => Filled::text(*self.random.pick(&[
                "755", "0755", "644", "0644", "600", "0600", "700", "0640", "444", "664", "777",
            ])),
            "several" => self.several(),
            "missing" => self.missing(),
            "thing" => Filled::text(*self.random.pick(pools::THINGS)),
            "gibberish" => Filled::nothing(self.gibberish()),
            _ => return None,
        };
        Some(filled)
    }

    fn file_name(&mut self) -> FileName {
        let stem = *self.random.pick(pools::STEMS);
        let ending = *self.random.pick(pools::ENDINGS);
        let mark = self
            .random
            .chance(22)
            .then(|| *self.random.pick(pools::MARKS));
        let words: Vec<&str> = match mark {
            Some(mark) if self.random.chance(30) => {
                std::iter::once(mark).chain(stem.split(' ')).collect()
            }
            Some(mark) => stem.split(' ').chain([mark]).collect(),
            None => stem.split(' ').collect(),
        };
        let between = *self.random.pick(&["-", "_", "-", "_", "", "."]);
        let mut text = words.join(between);
        match self.random.below(20) {
            0 => text = text.to_uppercase(),
            1 | 2 => text = words.iter().map(|word| capital(word)).collect(),
            3 => text = capital(&text),
            _ => {}
        }
        if !ending.is_empty() {
            text = format!("{text}.{ending}");
        }
        FileName {
            stem,
            mark,
            ending,
            text,
        }
    }

    /// a name of any shape, spelled out.
    fn any_name(&mut self) -> String {
        match self.random.below(100) {
            0..54 => self.file_name().text,
            54..68 => (*self.random.pick(pools::ODD_NAMES)).to_owned(),
            68..73 => (*self.random.pick(pools::SPACED_NAMES)).to_owned(),
            73..82 => format!(
                "{}/{}",
                self.random.pick(pools::DIRS),
                self.file_name().text
            ),
            82..90 => format!(
                "{}/{}",
                self.random.pick(pools::FAR_DIRS).trim_end_matches('/'),
                self.file_name().text
            ),
            90..94 => format!(".{}", self.random.pick(pools::STEMS).replace(' ', "-")),
            _ => {
                let stem = self.syllables();
                format!(
                    "{stem}.{}",
                    self.random
                        .pick(&["txt", "dat", "log", "cfg", "x", "py", "md"])
                )
            }
        }
    }

    fn syllables(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..1 + self.random.below(3) {
            text.push(*self.random.pick(&[
                'b', 'd', 'f', 'g', 'k', 'l', 'm', 'n', 'p', 'r', 's', 't', 'v', 'z', 'q', 'x',
            ]));
            text.push(*self.random.pick(&['a', 'e', 'i', 'o', 'u', 'y']));
        }
        if self.random.chance(40) {
            text.push_str(&self.random.below(1000).to_string());
        }
        text
    }

    fn spelled(&mut self, name: String) -> Filled {
        self.taken.push(name.clone());
        let quote = name.contains(char::is_whitespace) || self.random.chance(9);
        let filled = Filled::text(name);
        if quote {
            filled.quoted(self.random)
        } else {
            filled
        }
    }

    fn file(&mut self, before: &str) -> Filled {
        let last = before.split_whitespace().next_back().unwrap_or_default();
        let named = [
            "file", "named", "called", "the", "my", "a", "document", "files", "note", "doc",
            "script",
        ]
        .contains(&last);
        if named || self.random.chance(68) {
            let name = self.any_name();
            if self.random.chance(80) {
                self.add_file(&name);
            }
            return self.spelled(name);
        }
        self.loose()
    }

    /// a file that exists, by other words than its name.
    fn loose(&mut self) -> Filled {
        let name = self.file_name();
        let by_ending = pools::ENDING_WORDS
            .iter()
            .find(|(ending, _)| *ending == name.ending);
        let words = match by_ending {
            Some((_, words)) if self.random.chance(18) => {
                self.taken.push(format!(".{}", name.ending));
                (*self.random.pick(words)).to_owned()
            }
            _ => self.hint(name.stem, name.mark),
        };
        if words == name.text {
            self.add_file(&name.text);
            return self.spelled(name.text);
        }
        if let Some(mark) = name.mark
            && self.random.chance(60)
        {
            // the mark has to be read: there is another one.
            let other = *self.random.pick(pools::MARKS);
            if other != mark {
                self.world.files.push(format!(
                    "{}-{other}.{}",
                    name.stem.replace(' ', "-"),
                    name.ending
                ));
            }
        }
        self.taken
            .push(name.stem.split(' ').next().unwrap_or_default().to_owned());
        self.taken.push(name.stem.to_owned());
        self.add_file(&name.text);
        Filled::hint(words, NameKind::File, name.text)
    }

    /// how a person speaks of a file whose name is not spelled out.
    fn hint(&mut self, stem: &str, mark: Option<&str>) -> String {
        let core = match mark {
            Some(mark) => match self.random.below(4) {
                0 => format!("{stem} {mark}"),
                1 => format!("{stem} from {mark}"),
                _ => format!("{mark} {stem}"),
            },
            None => stem.to_owned(),
        };
        let det = *self
            .random
            .pick(&["the ", "my ", "the ", "my ", "", "that ", "our "]);
        let tail = *self
            .random
            .pick(&["", "", "", "", " file", " document", " file", " text"]);
        format!("{det}{core}{tail}")
    }

    fn path(&mut self) -> Filled {
        let name = self.any_name();
        if self.random.chance(60) {
            self.add_file(&name);
        }
        self.spelled(name)
    }

    fn new_file(&mut self) -> Filled {
        let name = self.any_name();
        if self.random.chance(12) {
            self.add_file(&name);
        }
        self.spelled(name)
    }

    /// a name without directories.
    fn plain_name(&mut self) -> Filled {
        let name = if self.random.chance(80) {
            self.file_name().text
        } else {
            (*self.random.pick(pools::ODD_NAMES)).to_owned()
        };
        self.spelled(name)
    }

    fn dir(&mut self) -> Filled {
        let name = match self.random.below(10) {
            0..6 => (*self.random.pick(pools::DIRS)).to_owned(),
            6 => format!(
                "{}/{}",
                self.random.pick(pools::DIRS),
                self.random.pick(pools::DIRS)
            ),
            _ => (*self.random.pick(pools::FAR_DIRS)).to_owned(),
        };
        self.add_dir(&name);
        let slash = self.random.chance(8) && !name.ends_with(['/', '.']);
        self.spelled(if slash { format!("{name}/") } else { name })
    }

    fn inside(&mut self) -> Filled {
        let name = if self.random.chance(55) {
            *self.random.pick(pools::DIRS)
        } else {
            *self.random.pick(pools::FAR_DIRS)
        };
        if self.random.chance(70) {
            self.add_dir(name);
        }
        self.spelled(name.to_owned())
    }

    fn new_dir(&mut self, before: &str) -> Filled {
        let name = match self.random.below(10) {
            0..5 => (*self.random.pick(pools::DIRS)).to_owned(),
            5 | 6 => self
                .random
                .pick(pools::STEMS)
                .replace(' ', if self.random.chance(50) { "-" } else { "_" }),
            7 => self.syllables(),
            _ => (*self.random.pick(pools::NEW_DIRS)).to_owned(),
        };
        let called = before.trim_end().ends_with(|c: char| c == ':')
            || ["named", "called", "titled", "labelled", "name"]
                .iter()
                .any(|word| before.trim_end().ends_with(word));
        if called && self.random.chance(30) {
            // nobody can tell where such a name ends but by the request's own end.
            let words = [
                *self.random.pick(pools::STEMS),
                *self.random.pick(pools::MARKS),
            ];
            let name = if self.random.chance(50) {
                words.join(" ")
            } else {
                format!("{} {}", words[1], words[0])
            };
            self.taken.push(name.clone());
            return Filled::text(name).open();
        }
        self.spelled(name)
    }

    fn unit(&mut self, before: &str) -> Filled {
        let last = before.split_whitespace().next_back().unwrap_or_default();
        if ["service", "daemon", "server", "unit", "both"].contains(&last) || self.random.chance(50)
        {
            return self.svc();
        }
        let (unit, words) = *self.random.pick(pools::UNITS);
        let words = if self.random.chance(25) {
            [
                "the U service",
                "the U daemon",
                "U service",
                "the service U",
                "the U",
            ][self.random.below(5)]
            .replace('U', unit)
        } else {
            (*self.random.pick(words)).to_owned()
        };
        let shared = |other: &&String| {
            *other != unit
                && pools::UNITS
                    .iter()
                    .any(|(name, says)| name == other && says.contains(&words.as_str()))
        };
        if self.taken.iter().any(|taken| taken == unit)
            || self.world.units.iter().any(|other| shared(&other))
        {
            return self.svc();
        }
        self.add_unit(unit);
        self.taken.push(unit.to_owned());
        // the name itself, in the words: it is pointed at there.
        match words.split(' ').position(|word| word == unit) {
            Some(at) => {
                let parts: Vec<&str> = words.split(' ').collect();
                let before = parts[..at].iter().map(|word| format!("{word} ")).collect();
                let after = parts[at + 1..]
                    .iter()
                    .map(|word| format!(" {word}"))
                    .collect();
                Filled {
                    before,
                    value: unit.to_owned(),
                    after,
                    worth: Worth::Text,
                    open: false,
                }
            }
            None => Filled::hint(words, NameKind::Unit, unit.to_owned()),
        }
    }

    fn svc(&mut self) -> Filled {
        for _ in 0..8 {
            let unit = if self.random.chance(8) {
                self.syllables()
            } else {
                self.random.pick(pools::UNITS).0.to_owned()
            };
            if self.taken.contains(&unit) {
                continue;
            }
            if self.random.chance(88) {
                self.add_unit(&unit);
            }
            self.taken.push(unit.clone());
            return Filled::text(unit);
        }
        Filled::text("web")
    }

    fn no_unit(&mut self) -> Filled {
        let (unit, words) = *self.random.pick(&pools::UNITS[3..]);
        let words = *self.random.pick(words);
        let here = |says: &str| {
            self.world.units.iter().any(|have| {
                pools::UNITS
                    .iter()
                    .any(|(name, all)| name == have && all.contains(&says))
            })
        };
        if self.world.units.iter().any(|have| have == unit)
            || here(words)
            || words.split(' ').any(|word| word == unit)
        {
            return Filled::nothing("the service".to_owned());
        }
        Filled::nothing(words.to_owned())
    }

    fn several(&mut self) -> Filled {
        let name = self.file_name();
        let stem = name.stem.replace(' ', "-");
        let first = self.random.below(pools::MARKS.len() - 4);
        for mark in &pools::MARKS[first..first + 2 + self.random.below(2)] {
            let ending = if self.random.chance(70) || name.ending.is_empty() {
                name.ending
            } else {
                "txt"
            };
            let dot = if ending.is_empty() { "" } else { "." };
            self.world.files.push(format!("{stem}-{mark}{dot}{ending}"));
        }
        self.taken.push(name.stem.to_owned());
        let words = self.hint(name.stem, None);
        Filled::nothing(if words.starts_with(name.stem) {
            format!("the {words}")
        } else {
            words
        })
    }

    fn missing(&mut self) -> Filled {
        let name = self.file_name();
        self.taken
            .push(name.stem.split(' ').next().unwrap_or_default().to_owned());
        self.taken.push(name.stem.to_owned());
        let words = self.hint(name.stem, name.mark);
        Filled::nothing(if words.contains(' ') {
            words
        } else {
            format!("my {words}")
        })
    }

    fn body(&mut self, quoted: bool) -> String {
        for _ in 0..8 {
            let body = self.random.pick(pools::BODIES);
            let Ok(node) = template::parse(body, &template::Macros::new()) else {
                continue;
            };
            let mut text = template::plain(&node, self.random).trim().to_owned();
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

    fn quantity(&mut self, unit: &str) -> Filled {
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

    fn argv(&mut self, told: bool) -> Filled {
        let list = if told && self.random.chance(10) {
            pools::TYPED
        } else {
            pools::PROGRAMS
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

    fn gibberish(&mut self) -> String {
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

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}
