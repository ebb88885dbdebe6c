//! the head of the chain, kept apart from it.
//!
//! the log alone cannot show that its end was cut off at a record's edge. two slots, written in turn
//! and in place: a torn write leaves the other one, and a full disk does not matter.

use crate::frame::Check;
use sha2::{Digest, Sha256};

/// bytes from one slot to the next; a sector, so that one write never touches both.
pub const SLOT_BYTES: u64 = 512;
const MAGIC: &[u8; 8] = b"llmhead1";
const USED_BYTES: usize = 8 + 8 + 8 + 8 + 32 + 32;

/// what the chain had reached when it was last written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// how often an anchor was written; its parity chooses the slot.
    pub generation: u64,
    pub seq: u64,
    pub check: Check,
    /// number of the next entry, so that a number is never given twice even if the log is lost.
    pub next_id: u64,
}

impl Anchor {
    /// where its slot begins.
    pub fn offset(&self) -> u64 {
        (self.generation % 2) * SLOT_BYTES
    }

    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(USED_BYTES);
        bytes.extend(MAGIC);
        bytes.extend(self.generation.to_le_bytes());
        bytes.extend(self.seq.to_le_bytes());
        bytes.extend(self.next_id.to_le_bytes());
        bytes.extend(self.check.0);
        let sum: [u8; 32] = Sha256::digest(&bytes).into();
        bytes.extend(sum);
        bytes
    }

    /// the newest whole slot.
    pub fn newest(file: &[u8]) -> Option<Anchor> {
        [0, SLOT_BYTES as usize]
            .into_iter()
            .filter_map(|at| Self::slot(file.get(at..)?))
            .max_by_key(|anchor| anchor.generation)
    }

    fn slot(bytes: &[u8]) -> Option<Anchor> {
        let (body, rest) = bytes.split_at_checked(USED_BYTES - 32)?;
        let sum: [u8; 32] = Sha256::digest(body).into();
        if rest.get(..32)? != sum || !body.starts_with(MAGIC) {
            return None;
        }
        let number = |at: usize| {
            body.get(at..at + 8)?
                .try_into()
                .ok()
                .map(u64::from_le_bytes)
        };
        Some(Anchor {
            generation: number(8)?,
            seq: number(16)?,
            next_id: number(24)?,
            check: Check(body.get(32..64)?.try_into().ok()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anchor(generation: u64) -> Anchor {
        Anchor {
            generation,
            seq: 7 + generation,
            check: Check([9; 32]),
            next_id: 3,
        }
    }

    fn file(anchors: &[Anchor]) -> Vec<u8> {
        let mut bytes = vec![0; 1024];
        for anchor in anchors {
            let at = anchor.offset() as usize;
            bytes[at..at + USED_BYTES].copy_from_slice(&anchor.encode());
        }
        bytes
    }

    #[test]
    fn the_newest_slot_counts() {
        assert_eq!(
            Anchor::newest(&file(&[anchor(1), anchor(2)])),
            Some(anchor(2))
        );
        assert_eq!(
            Anchor::newest(&file(&[anchor(3), anchor(2)])),
            Some(anchor(3))
        );
        assert_eq!(Anchor::newest(&file(&[])), None);
        assert_eq!(Anchor::newest(b"short"), None);
    }

    #[test]
    fn any_flipped_byte_of_a_slot_leaves_the_other() {
        let whole = file(&[anchor(1), anchor(2)]);
        for at in 0..USED_BYTES {
            let mut torn = whole.clone();
            torn[at] ^= 0x40;
            assert_eq!(Anchor::newest(&torn), Some(anchor(1)), "byte {at}");
        }
    }
}
