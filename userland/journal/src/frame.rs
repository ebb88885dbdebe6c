//! one record as bytes: length (four bytes, little endian), sha-256 over length and json, json.
//!
//! the json is `{"seq":…,"prev":…,"record":…}`; `prev` is the checksum of the record before, so the
//! checksums are the chain.

use crate::record::Record;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// bytes before the json.
pub const HEAD_BYTES: usize = 36;
/// bytes of one record's json: a plan of the largest frame with the state that it found.
pub const RECORD_MAX_BYTES: usize = 16 * 1024 * 1024;

/// a record's checksum, and its name in the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Check(pub [u8; 32]);

impl Check {
    /// 64 lower-case hex digits.
    pub fn hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// a record in its place in the chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    pub seq: u64,
    /// the checksum of the record before, hex.
    pub prev: String,
    pub check: Check,
    /// bytes from the start of its frame to the start of the next.
    pub bytes: usize,
    /// `None`: written by a version that knows more kinds of records.
    pub record: Option<Record>,
}

#[derive(Serialize)]
struct EnvelopeOut<'a> {
    seq: u64,
    prev: String,
    record: &'a Record,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EnvelopeIn {
    seq: u64,
    prev: String,
    record: serde_json::Value,
}

/// the frame of `record` after the record `prev`; `None` if it is over the limit.
pub fn encode(seq: u64, prev: Check, record: &Record) -> Option<(Vec<u8>, Check)> {
    let envelope = EnvelopeOut {
        seq,
        prev: prev.hex(),
        record,
    };
    let json = serde_json::to_vec(&envelope).ok()?;
    if json.len() > RECORD_MAX_BYTES {
        return None;
    }
    let length = (json.len() as u32).to_le_bytes();
    let check = checksum(&length, &json);
    Some(([length.as_slice(), &check.0, &json].concat(), check))
}

/// the record at the start of `bytes`; `None` if none stands there whole.
pub fn decode(bytes: &[u8]) -> Option<Link> {
    let (head, rest) = bytes.split_first_chunk::<HEAD_BYTES>()?;
    let (length, check) = head.split_first_chunk::<4>()?;
    let json_bytes = u32::from_le_bytes(*length) as usize;
    if json_bytes > RECORD_MAX_BYTES {
        return None;
    }
    let json = rest.get(..json_bytes)?;
    // the cheap test first: recovery tries many places.
    if !json.starts_with(b"{\"seq\":") || checksum(length, json).0 != *check {
        return None;
    }
    let envelope: EnvelopeIn = serde_json::from_slice(json).ok()?;
    Some(Link {
        seq: envelope.seq,
        prev: envelope.prev,
        check: checksum(length, json),
        bytes: HEAD_BYTES + json_bytes,
        record: serde_json::from_value(envelope.record).ok(),
    })
}

fn checksum(length: &[u8; 4], json: &[u8]) -> Check {
    Check(
        Sha256::new()
            .chain_update(length)
            .chain_update(json)
            .finalize()
            .into(),
    )
}
