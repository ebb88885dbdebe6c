//! answers given before: the same request in the same state needs no model.
//!
//! a state is everything that an outcome depends on: the words, every name (the conversation is
//! among them) and the capability table. it is compared by the sha-256 of its canonical bytes, so
//! that two states are never taken for one. what a model wrote for one state it would write again,
//! so nothing here grows old while the model is the same; where people taught something, everything
//! is forgotten.

use crate::library::{self, Version};
use crate::model::{Ask, Source, Written};
use llm_os_schema::CapabilityTable;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// answers kept.
const ENTRIES_MAX: usize = 256;
/// bytes kept, all of them together.
const BYTES_MAX: usize = 1024 * 1024;
/// what an entry takes besides its outcome, more or less.
const ENTRY_BYTES: usize = 256;

/// a state, as the sha-256 of its canonical bytes, and how often everything had been forgotten by
/// then: what was begun before that is of no use after it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key([u8; 32], u64);

/// a bounded number of answers; the one that was not asked for the longest time goes first.
pub struct Remembered {
    entries: HashMap<Key, Entry>,
    bytes: usize,
    /// counts looks; the clock of "least recently".
    now: u64,
    /// how often everything was forgotten.
    forgotten: u64,
    /// the last table and its sum: it is long, and nearly always the same.
    table: Option<(CapabilityTable, [u8; 32])>,
    /// the file of what people taught, and the version of it that all answers are from.
    taught: Option<PathBuf>,
    version: Option<Version>,
    entries_max: usize,
    bytes_max: usize,
}

struct Entry {
    written: Written,
    bytes: usize,
    used: u64,
}

impl Default for Remembered {
    fn default() -> Self {
        Remembered::with_limits(ENTRIES_MAX, BYTES_MAX)
    }
}

impl Remembered {
    /// answers of the model at `source`.
    pub fn of(source: &Source) -> Self {
        Remembered {
            taught: source.taught().map(Path::to_owned),
            version: source.taught().and_then(library::version),
            ..Remembered::default()
        }
    }

    fn with_limits(entries_max: usize, bytes_max: usize) -> Self {
        Remembered {
            entries: HashMap::new(),
            bytes: 0,
            now: 0,
            forgotten: 0,
            table: None,
            taught: None,
            version: None,
            entries_max,
            bytes_max,
        }
    }

    /// the state that `ask` is asked in; `None` for one that cannot be written down, which is then
    /// not remembered.
    pub fn key(&mut self, ask: Ask<'_>) -> Option<Key> {
        let version = self.taught.as_deref().and_then(library::version);
        if version != self.version {
            self.version = version;
            self.forget();
        }
        let table = match &self.table {
            Some((table, sum)) if table == ask.table => *sum,
            _ => {
                let sum = sum(ask.table)?;
                self.table = Some((ask.table.clone(), sum));
                sum
            }
        };
        // three sums of fixed length: no part can run into the next.
        let mut all = Sha256::new();
        all.update(table);
        all.update(sum(ask.names)?);
        all.update(Sha256::digest(ask.request.as_bytes()));
        Some(Key(all.finalize().into(), self.forgotten))
    }

    /// what was written in this state.
    pub fn get(&mut self, key: Key) -> Option<&Written> {
        self.now += 1;
        let entry = self.entries.get_mut(&key)?;
        entry.used = self.now;
        Some(&entry.written)
    }

    /// keeps an answer. only whole ones come here: an error is never one.
    pub fn keep(&mut self, key: Key, written: &Written) {
        let outcome = serde_json::to_vec(&written.outcome).map_or(usize::MAX, |json| json.len());
        let bytes = outcome.saturating_add(ENTRY_BYTES);
        self.drop_entry(key);
        if bytes > self.bytes_max {
            return;
        }
        while self.entries.len() >= self.entries_max || self.bytes + bytes > self.bytes_max {
            // few enough to look at each.
            let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.used);
            let Some(oldest) = oldest.map(|(key, _)| *key) else {
                return;
            };
            self.drop_entry(oldest);
        }
        self.now += 1;
        self.bytes += bytes;
        let entry = Entry {
            written: written.clone(),
            bytes,
            used: self.now,
        };
        self.entries.insert(key, entry);
    }

    /// forgets every answer: the model would give others from now on.
    pub fn forget(&mut self) {
        self.entries.clear();
        self.bytes = 0;
        self.forgotten += 1;
    }

    /// how many answers are kept.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// whether none is.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn drop_entry(&mut self, key: Key) {
        if let Some(entry) = self.entries.remove(&key) {
            self.bytes -= entry.bytes;
        }
    }
}

/// the sha-256 of the canonical json: fields in the order of their type, lists in their own.
fn sum(part: &impl Serialize) -> Option<[u8; 32]> {
    let mut sum = Sha256::new();
    serde_json::to_writer(&mut sum, part).ok()?;
    Some(sum.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use llm_os_schema::{Names, Outcome, Turn};

    fn table() -> CapabilityTable {
        serde_json::from_str(include_str!("../../capability/capabilities.json")).unwrap()
    }

    fn written(text: &str) -> Written {
        Written {
            outcome: Outcome::Answer(text.to_owned()),
            tokens: 3,
            confidence: 0.5,
            passes: 2,
            read: 1,
        }
    }

    fn key(memory: &mut Remembered, request: &str) -> Key {
        memory
            .key(Ask {
                request,
                names: &Names::default(),
                table: &CapabilityTable::default(),
            })
            .unwrap()
    }

    #[test]
    fn only_the_very_same_state_is_the_same() {
        let mut memory = Remembered::default();
        let own = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let (table, names) = (
            table(),
            Names {
                units: own(&["web"]),
                files: own(&["a.txt", "b.txt"]),
                ..Names::default()
            },
        );
        let request = "delete it";
        let here = Ask {
            request,
            names: &names,
            table: &table,
        };
        let known = memory.key(here).unwrap();
        memory.keep(known, &written("yes"));
        let again = memory.key(here).unwrap();
        assert_eq!(memory.get(again), Some(&written("yes")));

        let mut other_table = table.clone();
        other_table.capabilities[3].available = !other_table.capabilities[3].available;
        let changed = |change: fn(&mut Names)| {
            let mut names = names.clone();
            change(&mut names);
            names
        };
        let worlds = [
            changed(|names| names.files[0] = "A.txt".into()),
            changed(|names| names.files.swap(0, 1)),
            changed(|names| names.dirs = std::mem::take(&mut names.files)),
            changed(|names| names.shown = vec!["a.txt".into()]),
            changed(|names| {
                names.past = vec![Turn {
                    request: "ls".into(),
                    actions: vec![],
                }];
            }),
            // the same letters, cut elsewhere.
            changed(|names| names.files = vec!["a.txtb.txt".into()]),
        ];
        for names in &worlds {
            let key = memory.key(Ask { names, ..here }).unwrap();
            assert_eq!(memory.get(key), None, "{names:?}");
        }
        for request in ["Delete it", "delete it ", "delete", ""] {
            let key = memory.key(Ask { request, ..here }).unwrap();
            assert_eq!(memory.get(key), None, "{request:?}");
        }
        let other = Ask {
            table: &other_table,
            ..here
        };
        let key = memory.key(other).unwrap();
        assert_eq!(memory.get(key), None);
        // and back again: the sum that is kept of a table is that table's.
        let key = memory.key(here).unwrap();
        assert_eq!(memory.get(key), Some(&written("yes")));
        memory.forget();
        assert_eq!((memory.len(), memory.bytes), (0, 0));
        assert_eq!(memory.get(key), None);
    }

    #[test]
    fn what_was_not_asked_for_the_longest_time_goes() {
        let mut memory = Remembered::with_limits(3, BYTES_MAX);
        let keys = ["a", "b", "c", "d"].map(|request| key(&mut memory, request));
        for key in &keys[..3] {
            memory.keep(*key, &written("x"));
        }
        assert!(memory.get(keys[0]).is_some());
        memory.keep(keys[3], &written("x"));
        let left = keys.map(|key| memory.get(key).is_some());
        assert_eq!(left, [true, false, true, true]);
        // the same once more is one entry.
        memory.keep(keys[3], &written("y"));
        assert_eq!(memory.get(keys[3]), Some(&written("y")));
        assert_eq!(memory.len(), 3);
    }

    #[test]
    fn so_many_bytes_and_no_more() {
        let most = 3 * (ENTRY_BYTES + 100);
        let mut memory = Remembered::with_limits(ENTRIES_MAX, most);
        for at in 0..50 {
            let key = key(&mut memory, &at.to_string());
            memory.keep(key, &written(&"x".repeat(85)));
            assert!(memory.bytes <= most && memory.get(key).is_some(), "{at}");
        }
        assert_eq!(memory.len(), 3);
        // one that would push out everything else is not kept.
        let huge = key(&mut memory, "huge");
        memory.keep(huge, &written(&"x".repeat(most)));
        assert_eq!(memory.len(), 3);
        assert_eq!(memory.get(huge), None);

        let mut memory = Remembered::default();
        for at in 0..2000 {
            let key = key(&mut memory, &at.to_string());
            memory.keep(key, &written(&"x".repeat(at)));
        }
        assert_eq!(memory.len(), ENTRIES_MAX);
        assert!(memory.bytes <= BYTES_MAX);
    }

    #[test]
    fn everything_is_forgotten_where_people_taught_something() {
        let taught = std::env::temp_dir().join(format!("remembered-{}", std::process::id()));
        let _ = std::fs::remove_file(&taught);
        let source = Source::Embedded {
            folder: PathBuf::from("/nowhere"),
            taught: Some(taught.clone()),
        };
        let mut remembered = Remembered::of(&source);
        let (names, table) = (Names::default(), table());
        let ask = Ask {
            request: "hello",
            names: &names,
            table: &table,
        };
        let key = remembered.key(ask).unwrap();
        remembered.keep(key, &written("hi"));
        assert!(
            remembered
                .key(ask)
                .is_some_and(|key| remembered.get(key).is_some())
        );
        std::fs::write(&taught, "x").unwrap();
        assert!(
            remembered
                .key(ask)
                .is_some_and(|key| remembered.get(key).is_none())
        );
        std::fs::remove_file(&taught).unwrap();
    }
}
