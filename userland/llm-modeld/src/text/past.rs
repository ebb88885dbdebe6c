//! what a text model has read so far, in its context and on disk.
//!
//! the instructions and the table are the same in every request and by far the longest part of the
//! prompt: on a small board reading them takes a minute. so this constant head is computed once while
//! the process lives, and kept in the cache folder for the next one. it has a sequence of its own;
//! the requests that are answered together share its cells and have a sequence each for the rest.

use crate::ModelError;
use crate::model::{BATCH_MAX, Stop};
use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::token::LlamaToken;
use std::cmp::Reverse;
use std::path::{Path, PathBuf};
use toktrie::TokenId;

/// tokens of one pass, of all sequences together: so many lie between two looks at whether a person
/// gave up.
const CHUNK: usize = 128;
/// bytes of one kept head.
const FILE_MAX_BYTES: usize = 256 * 1024 * 1024;
/// the sequence of the head, and one for each request.
const SEQUENCES: usize = 1 + BATCH_MAX;
const HEAD: usize = 0;

/// what the model reads.
#[derive(Clone)]
pub struct Prompt {
    pub tokens: Vec<TokenId>,
    /// so many of them, from the first, are the same in every request.
    pub constant: usize,
}

impl Prompt {
    /// what is the same in every request; the last token is read with its scores and is none of it.
    pub fn head(&self) -> &[TokenId] {
        &self.tokens[..self.constant.min(self.last())]
    }

    /// tokens that are not of the head.
    pub fn own(&self) -> usize {
        self.tokens.len() - self.head().len()
    }

    fn last(&self) -> usize {
        self.tokens.len().saturating_sub(1)
    }
}

/// tokens of a sequence that are decided and not computed yet.
pub struct Next {
    pub tokens: Vec<TokenId>,
    pub sequence: usize,
    /// how many of them the last pass computed.
    pub computed: usize,
    /// where it left the scores of the last of them; `None` while some are left.
    row: Option<i32>,
}

impl Next {
    fn new(sequence: usize, tokens: &[TokenId]) -> Self {
        Next {
            tokens: tokens.to_vec(),
            sequence,
            computed: 0,
            row: None,
        }
    }
}

/// the context with what it has seen.
pub struct Past<'m> {
    context: LlamaContext<'m>,
    batch: LlamaBatch<'m>,
    /// what each sequence holds.
    seen: [Vec<TokenId>; SEQUENCES],
    /// the file that the head is kept in; its name says of which model.
    kept: Option<PathBuf>,
}

/// `params` for a context that a [`Past`] can use: all sequences share its cells.
pub fn with_sequences(params: LlamaContextParams) -> LlamaContextParams {
    params
        .with_n_batch(CHUNK as u32)
        .with_n_ubatch(CHUNK as u32)
        .with_n_seq_max(SEQUENCES as u32)
        .with_kv_unified(true)
}

impl<'m> Past<'m> {
    pub fn new(context: LlamaContext<'m>, kept: Option<PathBuf>) -> Self {
        Past {
            context,
            batch: LlamaBatch::new(CHUNK, 1),
            seen: Default::default(),
            kept,
        }
    }

    /// tokens that fit, of all sequences together; the head counts once.
    pub fn room(&self) -> usize {
        usize::try_from(self.context.n_ctx()).unwrap_or(usize::MAX)
    }

    /// how much of `next`'s sequence is computed.
    pub fn seen(&self, next: &Next) -> usize {
        self.seen[next.sequence].len()
    }

    /// a sequence for `prompt` that is none of those `taken`, and how many tokens of it had or have
    /// to be computed before the last. where the head is another one, it is computed, and whatever
    /// was seen is forgotten: then none may be taken.
    ///
    /// # Errors
    /// `Cancelled`, or `Compute`.
    pub fn begin(
        &mut self,
        prompt: &Prompt,
        taken: &[usize],
        stop: Stop<'_>,
    ) -> Result<(Next, usize), ModelError> {
        let computed = self.read_head(prompt.head(), stop)?;
        let before = &prompt.tokens[..prompt.last()];
        let free = (HEAD + 1..SEQUENCES).filter(|sequence| !taken.contains(sequence));
        let free = free.map(|sequence| (common(&self.seen[sequence], before), sequence));
        let mut free: Vec<(usize, usize)> = free.collect();
        free.sort_by_key(|&(same, _)| Reverse(same));
        let Some(&(mut same, sequence)) = free.first() else {
            return Err(ModelError::compute("sequences", "too many at once"));
        };
        // what is in the others would only take room.
        for &(_, other) in &free[1..] {
            self.clear(other);
        }
        // models with a running state cannot forget a part of it: they begin after the head.
        if same <= prompt.head().len() || !self.rewind(sequence, same) {
            self.clear(sequence);
            self.copy_head(sequence)?;
            same = prompt.head().len();
        }
        let next = Next::new(sequence, &prompt.tokens[same..]);
        Ok((next, computed + before.len() - same))
    }

    /// how many tokens of the head had to be computed.
    fn read_head(&mut self, head: &[TokenId], stop: Stop<'_>) -> Result<usize, ModelError> {
        if !head.starts_with(&self.seen[HEAD]) {
            self.forget();
        }
        if self.seen[HEAD].len() == head.len() {
            return Ok(0);
        }
        // one that was begun here is not in the file: it was looked for before.
        if self.seen[HEAD].is_empty() && self.restore(head) {
            return Ok(0);
        }
        let mut next = Next::new(HEAD, &head[self.seen[HEAD].len()..]);
        let computed = next.tokens.len();
        self.read(&mut next, stop)?;
        self.save();
        Ok(computed)
    }

    /// whether the sequence ends after `same` tokens now.
    fn rewind(&mut self, sequence: usize, same: usize) -> bool {
        self.seen[sequence].truncate(same);
        let (sequence, from) = (u32::try_from(sequence).ok(), u32::try_from(same).ok());
        let cleared = self.context.clear_kv_cache_seq(sequence, from, None);
        cleared.unwrap_or(false)
    }

    fn clear(&mut self, sequence: usize) {
        // of a whole sequence that never fails.
        self.rewind(sequence, 0);
    }

    fn copy_head(&mut self, sequence: usize) -> Result<(), ModelError> {
        let to = i32::try_from(sequence).unwrap_or(i32::MAX);
        self.context
            .copy_kv_cache_seq(HEAD as i32, to, None, None)
            .map_err(|why| ModelError::compute("sequences", why))?;
        self.seen[sequence] = self.seen[HEAD].clone();
        Ok(())
    }

    fn forget(&mut self) {
        self.context.clear_kv_cache();
        self.seen = Default::default();
    }

    /// computes all of `next`, by itself; the scores of the last one can be read then. returns how
    /// many passes that took.
    ///
    /// # Errors
    /// `Cancelled`, or `Compute`.
    pub fn read(&mut self, next: &mut Next, stop: Stop<'_>) -> Result<u32, ModelError> {
        let mut passes = 0;
        while !next.tokens.is_empty() {
            if stop() {
                return Err(ModelError::Cancelled);
            }
            self.pass(std::iter::once(&mut *next))?;
            passes += 1;
        }
        Ok(passes)
    }

    /// one pass over the model's weights: computes as many tokens of all these as it takes at once,
    /// those of the first ones first.
    ///
    /// # Errors
    /// `Compute`; nothing that was seen is there then.
    pub fn pass<'n>(&mut self, all: impl Iterator<Item = &'n mut Next>) -> Result<(), ModelError> {
        let failed = |why: &dyn std::fmt::Display| ModelError::compute("decode", why);
        self.batch.clear();
        let mut room = CHUNK;
        for next in all {
            let seen = &mut self.seen[next.sequence];
            let sequence = i32::try_from(next.sequence).unwrap_or(i32::MAX);
            next.computed = next.tokens.len().min(room);
            room -= next.computed;
            next.row = None;
            let whole = next.computed == next.tokens.len();
            for (left, token) in (0..next.computed)
                .rev()
                .zip(next.tokens.drain(..next.computed))
            {
                let position = i32::try_from(seen.len()).unwrap_or(i32::MAX);
                let last = whole && left == 0;
                if last {
                    next.row = Some(self.batch.n_tokens());
                }
                self.batch
                    .add(llama(token), position, &[sequence], last)
                    .map_err(|why| failed(&why))?;
                seen.push(token);
            }
        }
        self.context.decode(&mut self.batch).map_err(|why| {
            self.forget();
            failed(&why)
        })
    }

    /// the scores after the last token of `next`, where the last pass computed it.
    pub fn scores(&self, next: &Next) -> Option<&[f32]> {
        next.row.map(|row| self.context.get_logits_ith(row))
    }

    /// brings a kept head back, if it is this one; nothing is computed then.
    fn restore(&mut self, head: &[TokenId]) -> bool {
        let Some(path) = self.kept.as_deref().filter(|path| path.is_file()) else {
            return false;
        };
        let expect: Vec<LlamaToken> = head.iter().map(|&token| llama(token)).collect();
        let loaded = self
            .context
            .state_seq_load_file(path, HEAD as i32, expect.len());
        match loaded {
            Ok((tokens, _)) if tokens == expect => {
                self.seen[HEAD] = head.to_vec();
                true
            }
            // another table, another build, or cut short: the next save replaces it.
            _ => {
                self.forget();
                false
            }
        }
    }

    /// keeps the head. a cache that cannot be written costs time, nothing else.
    fn save(&self) {
        let Some(path) = self.kept.as_deref() else {
            return;
        };
        let tokens: Vec<LlamaToken> = self.seen[HEAD].iter().map(|&token| llama(token)).collect();
        if self.context.get_state_size() > FILE_MAX_BYTES {
            return;
        }
        remove_others(path);
        if replace(path, |new| {
            self.context
                .state_seq_save_file(new, HEAD as i32, &tokens)
                .is_ok()
        })
        .is_err()
        {
            eprintln!(
                "llm-modeld: {} cannot be written: the next start reads more",
                path.display()
            );
        }
    }
}

/// one head is kept, that of the model in use: the folder must not grow with every model tried.
fn remove_others(path: &Path) {
    let Some(entries) = path
        .parent()
        .and_then(|folder| std::fs::read_dir(folder).ok())
    else {
        return;
    };
    for other in entries.flatten().map(|entry| entry.path()) {
        let kept = other
            .extension()
            .is_some_and(|ending| ending == "state" || ending == "new");
        if kept && other != path {
            let _ = std::fs::remove_file(other);
        }
    }
}

/// `path` is the old file or the whole new one, also after a power cut.
fn replace(path: &Path, write: impl FnOnce(&Path) -> bool) -> std::io::Result<()> {
    let new = path.with_extension("new");
    let written = if write(&new) {
        Ok(())
    } else {
        Err(std::io::Error::other("not written"))
    };
    let done = written
        .and_then(|()| std::fs::File::open(&new)?.sync_all())
        .and_then(|()| std::fs::rename(&new, path));
    if done.is_err() {
        let _ = std::fs::remove_file(&new);
    }
    done
}

/// how many tokens both begin with.
fn common(a: &[TokenId], b: &[TokenId]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

fn llama(token: TokenId) -> LlamaToken {
    LlamaToken(i32::try_from(token).unwrap_or(i32::MAX))
}
