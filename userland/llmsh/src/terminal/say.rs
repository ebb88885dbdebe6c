//! colours and streams for what is said.

use super::Kind;
use crate::session::{Options, Voice};
use std::io::{self, Write};

/// where the shell's words go.
#[derive(Clone, Copy, Debug)]
pub struct Mouth {
    options: Options,
    colour: bool,
}

impl Mouth {
    /// `no_colour`: the person set `NO_COLOR` (no-color.org).
    pub fn new(kind: Kind, options: Options, no_colour: bool) -> Self {
        Mouth {
            options,
            colour: kind == Kind::Editing && !no_colour,
        }
    }

    /// says `text`, which is already escaped.
    ///
    /// # Errors
    /// when the terminal or pipe is gone.
    pub fn say(&self, voice: Voice, text: &str) -> io::Result<()> {
        let about = matches!(voice, Voice::Note | Voice::Good | Voice::Bad);
        if self.options.json {
            return if voice == Voice::Bad {
                write(true, text)
            } else {
                Ok(())
            };
        }
        let coloured = match (self.colour, voice) {
            (true, Voice::Note) => format!("\x1b[2m{text}\x1b[0m"),
            (true, Voice::Good) => format!("\x1b[32m{text}\x1b[0m"),
            (true, Voice::Bad) => format!("\x1b[31m{text}\x1b[0m"),
            _ => return write(about && self.options.one_line, text),
        };
        write(about && self.options.one_line, &coloured)
    }

    /// asks `question`, which ends with `? `.
    ///
    /// # Errors
    /// when the terminal or pipe is gone.
    pub fn ask(&self, question: &str) -> io::Result<()> {
        write(self.options.one_line, question)
    }

    /// the prompt of a plain terminal.
    ///
    /// # Errors
    /// when the terminal or pipe is gone.
    pub fn prompt(&self, prompt: &str) -> io::Result<()> {
        write(false, prompt)
    }

    /// one json value on a line of its own.
    ///
    /// # Errors
    /// when the terminal or pipe is gone.
    pub fn json(&self, value: &serde_json::Value) -> io::Result<()> {
        write(false, &format!("{value}\n"))
    }

    /// clears the screen where there is one.
    ///
    /// # Errors
    /// when the terminal or pipe is gone.
    pub fn clear(&self, kind: Kind) -> io::Result<()> {
        match kind {
            Kind::Editing => write(false, "\x1b[H\x1b[2J"),
            Kind::Plain => Ok(()),
        }
    }
}

fn write(to_err: bool, text: &str) -> io::Result<()> {
    if to_err {
        return io::stderr().lock().write_all(text.as_bytes());
    }
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
