//! what all connections share.

use crate::clock::Clock;
use crate::log;
use crate::machine::Machine;
use llm_os_capability::{Look, Place, UndoEntry};
use llm_os_journal::{Journal, Record};
use llm_os_policy::Rules;
use llm_os_schema::CapabilityTable;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// the person whose machine it is.
#[derive(Clone, Debug)]
pub struct Operator {
    pub uid: u32,
    pub gid: u32,
    /// absolute.
    pub home: String,
}

/// the one executor of a machine.
pub struct Executor {
    pub machine: Box<dyn Machine>,
    pub clock: Box<dyn Clock>,
    /// `Err`: why nothing can be written down, and so nothing can be changed.
    journal: Mutex<Result<Journal, String>>,
    keeping: Mutex<()>,
    pub rules: Rules,
    pub table: CapabilityTable,
    pub operator: Operator,
    pub build: String,
    /// the boot's id.
    pub boot: String,
}

impl Executor {
    pub fn new(
        machine: Box<dyn Machine>,
        clock: Box<dyn Clock>,
        journal: Result<Journal, String>,
        rules: Rules,
        operator: Operator,
        (build, boot): (String, String),
    ) -> Self {
        let table = machine.table();
        let journal = Mutex::new(journal);
        Executor {
            machine,
            clock,
            journal,
            keeping: Mutex::new(()),
            rules,
            table,
            operator,
            build,
            boot,
        }
    }

    /// the journal, or why there is none.
    ///
    /// # Errors
    /// a sentence for a person.
    pub fn with_journal<T>(&self, with: impl FnOnce(&mut Journal) -> T) -> Result<T, String> {
        match &mut *self.journal() {
            Ok(journal) => Ok(with(journal)),
            Err(why) => Err(format!(
                "the journal cannot be used, so nothing is changed: {why}"
            )),
        }
    }

    /// what a capability may look at, while the plan's earlier actions change `earlier`.
    pub fn look<T>(&self, earlier: &[Place], with: impl FnOnce(&Look) -> T) -> T {
        with(&Look {
            uid: self.operator.uid,
            gid: self.operator.gid,
            home: &self.operator.home,
            init: &|request| self.machine.init(request),
            entry: &|id| self.undo_entry(id, earlier),
            earlier,
        })
    }

    /// what is known of an entry. places that earlier actions of the same plan change are left out:
    /// they are looked at again right before the action runs.
    fn undo_entry(&self, id: u64, earlier: &[Place]) -> Option<UndoEntry> {
        self.with_journal(|journal| {
            let book = journal.book();
            let entry = book.get(id)?;
            let mut after = entry.after();
            after.retain(|print| !earlier.iter().any(|place| touches(place, print.place())));
            Some(UndoEntry {
                sentences: book.told(entry),
                before: entry.befores(),
                after,
                undone_by: book.undone_by(id),
                no_way_back: if entry.forgotten {
                    Some("what it had kept was given up to make room".to_owned())
                } else {
                    entry.intent.no_way_back.clone()
                },
            })
        })
        .ok()
        .flatten()
    }

    /// looks at what an interrupted entry left, so that it can be taken back later and only while
    /// that is still so. called once at start.
    pub fn settle_interrupted(&self) {
        let open: Vec<(u64, Vec<Place>)> = self
            .with_journal(|journal| {
                let open = journal.book().newest().filter(|entry| entry.is_open());
                open.map(|entry| {
                    (
                        entry.intent.id,
                        entry.befores().iter().map(place_of).collect(),
                    )
                })
                .collect()
            })
            .unwrap_or_default();
        for (id, places) in open {
            let after = places
                .iter()
                .filter_map(|place| self.machine.fingerprint(place).ok());
            let record = Record::Interrupted {
                id,
                after: after.collect(),
            };
            log::line(&format!("#{id} was interrupted: its outcome is not known"));
            match self.with_journal(|journal| journal.conclude(&[record])) {
                Ok(Ok(None)) => {}
                Ok(Ok(Some(error)) | Err(error)) => log::line(&error.to_string()),
                Err(why) => log::line(&why),
            }
        }
    }

    /// held from keeping a content to writing down that it is kept, and while contents are given up.
    pub fn keeping(&self) -> MutexGuard<'_, ()> {
        self.keeping.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// gives up the oldest kept contents until the rest takes at most `bytes`, or what is allowed at
    /// most; says whether it did anything. to be called while [`Executor::keeping`] is held.
    pub fn keep_within(&self, bytes: Option<u64>) -> bool {
        let allowed = match (bytes, self.machine.room()) {
            (Some(bytes), _) => bytes,
            (None, Ok(room)) => room.kept_max_bytes(),
            (None, Err(why)) => {
                log::line(&why);
                return false;
            }
        };
        let given_up = self.with_journal(|journal| {
            let ids = journal.book().to_forget(allowed);
            if ids.is_empty() {
                return Ok(None);
            }
            // said first, so that nothing is offered that is not there.
            journal
                .intend(&[Record::Forgotten { ids }])
                .map_err(|error| error.to_string())?;
            Ok::<_, String>(Some(journal.book().kept()))
        });
        match given_up {
            Ok(Ok(Some(kept))) => {
                self.machine.sweep(&kept);
                true
            }
            Ok(Ok(None)) => false,
            Ok(Err(why)) | Err(why) => {
                log::line(&format!("no kept content was given up: {why}"));
                false
            }
        }
    }

    /// takes away contents that no entry names: of entries that are too old to be taken back, and
    /// what a power cut left. not after damage: what was set aside may name what this journal does
    /// not. called once at start.
    pub fn sweep(&self) {
        let kept =
            self.with_journal(|journal| (!journal.was_repaired()).then(|| journal.book().kept()));
        if let Ok(Some(kept)) = kept {
            self.machine.sweep(&kept);
        }
    }

    fn journal(&self) -> MutexGuard<'_, Result<Journal, String>> {
        // a panic while it was held cannot have left it half changed: the disk is written first and
        // the memory last.
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// the place that a kept state belongs to.
pub fn place_of(before: &llm_os_schema::before::Before) -> Place {
    use llm_os_schema::before::Before;
    match before {
        Before::Absent { path }
        | Before::File { path, .. }
        | Before::Dir { path, .. }
        | Before::Tree { path, .. } => Place::Path(path.clone()),
        Before::Unit { unit, .. } => Place::Unit(unit.clone()),
    }
}

/// whether a change of `place` can be seen at `other`: the same, above or below it.
pub fn touches(place: &Place, other: &str) -> bool {
    let below = |path: &str, of: &str| {
        path.strip_prefix(of)
            .is_some_and(|rest| rest.starts_with('/') || of.ends_with('/'))
    };
    match place {
        Place::Unit(unit) => unit == other,
        Place::Path(path) => path == other || below(path, other) || below(other, path),
    }
}
