//! bytes of a log → records, and what is wrong with it. pure.

use crate::anchor::Anchor;
use crate::frame::{self, Link};
use crate::record::Record;
use std::fmt;

/// what a log holds.
#[derive(Debug)]
pub struct Recovered {
    pub links: Vec<Link>,
    /// bytes up to which the log is good.
    pub valid_bytes: usize,
    pub problem: Option<Problem>,
}

/// what is wrong with a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// the last append did not finish: what a power cut leaves. nothing that was promised is in it.
    Torn { at: usize, bytes: usize },
    /// a record is not what was written, and later ones are there, or were anchored.
    Damaged { at: usize, why: &'static str },
    /// the log ends before the anchor.
    Short { last_seq: u64, anchored_seq: u64 },
    /// every record is whole, but it is another chain than the anchored one.
    Rewritten { seq: u64 },
}

impl Problem {
    /// false for what a power cut explains.
    pub fn is_alarming(&self) -> bool {
        !matches!(self, Problem::Torn { .. })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Problem::Torn { at, bytes } => {
                write!(
                    f,
                    "the last {bytes} bytes, from byte {at}, are an append that did not finish"
                )
            }
            Problem::Damaged { at, why } => write!(f, "the record at byte {at} {why}"),
            Problem::Short {
                last_seq,
                anchored_seq,
            } => {
                write!(
                    f,
                    "it ends at record {last_seq} and had reached {anchored_seq}"
                )
            }
            Problem::Rewritten { seq } => {
                write!(f, "record {seq} is not the one that was written there")
            }
        }
    }
}

/// reads a log against the anchor.
pub fn recover(log: &[u8], anchor: Option<&Anchor>) -> Recovered {
    let mut links: Vec<Link> = Vec::new();
    let mut at = 0;
    let mut problem = None;
    while at < log.len() {
        let Some(link) = frame::decode(&log[at..]) else {
            problem = Some(if whole_record_after(log, at) {
                Problem::Damaged {
                    at,
                    why: "is damaged",
                }
            } else {
                Problem::Torn {
                    at,
                    bytes: log.len() - at,
                }
            });
            break;
        };
        if let Some(why) = breaks_chain(links.last(), &link) {
            problem = Some(Problem::Damaged { at, why });
            break;
        }
        at += link.bytes;
        links.push(link);
    }
    let mut recovered = Recovered {
        links,
        valid_bytes: at,
        problem,
    };
    if let Some(anchor) = anchor {
        recovered.hold_against(anchor);
    }
    recovered
}

impl Recovered {
    fn hold_against(&mut self, anchor: &Anchor) {
        let last_seq = self.links.last().map_or(0, |link| link.seq);
        // a file that was begun right after the anchor holds it as its first `prev`.
        let begun_after = self
            .links
            .first()
            .is_some_and(|first| first.seq == anchor.seq + 1 && first.prev == anchor.check.hex());
        match self.links.iter().find(|link| link.seq == anchor.seq) {
            Some(link) if link.check == anchor.check => {}
            None if begun_after => {}
            None if last_seq < anchor.seq => match self.problem {
                Some(Problem::Torn { at, .. }) => {
                    self.problem = Some(Problem::Damaged {
                        at,
                        why: "is damaged",
                    });
                }
                Some(_) => {}
                None => {
                    self.problem = Some(Problem::Short {
                        last_seq,
                        anchored_seq: anchor.seq,
                    });
                }
            },
            _ => {
                self.problem = Some(Problem::Rewritten { seq: anchor.seq });
                self.links.clear();
                self.valid_bytes = 0;
            }
        }
    }
}

fn breaks_chain(last: Option<&Link>, next: &Link) -> Option<&'static str> {
    match last {
        None if matches!(next.record, Some(Record::Start(_))) => None,
        None => Some("is not the first of a file"),
        Some(last) if next.seq != last.seq + 1 => Some("is out of order"),
        Some(last) if next.prev != last.check.hex() => Some("does not follow the one before it"),
        Some(_) if matches!(next.record, Some(Record::Start(_))) => {
            Some("starts a file inside one")
        }
        Some(_) => None,
    }
}

/// whether a whole record stands anywhere after `at`: then what is at `at` is no torn end.
fn whole_record_after(log: &[u8], at: usize) -> bool {
    let Some(rest) = log.get(at + 1..) else {
        return false;
    };
    // a frame is recognised by the first bytes of its json.
    let start = b"{\"seq\":";
    (frame::HEAD_BYTES..rest.len())
        .filter(|&json| rest[json..].starts_with(start))
        .any(|json| frame::decode(&rest[json - frame::HEAD_BYTES..]).is_some())
}
