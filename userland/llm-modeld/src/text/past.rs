//! what a text model has read so far, in its context and on disk.
//!
//! the instructions and the table are the same in every request and by far the longest part of the
//! prompt: on a small board reading them takes a minute. so a common beginning is computed once
//! while the process lives, and kept in the cache folder for the next one.

use crate::ModelError;
use crate::model::Stop;
use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::token::LlamaToken;
use std::path::{Path, PathBuf};
use toktrie::TokenId;

/// tokens between two looks at whether the person gave up.
const CHUNK: usize = 128;
/// bytes of one kept beginning.
const FILE_MAX_BYTES: usize = 256 * 1024 * 1024;

/// the context with what it has seen.
pub struct Past<'m> {
    context: LlamaContext<'m>,
    batch: LlamaBatch<'m>,
    seen: Vec<TokenId>,
    /// the file that the beginning is kept in; its name says of which model.
    kept: Option<PathBuf>,
}

impl<'m> Past<'m> {
    pub fn new(context: LlamaContext<'m>, kept: Option<PathBuf>) -> Self {
        Past {
            context,
            batch: LlamaBatch::new(CHUNK, 1),
            seen: Vec::new(),
            kept,
        }
    }

    /// tokens that fit.
    pub fn room(&self) -> usize {
        usize::try_from(self.context.n_ctx()).unwrap_or(usize::MAX)
    }

    /// reads all of `prompt` but its last token, which is for [`feed`](Self::feed) to read with its
    /// scores. `constant` tokens of it are the same in every request. returns how many tokens had
    /// to be computed.
    ///
    /// # Errors
    /// `Cancelled`, or `Compute`.
    pub fn begin(
        &mut self,
        prompt: &[TokenId],
        constant: usize,
        stop: Stop<'_>,
    ) -> Result<usize, ModelError> {
        let end = prompt.len().saturating_sub(1);
        let constant = constant.min(end);
        let mut same = self.rewind(&prompt[..end]);
        if same < constant && self.restore(&prompt[..constant]) {
            same = constant;
        }
        let computed = end - same;
        if same < constant {
            self.feed(&prompt[same..constant], stop)?;
            self.save();
            same = constant;
        }
        self.feed(&prompt[same..end], stop)?;
        Ok(computed)
    }

    /// how many tokens of `prompt` are computed already; the rest of what was seen is forgotten.
    fn rewind(&mut self, prompt: &[TokenId]) -> usize {
        let same = self
            .seen
            .iter()
            .zip(prompt)
            .take_while(|(a, b)| a == b)
            .count();
        let kept = u32::try_from(same).is_ok_and(|from| {
            self.context
                .clear_kv_cache_seq(Some(0), Some(from), None)
                .unwrap_or(false)
        });
        // models with a running state cannot forget a part of it.
        if !kept {
            self.forget();
        }
        self.seen.truncate(same);
        self.seen.len()
    }

    fn forget(&mut self) {
        self.context.clear_kv_cache();
        self.seen.clear();
    }

    /// computes `tokens` after what was seen; the scores of the last one can be read then. returns
    /// how many passes that took.
    ///
    /// # Errors
    /// `Cancelled`, or `Compute`.
    pub fn feed(&mut self, tokens: &[TokenId], stop: Stop<'_>) -> Result<u32, ModelError> {
        let failed = |why: &dyn std::fmt::Display| ModelError::compute("decode", why);
        let mut passes = 0;
        for chunk in tokens.chunks(CHUNK) {
            if stop() {
                return Err(ModelError::Cancelled);
            }
            self.batch.clear();
            for (at, &token) in chunk.iter().enumerate() {
                let position = i32::try_from(self.seen.len() + at).unwrap_or(i32::MAX);
                let last = at + 1 == chunk.len();
                self.batch
                    .add(llama(token), position, &[0], last)
                    .map_err(|why| failed(&why))?;
            }
            if let Err(why) = self.context.decode(&mut self.batch) {
                self.forget();
                return Err(failed(&why));
            }
            self.seen.extend_from_slice(chunk);
            passes += 1;
        }
        Ok(passes)
    }

    /// the scores that the last [`feed`](Self::feed) left.
    pub fn scores(&self) -> &[f32] {
        self.context.get_logits_ith(self.batch.n_tokens() - 1)
    }

    /// brings a kept beginning back, if it is this one; nothing is computed then.
    fn restore(&mut self, beginning: &[TokenId]) -> bool {
        let Some(path) = self.kept.as_deref().filter(|path| path.is_file()) else {
            return false;
        };
        self.context.clear_kv_cache();
        self.seen.clear();
        let expect: Vec<LlamaToken> = beginning.iter().map(|&token| llama(token)).collect();
        match self.context.state_seq_load_file(path, 0, expect.len()) {
            Ok((tokens, _)) if tokens == expect => {
                self.seen = beginning.to_vec();
                true
            }
            // another table, another build, or cut short: the next save replaces it.
            _ => {
                self.forget();
                false
            }
        }
    }

    /// keeps what was seen. a cache that cannot be written costs time, nothing else.
    fn save(&self) {
        let Some(path) = self.kept.as_deref() else {
            return;
        };
        let tokens: Vec<LlamaToken> = self.seen.iter().map(|&token| llama(token)).collect();
        if self.context.get_state_size() > FILE_MAX_BYTES {
            return;
        }
        remove_others(path);
        if replace(path, |new| {
            self.context.state_seq_save_file(new, 0, &tokens).is_ok()
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

/// one beginning is kept, that of the model in use: the folder must not grow with every model tried.
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

fn llama(token: TokenId) -> LlamaToken {
    LlamaToken(i32::try_from(token).unwrap_or(i32::MAX))
}
