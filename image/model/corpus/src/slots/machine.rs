//! slots that speak of the network, processes, devices, packages, tools and agents.

use super::{Filled, Filler, Worth};
use crate::pools;
use llm_os_planner::context::NameKind;

impl Filler<'_> {
    /// a number that may be written in words.
    fn amount(&mut self, choices: &[&str]) -> Filled {
        Filled::text(*self.random.pick(choices))
    }

    pub(super) fn percent(&mut self) -> Filled {
        let number = 5 * (1 + self.random.below(30));
        let text = match self.random.below(8) {
            0 => (*self.random.pick(&[
                "half a core",
                "one core",
                "two cores",
                "a core",
                "1.5 cores",
                "one cpu",
            ]))
            .to_owned(),
            1 => format!("{number} %"),
            2 | 3 => format!("{number} percent"),
            4 => (*self.random.pick(&[
                "fifty percent",
                "twenty percent",
                "eighty percent",
                "ten percent",
                "thirty percent",
            ]))
            .to_owned(),
            _ => format!("{number}%"),
        };
        Filled::text(text)
    }

    pub(super) fn brightness(&mut self) -> Filled {
        let number = self.random.below(21) * 5;
        let text = match self.random.below(6) {
            0 => number.to_string(),
            1 => (*self.random.pick(&[
                "forty percent",
                "fifty percent",
                "ten percent",
                "seventy five percent",
                "thirty",
            ]))
            .to_owned(),
            2 => format!("{number} percent"),
            _ => format!("{number}%"),
        };
        Filled::text(text)
    }

    pub(super) fn memory(&mut self) -> Filled {
        let number = *self.random.pick(&[
            "64", "100", "128", "200", "256", "300", "500", "512", "750", "1", "2", "4", "1.5",
        ]);
        let small = number.len() < 2 || number.contains('.');
        let text = match (small, self.random.below(6)) {
            (_, 0) => (*self.random.pick(&[
                "half a gigabyte",
                "a gigabyte",
                "a gig",
                "two gigs",
                "one gigabyte",
                "half a gig",
                "one and a half gigabytes",
                "two and a half gigs",
                "two hundred megabytes",
                "two hundred fifty megabytes",
            ]))
            .to_owned(),
            (true, 1) => format!("{number} gigabytes"),
            (true, 2) => format!("{number} GB"),
            (true, _) => format!("{number}{}", self.random.pick(&["G", "GB", "g", "GiB"])),
            (false, 1) => format!("{number} megabytes"),
            (false, 2) => format!("{number} MB"),
            (false, _) => format!(
                "{number}{}",
                self.random.pick(&["M", "MB", "m", "MiB", "mb"])
            ),
        };
        Filled::text(text)
    }

    pub(super) fn nice(&mut self) -> Filled {
        self.amount(&[
            "10",
            "5",
            "15",
            "19",
            "-5",
            "-10",
            "0",
            "1",
            "7",
            "12",
            "-20",
            "ten",
            "five",
            "fifteen",
            "minus five",
            "minus ten",
            "nineteen",
            "zero",
            "3",
            "-1",
        ])
    }

    pub(super) fn weight(&mut self) -> Filled {
        self.amount(&[
            "10",
            "50",
            "100",
            "200",
            "500",
            "1000",
            "25",
            "300",
            "fifty",
            "two hundred",
            "a hundred",
            "1",
            "20",
        ])
    }

    pub(super) fn pixels(&mut self) -> Filled {
        let number = self.random.below(1900);
        Filled::text(match self.random.below(5) {
            0 => (10 * (1 + number / 20)).to_string(),
            1 => ["ten", "fifty", "a hundred", "two hundred", "forty"][number % 5].to_owned(),
            _ => number.to_string(),
        })
    }

    pub(super) fn pid(&mut self) -> Filled {
        let range = *self.random.pick(&[100, 1000, 5000, 32_000]);
        Filled::text((2 + self.random.below(range)).to_string())
    }

    /// a process that runs, by its name or by what people call it.
    pub(super) fn proc(&mut self) -> Filled {
        for _ in 0..4 {
            self.crowd_processes();
            if self.random.chance(22) {
                let line = *self.random.pick(&pools::PROCESS_WORDS);
                let Some((words, name)) = line.split_once('\t') else {
                    continue;
                };
                if self.world.processes.iter().any(|have| have == name) || words.contains(name) {
                    continue;
                }
                // what shares no letters with the request is not shown, and cannot be pointed at.
                self.world.processes.push(name.to_owned());
                return Filled::hint(words.to_owned(), NameKind::Process, name.to_owned());
            }
            let name = *self.random.pick(&pools::PROCESSES);
            if self.random.chance(92) && !self.world.processes.iter().any(|have| have == name) {
                self.world.processes.push(name.to_owned());
            }
            self.taken.push(name.to_owned());
            return Filled::text(name);
        }
        Filled::text("python3")
    }

    fn crowd_processes(&mut self) {
        for _ in 0..self.random.below(3) {
            let name = (*self.random.pick(&pools::PROCESSES)).to_owned();
            if !self.world.processes.contains(&name) {
                self.world.processes.push(name);
            }
        }
    }

    /// an interface, spelled or as "the wifi".
    pub(super) fn iface(&mut self) -> Filled {
        if self.world.interfaces.is_empty() && self.random.chance(80) {
            self.world.interfaces.push("lo".to_owned());
        }
        if self.random.chance(35) {
            let line = *self.random.pick(&pools::INTERFACE_WORDS);
            if let Some((words, begins)) = line.split_once('\t') {
                let taken = self
                    .world
                    .interfaces
                    .iter()
                    .any(|have| have.starts_with(begins));
                let name = format!("{begins}{}", self.random.below(2));
                if !taken {
                    self.world.interfaces.push(name.clone());
                    let other = *self.random.pick(&["eth0", "wlan0", "usb0"]);
                    if !other.starts_with(begins) && self.random.chance(70) {
                        self.world.interfaces.push(other.to_owned());
                    }
                    return Filled::hint(words.to_owned(), NameKind::Interface, name);
                }
            }
        }
        let name = *self.random.pick(&pools::INTERFACES);
        if self.random.chance(85) && !self.world.interfaces.iter().any(|have| have == name) {
            self.world.interfaces.push(name.to_owned());
        }
        Filled::text(name)
    }

    fn octets(&mut self) -> String {
        let net = *self.random.pick(&[
            "192.168.1",
            "192.168.0",
            "10.0.0",
            "172.16.4",
            "192.168.178",
            "10.1.2",
        ]);
        format!("{net}.{}", 1 + self.random.below(254))
    }

    pub(super) fn ip(&mut self) -> Filled {
        Filled::text(if self.random.chance(8) {
            (*self
                .random
                .pick(&["fe80::1", "2001:db8::5", "1.1.1.1", "9.9.9.9", "8.8.8.8"]))
            .to_owned()
        } else {
            self.octets()
        })
    }

    pub(super) fn addr(&mut self) -> Filled {
        let bits = *self.random.pick(&["/24", "/24", "/16", "/8", "/25", ""]);
        Filled::text(format!("{}{bits}", self.octets()))
    }

    /// a wireless network; quoted where it has spaces, mostly.
    pub(super) fn ssid(&mut self) -> Filled {
        let name = *self.random.pick(&pools::SSIDS);
        let filled = Filled::text(name);
        if self.random.chance(if name.contains(' ') { 75 } else { 25 }) {
            filled.quoted(self.random)
        } else {
            filled
        }
    }

    /// one or several packages, as a person lists them.
    pub(super) fn packages(&mut self, several: bool) -> Filled {
        let count = match self.random.below(10) {
            0..5 => 1,
            5..8 => 2,
            8 => 3,
            _ => 4,
        };
        let count = if several { count } else { 1 };
        let names: Vec<&str> = (0..count)
            .map(|_| *self.random.pick(&pools::PACKAGES))
            .collect();
        let (last, first) = names.split_last().unwrap_or((&"vim", &[]));
        let text = match (first.is_empty(), self.random.below(5)) {
            (true, _) => (*last).to_owned(),
            (false, 0) => names.join(" "),
            (false, 1) => format!("{} & {last}", first.join(", ")),
            (false, 2) => names.join(", "),
            (false, _) => format!("{} and {last}", first.join(", ")),
        };
        Filled::text(text)
    }

    /// a block device; mostly one that is there, sometimes without `/dev/`.
    pub(super) fn device(&mut self) -> Filled {
        let node = *self.random.pick(&pools::DEVICES);
        let there = self.random.chance(80);
        if there && !self.world.devices.iter().any(|have| have == node) {
            self.world.devices.push(node.to_owned());
        }
        for _ in 0..self.random.below(3) {
            let other = (*self.random.pick(&pools::DEVICES)).to_owned();
            if !self.world.devices.contains(&other) {
                self.world.devices.push(other);
            }
        }
        let short = there && self.random.chance(25);
        Filled::text(if short {
            node.trim_start_matches("/dev/")
        } else {
            node
        })
    }

    pub(super) fn made_tool(&mut self) -> Filled {
        self.one_of(NameKind::Tool, &pools::TOOLS_MADE)
    }

    pub(super) fn agent(&mut self) -> Filled {
        self.one_of(NameKind::Agent, &pools::AGENTS)
    }

    /// a tool or an agent, mostly one that is there, beside a few others.
    fn one_of(&mut self, kind: NameKind, pool: &pools::Lines) -> Filled {
        let list = match kind {
            NameKind::Tool => &mut self.world.tools,
            _ => &mut self.world.agents,
        };
        let name = (*self.random.pick(pool)).to_owned();
        for _ in 0..self.random.below(3) {
            let other = (*self.random.pick(pool)).to_owned();
            if !list.contains(&other) && other != name {
                list.push(other);
            }
        }
        if self.random.chance(85) {
            list.push(name.clone());
        }
        self.spoken(kind, name)
    }

    /// a name as it is written, or its parts as words: "log watcher" for `log-watcher`.
    fn spoken(&mut self, kind: NameKind, name: String) -> Filled {
        let there = match kind {
            NameKind::Tool => self.world.tools.contains(&name),
            _ => self.world.agents.contains(&name),
        };
        let parts: Vec<&str> = name.split(['-', '_']).collect();
        if there && parts.len() > 1 && self.random.chance(30) {
            return Filled::hint(parts.join(" "), kind, name);
        }
        self.taken.push(name.clone());
        Filled::text(name)
    }

    pub(super) fn out_of(&mut self, list: &pools::Lines) -> Filled {
        Filled::text(*self.random.pick(list))
    }

    /// free words without an end of their own.
    pub(super) fn open_text(&mut self, list: &pools::Lines) -> Filled {
        self.out_of(list).open()
    }

    /// a value of an earlier plan: its text alone.
    pub fn plain_value(&mut self, slot: &str) -> Option<String> {
        for _ in 0..12 {
            let filled = self.fill(slot, "")?;
            if filled.worth == Worth::Text && !filled.value.is_empty() {
                return Some(filled.value);
            }
        }
        None
    }
}
