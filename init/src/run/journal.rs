//! what pid 1 and the units had to say: a ring for each, in one order.

use crate::ring::{LINE_MAX_BYTES, Ring, show};
use crate::supervisor::{Millis, UnitId};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::fd::OwnedFd;

/// bytes of each ring.
const RING_BYTES: usize = 32 * 1024;
/// bytes of one answer: with its escapes it fits a frame and a socket's buffer.
const ANSWER_MAX_BYTES: usize = 96 * 1024;
/// bytes taken from one unit before the others have their turn.
const TURN_MAX_BYTES: usize = 16 * 1024;
/// whose ring the supervisor's own lines are in.
pub const OWN: &str = "llminit";

/// the rings, and the output that has not ended its line yet.
#[derive(Debug)]
pub struct Journal {
    own: Ring,
    units: Vec<Track>,
    sequence: u64,
}

#[derive(Debug)]
struct Track {
    name: String,
    ring: Ring,
    open: Option<File>,
    line: Vec<u8>,
    /// the line is over its limit; what follows up to its end is dropped.
    skipping: bool,
}

impl Journal {
    /// one ring for each name, in the order of the unit ids.
    pub fn new(names: impl Iterator<Item = String>) -> Self {
        let track = |name| Track {
            name,
            ring: Ring::new(RING_BYTES),
            open: None,
            line: Vec::with_capacity(LINE_MAX_BYTES),
            skipping: false,
        };
        Journal {
            own: Ring::new(RING_BYTES),
            units: names.map(track).collect(),
            sequence: 0,
        }
    }

    /// a line of pid 1.
    pub fn note(&mut self, now: Millis, text: &str) {
        self.sequence += 1;
        self.own.push(self.sequence, now, text.as_bytes());
    }

    /// a unit's new output; the old one is let go.
    pub fn attach(&mut self, unit: UnitId, output: OwnedFd) {
        if let Some(track) = self.units.get_mut(unit) {
            track.open = Some(File::from(output));
        }
    }

    /// takes what is there; `false`: the output is closed now.
    pub fn read(&mut self, unit: UnitId, now: Millis) -> bool {
        let Some(track) = self.units.get_mut(unit) else {
            return false;
        };
        let mut piece = [0; 4096];
        let mut taken = 0;
        while taken < TURN_MAX_BYTES {
            let Some(open) = &mut track.open else {
                return false;
            };
            match open.read(&mut piece) {
                Ok(0) => {
                    track.open = None;
                    track.end_line(&mut self.sequence, now);
                    return false;
                }
                Ok(count) => {
                    taken += count;
                    track.take(&piece[..count], &mut self.sequence, now);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return true,
                Err(_) => {
                    track.open = None;
                    return false;
                }
            }
        }
        true
    }

    /// the last `count` lines, of one unit or of all, as text; and whether there were more.
    pub fn last(&self, unit: Option<&str>, count: usize) -> Option<(Vec<String>, bool)> {
        let mut rings = vec![(OWN, &self.own)];
        rings.extend(
            self.units
                .iter()
                .map(|track| (track.name.as_str(), &track.ring)),
        );
        if let Some(wanted) = unit {
            rings.retain(|(name, _)| is_called(name, wanted));
        }
        if rings.is_empty() {
            return None;
        }
        let mut cut = rings.iter().any(|(_, ring)| ring.lost);
        let of_ring = |(name, ring): (_, &Ring)| {
            ring.lines()
                .into_iter()
                .map(|line| (line.sequence, show(name, &line)))
                .collect::<Vec<_>>()
        };
        let mut lines: Vec<_> = rings.into_iter().flat_map(of_ring).collect();
        lines.sort_by_key(|(sequence, _)| *sequence);
        let (mut taken, mut bytes) = (Vec::new(), 0);
        for (_, line) in lines.into_iter().rev() {
            bytes += line.len();
            if taken.len() == count || bytes > ANSWER_MAX_BYTES {
                cut = true;
                break;
            }
            taken.push(line);
        }
        taken.reverse();
        Some((taken, cut))
    }
}

/// a unit by its own name, or every instance of it by the name before the `@`.
pub fn is_called(instance: &str, wanted: &str) -> bool {
    instance == wanted
        || instance
            .split_once('@')
            .is_some_and(|(unit, _)| unit == wanted)
}

impl Track {
    fn take(&mut self, bytes: &[u8], sequence: &mut u64, now: Millis) {
        for byte in bytes {
            match byte {
                b'\n' => self.end_line(sequence, now),
                _ if self.skipping => {}
                _ if self.line.len() == LINE_MAX_BYTES => {
                    let mark = b"[cut]";
                    self.line.truncate(LINE_MAX_BYTES - mark.len());
                    self.line.extend_from_slice(mark);
                    self.skipping = true;
                }
                byte => self.line.push(*byte),
            }
        }
    }

    fn end_line(&mut self, sequence: &mut u64, now: Millis) {
        self.skipping = false;
        if !self.line.is_empty() {
            *sequence += 1;
            self.ring.push(*sequence, now, &self.line);
            self.line.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn journal() -> (Journal, File) {
        let mut journal = Journal::new(["one".to_owned(), "two@tty1".to_owned()].into_iter());
        let (read, write) = rustix::pipe::pipe().unwrap();
        rustix::fs::fcntl_setfl(&read, rustix::fs::OFlags::NONBLOCK).unwrap();
        journal.attach(0, read);
        (journal, File::from(write))
    }

    #[test]
    fn output_becomes_lines_in_the_order_they_came() {
        let (mut journal, mut pipe) = journal();
        journal.note(1, "first");
        pipe.write_all(b"a\nb").unwrap();
        assert!(journal.read(0, 2));
        journal.note(3, "third");
        drop(pipe);
        assert!(!journal.read(0, 4));
        let (lines, cut) = journal.last(None, 10).unwrap();
        let expect = ["llminit: first", "one: a", "llminit: third", "one: b"];
        for (line, expect) in lines.iter().zip(expect) {
            assert!(line.ends_with(expect), "{line}");
        }
        assert_eq!((lines.len(), cut), (4, false));
        assert!(journal.last(Some("one"), 1).unwrap().1);
        assert_eq!(journal.last(Some("two"), 9), Some((Vec::new(), false)));
        assert_eq!(journal.last(Some("three"), 9), None);
    }

    #[test]
    fn a_line_without_end_is_cut_with_a_mark() {
        let (mut journal, mut pipe) = journal();
        pipe.write_all(&[b'x'; 5000]).unwrap();
        pipe.write_all(b"\nnext\n").unwrap();
        journal.read(0, 0);
        let (lines, _) = journal.last(Some("one"), 9).unwrap();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].ends_with("x[cut]") && lines[1].ends_with("next"));
    }
}
