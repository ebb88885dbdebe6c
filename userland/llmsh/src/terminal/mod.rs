//! what the person types on and reads from.
//!
//! where the terminal says what it can do, lines are edited, with history and completion. everywhere
//! else (a serial console that says nothing of itself, a pipe) lines are plain: the prompt at the
//! start of a line, no escape sequences, the echo left to the terminal.

/// which words could stand next; pure.
pub mod complete;
/// line editing.
pub mod editor;
/// plain lines, and answers to questions.
pub mod plain;
/// colours and streams for what is said.
pub mod say;

use rustix::termios::isatty;

/// what the terminal can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Plain,
    Editing,
}

/// looks at the streams and at `term`, the value of `TERM`.
pub fn kind(term: Option<&str>) -> Kind {
    let streams = isatty(std::io::stdin()) && isatty(std::io::stdout());
    kind_of(streams, term)
}

fn kind_of(streams_are_terminals: bool, term: Option<&str>) -> Kind {
    match term {
        Some(term)
            if streams_are_terminals
                && !matches!(term, "" | "dumb" | "unknown" | "cons25" | "emacs") =>
        {
            Kind::Editing
        }
        _ => Kind::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_edited_only_where_the_terminal_says_that_it_can() {
        let check =
            |terminal, term, expect| assert_eq!(kind_of(terminal, term), expect, "{term:?}");
        check(true, Some("linux"), Kind::Editing);
        check(true, Some("vt100"), Kind::Editing);
        check(true, Some("xterm-256color"), Kind::Editing);
        check(true, Some("dumb"), Kind::Plain);
        check(true, Some(""), Kind::Plain);
        check(true, None, Kind::Plain);
        check(false, Some("linux"), Kind::Plain);
    }
}
