//! does everything on the disk still say what was written?

use crate::anchor::Anchor;
use crate::frame::Link;
use crate::journal::{HEAD, Journal, LOG, LOG_MAX_BYTES, is_file_of_ours};
use crate::record::{Record, Start};
use crate::recover::recover;

/// what a check of the whole journal found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    pub intact: bool,
    /// records that are whole and in their place.
    pub records: u64,
    /// one sentence.
    pub message: String,
}

impl Journal {
    /// reads every file again and holds it against what this process wrote.
    pub fn verify(&mut self) -> Audit {
        let mut records = 0;
        let (intact, message) = match self.verify_files(&mut records) {
            Err(problem) => (false, problem),
            Ok(()) => match &self.repaired {
                Some(found) => (
                    false,
                    format!("an earlier start found damage and repaired it: {found}"),
                ),
                None => (
                    true,
                    format!("{records} records, every one as it was written"),
                ),
            },
        };
        Audit {
            intact,
            records,
            message,
        }
    }

    fn verify_files(&mut self, records: &mut u64) -> Result<(), String> {
        self.settle().map_err(|error| error.to_string())?;
        if self.anchor_owed {
            self.write_anchor().map_err(|error| error.to_string())?;
        }
        let head = self
            .store
            .read(HEAD, 4096)
            .map_err(|error| format!("head: {error}"))?;
        if head.as_deref().and_then(Anchor::newest) != self.anchor {
            return Err("the file `head` is not what was written".to_owned());
        }
        let mut next = self.verify_current(records)?;
        // each file names the one before it; the chain goes through.
        while let Some((name, first)) = next {
            if !is_file_of_ours(&name) {
                return Err(format!("a file names `{}` before it", name.escape_debug()));
            }
            next = self.verify_older(&name, &first, records)?;
        }
        Ok(())
    }

    fn verify_current(&mut self, records: &mut u64) -> Result<Option<Older>, String> {
        let expected = self.expected();
        let found = self.read_links(LOG, Some(&expected), records)?;
        match found.last() {
            Some(last) if last.check == expected.check => Ok(older(found)),
            _ => Err(format!(
                "{LOG}: it does not end with record {}",
                expected.seq
            )),
        }
    }

    /// a file that has to end right where the file that begins with `next` begins.
    fn verify_older(
        &mut self,
        name: &str,
        next: &Link,
        records: &mut u64,
    ) -> Result<Option<Older>, String> {
        let found = self.read_links(name, None, records)?;
        match found.last() {
            Some(last) if last.seq + 1 == next.seq && last.check.hex() == next.prev => {
                Ok(older(found))
            }
            _ => Err(format!(
                "{name}: it does not end where the next file begins"
            )),
        }
    }

    fn read_links(
        &mut self,
        name: &str,
        expected: Option<&Anchor>,
        records: &mut u64,
    ) -> Result<Vec<Link>, String> {
        let bytes = self
            .store
            .read(name, LOG_MAX_BYTES)
            .map_err(|error| format!("{name}: {error}"))?;
        let found = recover(&bytes.unwrap_or_default(), expected);
        *records += found.links.len() as u64;
        match found.problem {
            Some(problem) => Err(format!("{name}: {problem}")),
            None => Ok(found.links),
        }
    }
}

/// a file's name, and the first record of the file that comes after it.
type Older = (String, Link);

fn older(links: Vec<Link>) -> Option<Older> {
    let first = links.into_iter().next()?;
    match &first.record {
        Some(Record::Start(Start {
            after: Some(name), ..
        })) => Some((name.clone(), first)),
        _ => None,
    }
}
