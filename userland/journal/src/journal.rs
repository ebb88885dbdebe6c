//! the log on a store: open, append, rotate.

use crate::anchor::Anchor;
use crate::book::Book;
use crate::frame::{self, Check, Link};
use crate::record::{Record, Start};
use crate::recover::{Problem, Recovered, recover};
use crate::store::Store;
use std::fmt;
use std::io;

/// the file that is written.
pub const LOG: &str = "journal.log";
/// the anchor's file.
pub const HEAD: &str = "head";
/// the next [`LOG`] while it is made.
const NEW: &str = "journal.new";
/// bytes of a file that is read back; several times what rotation allows.
pub const LOG_MAX_BYTES: u64 = 64 * 1024 * 1024;
/// bytes after which a new file is begun.
const ROTATE_AFTER_BYTES: u64 = 8 * 1024 * 1024;
/// bytes kept free for the outcome of an intent.
const OUTCOME_BYTES: u64 = 256 * 1024;
/// bytes reserved at once beyond what is needed.
const RESERVE_BYTES: u64 = 1024 * 1024;
/// damaged files that are kept before opening gives up.
const DAMAGED_MAX: u32 = 1000;
/// bytes of entries kept in memory; older ones are in the files.
const ENTRIES_MAX_BYTES: usize = 4 * 1024 * 1024;

/// the journal of a machine.
pub struct Journal {
    pub(crate) store: Box<dyn Store>,
    machine: String,
    boot: String,
    book: Book,
    /// the last record's number and checksum.
    seq: u64,
    head: Check,
    /// bytes of [`LOG`] that are known to be good.
    end: u64,
    reserved: u64,
    /// what stands in [`HEAD`].
    pub(crate) anchor: Option<Anchor>,
    /// to be written before anything else.
    pending: Vec<Record>,
    /// an append failed and could not be taken back yet.
    unsure: bool,
    /// [`LOG`] or [`HEAD`] may be new in the folder.
    names_owed: bool,
    /// writing [`HEAD`] failed half way.
    pub(crate) anchor_owed: bool,
    pub(crate) rotate_after_bytes: u64,
    /// an alarming repair is in the log.
    pub(crate) repaired: Option<String>,
}

/// a journal, and what there is to say about how it was found.
pub struct Opened {
    pub journal: Journal,
    pub notes: Vec<String>,
}

/// why something could not be written down.
#[derive(Debug)]
pub enum JournalError {
    /// the disk is full; nothing was written.
    NoRoom {
        bytes: u64,
    },
    TooLong,
    Io {
        doing: &'static str,
        source: io::Error,
    },
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            JournalError::NoRoom { bytes } => write!(
                f,
                "the journal has no room for {bytes} more bytes: delete something in /data"
            ),
            JournalError::TooLong => write!(f, "the plan is too long for the journal: split it"),
            JournalError::Io { doing, source } => write!(f, "{doing} failed: {source}"),
        }
    }
}

impl std::error::Error for JournalError {}

/// an [`JournalError::Io`] with what was being done.
fn doing(doing: &'static str) -> impl Fn(io::Error) -> JournalError {
    move |source| JournalError::Io { doing, source }
}

impl Journal {
    /// reads what is there, cuts a torn end, sets damage aside.
    ///
    /// # Errors
    /// when the files can be neither read nor repaired.
    pub fn open(
        mut store: Box<dyn Store>,
        machine: &str,
        boot: &str,
    ) -> Result<Opened, JournalError> {
        let head = store
            .read(HEAD, 4096)
            .map_err(doing("reading the journal's head"))?;
        let anchor = head.as_deref().and_then(Anchor::newest);
        let log = store
            .read(LOG, LOG_MAX_BYTES)
            .map_err(doing("reading the journal"))?;
        let recovered = recover(log.as_deref().unwrap_or_default(), anchor.as_ref());
        let mut journal = Journal {
            store,
            machine: machine.to_owned(),
            boot: boot.to_owned(),
            book: Book::default(),
            seq: anchor.map_or(0, |anchor| anchor.seq),
            head: Check::default(),
            end: recovered.valid_bytes as u64,
            reserved: 0,
            anchor,
            pending: Vec::new(),
            unsure: false,
            names_owed: true,
            anchor_owed: false,
            rotate_after_bytes: ROTATE_AFTER_BYTES,
            repaired: None,
        };
        let mut notes = Vec::new();
        if head.is_some_and(|bytes| !bytes.is_empty()) && anchor.is_none() {
            notes.push("the journal's head is not readable and is written anew".to_owned());
        }
        journal.read_older(&recovered);
        for link in &recovered.links {
            journal.take(link);
        }
        journal
            .book
            .raise_next_id(anchor.map_or(1, |anchor| anchor.next_id));
        journal.book.forget_old(ENTRIES_MAX_BYTES);
        if recovered.links.is_empty() {
            journal.pending.push(journal.start(None));
        }
        if let Some(problem) = &recovered.problem {
            let had_log = log.is_some();
            let good = log.unwrap_or_default();
            notes.push(journal.repair(problem, had_log, &good[..recovered.valid_bytes])?);
        }
        if !journal.pending.is_empty() {
            // a full disk is no reason not to open: what is pending goes before the next record.
            if let Err(error) = journal.append(&[]).and_then(|()| journal.write_anchor()) {
                notes.push(error.to_string());
            }
        }
        Ok(Opened { journal, notes })
    }

    /// entries, as far as they are kept in memory.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// whether damage was found, now or earlier: what is not named here may be named in what was set
    /// aside.
    pub fn was_repaired(&self) -> bool {
        self.repaired.is_some()
            || self
                .pending
                .iter()
                .any(|record| matches!(record, Record::Repair { .. }))
    }

    /// writes `records` and flushes them, with room left for what must follow. for intents.
    ///
    /// # Errors
    /// `NoRoom` and the others; then nothing is in the journal.
    pub fn intend(&mut self, records: &[Record]) -> Result<(), JournalError> {
        let bytes = self.encode(records)?.bytes.len() as u64 + OUTCOME_BYTES;
        if self.end + bytes > self.reserved {
            let (enough, plenty) = (self.end + bytes, self.end + bytes + RESERVE_BYTES);
            self.reserved = [plenty, enough]
                .into_iter()
                .find(|&until| self.store.reserve(LOG, until).is_ok())
                .ok_or(JournalError::NoRoom { bytes })?;
        }
        self.append(records)
    }

    /// writes `records`, flushes them and moves the anchor. for outcomes.
    ///
    /// # Errors
    /// when they could not be written. that the anchor stayed behind is no error but a warning: the
    /// records are there, and the next conclusion moves it.
    pub fn conclude(&mut self, records: &[Record]) -> Result<Option<JournalError>, JournalError> {
        self.append(records)?;
        Ok(self
            .write_anchor()
            .and_then(|()| self.rotate_if_long())
            .err())
    }

    /// the last record's number and checksum, which the disk has to agree with.
    pub(crate) fn expected(&self) -> Anchor {
        Anchor {
            generation: 0,
            seq: self.seq,
            check: self.head,
            next_id: self.book.next_id(),
        }
    }

    /// takes an append back that may be half on the disk.
    pub(crate) fn settle(&mut self) -> Result<(), JournalError> {
        if !self.unsure {
            return Ok(());
        }
        let cut = self
            .store
            .truncate(LOG, self.end)
            .and_then(|()| self.store.sync(LOG));
        match cut {
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.end == 0 => {}
            other => other.map_err(doing("taking back a half written journal record"))?,
        }
        (self.unsure, self.reserved) = (false, 0);
        Ok(())
    }

    fn append(&mut self, records: &[Record]) -> Result<(), JournalError> {
        self.settle()?;
        let batch = self.encode(records)?;
        let written = self
            .store
            .write_at(LOG, self.end, &batch.bytes)
            .and_then(|()| self.store.sync(LOG))
            .and_then(|()| self.sync_names());
        if let Err(source) = written {
            self.unsure = true;
            // if this fails too, the next append tries it again before anything else.
            let _ = self.settle();
            return Err(JournalError::Io {
                doing: "writing the journal",
                source,
            });
        }
        self.end += batch.bytes.len() as u64;
        (self.seq, self.head) = (batch.seq, batch.head);
        for record in std::mem::take(&mut self.pending).iter().chain(records) {
            self.note(record);
        }
        self.book.forget_old(ENTRIES_MAX_BYTES);
        Ok(())
    }

    fn encode(&self, records: &[Record]) -> Result<Batch, JournalError> {
        let mut batch = Batch {
            bytes: Vec::new(),
            seq: self.seq,
            head: self.head,
        };
        for record in self.pending.iter().chain(records) {
            batch.seq += 1;
            let (bytes, check) =
                frame::encode(batch.seq, batch.head, record).ok_or(JournalError::TooLong)?;
            batch.bytes.extend(bytes);
            batch.head = check;
        }
        Ok(batch)
    }

    fn sync_names(&mut self) -> io::Result<()> {
        if self.names_owed {
            self.store.sync_names()?;
            self.names_owed = false;
        }
        Ok(())
    }

    pub(crate) fn write_anchor(&mut self) -> Result<(), JournalError> {
        let generation = self.anchor.map_or(0, |anchor| anchor.generation) + 1;
        let anchor = Anchor {
            generation,
            ..self.expected()
        };
        self.names_owed |= self.anchor.is_none();
        self.anchor_owed = true;
        self.store
            .write_at(HEAD, anchor.offset(), &anchor.encode())
            .and_then(|()| self.store.sync(HEAD))
            .and_then(|()| self.sync_names())
            .map_err(doing("writing the journal's head"))?;
        (self.anchor, self.anchor_owed) = (Some(anchor), false);
        Ok(())
    }

    fn rotate_if_long(&mut self) -> Result<(), JournalError> {
        if self.end > self.rotate_after_bytes {
            self.rotate()
        } else {
            Ok(())
        }
    }

    /// begins a new file; called right after the anchor was written, so that the anchor is either in
    /// this file or is its first `prev`.
    fn rotate(&mut self) -> Result<(), JournalError> {
        let old = format!("journal.{:012}", self.seq);
        let start = self.start(Some(old.clone()));
        let (bytes, check) =
            frame::encode(self.seq + 1, self.head, &start).ok_or(JournalError::TooLong)?;
        self.store
            .link(LOG, &old)
            .and_then(|()| self.replace_log(&bytes))
            .map_err(doing("beginning a new file of the journal"))?;
        self.seq += 1;
        (self.head, self.end, self.reserved) = (check, bytes.len() as u64, 0);
        Ok(())
    }

    /// [`LOG`] holds `bytes` after this, or what it held before.
    fn replace_log(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.store.write_at(NEW, 0, bytes)?;
        self.store.truncate(NEW, bytes.len() as u64)?;
        self.store.sync(NEW)?;
        self.store.rename(NEW, LOG)?;
        // from here the new file is the log, whether or not its name is on the disk yet.
        self.names_owed = true;
        let _ = self.sync_names();
        Ok(())
    }

    /// makes a log of what was found; the sentence says what was done.
    fn repair(
        &mut self,
        problem: &Problem,
        had_log: bool,
        good: &[u8],
    ) -> Result<String, JournalError> {
        let mut set_aside = None;
        if let Problem::Torn { at, .. } = problem {
            self.store
                .truncate(LOG, *at as u64)
                .and_then(|()| self.store.sync(LOG))
                .map_err(doing("cutting the journal's torn end"))?;
        } else if had_log {
            set_aside = Some(self.set_aside()?);
            self.replace_log(good)
                .map_err(doing("keeping the good part of the journal"))?;
        }
        let note = match &set_aside {
            Some(file) => format!("the journal was damaged: {problem}; the old file is {file}"),
            None if problem.is_alarming() => format!("the journal was damaged: {problem}"),
            None => format!("the journal was cut back: {problem}"),
        };
        self.pending.push(Record::Repair {
            problem: problem.to_string(),
            set_aside,
            alarming: problem.is_alarming(),
        });
        Ok(note)
    }

    fn set_aside(&mut self) -> Result<String, JournalError> {
        let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
        for number in 1..=DAMAGED_MAX {
            let name = format!("journal.damaged-{number}");
            match self.store.link(LOG, &name) {
                Ok(()) => return Ok(name),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
                Err(error) => return Err(doing("setting the damaged journal aside")(error)),
            }
        }
        Err(doing("setting the damaged journal aside")(last))
    }

    /// entries of the file before this one, for history and undo.
    fn read_older(&mut self, recovered: &Recovered) {
        let older = match recovered
            .links
            .first()
            .and_then(|link| link.record.as_ref())
        {
            Some(Record::Start(Start {
                after: Some(name), ..
            })) if is_file_of_ours(name) => self.store.read(name, LOG_MAX_BYTES).ok().flatten(),
            _ => None,
        };
        for link in recover(&older.unwrap_or_default(), None).links {
            self.take(&link);
        }
    }

    fn take(&mut self, link: &Link) {
        (self.seq, self.head) = (link.seq, link.check);
        if let Some(record) = &link.record {
            self.note(record);
        }
    }

    fn note(&mut self, record: &Record) {
        self.book.apply(record);
        if let Record::Repair {
            problem,
            set_aside,
            alarming: true,
        } = record
        {
            let file = set_aside
                .as_deref()
                .map(|file| format!("; the old file is {file}"));
            self.repaired = Some(format!("{problem}{}", file.unwrap_or_default()));
        }
    }

    fn start(&self, after: Option<String>) -> Record {
        Record::Start(Start {
            machine: self.machine.clone(),
            boot: self.boot.clone(),
            next_id: self.book.next_id(),
            after,
        })
    }
}

struct Batch {
    bytes: Vec<u8>,
    seq: u64,
    head: Check,
}

/// whether a name out of a record is one that `rotate` gives.
pub(crate) fn is_file_of_ours(name: &str) -> bool {
    name.strip_prefix("journal.")
        .is_some_and(|digits| digits.len() >= 12 && digits.bytes().all(|b| b.is_ascii_digit()))
}
