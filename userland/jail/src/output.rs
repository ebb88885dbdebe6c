//! bounded output as events on the worker's stdout.

use llm_os_capability::Output;
use llm_os_wire::executor::Stream;
use llm_os_wire::frame;
use llm_os_wire::worker::Event;
use std::io::Write;

/// bytes in one event: small enough that escaping never takes it over a frame.
const PIECE_MAX_BYTES: usize = 32 * 1024;

/// writes events, at most so many bytes of output in all.
pub struct Events<W: Write> {
    to: W,
    left_bytes: u64,
    cut: bool,
    /// the executor is gone: nothing more is written.
    deaf: bool,
    /// the first bytes of a character whose rest has not come, for each stream.
    pending: [Vec<u8>; 2],
}

impl<W: Write> Events<W> {
    pub fn new(to: W, max_bytes: u64) -> Self {
        Events { to, left_bytes: max_bytes, cut: false, deaf: false, pending: [Vec::new(), Vec::new()] }
    }

    /// writes what is pending and then the last event.
    pub fn done(mut self, mut result: llm_os_schema::result::StepResult) {
        for (index, stream) in [Stream::Out, Stream::Err].into_iter().enumerate() {
            let rest = std::mem::take(&mut self.pending[index]);
            self.send(stream, readable(&rest));
        }
        result.cut |= self.cut;
        self.event(&Event::Done(result));
    }

    fn send(&mut self, stream: Stream, text: String) {
        if !text.is_empty() {
            self.event(&Event::Output { stream, text });
        }
    }

    fn event(&mut self, event: &Event) {
        self.deaf |= self.deaf || frame::write(&mut self.to, event).is_err();
    }
}

impl<W: Write> Output for Events<W> {
    fn write(&mut self, stream: Stream, bytes: &[u8]) {
        let index = usize::from(stream == Stream::Err);
        let fits = usize::try_from(self.left_bytes).unwrap_or(usize::MAX).min(bytes.len());
        self.cut |= fits < bytes.len();
        self.left_bytes -= fits as u64;
        for piece in bytes[..fits].chunks(PIECE_MAX_BYTES) {
            let mut whole = std::mem::take(&mut self.pending[index]);
            whole.extend_from_slice(piece);
            let end = whole.len() - unfinished(&whole);
            self.pending[index] = whole.split_off(end);
            self.send(stream, readable(&whole));
        }
    }

    fn was_cut(&self) -> bool {
        self.cut
    }
}

/// how many bytes at the end may become a character when more comes.
fn unfinished(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => bytes.len() - error.valid_up_to(),
        _ => {
            // an invalid byte further in hides the end from the check above.
            let tail = &bytes[bytes.len().saturating_sub(3)..];
            (0..tail.len())
                .find(|&at| matches!(std::str::from_utf8(&tail[at..]), Err(e) if e.valid_up_to() == 0 && e.error_len().is_none()))
                .map_or(0, |at| tail.len() - at)
        }
    }
}

/// utf-8 as it is, every other byte as `\xNN`.
fn readable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use llm_os_schema::result::{Status, StepResult};
    use proptest::prelude::*;
    use std::io::Cursor;

    fn result() -> StepResult {
        StepResult {
            status: Status::Done,
            summary: String::new(),
            origin: String::new(),
            cut: false,
            exit_code: None,
        }
    }

    /// what a reader gets of `pieces`, and whether it was cut.
    fn through(pieces: &[&[u8]], max: u64) -> (String, bool) {
        let mut bytes = Vec::new();
        let mut events = Events::new(&mut bytes, max);
        for piece in pieces {
            events.write(Stream::Out, piece);
        }
        events.done(result());
        let (mut from, mut text) = (Cursor::new(&bytes), String::new());
        loop {
            match frame::read(&mut from).unwrap() {
                Event::Output { text: more, .. } => text.push_str(&more),
                Event::Done(result) => return (text, result.cut),
            }
        }
    }

    #[test]
    fn characters_survive_a_split_and_bytes_are_shown() {
        assert_eq!(through(&[b"\xc3", b"\xa4!"], 99), ("ä!".to_owned(), false));
        assert_eq!(through(&[b"a\xff\xe2\x82", b"\xac"], 99), ("a\\xff€".to_owned(), false));
        assert_eq!(through(&[b"\xe2\x82"], 99), ("\\xe2\\x82".to_owned(), false));
    }

    #[test]
    fn past_the_limit_it_is_cut_and_says_so() {
        assert_eq!(through(&[b"12345", b"678"], 6), ("123456".to_owned(), true));
        assert_eq!(through(&[b"123456"], 6), ("123456".to_owned(), false));
        let much = vec![7_u8; 3 * PIECE_MAX_BYTES];
        assert_eq!(through(&[&much], 1 << 20).0.len(), much.len());
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_text(text in "\\PC{0,40}", at in 0_usize..160) {
            let bytes = text.as_bytes();
            let (one, two) = bytes.split_at(at.min(bytes.len()));
            prop_assert_eq!(through(&[one, two], 1 << 20).0, text);
        }
    }
}
