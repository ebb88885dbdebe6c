//! a model's vocabulary as llguidance wants it.
//!
//! llama-cpp-2 brings such an environment, but a non-canonical one, and without canonical tokens
//! llguidance forces nothing: every key and bracket would have to be sampled.

use crate::ModelError;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::vocab::VocabType;
use std::path::Path;
use std::sync::Arc;
use toktrie::{TokRxInfo, TokTrie, TokenId, TokenizerEnv};

/// bytes of one token; longer ones are runs of white space that no plan has.
const TOKEN_MAX_BYTES: usize = 255;
/// stands before a text whose first token must not get a space of its own.
const LEAD: &[u8] = b"\x02";

/// the tokens of a model.
pub struct Vocabulary {
    trie: TokTrie,
    model: Arc<LlamaModel>,
    /// the tokens of [`LEAD`]; empty where the tokenizer adds no space.
    lead: Vec<TokenId>,
}

impl Vocabulary {
    /// walks the whole vocabulary once.
    ///
    /// # Errors
    /// `Unusable` when a plan cannot be spelled with these tokens.
    pub fn new(model: &Arc<LlamaModel>, path: &Path) -> Result<Self, ModelError> {
        let vocab = model.vocab();
        if vocab.vocab_type() == VocabType::NONE {
            return Err(ModelError::unusable(path, "it has no vocabulary"));
        }
        let end = [vocab.eot(), vocab.eos()]
            .into_iter()
            .find_map(|token| id(token).ok());
        let Some(end) = end else {
            return Err(ModelError::unusable(
                path,
                "it has no token that ends a text",
            ));
        };
        let mut ends = vec![end];
        let mut words = Vec::new();
        for token in vocab.tokens() {
            let number = id(token).unwrap_or(end);
            if vocab.is_eog(token) && number != end {
                ends.push(number);
            }
            let mut bytes = vocab.token_to_piece(token, false, None);
            if bytes.is_empty() {
                let special = vocab.token_to_piece(token, true, None);
                if !special.is_empty() {
                    bytes = [&[TokTrie::SPECIAL_TOKEN_MARKER], special.as_slice()].concat();
                }
            }
            bytes.truncate(if bytes.len() > TOKEN_MAX_BYTES {
                0
            } else {
                bytes.len()
            });
            words.push(bytes);
        }
        let count = u32::try_from(words.len()).unwrap_or(u32::MAX);
        let trie = TokTrie::from(&TokRxInfo::new(count, end), &words).with_eos_tokens(&ends);
        let spaced = matches!(vocab.vocab_type(), VocabType::SPM | VocabType::UGM);
        let lead = if spaced {
            ids(&vocab.tokenize(LEAD, false, false))
        } else {
            Vec::new()
        };
        let this = Vocabulary {
            trie,
            model: Arc::clone(model),
            lead,
        };
        match (b' '..=b'~').find(|&byte| this.trie.token_id(&[byte]).is_none()) {
            Some(byte) => Err(ModelError::unusable(
                path,
                format!("its vocabulary cannot spell `{}`", char::from(byte)),
            )),
            None => Ok(this),
        }
    }

    fn canonical(&self, bytes: &[u8]) -> Option<Vec<TokenId>> {
        let mut tokens = if self.lead.is_empty() {
            ids(&self.model.vocab().tokenize(bytes, false, false))
        } else {
            let led = [LEAD, bytes].concat();
            let tokens = ids(&self.model.vocab().tokenize(&led, false, false));
            tokens.strip_prefix(self.lead.as_slice())?.to_vec()
        };
        // unknown bytes are dropped, and some tokenizers normalise: only the same bytes will do.
        if self.trie.decode_raw(&tokens) != bytes {
            return None;
        }
        tokens.shrink_to_fit();
        Some(tokens)
    }
}

impl TokenizerEnv for Vocabulary {
    fn tok_trie(&self) -> &TokTrie {
        &self.trie
    }

    fn tokenize_bytes(&self, bytes: &[u8]) -> Vec<TokenId> {
        if std::str::from_utf8(bytes).is_ok()
            && let Some(tokens) = self.canonical(bytes)
        {
            return tokens;
        }
        self.trie.greedy_tokenize(bytes)
    }
}

/// llama.cpp marks a token that is not there by a negative number.
fn id(token: LlamaToken) -> Result<TokenId, std::num::TryFromIntError> {
    TokenId::try_from(token.0)
}

fn ids(tokens: &[LlamaToken]) -> Vec<TokenId> {
    tokens.iter().filter_map(|&token| id(token).ok()).collect()
}
