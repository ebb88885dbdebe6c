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

use rustix::termios::{isatty, ttyname};

/// what the terminal can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Plain,
    Editing,
}

/// looks at the streams and at `term`, the value of `TERM`.
pub fn kind(term: Option<&str>) -> Kind {
    let (stdin, stdout) = (std::io::stdin(), std::io::stdout());
    if !isatty(&stdin) || !isatty(&stdout) {
        return Kind::Plain;
    }
    // one without a name is another namespace's, such as a container's.
    let name = ttyname(&stdin, Vec::new()).ok();
    let name = name.as_ref().and_then(|name| name.to_str().ok());
    kind_of(name.unwrap_or_default(), term)
}

/// `name` is the terminal's device. on a serial line whoever is at the other end may be a script, and
/// `TERM` is a guess there: it stays plain whatever that says.
fn kind_of(name: &str, term: Option<&str>) -> Kind {
    let device = name.strip_prefix("/dev/").unwrap_or(name);
    let screen_or_pty = device
        .strip_prefix("tty")
        .is_none_or(|rest| rest.bytes().all(|b| b.is_ascii_digit()));
    let serial = !screen_or_pty || device.starts_with("hvc") || device == "console";
    match term {
        None | Some("" | "dumb" | "unknown" | "cons25" | "emacs") => Kind::Plain,
        Some(_) if serial => Kind::Plain,
        Some(_) => Kind::Editing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_edited_only_where_the_terminal_says_that_it_can() {
        let check = |name, term, expect| assert_eq!(kind_of(name, term), expect, "{name} {term:?}");
        check("/dev/tty1", Some("linux"), Kind::Editing);
        check("/dev/pts/0", Some("vt100"), Kind::Editing);
        check("/dev/pts/0", Some("xterm-256color"), Kind::Editing);
        check("", Some("xterm"), Kind::Editing);
        check("/dev/pts/0", Some("dumb"), Kind::Plain);
        check("/dev/tty1", Some(""), Kind::Plain);
        check("/dev/tty1", None, Kind::Plain);
        check("/dev/ttyS0", Some("vt100"), Kind::Plain);
        check("/dev/ttyAMA0", Some("vt100"), Kind::Plain);
        check("/dev/hvc0", Some("vt100"), Kind::Plain);
        check("/dev/console", Some("linux"), Kind::Plain);
    }
}
