//! plain lines, and answers to questions. reads descriptor 0 itself, a piece at a time, so that
//! waiting for a line, for ^c and for the executor is one wait, and so that what was typed ahead can
//! be thrown away before a question is asked.

use crate::link::readable;
use rustix::io::{Errno, read};
use rustix::termios::{QueueSelector, isatty, tcflush};
use std::os::fd::{AsFd, BorrowedFd};

/// bytes of one line; more is cut off, and the line with it is refused by the parser.
const LINE_MAX_BYTES: usize = 64 * 1024;

/// how waiting for a line ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Input {
    Line(String),
    Eof,
    /// one of the other descriptors can be read; which one, by its place in the list.
    Other(usize),
}

/// lines from standard input.
#[derive(Debug, Default)]
pub struct Lines {
    pending: Vec<u8>,
    ended: bool,
}

impl Lines {
    /// forgets what was typed ahead on a terminal. what a script wrote into a pipe was meant for
    /// whatever is asked, and stays.
    pub fn forget_typed_ahead(&mut self) {
        let stdin = std::io::stdin();
        if isatty(&stdin) {
            // if that fails there is nothing to read either.
            let _ = tcflush(&stdin, QueueSelector::IFlush);
            self.pending.clear();
        }
    }

    /// the next line, or whichever of `others` comes first.
    pub fn next(&mut self, others: &[BorrowedFd]) -> Input {
        let stdin = std::io::stdin();
        loop {
            if let Some(line) = self.take() {
                return Input::Line(line);
            }
            if self.ended {
                return Input::Eof;
            }
            let mut fds = others.to_vec();
            fds.push(stdin.as_fd());
            let ready = readable(&fds, None);
            if let Some(which) = ready[..others.len()].iter().position(|&ready| ready) {
                return Input::Other(which);
            }
            if ready[others.len()] {
                self.fill(stdin.as_fd());
            }
        }
    }

    fn fill(&mut self, stdin: BorrowedFd) {
        let mut piece = [0; 4096];
        match read(stdin, &mut piece) {
            Ok(0) => self.ended = true,
            Ok(count) => {
                let room = LINE_MAX_BYTES.saturating_sub(self.pending.len());
                let piece = &piece[..count];
                // past the limit only line ends are kept, so that the next line is found.
                self.pending.extend(
                    piece
                        .iter()
                        .enumerate()
                        .filter(|(at, byte)| *at < room || **byte == b'\n')
                        .map(|(_, byte)| byte),
                );
            }
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(_) => self.ended = true,
        }
    }

    /// a line out of what is pending; at the end of input, also one without its line end.
    fn take(&mut self) -> Option<String> {
        let line: Vec<u8> = match self.pending.iter().position(|&byte| byte == b'\n') {
            Some(end) => self.pending.drain(..=end).collect(),
            None if self.ended && !self.pending.is_empty() => std::mem::take(&mut self.pending),
            None => return None,
        };
        let line = String::from_utf8_lossy(&line);
        Some(line.trim_end_matches(['\n', '\r']).to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_taken_one_by_one() {
        let mut lines = Lines {
            pending: b"ls\r\n\ncat \xff\nlast".to_vec(),
            ended: false,
        };
        assert_eq!(lines.take().as_deref(), Some("ls"));
        assert_eq!(lines.take().as_deref(), Some(""));
        assert_eq!(lines.take().as_deref(), Some("cat \u{fffd}"));
        assert_eq!(lines.take(), None);
        lines.ended = true;
        assert_eq!(lines.take().as_deref(), Some("last"));
        assert_eq!(lines.take(), None);
    }
}
