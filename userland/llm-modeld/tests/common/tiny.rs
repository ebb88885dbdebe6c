//! a llama model with random weights and a small vocabulary, as the bytes of a gguf file.

// the files, not the crate: whose tests use this from elsewhere does not link llama.cpp for it.
#[path = "../../src/bench/made.rs"]
mod made;
#[path = "../../src/bench/pieces.rs"]
mod pieces;

use made::{Shape, Weights};
use pieces::Pieces;

/// built up by merges, so that forced runs have tokens of several bytes.
const WORDS: [&str; 10] = [
    "plan",
    "type",
    "path",
    "write_file",
    "content",
    "hello",
    "file",
    "answer",
    "refuse",
    "ask",
];

/// one layer of 32 entries; the same bytes for the same seed.
pub fn gguf(seed: u64, chat_template: Option<&str>) -> Vec<u8> {
    let shape = Shape {
        width: 32,
        inner: 64,
        blocks: 1,
        heads: 2,
        weights: Weights::F32,
        own_output: true,
    };
    made::gguf(&Pieces::of_words(&WORDS), shape, seed, chat_template)
}
