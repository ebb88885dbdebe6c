//! the last output of a unit, in a fixed number of bytes: memory is taken once, and a service that
//! writes without end only overwrites itself.

use crate::supervisor::Millis;
use std::collections::VecDeque;
use std::fmt::Write;

/// bytes of one line; the rest of a longer one is dropped and marked.
pub const LINE_MAX_BYTES: usize = 1024;
/// sequence number, time and length before each line.
const HEAD_BYTES: usize = 8 + 8 + 2;

/// lines, oldest first.
#[derive(Debug)]
pub struct Ring {
    bytes: VecDeque<u8>,
    most: usize,
    /// whether older lines were overwritten.
    pub lost: bool,
}

/// one line, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// counts over all rings: their common order.
    pub sequence: u64,
    pub at: Millis,
    pub text: Vec<u8>,
}

impl Ring {
    /// room for `most` bytes, taken now; at least one line fits.
    pub fn new(most: usize) -> Self {
        let most = most.max(HEAD_BYTES + LINE_MAX_BYTES);
        Ring {
            bytes: VecDeque::with_capacity(most),
            most,
            lost: false,
        }
    }

    /// adds a line, cut at [`LINE_MAX_BYTES`].
    pub fn push(&mut self, sequence: u64, at: Millis, text: &[u8]) {
        let text = &text[..text.len().min(LINE_MAX_BYTES)];
        while self.bytes.len() + HEAD_BYTES + text.len() > self.most {
            self.drop_oldest();
        }
        self.bytes.extend(sequence.to_le_bytes());
        self.bytes.extend(at.to_le_bytes());
        self.bytes.extend((text.len() as u16).to_le_bytes());
        self.bytes.extend(text);
    }

    /// all lines, oldest first.
    pub fn lines(&self) -> Vec<Line> {
        let mut bytes = self.bytes.iter().copied();
        let mut lines = Vec::new();
        while let Some((sequence, at, length)) = head(&mut bytes) {
            let text = bytes.by_ref().take(length).collect();
            lines.push(Line { sequence, at, text });
        }
        lines
    }

    fn drop_oldest(&mut self) {
        self.lost = true;
        let length = head(&mut self.bytes.iter().copied()).map_or(0, |(_, _, length)| length);
        let end = (HEAD_BYTES + length).min(self.bytes.len());
        self.bytes.drain(..end);
    }
}

fn head(bytes: &mut impl Iterator<Item = u8>) -> Option<(u64, Millis, usize)> {
    let mut next = || bytes.next();
    let mut number = |count: u32| {
        (0..count).try_fold(0_u64, |number, place| {
            Some(number | u64::from(next()?) << (8 * place))
        })
    };
    Some((number(8)?, number(8)?, number(2)? as usize))
}

/// a line for a person: `[   12.345] unit: text`, with everything escaped that could steer a
/// terminal or is no utf-8.
pub fn show(unit: &str, line: &Line) -> String {
    let mut shown = format!("[{:5}.{:03}] {unit}: ", line.at / 1000, line.at % 1000);
    for piece in line.text.utf8_chunks() {
        for c in piece.valid().chars() {
            if c == '\t' || !is_steering(c) {
                shown.push(c);
            } else {
                let _ = write!(shown, "{}", c.escape_default());
            }
        }
        for byte in piece.invalid() {
            let _ = write!(shown, "\\x{byte:02x}");
        }
    }
    shown
}

/// control characters, and those that change the direction of writing.
fn is_steering(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_could_steer_a_terminal_is_escaped() {
        let check = |text: &[u8], expect: &str| {
            let line = Line {
                sequence: 0,
                at: 61_005,
                text: text.to_vec(),
            };
            assert_eq!(show("u", &line), format!("[   61.005] u: {expect}"));
        };
        check(b"plain \xc3\xa4\tx", "plain \u{e4}\tx");
        check(b"\x1b[2J", "\\u{1b}[2J");
        check(b"\xff", "\\xff");
        check("\u{202e}".as_bytes(), "\\u{202e}");
    }

    proptest! {
        #[test]
        fn the_last_lines_are_kept_whole_and_the_size_holds(
            lines in proptest::collection::vec(
                proptest::collection::vec(any::<u8>(), 0..1500), 0..60),
        ) {
            let mut ring = Ring::new(4096);
            for (number, text) in lines.iter().enumerate() {
                ring.push(number as u64, 7, text);
                prop_assert!(ring.bytes.len() <= 4096);
            }
            let kept = ring.lines();
            prop_assert_eq!(ring.lost, kept.len() < lines.len());
            prop_assert!(!kept.is_empty() || lines.is_empty());
            let first = lines.len() - kept.len();
            for (number, line) in kept.iter().enumerate() {
                let text = &lines[first + number];
                let cut = text.len().min(LINE_MAX_BYTES);
                prop_assert_eq!(&line.text, &text[..cut]);
                prop_assert_eq!(line.sequence, (first + number) as u64);
            }
        }
    }
}
