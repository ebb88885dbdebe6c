//! the model runner: a request in words, the names that exist and the capability table in; one
//! outcome out. it runs nothing and opens nothing but its model.
//!
//! two tiers: the embedded model (an encoder in llama.cpp, the planner's pointing decoder) and any
//! gguf file that writes text, held to a grammar. in reading order:

#![forbid(unsafe_code)]

/// the command line.
pub mod args;
/// `--ask`: requests on stdin.
pub mod ask;
/// what `cargo os bench` measures of it.
pub mod bench;
/// the embedded tier.
pub mod embedded;
/// what can go wrong.
mod error;
/// `--eval`: how much of an evaluation file is right.
pub mod eval;
/// the header of a gguf file.
pub mod gguf;
/// what people taught.
pub mod library;
/// whether a model fits into memory.
pub mod memory;
/// a model of either tier behind one face.
pub mod model;
/// `--noise`: random strings.
pub mod noise;
/// whether the processor has what llama.cpp was built for.
pub mod processor;
/// answers given before.
pub mod remembered;
/// llama.cpp, and the loading of a file.
pub mod runtime;
/// the daemon behind pid 1's socket.
pub mod serve;
/// the process shuts itself in.
pub mod shut_in;
/// the text tier.
pub mod text;

/// requests out of lines, and their world.
pub use llm_os_planner::world;

pub use error::ModelError;

use args::Command;
use std::process::ExitCode;

/// the whole program.
pub fn run(args: impl IntoIterator<Item = String>) -> ExitCode {
    let mut args = args.into_iter().peekable();
    if args.peek().is_some_and(|arg| arg == bench::OPTION) {
        return ended(bench::run(args.skip(1)).map(|()| true));
    }
    let command = match args::parse(args, |name| std::env::var(name).ok()) {
        Ok(command) => command,
        Err(why) => {
            eprintln!("llm-modeld: {why}");
            return ExitCode::from(2);
        }
    };
    let done = match command {
        Command::Help => {
            print!("{}", args::HELP);
            Ok(true)
        }
        Command::Serve { source, idle } => match llm_os_sys::inherited::listener() {
            Ok(Some(listener)) => serve::run(&listener, &source, idle)
                .map(|()| true)
                .map_err(|why| format!("serving failed: {why}")),
            Ok(None) => {
                eprintln!(
                    "llm-modeld: no socket was handed over (LLM_OS_SOCKET_FD): use --ask, or see --help"
                );
                return ExitCode::from(2);
            }
            Err(why) => Err(why.to_string()),
        },
        Command::Ask {
            source,
            table,
            json,
        } => ask::run(&source, &table, json),
        Command::Eval {
            source,
            table,
            file,
            floor,
            most,
            mistakes,
        } => eval::run(&source, &table, &file, floor, most, mistakes),
        Command::Noise {
            source,
            table,
            count,
        } => noise::run(&source, &table, count),
    };
    ended(done)
}

/// the exit code, and the sentence for a person.
fn ended(done: Result<bool, String>) -> ExitCode {
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("llm-modeld: {why}");
            ExitCode::FAILURE
        }
    }
}
