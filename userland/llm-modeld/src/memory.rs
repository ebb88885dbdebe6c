//! how much memory a model may take.
//!
//! a model that does not fit is not refused by the kernel: the machine pages in and out until it
//! stands still, or the runner is killed in the middle. so the need is estimated first.

use crate::ModelError;
use crate::gguf::Header;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

const MIB: u64 = 1024 * 1024;
/// buffers of the graph, the grammar and the program itself.
const AROUND_BYTES: u64 = 96 * MIB;

/// opened before the process shuts itself in, read again at each load.
pub struct Memory {
    meminfo: Option<File>,
    /// the lowest `memory.max` of the cgroups that this process is in.
    limit_bytes: Option<u64>,
}

impl Memory {
    /// what this process may look at; where `/proc` is missing, nothing is ever too big.
    pub fn open() -> Self {
        let own = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        let group = own
            .lines()
            .find_map(|line| line.strip_prefix("0::"))
            .unwrap_or_default();
        Memory {
            meminfo: File::open("/proc/meminfo").ok(),
            limit_bytes: lowest_limit(Path::new("/sys/fs/cgroup"), group),
        }
    }

    /// bytes that can be had now; `None` where nobody knows.
    fn free_bytes(&mut self) -> Option<u64> {
        let mut text = String::new();
        let file = self.meminfo.as_mut()?;
        file.rewind().ok()?;
        file.read_to_string(&mut text).ok()?;
        let available = available_bytes(&text)?;
        Some(
            self.limit_bytes
                .map_or(available, |limit| limit.min(available)),
        )
    }

    /// # Errors
    /// `TooBig` when the model does not fit.
    pub fn check(
        &mut self,
        path: &Path,
        header: &Header,
        positions: u64,
    ) -> Result<(), ModelError> {
        let needs = needs_bytes(header, positions);
        match self.free_bytes() {
            Some(free) if needs > free => Err(ModelError::TooBig {
                path: path.to_owned(),
                needs_mib: needs.div_ceil(MIB),
                free_mib: free / MIB,
            }),
            _ => Ok(()),
        }
    }
}

/// weights, keys and values of `positions` positions at two bytes each, and what is around them.
fn needs_bytes(header: &Header, positions: u64) -> u64 {
    let heads = header.heads.max(1);
    let kv_heads = if header.heads_kv == 0 {
        heads
    } else {
        header.heads_kv
    };
    let kv_width = (header.width / heads).saturating_mul(kv_heads);
    let cache = kv_width
        .saturating_mul(header.blocks)
        .saturating_mul(positions)
        .saturating_mul(4);
    header
        .bytes
        .saturating_add(cache)
        .saturating_add(AROUND_BYTES)
}

fn available_bytes(meminfo: &str) -> Option<u64> {
    let line = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

fn lowest_limit(root: &Path, group: &str) -> Option<u64> {
    let group = root.join(group.trim().trim_start_matches('/'));
    group
        .ancestors()
        .take_while(|dir| dir.starts_with(root))
        .filter_map(|dir| std::fs::read_to_string(dir.join("memory.max")).ok())
        .filter_map(|text| text.trim().parse().ok())
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_that_does_not_fit_is_refused() {
        let header = Header {
            blocks: 32,
            width: 4096,
            heads: 32,
            heads_kv: 8,
            bytes: 4 << 30,
            ..Header::default()
        };
        // 4 GiB of weights, 512 MiB of keys and values.
        assert_eq!(
            needs_bytes(&header, 4096),
            (4 << 30) + (512 << 20) + AROUND_BYTES
        );
        let mut none = Memory {
            meminfo: None,
            limit_bytes: None,
        };
        assert!(none.check(Path::new("a.gguf"), &header, 4096).is_ok());
        let mut small = Memory {
            meminfo: File::open("/proc/meminfo").ok(),
            limit_bytes: Some(MIB),
        };
        let error = small
            .check(Path::new("a.gguf"), &header, 4096)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("needs about 4704 MiB of memory and 1 MiB"),
            "{error}"
        );
    }

    #[test]
    fn the_kernel_is_understood() {
        let text = "MemTotal:       24 kB\nMemAvailable:    1024 kB\n";
        assert_eq!(available_bytes(text), Some(MIB));
        assert_eq!(available_bytes("MemTotal: 24 kB\n"), None);
    }
}
