//! the corpus of the embedded model: makes examples, encodes requests for the trainer, scores what a
//! model decodes. `image/model/make.sh` calls it; nothing here is needed to build an image.

#![forbid(unsafe_code)]

/// what is taken back while speaking.
mod amend;
/// the commands.
mod command;
/// one example.
mod example;
/// the common words, for the reader's spelling.
mod lexicon;
/// keeps the evaluation set out.
mod near;
/// how several steps are said.
mod order;
/// words to fill slots with.
mod pools;
/// seeded random numbers.
mod random;
/// the phrase files.
mod section;
/// fills slots, and the world with them.
mod slots;
/// the trainer's file format.
mod store;
/// phrases with alternatives and slots.
mod template;
/// what was said and shown before.
mod turns;
/// who is speaking.
mod voice;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match command::run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("llm-os-corpus: {error}");
            ExitCode::FAILURE
        }
    }
}
