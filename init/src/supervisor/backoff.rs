//! when to try again, and when to give up.

use super::Millis;

/// a process that ends well, but sooner than this, did nothing: it counts as a failure, so that a
/// unit cannot be started in a hot loop.
pub const HOT_MS: Millis = 200;

/// restart rules of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restart {
    /// wait after the first failure; doubles with each further one.
    pub first_ms: Millis,
    pub max_ms: Millis,
    /// failures in a row after which it is given up.
    pub limit: u32,
    /// one that ran this long before it failed starts counting anew.
    pub steady_ms: Millis,
    /// given up, it is tried again after this.
    pub retry_ms: Option<Millis>,
}

impl Restart {
    /// the wait after this many failures in a row; `None`: give up.
    pub fn delay(&self, failures: u32) -> Option<Millis> {
        if failures > self.limit {
            return None;
        }
        let doublings = failures.saturating_sub(1).min(32);
        Some(
            self.first_ms
                .saturating_mul(1 << doublings)
                .min(self.max_ms),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn waits_double_up_to_the_most_and_then_it_is_given_up() {
        let rules = Restart {
            first_ms: 100,
            max_ms: 500,
            limit: 5,
            steady_ms: 1000,
            retry_ms: None,
        };
        let delays: Vec<_> = (1..=6).map(|failures| rules.delay(failures)).collect();
        assert_eq!(
            delays,
            [Some(100), Some(200), Some(400), Some(500), Some(500), None]
        );
    }

    proptest! {
        #[test]
        fn waits_never_shrink_and_never_pass_the_most(
            first_ms in 1..10_000_u64, max_ms in 1..100_000_u64, limit in 1..100_u32,
        ) {
            let rules = Restart { first_ms, max_ms, limit, steady_ms: 1, retry_ms: None };
            let mut last = 0;
            for failures in 1..=limit {
                let delay = rules.delay(failures).unwrap();
                prop_assert!(delay >= last && delay <= max_ms);
                last = delay;
            }
            prop_assert_eq!(rules.delay(limit + 1), None);
        }
    }
}
