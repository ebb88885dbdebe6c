//! slots that speak of files and directories.

use super::{FileName, Filled, Filler, capital};
use crate::pools;
use llm_os_planner::context::NameKind;

impl Filler<'_> {
    pub(super) fn file_name(&mut self) -> FileName {
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
    pub(super) fn any_name(&mut self) -> String {
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

    pub(super) fn syllables(&mut self) -> String {
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

    /// another file whose name is nearly this one: nobody speaks of it.
    fn add_neighbour(&mut self, name: &str) {
        let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
        if stem.is_empty() || !self.random.chance(30) {
            return;
        }
        let dot = if ending.is_empty() { "" } else { "." };
        let other = *self.random.pick(pools::ENDINGS);
        let neighbour = match self.random.below(6) {
            0 => format!("{name}.bak"),
            1 => format!("{stem}-old{dot}{ending}"),
            2 => format!("{stem}2{dot}{ending}"),
            3 if !name.contains('/') => format!("old-{name}"),
            _ if other != ending && !other.is_empty() => format!("{stem}.{other}"),
            _ => format!("{stem}_{}{dot}{ending}", self.random.pick(pools::MARKS)),
        };
        if !self.taken.contains(&neighbour) {
            self.add_file(&neighbour);
        }
    }

    pub(super) fn spelled(&mut self, name: String) -> Filled {
        self.add_neighbour(&name);
        self.taken.push(name.clone());
        // a name with spaces ends where its ending does, and needs no quotes then.
        let spaced = name.contains(char::is_whitespace);
        let bare = name.rsplit_once('.').is_some_and(|(_, ending)| {
            (1..=4).contains(&ending.len()) && ending.bytes().all(|c| c.is_ascii_alphanumeric())
        });
        let quote = match (spaced, bare) {
            (true, true) => self.random.chance(45),
            (spaced, _) => spaced || self.random.chance(9),
        };
        let filled = Filled::text(name);
        if quote {
            filled.quoted(self.random)
        } else {
            filled
        }
    }

    pub(super) fn file(&mut self, before: &str) -> Filled {
        let last = before.split_whitespace().next_back().unwrap_or_default();
        let named = [
            "file", "named", "called", "the", "my", "a", "document", "files", "note", "doc",
            "script",
        ]
        .contains(&last);
        if self.random.chance(7) {
            return self.misspelled();
        }
        if named || self.random.chance(68) {
            let name = self.any_name();
            if self.random.chance(80) {
                self.add_file(&name);
            }
            return self.spelled(name);
        }
        self.loose()
    }

    /// a file that exists, with a typing error in its name.
    fn misspelled(&mut self) -> Filled {
        let name = self.file_name();
        if self.random.chance(25) && name.text == format!("{}.{}", name.stem, name.ending) {
            // as a person dictates it.
            self.taken.push(name.stem.to_owned());
            self.add_file(&name.text);
            let words = format!("{} dot {}", name.stem, name.ending);
            return Filled::hint(words, NameKind::File, name.text);
        }
        let wrong = crate::voice::mistype_name(name.stem, self.random);
        let said = name.text.to_lowercase().replacen(name.stem, &wrong, 1);
        if name.stem.contains(' ') || said == name.text.to_lowercase() || name.stem.len() < 4 {
            return self.loose();
        }
        self.taken.push(name.stem.to_owned());
        self.add_file(&name.text);
        Filled::hint(said, NameKind::File, name.text)
    }

    /// a file that exists, by other words than its name.
    pub(super) fn loose(&mut self) -> Filled {
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
    pub(super) fn hint(&mut self, stem: &str, mark: Option<&str>) -> String {
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

    pub(super) fn path(&mut self) -> Filled {
        let name = self.any_name();
        if self.random.chance(60) {
            self.add_file(&name);
        }
        self.spelled(name)
    }

    pub(super) fn new_file(&mut self) -> Filled {
        let name = self.any_name();
        if self.random.chance(12) {
            self.add_file(&name);
        }
        self.spelled(name)
    }

    /// a name without directories.
    pub(super) fn plain_name(&mut self) -> Filled {
        let name = if self.random.chance(80) {
            self.file_name().text
        } else {
            (*self.random.pick(pools::ODD_NAMES)).to_owned()
        };
        self.spelled(name)
    }

    pub(super) fn dir(&mut self, before: &str) -> Filled {
        if !self.typed && self.random.chance(16) {
            return self.loose_dir(before);
        }
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

    /// a directory that exists, by the words of its name: "the old photos folder".
    fn loose_dir(&mut self, before: &str) -> Filled {
        let stem = *self.random.pick(pools::STEMS);
        let mark = *self.random.pick(pools::MARKS);
        let (words, mut between) = match self.random.below(3) {
            0 => (format!("{mark} {stem}"), "-"),
            1 => (format!("{stem} {mark}"), "-"),
            _ => (stem.to_owned(), "_"),
        };
        if self.random.chance(40) {
            between = "_";
        }
        let mut name = words.replace(' ', between);
        if self.random.chance(15) {
            name = capital(&name);
        }
        self.taken.push(stem.to_owned());
        if self.random.chance(30) {
            // another one, which shares a word with it.
            let other =
                format!("{}{between}{stem}", self.random.pick(pools::MARKS)).replace(' ', between);
            self.add_dir(&other);
        }
        self.add_dir(&name);
        let last = before.split_whitespace().next_back().unwrap_or_default();
        let free = [
            "in", "into", "to", "from", "of", "under", "inside", "through",
        ]
        .contains(&last);
        let words = match self.random.below(4) {
            0 if free => format!("the {words} folder"),
            1 if free => format!("the {words} directory"),
            2 if free => format!("my {words} folder"),
            _ => words,
        };
        if words == name {
            return self.spelled(name);
        }
        Filled::hint(words, NameKind::Dir, name)
    }

    pub(super) fn inside(&mut self) -> Filled {
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

    pub(super) fn new_dir(&mut self, before: &str) -> Filled {
        let name = match self.random.below(10) {
            0..5 => (*self.random.pick(pools::DIRS)).to_owned(),
            5 | 6 => self
                .random
                .pick(pools::STEMS)
                .replace(' ', if self.random.chance(50) { "-" } else { "_" }),
            7 => self.syllables(),
            _ => (*self.random.pick(pools::NEW_DIRS)).to_owned(),
        };
        let called = before.trim_end().ends_with(':')
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

    pub(super) fn several(&mut self) -> Filled {
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

    pub(super) fn missing(&mut self) -> Filled {
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
}
