//! from a request in words to one outcome, without io: what a small model may point at, what it may
//! say next, and what its pointers mean.
//!
//! the model never spells a value. it says symbols of the capability table and points at words of
//! the request or at names that exist, so every plan is well formed and every name in it was
//! mentioned or is there. in reading order:

#![forbid(unsafe_code)]

/// which step may come next, and the outcome that the steps build.
pub mod automaton;
/// what the request says of a plan and the plan leaves out.
pub mod complete;
/// which of the existing names the model gets to see.
pub mod context;
/// the two-layer decoder: next-step scores from encoder states.
pub mod decoder;
/// what a word has to look like as a certain argument.
pub mod form;
/// what a plan must not be, whoever wrote it.
pub mod ground;
/// what a model that writes text may put into a plan.
pub mod grounds;
/// one request with its names, as the encoder reads it and as pointers mean it.
pub mod input;
/// worked examples that people taught.
pub mod library;
/// names that were written nearly as they are.
pub mod nearest;
/// sub-word pieces: what the encoder reads.
pub mod pieces;
/// the pipeline: load, encode a request, decode its states into an outcome.
pub mod planner;
/// what a model that writes text reads.
pub mod prompt;
/// numbers with units out of words: "half a gigabyte", "ten minutes".
pub mod quantity;
/// the sentences of ask, answer and refuse.
pub mod say;
/// how good a set of outcomes is against the evaluation set.
pub mod score;
/// the likeliest outcomes: a beam through the automaton.
pub mod search;
/// whether a request is made of words at all.
mod sense;
/// what a person said is to be left alone.
mod spared;
/// mistyped plain words, read as what was meant.
pub mod spelling;
/// what the encoder makes of a whole request, as one state.
pub mod states;
/// an outcome as steps and back: what the trainer learns from.
pub mod steps;
/// what changes the machine is asked about unless the model was sure.
pub mod sure;
/// the symbols that the decoder says.
pub mod symbols;
/// an outcome as it is told.
pub mod told;
/// what a span of words is worth as a value of one kind.
pub mod value;
/// numbers of the decoder, out of its file.
pub mod weights;
/// the words of a request, as byte ranges.
pub mod words;
/// requests out of lines, and their world.
pub mod world;

pub use automaton::{Automaton, Step};
pub use input::Input;
pub use planner::{Decoded, LoadError, Planner, written_out};
