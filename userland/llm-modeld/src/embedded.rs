//! the embedded tier: a small encoder in llama.cpp reads the request, the planner's decoder points
//! at its words.

use crate::ModelError;
use crate::library::Taught;
use crate::memory::Memory;
use crate::model::{Ask, BATCH_MAX, Placed, Watch, Written};
use crate::runtime::{self, Loaded};
use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::{LlamaAttentionType, LlamaContextParams, LlamaPoolingType};
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::token::LlamaToken;
use llm_os_planner::{Input, Planner, library, states};
use llm_os_schema::{Names, Outcome};
use std::fs::File;
use std::io::Read;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

/// tokens that the encoder reads at once; its positions end there.
const POSITIONS: u32 = 512;
/// tokens of several requests that it reads at once, a few short ones. the encoder is bound by
/// arithmetic, so more save little and everybody waits for all of them: measured with four clients,
/// 128 tokens save 4 % of the time, cost each of them 16 % of waiting and 8 MB; 512 cost 57 MB.
const TOGETHER_MAX: usize = 64;
/// bytes of `model.json`; its vocabulary is 30,000 pieces.
const JSON_MAX_BYTES: u64 = 8 * 1024 * 1024;
/// bytes of `decoder.safetensors`.
const DECODER_MAX_BYTES: u64 = 64 * 1024 * 1024;

/// the three files of the embedded model, loaded.
pub struct Embedded {
    encoder: Loaded,
    planner: Planner,
    /// the file of what was taught.
    taught: Option<PathBuf>,
}

impl Embedded {
    /// # Errors
    /// what is wrong with the files in `folder`; one of what was `taught` may be missing.
    pub fn load(
        folder: &Path,
        taught: Option<&Path>,
        memory: &mut Memory,
    ) -> Result<Self, ModelError> {
        let encoder_path = folder.join("encoder.gguf");
        let encoder = runtime::load(&encoder_path, 0, memory)?;
        let json = String::from_utf8(bounded(&folder.join("model.json"), JSON_MAX_BYTES)?)
            .map_err(|why| planner_error(folder, why))?;
        let decoder = bounded(&folder.join("decoder.safetensors"), DECODER_MAX_BYTES)?;
        let planner = Planner::load(&json, &decoder).map_err(|why| planner_error(folder, why))?;
        if usize::try_from(encoder.model.n_embd()) != Ok(planner.width()) {
            return Err(ModelError::unusable(
                &encoder_path,
                format!(
                    "its states have {} entries and the decoder reads {}",
                    encoder.model.n_embd(),
                    planner.width()
                ),
            ));
        }
        Ok(Embedded {
            encoder,
            planner,
            taught: taught.map(Path::to_owned),
        })
    }

    /// the planner, for tests of its agreement with the trainer.
    pub fn planner(&self) -> &Planner {
        &self.planner
    }

    /// # Errors
    /// `Compute` when there is no memory for the buffers.
    pub fn open(&self) -> Result<EmbeddedSession<'_>, ModelError> {
        let threads = runtime::threads(&self.encoder.model);
        let params = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(POSITIONS))
            .with_n_batch(POSITIONS)
            .with_n_ubatch(POSITIONS)
            .with_n_seq_max(BATCH_MAX as u32)
            .with_kv_unified(true)
            .with_embeddings(true)
            .with_pooling_type(LlamaPoolingType::None)
            .with_attention_type(LlamaAttentionType::NonCausal)
            .with_n_threads(threads)
            .with_n_threads_batch(threads);
        let context = self
            .encoder
            .model
            .new_context(runtime::backend()?, params)
            .map_err(|why| ModelError::compute("buffers", why))?;
        let batch = LlamaBatch::new(POSITIONS as usize, 1);
        Ok(EmbeddedSession {
            owner: self,
            context,
            batch,
            taught: Taught::new(self.taught.as_deref()),
        })
    }
}

/// the embedded model with buffers to compute in.
pub struct EmbeddedSession<'m> {
    owner: &'m Embedded,
    context: LlamaContext<'m>,
    batch: LlamaBatch<'m>,
    taught: Taught,
}

impl EmbeddedSession<'_> {
    /// one outcome for each of some requests; what is read at once fits into the encoder.
    ///
    /// # Errors
    /// what ends all those that nothing was said of yet.
    pub fn write_all(
        &mut self,
        asks: &[Placed<'_>],
        watch: &mut dyn Watch,
    ) -> Result<(), ModelError> {
        let mut inputs = Vec::new();
        for &(at, ask) in asks {
            let known = self.taught.library(ask.table);
            if let Some(plan) = known.recall(ask.table, ask.request, ask.names) {
                watch.done(at, Ok(Written::known(Outcome::Plan(plan))));
                continue;
            }
            match self.input(ask.request, ask.names) {
                Ok(input) => inputs.push(((at, ask), input)),
                Err(error) => watch.done(at, Err(error)),
            }
        }
        loop {
            watch.look();
            inputs.retain(|((at, _), _)| watch.wants(*at));
            if inputs.is_empty() {
                return Ok(());
            }
            let together = together(inputs.iter().map(|(_, input)| input.tokens.len()));
            let now: Vec<_> = inputs.drain(..together).collect();
            let tokens: Vec<&[u32]> = now.iter().map(|(_, input)| &input.tokens[..]).collect();
            let states = self.states(&tokens)?;
            for (((at, ask), input), states) in now.into_iter().zip(states) {
                watch.look();
                if watch.wants(at) {
                    let written = self.decode(ask, &input, &states);
                    watch.done(at, written);
                }
            }
        }
    }

    /// the outcome of what was read.
    fn decode(
        &mut self,
        ask: Ask<'_>,
        input: &Input,
        states: &[f32],
    ) -> Result<Written, ModelError> {
        let decoded = self
            .owner
            .planner
            .plan(ask.table, input, states)
            .ok_or_else(|| ModelError::compute("decoder", "states do not fit the request"))?;
        let outcome = match self.disagreement(ask, &decoded.outcome)? {
            Some(question) => question,
            None => decoded.outcome,
        };
        Ok(Written {
            outcome,
            tokens: u32::try_from(decoded.steps.len()).unwrap_or(u32::MAX),
            confidence: f64::from(decoded.confidence),
            passes: 1,
            read: u32::try_from(input.tokens.len()).unwrap_or(u32::MAX),
        })
    }

    fn input(&self, request: &str, names: &Names) -> Result<Input, ModelError> {
        self.owner
            .planner
            .input(request, names)
            .map_err(|why| ModelError::Request(why.to_string()))
    }

    /// the question to ask where something near was taught to mean something else.
    fn disagreement(
        &mut self,
        ask: Ask<'_>,
        outcome: &Outcome,
    ) -> Result<Option<Outcome>, ModelError> {
        let near: Vec<(String, f32)> = self
            .taught
            .library(ask.table)
            .neighbours(ask.request)
            .iter()
            .map(|neighbour| (neighbour.request.to_owned(), neighbour.shared))
            .collect();
        if near.is_empty() {
            return Ok(None);
        }
        let said = self.mean_state(ask.request)?;
        let mut cosines = Vec::new();
        for (request, _) in &near {
            if !self.taught.states.contains_key(request) {
                let state = self.mean_state(request)?;
                self.taught.keep(request, state);
            }
            cosines.push(states::cosine(&said, &self.taught.states[request]));
        }
        let near = self.taught.library(ask.table).neighbours(ask.request);
        Ok(near
            .iter()
            .zip(cosines)
            .find_map(|(neighbour, cosine)| library::disagreement(outcome, neighbour, cosine)))
    }

    /// what the encoder makes of a request alone, as one state.
    fn mean_state(&mut self, request: &str) -> Result<Vec<f32>, ModelError> {
        let input = self.input(request, &Names::default())?;
        let states = self.states(&[&input.tokens])?.concat();
        let width = self.owner.planner.width();
        Ok(states::mean_state(&input, &states, width))
    }

    /// the encoder's states of some requests, one row a token. none of them sees another: each is a
    /// sequence of its own.
    ///
    /// # Errors
    /// `Compute` when llama.cpp does not compute them, or they are too many.
    pub fn states(&mut self, requests: &[&[u32]]) -> Result<Vec<Vec<f32>>, ModelError> {
        let failed = |why: &dyn std::fmt::Display| ModelError::compute("encoder", why);
        self.batch.clear();
        for (sequence, tokens) in (0..).zip(requests) {
            for (position, &token) in (0..).zip(*tokens) {
                let token = i32::try_from(token).unwrap_or(i32::MAX);
                if token >= self.owner.encoder.model.n_vocab() {
                    return Err(failed(&"a token that the encoder does not have"));
                }
                self.batch
                    .add(LlamaToken(token), position, &[sequence], true)
                    .map_err(|why| failed(&why))?;
            }
        }
        self.context
            .encode(&mut self.batch)
            .map_err(|why| failed(&why))?;
        let mut rows = 0..self.batch.n_tokens();
        let mut of_one = |tokens: &&[u32]| {
            let mut states = Vec::with_capacity(tokens.len() * self.owner.planner.width());
            for at in rows.by_ref().take(tokens.len()) {
                let state = self.context.embeddings_ith(at);
                states.extend_from_slice(state.map_err(|why| failed(&why))?);
            }
            Ok(states)
        };
        requests.iter().map(&mut of_one).collect()
    }
}

/// how many of these, by their tokens, are read at once: the first in any case.
fn together(lengths: impl Iterator<Item = usize>) -> usize {
    let mut sum = 0;
    let fit = lengths.take(BATCH_MAX).take_while(|length| {
        sum += length;
        sum <= TOGETHER_MAX
    });
    fit.count().max(1)
}

fn planner_error(folder: &Path, why: impl std::fmt::Display) -> ModelError {
    ModelError::Planner {
        path: folder.to_owned(),
        why: why.to_string(),
    }
}

/// the whole file, unless it is longer than it may be.
fn bounded(path: &Path, most: u64) -> Result<Vec<u8>, ModelError> {
    let open = |why| ModelError::Open {
        path: PathBuf::from(path),
        why,
    };
    let mut bytes = Vec::new();
    File::open(path)
        .map_err(open)?
        .take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(open)?;
    if bytes.len() as u64 > most {
        return Err(ModelError::Damaged {
            path: path.to_owned(),
            why: format!("longer than {most} bytes"),
        });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_are_read_at_once_as_fit() {
        let check = |lengths: &[usize], expect| {
            assert_eq!(together(lengths.iter().copied()), expect, "{lengths:?}");
        };
        check(&[25, 25, 14, 1], 3);
        check(&[9; 6], BATCH_MAX);
        // a long one is alone.
        check(&[448, 1], 1);
        check(&[1, 448], 1);
    }
}
