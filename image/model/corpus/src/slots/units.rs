//! slots that speak of units.

use super::{Filled, Filler, Worth};
use crate::pools;
use llm_os_planner::context::NameKind;

impl Filler<'_> {
    pub(super) fn unit(&mut self, before: &str) -> Filled {
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

    pub(super) fn svc(&mut self) -> Filled {
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

    pub(super) fn no_unit(&mut self) -> Filled {
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
}
