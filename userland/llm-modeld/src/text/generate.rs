//! one outcome, token by token: what the grammar forces is decoded in runs and never sampled.

use super::past::Past;
use crate::ModelError;
use crate::model::{Stop, Written};
use llguidance::Matcher;
use llm_os_schema::Outcome;
use toktrie::{SimpleVob, TokTrie, TokenId};

/// tokens of one outcome.
pub const TOKENS_MAX: usize = 768;

/// what the model reads.
pub struct Prompt {
    pub tokens: Vec<TokenId>,
    /// so many of them, from the first, are the same in every request.
    pub constant: usize,
}

/// tokens that a prompt may have.
pub fn room(past: &Past<'_>) -> usize {
    past.room().saturating_sub(TOKENS_MAX)
}

/// takes one of the tokens that the grammar allows next, by the scores of all: the token, and its
/// probability among all.
pub type Choose<'a> =
    &'a mut dyn FnMut(&[f32], &mut Matcher) -> Result<Option<(TokenId, f64)>, ModelError>;

/// writes one outcome after `prompt`, greedily, inside the grammar of `matcher`.
///
/// # Errors
/// `Cancelled`, `NoRoom`, `NoEnd`, `Grammar`, `Compute`, or `NotAPlan` if the text does not read back.
pub fn write(
    past: &mut Past<'_>,
    matcher: &mut Matcher,
    trie: &TokTrie,
    prompt: &Prompt,
    stop: Stop<'_>,
) -> Result<Written, ModelError> {
    write_by(past, matcher, trie, prompt, stop, &mut |scores, matcher| {
        Ok(best(scores, &allowed(matcher)?))
    })
}

/// the same, where `choose` takes the tokens.
///
/// # Errors
/// those of [`write`].
pub fn write_by(
    past: &mut Past<'_>,
    matcher: &mut Matcher,
    trie: &TokTrie,
    prompt: &Prompt,
    stop: Stop<'_>,
    choose: Choose<'_>,
) -> Result<Written, ModelError> {
    let room = room(past);
    if prompt.tokens.len() > room {
        return Err(ModelError::NoRoom {
            tokens: prompt.tokens.len(),
            room,
        });
    }
    let grammar = |why: &dyn std::fmt::Display| ModelError::Grammar {
        why: first_line(why),
    };
    let read = past.begin(&prompt.tokens, prompt.constant, stop)?;
    let mut written: Vec<TokenId> = Vec::new();
    // tokens that are decided and not computed yet: the prompt's end, forced runs, the last choice.
    let mut waiting: Vec<TokenId> = prompt.tokens.last().copied().into_iter().collect();
    let mut passes = 0;
    let (mut log_probability, mut choices) = (0.0_f64, 0_u32);
    loop {
        let forced = matcher.compute_ff_tokens();
        if !forced.is_empty() {
            matcher
                .consume_tokens(&forced)
                .map_err(|why| grammar(&why))?;
            written.extend_from_slice(&forced);
            waiting.extend_from_slice(&forced);
        }
        if let Some(why) = matcher.get_error() {
            return Err(grammar(&why));
        }
        if matcher.is_stopped() {
            break;
        }
        if written.len() >= TOKENS_MAX {
            return Err(ModelError::NoEnd {
                tokens: u32::try_from(written.len()).unwrap_or(u32::MAX),
            });
        }
        if !forced.is_empty() {
            continue;
        }
        passes += past.feed(&waiting, stop)?;
        waiting.clear();
        let Some((token, probability)) = choose(past.scores(), matcher)? else {
            return Err(grammar(&"nothing can follow"));
        };
        log_probability += probability.max(f64::MIN_POSITIVE).ln();
        choices += 1;
        matcher.consume_token(token).map_err(|why| grammar(&why))?;
        if !trie.eos_tokens().contains(&token) {
            written.push(token);
            waiting.push(token);
        }
    }
    let text = trie.decode(&written);
    let outcome: Outcome = serde_json::from_slice(&text).map_err(|why| ModelError::NotAPlan {
        why: why.to_string(),
    })?;
    Ok(Written {
        outcome,
        tokens: u32::try_from(written.len()).unwrap_or(u32::MAX),
        // the mean, not the least: free text always has one unlikely word.
        confidence: (log_probability / f64::from(choices.max(1))).exp(),
        passes,
        read: u32::try_from(read).unwrap_or(u32::MAX),
    })
}

/// the tokens that may come next.
///
/// # Errors
/// `Grammar`.
pub fn allowed(matcher: &mut Matcher) -> Result<SimpleVob, ModelError> {
    matcher.compute_mask().map_err(|why| ModelError::Grammar {
        why: first_line(&why),
    })
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
fn first_line(why: &dyn std::fmt::Display) -> String {
    why.to_string()
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(200)
        .collect()
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
