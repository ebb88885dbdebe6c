//! output as events, bounded: past the limit it is dropped, and the result says so.

use llm_os_capability::Output;
use llm_os_capability::words::lossy;
use llm_os_wire::executor::Stream;
use llm_os_wire::worker::Event;
use std::io::Write;

/// bytes in one event; escaped as json they may become six times as many, which a frame still holds.
const PIECE_MAX_BYTES: usize = 64 * 1024;

/// writes events of output to `to`.
pub(crate) struct Events<W> {
    to: W,
    /// bytes that may still be written.
    left: u64,
    cut: bool,
    /// bytes at the end of each stream that may be the beginning of a character.
    halves: [Vec<u8>; 2],
}

impl<W: Write> Events<W> {
    pub fn new(to: W, max_bytes: u64) -> Self {
        Events {
            to,
            left: max_bytes,
            cut: false,
            halves: [Vec::new(), Vec::new()],
        }
    }

    /// writes what is left over, and gives back where to write to.
    pub fn finish(mut self) -> W {
        for stream in [Stream::Out, Stream::Err] {
            let half = std::mem::take(&mut self.halves[index(stream)]);
            self.event(stream, &half);
        }
        self.to
    }

    fn event(&mut self, stream: Stream, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let event = Event::Output {
            stream,
            text: lossy(bytes),
        };
        if llm_os_wire::write(&mut self.to, &event).is_err() {
            // nobody listens: there is nothing more to say.
            self.left = 0;
            self.cut = true;
        }
    }
}

impl<W: Write> Output for Events<W> {
    fn write(&mut self, stream: Stream, bytes: &[u8]) {
        let room = usize::try_from(self.left)
            .unwrap_or(usize::MAX)
            .min(bytes.len());
        self.cut |= room < bytes.len();
        self.left -= room as u64;
        for piece in bytes[..room].chunks(PIECE_MAX_BYTES) {
            let mut whole = std::mem::take(&mut self.halves[index(stream)]);
            whole.extend_from_slice(piece);
            let keep = whole.len() - half_character(&whole);
            self.halves[index(stream)] = whole.split_off(keep);
            self.event(stream, &whole);
        }
    }

    fn was_cut(&self) -> bool {
        self.cut
    }
}

fn index(stream: Stream) -> usize {
    match stream {
        Stream::Out => 0,
        Stream::Err => 1,
    }
}

/// how many bytes at the end are a character that has begun and not ended: at most 3.
fn half_character(bytes: &[u8]) -> usize {
    match bytes.utf8_chunks().last().map(|chunk| chunk.invalid()) {
        Some(invalid) if std::str::from_utf8(invalid).is_err_and(|e| e.error_len().is_none()) => {
            invalid.len()
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use llm_os_wire::frame::{FrameError, read};
    use proptest::prelude::*;
    use std::io::Cursor;

    fn texts(pieces: &[&[u8]], max: u64) -> (String, bool) {
        let mut events = Events::new(Vec::new(), max);
        for piece in pieces {
            events.write(Stream::Out, piece);
        }
        let cut = events.was_cut();
        let mut from = Cursor::new(events.finish());
        let mut all = String::new();
        loop {
            match read(&mut from) {
                Ok(Event::Output { text, .. }) => all.push_str(&text),
                Ok(other) => panic!("{other:?}"),
                Err(FrameError::Closed) => return (all, cut),
                Err(error) => panic!("{error}"),
            }
        }
    }

    #[test]
    fn characters_may_come_in_halves() {
        let check = |pieces: &[&[u8]], expect: &str| {
            assert_eq!(
                texts(pieces, 1000),
                (expect.to_owned(), false),
                "{pieces:?}"
            );
        };
        check(&[b"hello"], "hello");
        check(&["gr\u{f6}\u{df}e".as_bytes()], "gr\u{f6}\u{df}e");
        check(&[b"gr\xc3", b"\xb6\xc3", b"\x9fe"], "gr\u{f6}\u{df}e");
        check(&[b"\xf0\x9f", b"\x98\x80!"], "\u{1f600}!");
        check(&[b"a\xff", b"b"], "a\\xffb");
        check(&[b"a\xc3"], "a\\xc3");
        check(&[b"\xc3", b"\xc3", b"x"], "\\xc3\\xc3x");
    }

    #[test]
    fn what_is_too_much_is_dropped_and_said() {
        assert_eq!(
            texts(&[b"12345", b"678"], 8),
            ("12345678".to_owned(), false)
        );
        assert_eq!(
            texts(&[b"12345", b"6789"], 8),
            ("12345678".to_owned(), true)
        );
        let (text, cut) = texts(&[&[b'x'; 300_000]], 200_000);
        assert_eq!((text.len(), cut), (200_000, true));
        // every byte a control character, the largest that an event can become.
        assert_eq!(texts(&[&[0; 200_000]], 1 << 20).0.len(), 200_000);
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_text(text in "\\PC{0,40}", at in 0_usize..160) {
            let (one, two) = text.as_bytes().split_at(at.min(text.len()));
            prop_assert_eq!(texts(&[one, two], 1 << 20).0, text);
        }
    }
}
