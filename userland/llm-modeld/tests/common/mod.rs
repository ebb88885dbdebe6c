//! what the tests of the text tier share.

#![allow(dead_code)]

pub mod ground;
pub mod tiny;

use llm_os_schema::{CapabilityTable, Names};

/// the golden copy of the capability table.
pub fn table() -> CapabilityTable {
    serde_json::from_str(include_str!("../../../capability/capabilities.json")).unwrap()
}

/// a small world.
pub fn names() -> Names {
    let own = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    Names {
        units: own(&["llm-osd", "web"]),
        files: own(&["notes.md", "größe \"2\".txt"]),
        dirs: own(&["photos", "/data/models"]),
        ..Names::default()
    }
}

/// a stream of numbers that is the same for the same seed (xorshift64*).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() >> 33) as usize % end
    }

    /// from -1 to 1.
    pub fn float(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }
}
