//! the endpoint's tier: asks a model that runs elsewhere, behind an OpenAI-compatible server, and
//! speaks `wire::model` as the model runner does.
//!
//! it exists only where the owner named an endpoint. request and shown names leave the machine
//! here, so nothing else is in reach of this process: it reads one key, opens no other file, and
//! runs nothing. what comes back is a stranger's: bounded, read strictly, every value grounded. in
//! reading order:

#![forbid(unsafe_code)]

/// from a server's reply to one outcome.
pub mod answer;
/// the command line.
pub mod args;
/// `--ask`: requests on stdin.
pub mod ask;
/// what is sent.
pub mod body;
/// one request to the server, which can be given up.
pub mod client;
/// where the model is, and as whom to ask.
pub mod endpoint;
/// what can go wrong.
mod error;
/// whether a plan names only what was said or is there.
pub mod grounded;
/// names of hosts, without the system's resolver.
pub mod hosts;
/// the daemon behind pid 1's socket.
pub mod serve;
/// the process shuts itself in.
pub mod shut_in;

pub use error::RemoteError;

use args::Command;
use std::process::ExitCode;

/// the whole program.
pub fn run(args: impl IntoIterator<Item = String>) -> ExitCode {
    let command = match args::parse(args, |name| std::env::var(name).ok()) {
        Ok(command) => command,
        Err(why) => {
            eprintln!("llm-remoted: {why}");
            return ExitCode::from(2);
        }
    };
    let done = match command {
        Command::Help => {
            print!("{}", args::HELP);
            Ok(true)
        }
        Command::Serve { endpoint, idle } => match llm_os_sys::inherited::listener() {
            Ok(Some(listener)) => serve::run(&listener, endpoint, idle)
                .map(|()| true)
                .map_err(|why| format!("serving failed: {why}")),
            Ok(None) => {
                eprintln!(
                    "llm-remoted: no socket was handed over (LLM_OS_SOCKET_FD): use --ask, or see --help"
                );
                return ExitCode::from(2);
            }
            Err(why) => Err(why.to_string()),
        },
        Command::Ask {
            endpoint,
            table,
            json,
        } => ask::run(endpoint, &table, json),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("llm-remoted: {why}");
            ExitCode::FAILURE
        }
    }
}
