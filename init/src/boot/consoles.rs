//! terminals that the kernel calls consoles: each gets a shell.

use super::Warnings;
use crate::system::System;

/// may write to terminals; by tradition 5, and devpts is mounted with it.
pub const TTY_GROUP: u32 = 5;
/// consoles that get a shell.
const CONSOLES_MAX: usize = 8;
const ACTIVE: &str = "/sys/class/tty/console/active";

/// every active console once, in the kernel's order.
pub(super) fn active<S: System>(system: &mut S, warnings: &mut Warnings) -> Vec<String> {
    let text = match system.read(ACTIVE) {
        Ok(text) => text,
        Err(error) => {
            warnings.add(format!("{ACTIVE}: {error}; using /dev/console"));
            String::new()
        }
    };
    let consoles = parse(&text);
    if consoles.is_empty() {
        vec!["console".to_owned()]
    } else {
        consoles
    }
}

fn parse(text: &str) -> Vec<String> {
    let mut consoles: Vec<String> = Vec::new();
    for name in text.split_whitespace() {
        // tty0 is whichever virtual terminal is shown; a shell needs one that stays.
        let name = if name == "tty0" { "tty1" } else { name };
        let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if plain && !consoles.iter().any(|known| known == name) && consoles.len() < CONSOLES_MAX {
            consoles.push(name.to_owned());
        }
    }
    consoles
}

/// what `TERM` says of it: the screen's own emulation, or what every serial terminal understands.
pub fn terminal_type(console: &str) -> &'static str {
    let number = console.strip_prefix("tty");
    match number.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit())) {
        true => "linux",
        false => "vt100",
    }
}

/// a line of ours on every console.
pub fn say<S: System>(system: &mut S, consoles: &[String], text: &str) {
    for console in consoles {
        // a shell may have the terminal in raw mode, where a line feed alone is a staircase.
        system.console(console, &format!("\r{text}\r\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_list_becomes_terminals() {
        let check = |text: &str, expect: &[&str]| assert_eq!(parse(text), expect, "{text}");
        check("tty0 ttyS0\n", &["tty1", "ttyS0"]);
        check("ttyAMA0\n", &["ttyAMA0"]);
        check("tty0 tty1 hvc0", &["tty1", "hvc0"]);
        check("../sda ttyS0", &["ttyS0"]);
        check("", &[]);
    }

    #[test]
    fn a_screen_is_linux_and_a_line_is_vt100() {
        let got: Vec<_> = ["tty1", "ttyS0", "hvc0", "ttyAMA0"]
            .map(terminal_type)
            .to_vec();
        assert_eq!(got, ["linux", "vt100", "vt100", "vt100"]);
    }
}
