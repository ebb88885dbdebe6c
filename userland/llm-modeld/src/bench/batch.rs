//! four requests in one batch against the same four one after the other.
//!
//! both ways are timed side by side over the same requests, in turn, and each as often first. the
//! embedded model answers as it does for people. the text tier's model knows nothing, so it is made
//! to write plans that are right ([`Script::together`]); the constant head of its prompt is read
//! beforehand.

use super::ROUNDS;
use super::ways::Script;
use crate::ModelError;
use crate::embedded::EmbeddedSession;
use crate::model::{Ask, BATCH_MAX, Placed, Watch, Written};
use crate::text::{Text, TextSession};
use llm_os_planner::score::Case;
use llm_os_schema::CapabilityTable;
use std::time::{Duration, Instant};

/// outcomes as they come.
pub struct Heard(Vec<Result<Written, ModelError>>);

impl Heard {
    /// of so many requests.
    pub fn of(count: usize) -> Self {
        Heard(Vec::with_capacity(count))
    }

    /// # Errors
    /// the first one that a request got instead of an outcome.
    pub fn all(self) -> Result<Vec<Written>, ModelError> {
        self.0.into_iter().collect()
    }
}

impl Watch for Heard {
    fn look(&mut self) {}

    fn wants(&self, _at: usize) -> bool {
        true
    }

    fn done(&mut self, _at: usize, written: Result<Written, ModelError>) {
        self.0.push(written);
    }
}

/// the embedded tier's time in batches, over that of one after the other.
///
/// # Errors
/// when the model cannot be run.
pub fn embedded(
    session: &mut EmbeddedSession<'_>,
    table: &CapabilityTable,
    cases: &[Case],
) -> Result<f64, ModelError> {
    let asks: Vec<Placed<'_>> = cases
        .iter()
        .map(|case| Ask {
            request: &case.request,
            names: &case.world,
            table,
        })
        .enumerate()
        .collect();
    ratio(&asks, |asks| {
        let began = Instant::now();
        session.write_all(asks, &mut Heard::of(asks.len()))?;
        Ok(began.elapsed())
    })
}

/// the text tier's.
///
/// # Errors
/// whatever ends a generation.
pub fn text(
    session: &mut TextSession<'_>,
    text: &Text,
    scripts: &[Script<'_>],
) -> Result<f64, ModelError> {
    ratio(scripts, |some| Script::together(some, text, session))
}

fn ratio<T>(
    all: &[T],
    mut take: impl FnMut(&[T]) -> Result<Duration, ModelError>,
) -> Result<f64, ModelError> {
    let (mut batches, mut singly) = (Duration::ZERO, Duration::ZERO);
    for round in 0..ROUNDS {
        for (at, four) in all.chunks_exact(BATCH_MAX).enumerate() {
            for turn in 0..2 {
                if (round + at + turn) % 2 == 0 {
                    batches += take(four)?;
                } else {
                    for one in four.chunks(1) {
                        singly += take(one)?;
                    }
                }
            }
        }
    }
    Ok(batches.as_secs_f64() / singly.as_secs_f64())
}
