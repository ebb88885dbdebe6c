//! an entry of the journal while its plan runs.
//!
//! what has to be on the disk before an effect is flushed by `begin`; everything else is written
//! together with the next flush, so that a plan of one step costs two.

use crate::client::Asker;
use crate::executor::Executor;
use crate::judge::Judged;
use crate::log;
use crate::propose::Proposal;
use llm_os_capability::Place;
use llm_os_journal::{Intent, Outcome, Record, StepIntent, StepOutcome};
use llm_os_schema::before::{Before, Fingerprint};
use llm_os_schema::result::{Status, StepResult};
use llm_os_schema::{Action, Confirmed, Risk};

/// a plan that runs.
pub struct Entry<'a> {
    executor: &'a Executor,
    /// `None` for a plan that only observes: it is not journaled.
    intent: Option<Intent>,
    /// given when the intent is on the disk.
    id: Option<u64>,
    /// not yet on the disk.
    unwritten: Vec<Record>,
    /// what every step captured so far.
    captured: Vec<Place>,
    /// entries that were taken back.
    undone: Vec<u64>,
    kept_something: bool,
}

impl<'a> Entry<'a> {
    /// nothing is written yet.
    pub fn new(
        executor: &'a Executor,
        asker: Asker,
        proposal: &Proposal<Confirmed>,
        judged: &Judged,
    ) -> Self {
        let intent = (judged.risk() > Risk::Observe).then(|| Intent {
            id: 0,
            plan: proposal.plan.actions().to_vec(),
            hash: proposal.plan.hash().as_str().to_owned(),
            who: asker.who.word().to_owned(),
            uid: asker.uid,
            reason: proposal.reason.clone(),
            sentences: judged.sentences(),
            time_unix_s: executor.clock.unix_s(),
            boot: executor.boot.clone(),
            no_way_back: no_way_back(judged),
        });
        Entry {
            executor,
            intent,
            id: None,
            unwritten: Vec::new(),
            captured: Vec::new(),
            undone: Vec::new(),
            kept_something: false,
        }
    }

    /// the entry's number, once it has one.
    pub fn id(&self) -> Option<u64> {
        self.id
    }

    /// whether what was done can be taken back.
    pub fn undoable(&self) -> bool {
        self.kept_something
    }

    /// keeps what is at `captures` and flushes the intent of this step.
    ///
    /// # Errors
    /// when it cannot be kept or written; then the step must not run.
    pub fn begin(&mut self, step: u32, captures: &[Place]) -> Result<(), String> {
        let _keeping = self.executor.keeping();
        let mut before = Vec::new();
        for place in captures {
            before.push(self.capture(place)?);
        }
        let kept = !before.is_empty();
        let unwritten = &self.unwritten;
        let (intent, id) = (&self.intent, self.id);
        let Some(intent) = intent else {
            return Ok(());
        };
        let id = self.executor.with_journal(|journal| {
            // the number is the journal's to give, and given only with the intent on the disk.
            let new = id.is_none().then(|| Intent {
                id: journal.book().next_id(),
                ..intent.clone()
            });
            let id = id
                .or(new.as_ref().map(|intent| intent.id))
                .unwrap_or_default();
            let records: Vec<Record> = new
                .map(Record::Intent)
                .into_iter()
                .chain(unwritten.iter().cloned())
                .chain([Record::StepIntent(StepIntent { id, step, before })])
                .collect();
            journal
                .intend(&records)
                .map(|()| id)
                .map_err(|error| error.to_string())
        })??;
        self.id = Some(id);
        self.unwritten.clear();
        self.kept_something |= kept;
        self.captured.extend(captures.iter().cloned());
        Ok(())
    }

    /// keeps what is at a place. on a full disk older kept contents make room: the newest change is
    /// the one that a person may want to take back.
    fn capture(&self, place: &Place) -> Result<Before, String> {
        let machine = &self.executor.machine;
        loop {
            let error = match machine.capture(place) {
                Ok(before) => return Ok(before),
                Err(error) => error,
            };
            let kept = self
                .executor
                .with_journal(|journal| journal.book().kept())?;
            let half = kept.values().sum::<u64>() / 2;
            let is_full = machine.room().is_ok_and(|room| room.is_full());
            // each round gives up at least one entry, so this ends.
            if !is_full || !self.executor.keep_within(Some(half)) {
                return Err(error);
            }
        }
    }

    /// remembers how a step that was begun ended, and says what it left at the places it captured.
    pub fn end(
        &mut self,
        step: u32,
        action: &Action,
        result: &StepResult,
        captures: &[Place],
    ) -> Vec<Fingerprint> {
        let Some(id) = self.id else {
            return Vec::new();
        };
        let after = self.look(captures);
        if result.status == Status::Done
            && action.kind == "undo"
            && let Some(undone) = action.args.get("id").and_then(serde_json::Value::as_u64)
        {
            self.undone.push(undone);
        }
        let outcome = StepOutcome {
            id,
            step,
            result: result.clone(),
            after: after.clone(),
        };
        self.unwritten.push(Record::StepOutcome(outcome));
        after
    }

    /// writes the outcome.
    ///
    /// # Errors
    /// what was done is done, but the journal does not say so; for the person.
    pub fn conclude(mut self, status: Status) -> Result<(), String> {
        let Some(id) = self.id else {
            return Ok(());
        };
        let mut records = std::mem::take(&mut self.unwritten);
        records.extend(
            self.undone
                .iter()
                .map(|&undone| Record::Undone { id: undone, by: id }),
        );
        records.push(Record::Outcome(Outcome {
            id,
            status,
            after: self.look(&self.captured),
        }));
        match self
            .executor
            .with_journal(|journal| journal.conclude(&records))?
        {
            Ok(None) => Ok(()),
            Ok(Some(warning)) => {
                log::line(&warning.to_string());
                Ok(())
            }
            Err(error) => {
                let message = format!("it is done, but the journal does not know: {error}");
                log::line(&format!("#{id}: {message}"));
                Err(message)
            }
        }
    }

    fn look(&self, places: &[Place]) -> Vec<Fingerprint> {
        let mut prints: Vec<Fingerprint> = Vec::new();
        for place in places {
            match self.executor.machine.fingerprint(place) {
                Ok(print) if prints.contains(&print) => {}
                Ok(print) => prints.push(print),
                Err(error) => log::line(&format!("looking at what was left: {error}")),
            }
        }
        prints
    }
}

/// why nothing of a plan can be taken back, if that is so.
fn no_way_back(judged: &Judged) -> Option<String> {
    let mut changing = judged
        .steps
        .iter()
        .filter(|step| step.risk > Risk::Observe)
        .peekable();
    let first = changing.peek()?.way_back.clone();
    changing
        .all(|step| step.captures.is_empty())
        .then(|| first.unwrap_or_else(|| "nothing was kept that could be put back".to_owned()))
}
