//! `cargo os`: builds, runs, tests and measures llm-os.
//!
//! in reading order: [`args`] what was asked; [`pipeline`] from sources to an image, by way of
//! [`setup`], [`kernel`], [`programs`], [`root`], [`verity`], [`filesystems`], [`disk`]; [`run`]
//! boots it; [`test`], [`bench`], [`ask`], [`check`], [`doctor`] are the other commands;
//! [`step`], [`cache`], [`hash`], [`error`] are what all of them stand on.

#![forbid(unsafe_code)]

mod accel;
mod args;
mod ask;
mod bench;
mod bench_plan;
mod cache;
mod check;
mod cmdline;
mod disk;
mod doctor;
mod error;
mod filesystems;
mod fragments;
mod hash;
mod kernel;
mod llama_server;
mod needs;
mod peer;
mod pipeline;
mod programs;
mod repo;
mod root;
mod run;
mod sbom;
mod setup;
mod source;
mod step;
mod test;
mod verity;

use std::env;
use std::process::ExitCode;

use args::Command;
use error::Result;

fn main() -> ExitCode {
    match args::parse(env::args_os().skip(1)).and_then(obey) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cargo os: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn obey(command: Command) -> Result<()> {
    match command {
        Command::Help => {
            print!("{}", args::HELP);
            Ok(())
        }
        Command::Run(options) => run::run(&options),
        Command::Build { debug_kernel } => run::build(debug_kernel),
        Command::Test { parts, list } => test::test(&parts, list),
        Command::Ask(options) => ask::ask(&options),
        Command::Check(path) => check::check(&path),
        Command::Doctor => doctor::doctor(),
        Command::Bench { what, json, runs } => bench::bench(&what, json, runs),
    }
}
