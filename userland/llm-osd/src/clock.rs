//! now, on the boot clock and on the wall.

use rustix::time::{ClockId, clock_gettime};

/// a seam, so that tests can let time pass.
pub trait Clock: Send + Sync {
    /// since boot, counting sleep; deadlines are on this one, because nobody can set it.
    fn boot_ms(&self) -> u64;
    /// since 1970, by the machine's clock.
    fn unix_s(&self) -> u64;
}

/// the kernel's.
pub struct Kernel;

impl Clock for Kernel {
    fn boot_ms(&self) -> u64 {
        let now = clock_gettime(ClockId::Boottime);
        let (seconds, nanos) = (now.tv_sec.unsigned_abs(), now.tv_nsec.unsigned_abs());
        seconds
            .saturating_mul(1000)
            .saturating_add(nanos / 1_000_000)
    }

    fn unix_s(&self) -> u64 {
        u64::try_from(clock_gettime(ClockId::Realtime).tv_sec).unwrap_or(0)
    }
}

/// minutes since midnight, utc: the machine's zone is not known here yet.
pub fn minute_of_day(unix_s: u64) -> u16 {
    u16::try_from(unix_s / 60 % (24 * 60)).unwrap_or(0)
}
