//! outcomes, token by token: what the grammar forces is decoded in runs and never sampled.
//!
//! several are written at once: each pass over the weights takes whatever tokens of all of them are
//! decided by then. one alone is the same with a list of one.

use super::past::{Next, Past, Prompt};
use crate::ModelError;
use crate::model::{BATCH_MAX, Watch, Written};
use llguidance::Matcher;
use llm_os_schema::Outcome;
use std::collections::VecDeque;
use toktrie::{SimpleVob, TokTrie, TokenId};

/// tokens of one outcome.
pub const TOKENS_MAX: usize = 768;

/// an outcome that is to be written after a prompt, inside a grammar.
pub struct Task {
    /// the request's place in the list.
    pub at: usize,
    pub prompt: Prompt,
    pub matcher: Matcher,
}

/// tokens that a prompt may have.
pub fn room(past: &Past<'_>) -> usize {
    past.room().saturating_sub(TOKENS_MAX)
}

/// takes one of the tokens that the grammar allows the request at this place next, by the scores of
/// all: the token, and its probability among all.
pub type Choose<'a> =
    &'a mut dyn FnMut(usize, &[f32], &mut Matcher) -> Result<Option<(TokenId, f64)>, ModelError>;

/// writes an outcome for each task, greedily, and tells them to `watch`: `NoRoom`, `NoEnd`,
/// `Grammar`, or `NotAPlan` where the text does not read back.
///
/// # Errors
/// `Cancelled` or `Compute`, which end all those that nothing was said of yet.
pub fn write_all(
    past: &mut Past<'_>,
    trie: &TokTrie,
    tasks: Vec<Task>,
    watch: &mut dyn Watch,
) -> Result<(), ModelError> {
    write_all_by(past, trie, tasks, watch, &mut |_, scores, matcher| {
        Ok(best(scores, &allowed(matcher)?))
    })
}

/// the same, where `choose` takes the tokens.
///
/// # Errors
/// those of [`write_all`].
pub fn write_all_by(
    past: &mut Past<'_>,
    trie: &TokTrie,
    tasks: Vec<Task>,
    watch: &mut dyn Watch,
    choose: Choose<'_>,
) -> Result<(), ModelError> {
    let mut tasks = VecDeque::from(tasks);
    let room = room(past);
    tasks.retain(|Task { at, prompt, .. }| {
        let tokens = prompt.tokens.len();
        if tokens > room {
            watch.done(*at, Err(ModelError::NoRoom { tokens, room }));
        }
        tokens <= room
    });
    let mut writings: Vec<Writing> = Vec::new();
    loop {
        watch.look();
        tasks.retain(|task| watch.wants(task.at));
        writings.retain(|writing| watch.wants(writing.task.at));
        while let Some(task) = next(past, &writings, &mut tasks) {
            let taken: Vec<usize> = writings.iter().map(|one| one.next.sequence).collect();
            let (next, read) = past.begin(&task.prompt, &taken, &mut || {
                watch.look();
                let mut all = tasks.iter().chain([&task]);
                !all.any(|task| watch.wants(task.at))
            })?;
            let mut writing = Writing::new(task, next, read);
            match writing.advance(trie) {
                Some(over) => watch.done(writing.task.at, over),
                None => writings.push(writing),
            }
        }
        if writings.is_empty() {
            return Ok(());
        }
        past.pass(writings.iter_mut().map(|writing| &mut writing.next))?;
        for mut writing in std::mem::take(&mut writings) {
            match writing.step(past, trie, choose) {
                Some(over) => watch.done(writing.task.at, over),
                None => writings.push(writing),
            }
        }
    }
}

/// takes out the first task, if it can be written beside those that are: they have the same head, and
/// there is room for the longest outcome of each.
fn next(past: &Past<'_>, writings: &[Writing], tasks: &mut VecDeque<Task>) -> Option<Task> {
    let task = tasks.front()?;
    if let Some(first) = writings.first() {
        let all = writings.iter().map(|writing| &writing.task).chain([task]);
        let needs: usize = all.map(|task| task.prompt.own() + TOKENS_MAX).sum();
        let head = task.prompt.head();
        let fits = writings.len() < BATCH_MAX
            && head == first.task.prompt.head()
            && head.len() + needs <= past.room();
        if !fits {
            return None;
        }
    }
    tasks.pop_front()
}

/// an outcome on its way.
struct Writing {
    task: Task,
    /// the prompt's end, forced runs, the last choice.
    next: Next,
    written: Vec<TokenId>,
    /// tokens of the prompt that were computed.
    read: usize,
    passes: u32,
    log_probability: f64,
    choices: u32,
}

impl Writing {
    fn new(task: Task, next: Next, read: usize) -> Self {
        Writing {
            task,
            next,
            written: Vec::new(),
            read,
            passes: 0,
            log_probability: 0.0,
            choices: 0,
        }
    }

    /// what follows from a pass; an end, if it is over.
    fn step(
        &mut self,
        past: &Past<'_>,
        trie: &TokTrie,
        choose: Choose<'_>,
    ) -> Option<Result<Written, ModelError>> {
        let prompt_read = past.seen(&self.next) >= self.task.prompt.tokens.len();
        self.passes += u32::from(prompt_read && self.next.computed > 0);
        match self.choose(past.scores(&self.next)?, trie, choose) {
            Ok(()) => self.advance(trie),
            Err(error) => Some(Err(error)),
        }
    }

    fn choose(
        &mut self,
        scores: &[f32],
        trie: &TokTrie,
        choose: Choose<'_>,
    ) -> Result<(), ModelError> {
        let matcher = &mut self.task.matcher;
        let Some((token, probability)) = choose(self.task.at, scores, matcher)? else {
            return Err(refused(&"nothing can follow"));
        };
        self.log_probability += probability.max(f64::MIN_POSITIVE).ln();
        self.choices += 1;
        matcher.consume_token(token).map_err(|why| refused(&why))?;
        if !trie.eos_tokens().contains(&token) {
            self.written.push(token);
            self.next.tokens.push(token);
        }
        Ok(())
    }

    /// writes what the grammar forces; an end, if it is over.
    fn advance(&mut self, trie: &TokTrie) -> Option<Result<Written, ModelError>> {
        match self.forced() {
            Ok(false) => None,
            Ok(true) => Some(self.outcome(trie)),
            Err(error) => Some(Err(error)),
        }
    }

    /// whether nothing can follow.
    fn forced(&mut self) -> Result<bool, ModelError> {
        let matcher = &mut self.task.matcher;
        loop {
            let forced = matcher.compute_ff_tokens();
            if !forced.is_empty() {
                matcher
                    .consume_tokens(&forced)
                    .map_err(|why| refused(&why))?;
                self.written.extend_from_slice(&forced);
                self.next.tokens.extend_from_slice(&forced);
            }
            if let Some(why) = matcher.get_error() {
                return Err(refused(&why));
            }
            if matcher.is_stopped() {
                return Ok(true);
            }
            if self.written.len() >= TOKENS_MAX {
                return Err(ModelError::NoEnd {
                    tokens: u32::try_from(self.written.len()).unwrap_or(u32::MAX),
                });
            }
            if forced.is_empty() {
                return Ok(false);
            }
        }
    }

    fn outcome(&self, trie: &TokTrie) -> Result<Written, ModelError> {
        let text = trie.decode(&self.written);
        let outcome: Outcome =
            serde_json::from_slice(&text).map_err(|why| ModelError::NotAPlan {
                why: why.to_string(),
            })?;
        Ok(Written {
            outcome,
            tokens: u32::try_from(self.written.len()).unwrap_or(u32::MAX),
            // the mean, not the least: free text always has one unlikely word.
            confidence: (self.log_probability / f64::from(self.choices.max(1))).exp(),
            passes: self.passes,
            read: u32::try_from(self.read).unwrap_or(u32::MAX),
        })
    }
}

/// the tokens that may come next.
///
/// # Errors
/// `Grammar`.
pub fn allowed(matcher: &mut Matcher) -> Result<SimpleVob, ModelError> {
    matcher.compute_mask().map_err(|why| refused(&why))
}

/// the allowed token with the highest score, and its probability among all of them: where the
/// grammar holds the model back from what it wanted, that is low.
pub fn best(scores: &[f32], mask: &SimpleVob) -> Option<(TokenId, f64)> {
    let mut found: Option<(usize, f32)> = None;
    mask.iter_set_entries(|at| {
        if let Some(&score) = scores.get(at)
            && !score.is_nan()
            && found.is_none_or(|(_, most)| score > most)
        {
            found = Some((at, score));
        }
    });
    let (at, score) = found?;
    let sum: f64 = scores
        .iter()
        .filter(|other| !other.is_nan())
        .map(|other| f64::from(other - score).exp())
        .sum();
    Some((TokenId::try_from(at).ok()?, 1.0 / sum))
}

/// llguidance's errors carry the whole grammar after their first line.
fn refused(why: &dyn std::fmt::Display) -> ModelError {
    let why = why.to_string();
    let first = why.lines().next().unwrap_or_default();
    ModelError::Grammar {
        why: first.chars().take(200).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_allowed_token_is_taken_and_weighed_among_all() {
        let mut mask = SimpleVob::alloc(4);
        mask.allow_token(1);
        mask.allow_token(3);
        let (token, probability) = best(&[9.0, 1.0, 0.0, 1.5], &mask).unwrap();
        assert_eq!(token, 3);
        assert!(probability < 0.01);
        let (token, probability) = best(&[-100.0, 5.0, f32::NAN, f32::NAN], &mask).unwrap();
        assert_eq!((token, probability > 0.99), (1, true));
        assert_eq!(best(&[1.0; 4], &SimpleVob::alloc(4)), None);
    }
}
