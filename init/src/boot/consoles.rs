//! terminals that the kernel calls consoles: each gets a shell.

use super::Warnings;
use crate::system::System;

/// may write to terminals; by tradition 5, and devpts is mounted with it.
pub const TTY_GROUP: u32 = 5;
/// consoles that get a shell.
const CONSOLES_MAX: usize = 8;
const ACTIVE: &str = "/sys/class/tty/console/active";
const COMMAND_LINE: &str = "/proc/cmdline";

/// every active console once, in the kernel's order; then those that the command line names and the
/// kernel did not make its own: of two serial lines of one kind it takes only one.
pub(super) fn active<S: System>(system: &mut S, warnings: &mut Warnings) -> Vec<String> {
    let mut consoles = Vec::new();
    match system.read(ACTIVE) {
        Ok(text) => add(&mut consoles, text.split_whitespace()),
        Err(error) => warnings.add(format!("{ACTIVE}: {error}")),
    }
    let line = system.read(COMMAND_LINE).unwrap_or_default();
    let mut named = Vec::new();
    add(&mut named, named_in(&line));
    named.retain(|name| system.kind(&format!("/dev/{name}")).is_some());
    add(&mut consoles, named.iter().map(String::as_str));
    if consoles.is_empty() {
        vec!["console".to_owned()]
    } else {
        consoles
    }
}

/// `ttyS0` of `console=ttyS0,115200`.
fn named_in(line: &str) -> impl Iterator<Item = &str> {
    let values = line
        .split_whitespace()
        .filter_map(|word| word.strip_prefix("console="));
    values.map(|value| value.split(',').next().unwrap_or_default())
}

fn add<'a>(consoles: &mut Vec<String>, names: impl Iterator<Item = &'a str>) {
    for name in names {
        // tty0 is whichever virtual terminal is shown; a shell needs one that stays.
        let name = if name == "tty0" { "tty1" } else { name };
        let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if plain && !consoles.iter().any(|known| known == name) && consoles.len() < CONSOLES_MAX {
            consoles.push(name.to_owned());
        }
    }
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
    use crate::system::fake::Fake;

    #[test]
    fn the_kernels_list_and_the_command_line_become_terminals() {
        let check = |text: &str, line: &str, expect: &[&str]| {
            let mut system = Fake::default();
            system.file(ACTIVE, text);
            system.file(COMMAND_LINE, line);
            for name in ["tty1", "ttyS0", "ttyS1"] {
                system.file(&format!("/dev/{name}"), "");
            }
            assert_eq!(
                active(&mut system, &mut Warnings::default()),
                expect,
                "{text}"
            );
        };
        check("tty0 ttyS0\n", "", &["tty1", "ttyS0"]);
        check("ttyAMA0\n", "console=ttyAMA0,115200 quiet", &["ttyAMA0"]);
        check("tty0 tty1 hvc0", "", &["tty1", "hvc0"]);
        check("../sda ttyS0", "", &["ttyS0"]);
        check(
            "ttyS1",
            "console=ttyS1 console=tty0 console=ttyS0,9600 console=",
            &["ttyS1", "tty1", "ttyS0"],
        );
        check("ttyS0", "console=ttyS7 console=null", &["ttyS0"]);
        check("", "", &["console"]);
    }

    #[test]
    fn a_screen_is_linux_and_a_line_is_vt100() {
        let got: Vec<_> = ["tty1", "ttyS0", "hvc0", "ttyAMA0"]
            .map(terminal_type)
            .to_vec();
        assert_eq!(got, ["linux", "vt100", "vt100", "vt100"]);
    }
}
