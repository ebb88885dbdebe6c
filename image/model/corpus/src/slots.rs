//! fills slots: a text to say, and what it is worth. the names that it speaks of are put into the
//! world as it goes.

/// slots that speak of files and directories.
mod files;
/// slots that speak of the network, processes, devices, packages, tools and agents.
mod machine;
/// slots that speak of units.
mod units;
/// slots that hold texts, quantities, programs and noise.
mod values;

use crate::pools;
use crate::random::Random;
use llm_os_planner::context::NameKind;
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

    /// a name that the request does not say at all.
    pub fn pointed(kind: NameKind, name: String) -> Self {
        Filled::hint(String::new(), kind, name)
    }

    /// the name that is pointed at, if it is one.
    pub fn text_of_name(&self) -> Option<String> {
        match &self.worth {
            Worth::Name(_, name) => Some(name.clone()),
            _ => None,
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
    /// the phrase is typed as to a shell: directories are spelled out.
    pub typed: bool,
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
            typed: false,
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

    /// interfaces, devices, processes, tools and agents that nobody speaks of: a machine has them
    /// whatever is asked.
    pub fn crowd_others(&mut self) {
        let Filler { random, world, .. } = self;
        let lists: [(&mut Vec<String>, &pools::Lines, usize); 5] = [
            (&mut world.interfaces, &pools::INTERFACES, 45),
            (&mut world.devices, &pools::DEVICES, 25),
            (&mut world.processes, &pools::PROCESSES, 25),
            (&mut world.tools, &pools::TOOLS_MADE, 12),
            (&mut world.agents, &pools::AGENTS, 12),
        ];
        for (list, pool, percent) in lists {
            // a list that was spoken of has its own others already.
            if !list.is_empty() || !random.chance(percent) {
                continue;
            }
            for _ in 0..1 + random.below(3) {
                let name = (*random.pick(pool)).to_owned();
                if !list.contains(&name) {
                    list.push(name);
                }
            }
        }
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
            "dir" => self.dir(before),
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
            "percent" => self.percent(),
            "pct" => self.brightness(),
            "mem" => self.memory(),
            "nice" => self.nice(),
            "weight" => self.weight(),
            "x" | "y" => self.pixels(),
            "pid" => self.pid(),
            "proc" => self.proc(),
            "iface" => self.iface(),
            "ip" => self.ip(),
            "addr" => self.addr(),
            "ssid" => self.ssid(),
            "pkgs" => self.packages(true),
            "pkg" => self.packages(false),
            "device" => self.device(),
            "mytool" => self.made_tool(),
            "agent" => self.agent(),
            "host" => self.out_of(&pools::HOSTS),
            "secret" => self.out_of(&pools::SECRETS),
            "hostname" => self.out_of(&pools::HOSTNAMES),
            "zone" => self.out_of(&pools::ZONES),
            "clock" => self.out_of(&pools::CLOCKS),
            "mnt" => self.out_of(&pools::MOUNTS),
            "var" => self.out_of(&pools::EFIVARS),
            "output" => self.out_of(&pools::OUTPUTS),
            "res" => self.out_of(&pools::RESOLUTIONS),
            "layout" => self.out_of(&pools::LAYOUTS),
            "pattern" => self.out_of(&pools::PATTERNS),
            "toolname" => self.out_of(&pools::TOOLS_MADE),
            "agentname" => self.out_of(&pools::AGENTS),
            "words" => self.open_text(&pools::WORDS),
            "cpus" => Filled::text(
                *self
                    .random
                    .pick(&["0", "1", "0-1", "2-3", "0,2", "0-3", "3", "1,3"]),
            ),
            "about" => self.open_text(&pools::ABOUTS),
            "fact" => self.open_text(&pools::FACTS),
            "goal" => self.open_text(&pools::GOALS),
            "task" => self.open_text(&pools::TASKS),
            "msg" => self.open_text(&pools::MESSAGES),
            "does" => self.open_text(&pools::DOES),
            "gibberish" => Filled::nothing(self.gibberish()),
            _ => return None,
        };
        Some(filled)
    }
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}
