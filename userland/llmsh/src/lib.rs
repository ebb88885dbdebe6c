//! the shell a person talks to.
//!
//! a line is a direct command, which the capability table alone makes into a plan, or words, which
//! the model runner makes into one. either way the plan goes to the executor, which says what it
//! would do and asks; the shell shows that, and brings back what the person answers. it has no power
//! of its own. in reading order:

#![forbid(unsafe_code)]

/// what the line after a question means.
pub mod answer;
/// what the shell does itself.
pub mod builtin;
/// the command line.
pub mod cli;
/// untrusted text, made safe to show.
pub mod escape;
/// run it, or only show how.
pub mod intent;
/// ^c.
pub mod interrupt;
/// a connection to a service.
pub mod link;
/// what the executor says, as lines for a person.
pub mod render;
/// the pure core: what each thing that happens makes of what is going on.
pub mod session;
/// the thin shell around the core.
pub mod shell;
/// prompts, lines, colours.
pub mod terminal;

use cli::Mode;
use session::tiers::Tiers;
use session::{Code, Options};
use shell::{Setting, Shell, Sockets};
use std::path::PathBuf;
use std::process::ExitCode;

/// reads the command line and does what it asks. the exit code is 0 for done, 1 for failed, 2 for
/// wrong usage.
pub fn run(args: impl Iterator<Item = String>) -> ExitCode {
    let (line, options) = match cli::parse(args) {
        Mode::Session => (None, Options::default()),
        Mode::OneLine { line, options } => (Some(line), options),
        Mode::Help => return print(cli::USAGE),
        Mode::Version => return print(concat!("llmsh ", env!("CARGO_PKG_VERSION"), "\n")),
        Mode::Wrong(sentence) => {
            eprintln!("{sentence}\n{}", cli::USAGE);
            return ExitCode::from(Code::Usage as u8);
        }
    };
    let ended = Shell::new(sockets(), options, setting()).and_then(|shell| shell.run(line));
    match ended {
        Ok(code) => ExitCode::from(code as u8),
        // the terminal or pipe is gone: nobody is left to be told.
        Err(_) => ExitCode::from(Code::Failed as u8),
    }
}

fn print(text: &str) -> ExitCode {
    use std::io::Write;
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(Code::Failed as u8),
    }
}

fn sockets() -> Sockets {
    let at = |key: &str, usual: &str| {
        std::env::var_os(key).map_or_else(|| PathBuf::from(usual), PathBuf::from)
    };
    Sockets {
        executor: at("LLM_OS_OSD_SOCKET", "/run/llm-os/osd.sock"),
        model: at("LLM_OS_MODEL_SOCKET", "/run/llm-os/model.sock"),
        big: at("LLM_OS_BIG_SOCKET", "/run/llm-os/big.sock"),
        remote: at("LLM_OS_REMOTE_SOCKET", "/run/llm-os/remote.sock"),
    }
}

fn setting() -> Setting {
    Setting {
        term: std::env::var("TERM").ok(),
        no_colour: std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()),
        tiers: Tiers::told(|name| std::env::var(name).ok()),
        history: std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".llmsh_history")),
    }
}
