//! records → entries: what was done, what was taken back, what may be. pure.

use crate::record::{Intent, Outcome, Record, StepOutcome};
use llm_os_schema::before::{Before, Fingerprint, TreeEntry};
use llm_os_schema::result::{HistoryEntry, Status};
use std::collections::{BTreeMap, BTreeSet};

/// what an entry or a kept state takes besides its texts.
const ENTRY_BYTES: usize = 300;

/// every entry of the journal, by number.
#[derive(Debug, Default)]
pub struct Book {
    entries: BTreeMap<u64, Entry>,
    /// number of the next entry.
    next_id: u64,
    /// bytes that the entries take, roughly.
    bytes: usize,
}

/// one plan that was run.
#[derive(Debug)]
pub struct Entry {
    pub intent: Intent,
    /// by step number.
    pub steps: BTreeMap<u32, Step>,
    pub outcome: Option<Outcome>,
    /// what was found after the machine stopped inside it.
    interrupted: Option<Vec<Fingerprint>>,
    /// the entries that took it back, oldest first; some of these may have been taken back too.
    undone_by: Vec<u64>,
    /// the entries that it took back.
    undoes: Vec<u64>,
    /// what it kept was given up.
    pub forgotten: bool,
    bytes: usize,
}

/// one step of an entry.
#[derive(Debug, Default)]
pub struct Step {
    pub before: Vec<Before>,
    pub outcome: Option<StepOutcome>,
}

impl Book {
    /// the next record in order.
    pub fn apply(&mut self, record: &Record) {
        match record {
            Record::Start(start) => self.next_id = self.next_id.max(start.next_id).max(1),
            Record::Intent(intent) => {
                self.next_id = self.next_id.max(intent.id.saturating_add(1));
                let entry = Entry::new(intent.clone());
                self.bytes += entry.bytes;
                if let Some(old) = self.entries.insert(intent.id, entry) {
                    self.bytes -= old.bytes;
                }
            }
            Record::StepIntent(step) => {
                if let Some(entry) = self.entries.get_mut(&step.id) {
                    let bytes = step.before.iter().map(kept_bytes).sum::<usize>();
                    (entry.bytes, self.bytes) = (entry.bytes + bytes, self.bytes + bytes);
                    entry.steps.entry(step.step).or_default().before = step.before.clone();
                }
            }
            Record::StepOutcome(step) => {
                if let Some(entry) = self.entries.get_mut(&step.id) {
                    entry.steps.entry(step.step).or_default().outcome = Some(step.clone());
                }
            }
            Record::Outcome(outcome) => {
                if let Some(entry) = self.entries.get_mut(&outcome.id) {
                    entry.outcome = Some(outcome.clone());
                }
            }
            Record::Undone { id, by } => {
                if let Some(entry) = self.entries.get_mut(id) {
                    entry.undone_by.push(*by);
                }
                if let Some(entry) = self.entries.get_mut(by) {
                    entry.undoes.push(*id);
                }
            }
            Record::Interrupted { id, after } => {
                if let Some(entry) = self.entries.get_mut(id) {
                    entry.interrupted = Some(after.clone());
                }
            }
            Record::Forgotten { ids } => {
                for id in ids {
                    if let Some(entry) = self.entries.get_mut(id) {
                        entry.forgotten = true;
                    }
                }
            }
            Record::Repair { .. } => {}
        }
    }

    /// number of the next entry.
    pub fn next_id(&self) -> u64 {
        self.next_id.max(1)
    }

    /// never gives a number below `id`.
    pub fn raise_next_id(&mut self, id: u64) {
        self.next_id = self.next_id.max(id);
    }

    pub fn get(&self, id: u64) -> Option<&Entry> {
        self.entries.get(&id)
    }

    /// newest first.
    pub fn newest(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values().rev()
    }

    /// every kept content that an entry may still be taken back with: its name and bytes.
    pub fn kept(&self) -> BTreeMap<String, u64> {
        self.entries.values().flat_map(Entry::kept).collect()
    }

    /// the oldest entries whose contents have to be given up so that the rest takes at most `bytes`.
    pub fn to_forget(&self, bytes: u64) -> Vec<u64> {
        let mut seen = BTreeSet::new();
        let mut total: u64 = 0;
        let mut ids = Vec::new();
        // newest first: what is kept for two entries counts for the newer one.
        for entry in self.newest().filter(|entry| !entry.forgotten) {
            let mut keeps_some = false;
            for (name, size) in entry.kept() {
                keeps_some = true;
                if seen.insert(name) {
                    total = total.saturating_add(size);
                }
            }
            if keeps_some && total > bytes {
                ids.push(entry.intent.id);
            }
        }
        ids
    }

    /// forgets the oldest entries until the rest takes at most `bytes`; the files keep them. the
    /// newest one is always kept.
    pub fn forget_old(&mut self, bytes: usize) {
        while self.bytes > bytes && self.entries.len() > 1 {
            if let Some((_, old)) = self.entries.pop_first() {
                self.bytes -= old.bytes;
            }
        }
    }

    /// the entry that took `id` back, unless that was taken back itself.
    pub fn undone_by(&self, id: u64) -> Option<u64> {
        // an entry is taken back only by later ones, so this ends.
        let entry = self.entries.get(&id)?;
        entry
            .undone_by
            .iter()
            .rev()
            .copied()
            .find(|&by| by > id && self.undone_by(by).is_none())
    }

    /// the last `count` entries that did something and are not taken back, newest first. what `undo`
    /// did is no candidate: that is taken back by `redo`.
    pub fn to_undo(&self, count: usize) -> Vec<u64> {
        self.newest()
            .filter(|entry| entry.undoes.is_empty() && entry.has_befores())
            .map(|entry| entry.intent.id)
            .filter(|&id| self.undone_by(id).is_none())
            .take(count)
            .collect()
    }

    /// the last entry that took something back and is not taken back itself.
    pub fn to_redo(&self) -> Option<u64> {
        self.newest()
            .filter(|entry| self.is_undo(entry))
            .map(|entry| entry.intent.id)
            .find(|&id| self.undone_by(id).is_none())
    }

    /// took back something that was not itself a taking back; a redo is none.
    fn is_undo(&self, entry: &Entry) -> bool {
        !entry.undoes.is_empty()
            && entry
                .undoes
                .iter()
                .filter(|&&id| id < entry.intent.id)
                .filter_map(|id| self.entries.get(id))
                .all(|target| !self.is_undo(target))
    }

    /// what `entry` did, in few words: its sentences, or what it took back or put back.
    pub fn told(&self, entry: &Entry) -> Vec<String> {
        if entry.undoes.is_empty() {
            return entry.intent.sentences.clone();
        }
        let word = if self.is_undo(entry) { "undo" } else { "redo" };
        let told = |root: &u64| {
            let sentences = self
                .entries
                .get(root)
                .map(|root| root.intent.sentences.join("; "));
            format!("{word} of #{root}: {}", sentences.unwrap_or_default())
        };
        self.roots(entry).iter().map(told).collect()
    }

    /// the entries at the end of a chain of undo and redo.
    fn roots(&self, entry: &Entry) -> BTreeSet<u64> {
        if entry.undoes.is_empty() {
            return BTreeSet::from([entry.intent.id]);
        }
        let below = entry.undoes.iter().filter(|&&id| id < entry.intent.id);
        below
            .flat_map(|id| match self.entries.get(id) {
                Some(target) => self.roots(target),
                // forgotten; its number still says what is meant.
                None => BTreeSet::from([*id]),
            })
            .collect()
    }

    /// `entry` as `history` shows it.
    pub fn history_entry(&self, entry: &Entry) -> HistoryEntry {
        let undone_by = self.undone_by(entry.intent.id);
        HistoryEntry {
            id: entry.intent.id,
            time_unix_s: entry.intent.time_unix_s,
            who: entry.intent.who.clone(),
            reason: entry.intent.reason.clone(),
            sentences: entry.intent.sentences.clone(),
            actions: entry.intent.plan.clone(),
            status: entry.outcome.as_ref().map(|outcome| outcome.status),
            undone_by,
            undoable: undone_by.is_none() && entry.has_befores(),
        }
    }
}

impl Entry {
    fn new(intent: Intent) -> Self {
        let texts = intent.sentences.iter().map(String::len).sum::<usize>() + intent.reason.len();
        let plan = serde_json::to_vec(&intent.plan).map_or(0, |bytes| bytes.len());
        Entry {
            bytes: ENTRY_BYTES + texts + plan,
            intent,
            steps: BTreeMap::new(),
            outcome: None,
            interrupted: None,
            undone_by: Vec::new(),
            undoes: Vec::new(),
            forgotten: false,
        }
    }

    /// what to put back, last change first. a step that ended without having begun its work has
    /// nothing to put back.
    pub fn befores(&self) -> Vec<Before> {
        self.steps
            .values()
            .rev()
            .filter(|step| step.may_have_changed())
            .flat_map(|step| step.before.iter().rev().cloned())
            .collect()
    }

    /// what it left behind, one fingerprint for each place.
    pub fn after(&self) -> Vec<Fingerprint> {
        if let Some(outcome) = &self.outcome {
            return outcome.after.clone();
        }
        if let Some(after) = &self.interrupted {
            return after.clone();
        }
        let mut places = BTreeMap::new();
        for outcome in self.steps.values().filter_map(|step| step.outcome.as_ref()) {
            for print in &outcome.after {
                places.insert(print.place().to_owned(), print.clone());
            }
        }
        places.into_values().collect()
    }

    /// without an outcome, and nobody has looked yet at what it left.
    pub fn is_open(&self) -> bool {
        self.outcome.is_none() && self.interrupted.is_none()
    }

    /// contents by name, with their bytes.
    fn kept(&self) -> Vec<(String, u64)> {
        if self.forgotten {
            return Vec::new();
        }
        let mut kept = Vec::new();
        for before in self.steps.values().flat_map(|step| &step.before) {
            match before {
                Before::File { file, .. } => kept.push((file.sha256.clone(), file.bytes)),
                Before::Tree { entries, .. } => {
                    kept.extend(entries.iter().filter_map(|entry| match entry {
                        TreeEntry::File { file, .. } => Some((file.sha256.clone(), file.bytes)),
                        TreeEntry::Dir { .. } | TreeEntry::Link { .. } => None,
                    }));
                }
                Before::Absent { .. } | Before::Dir { .. } | Before::Unit { .. } => {}
            }
        }
        kept
    }

    fn has_befores(&self) -> bool {
        if self.forgotten {
            return false;
        }
        self.steps
            .values()
            .any(|step| step.may_have_changed() && !step.before.is_empty())
    }
}

/// what a kept state takes in memory, roughly.
fn kept_bytes(before: &Before) -> usize {
    match before {
        Before::Tree { entries, .. } => ENTRY_BYTES * (entries.len() + 1),
        _ => ENTRY_BYTES,
    }
}

impl Step {
    fn may_have_changed(&self) -> bool {
        self.outcome
            .as_ref()
            .is_none_or(|outcome| outcome.result.status != Status::NotRun)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::StepIntent;
    use llm_os_schema::result::StepResult;

    /// an entry `id` that changed one file and took back `undoes`.
    fn add(book: &mut Book, id: u64, undoes: &[u64]) {
        let intent = Intent {
            id,
            plan: Vec::new(),
            hash: String::new(),
            who: "operator".to_owned(),
            uid: 1000,
            reason: String::new(),
            sentences: vec![format!("did {id}")],
            time_unix_s: 0,
            boot: String::new(),
            no_way_back: None,
        };
        let before = vec![Before::Absent {
            path: format!("/{id}"),
        }];
        let result = StepResult {
            status: Status::Done,
            summary: String::new(),
            origin: String::new(),
            cut: false,
            exit_code: None,
            names: Vec::new(),
        };
        book.apply(&Record::Intent(intent));
        book.apply(&Record::StepIntent(StepIntent {
            id,
            step: 0,
            before,
        }));
        book.apply(&Record::StepOutcome(StepOutcome {
            id,
            step: 0,
            result,
            after: Vec::new(),
        }));
        for &undone in undoes {
            book.apply(&Record::Undone { id: undone, by: id });
        }
        book.apply(&Record::Outcome(Outcome {
            id,
            status: Status::Done,
            after: Vec::new(),
        }));
    }

    #[test]
    fn undo_and_redo_walk_back_and_forth() {
        let mut book = Book::default();
        let check = |book: &Book, undo: &[u64], redo: Option<u64>| {
            assert_eq!(book.to_undo(1), undo);
            assert_eq!(book.to_redo(), redo);
        };
        check(&book, &[], None);
        add(&mut book, 1, &[]);
        add(&mut book, 2, &[]);
        check(&book, &[2], None);
        assert_eq!(book.to_undo(9), [2, 1]);
        add(&mut book, 3, &[2]);
        check(&book, &[1], Some(3));
        add(&mut book, 4, &[1]);
        check(&book, &[], Some(4));
        add(&mut book, 5, &[4]);
        assert_eq!(book.undone_by(1), None);
        check(&book, &[1], Some(3));
        assert_eq!(book.told(&book.entries[&4]), ["undo of #1: did 1"]);
        assert_eq!(book.told(&book.entries[&5]), ["redo of #1: did 1"]);
        add(&mut book, 6, &[3]);
        check(&book, &[2], None);
        add(&mut book, 7, &[2]);
        check(&book, &[1], Some(7));
        add(&mut book, 8, &[7]);
        check(&book, &[2], None);
        assert_eq!(book.next_id(), 9);
    }

    #[test]
    fn memory_is_bounded_and_the_newest_is_kept() {
        let mut book = Book::default();
        for id in 1..=100 {
            add(&mut book, id, &[]);
            book.forget_old(10 * ENTRY_BYTES);
        }
        let ids: Vec<u64> = book.newest().map(|entry| entry.intent.id).collect();
        assert!((1..10).contains(&ids.len()) && ids[0] == 100, "{ids:?}");
        book.forget_old(0);
        assert_eq!(book.newest().count(), 1);
        assert_eq!(book.next_id(), 101);
    }

    #[test]
    fn the_oldest_contents_are_given_up_first() {
        let mut book = Book::default();
        for (id, name, bytes) in [(1, "a", 10), (2, "b", 20), (3, "a", 10), (4, "c", 5)] {
            add(&mut book, id, &[]);
            let file = llm_os_schema::before::KeptFile {
                sha256: name.to_owned(),
                bytes,
                mode: 0,
                uid: 0,
                gid: 0,
            };
            let before = vec![Before::File {
                path: "/f".to_owned(),
                file,
            }];
            book.apply(&Record::StepIntent(StepIntent {
                id,
                step: 0,
                before,
            }));
        }
        assert_eq!(book.kept().values().sum::<u64>(), 35);
        let check = |bytes: u64, expect: &[u64]| assert_eq!(book.to_forget(bytes), expect);
        check(35, &[]);
        check(34, &[2, 1]);
        check(15, &[2, 1]);
        check(14, &[3, 2, 1]);
        check(0, &[4, 3, 2, 1]);
        book.apply(&Record::Forgotten { ids: vec![2, 1] });
        assert_eq!(book.kept().len(), 2);
        assert_eq!(book.to_undo(9), [4, 3]);
        assert_eq!(book.to_forget(0), [4, 3]);
    }

    #[test]
    fn several_are_taken_back_at_once() {
        let mut book = Book::default();
        for id in 1..=3 {
            add(&mut book, id, &[]);
        }
        add(&mut book, 4, &[3, 2]);
        assert_eq!(book.to_undo(2), [1]);
        assert_eq!(book.to_redo(), Some(4));
        add(&mut book, 5, &[4]);
        assert_eq!(book.to_undo(9), [3, 2, 1]);
    }
}
