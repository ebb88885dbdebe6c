//! who is served next: people before what runs in the background, then in the order of arrival.
//!
//! no socket and no clock, so that the order can be tested as it is.

/// so often a request in the background gives way; the next time it runs through.
pub const INTERRUPTIONS_MAX: u32 = 3;

/// a request that waits, or is being answered.
#[derive(Debug, PartialEq, Eq)]
pub struct Waiting<T> {
    /// the connection that it came on; each has one request at a time.
    pub client: u64,
    pub background: bool,
    /// how often it was begun and gave way.
    pub interrupted: u32,
    arrival: u64,
    pub what: T,
}

/// requests that wait.
#[derive(Debug)]
pub struct Queue<T> {
    waiting: Vec<Waiting<T>>,
    arrivals: u64,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Queue {
            waiting: Vec::new(),
            arrivals: 0,
        }
    }
}

impl<T> Queue<T> {
    pub fn push(&mut self, client: u64, background: bool, what: T) {
        self.arrivals += 1;
        self.waiting.push(Waiting {
            client,
            background,
            interrupted: 0,
            arrival: self.arrivals,
            what,
        });
    }

    /// takes out the one that is next.
    pub fn next(&mut self) -> Option<Waiting<T>> {
        let places = self.waiting.iter().enumerate();
        let (at, _) = places.min_by_key(|(_, one)| (one.background, one.arrival))?;
        Some(self.waiting.remove(at))
    }

    /// whether `running` ends now, to begin anew later.
    pub fn gives_way(&self, running: &Waiting<T>) -> bool {
        running.background
            && running.interrupted < INTERRUPTIONS_MAX
            && self.waiting.iter().any(|one| !one.background)
    }

    /// puts back one that gave way; it keeps its place among its like.
    pub fn put_back(&mut self, mut running: Waiting<T>) {
        running.interrupted += 1;
        self.waiting.push(running);
    }

    /// forgets what this connection asked; whether it had asked something.
    pub fn forget(&mut self, client: u64) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|one| one.client != client);
        self.waiting.len() < before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(queue: &mut Queue<()>) -> Vec<u64> {
        std::iter::from_fn(|| queue.next())
            .map(|one| one.client)
            .collect()
    }

    #[test]
    fn people_come_first_and_each_kind_in_its_order() {
        let mut queue = Queue::default();
        for (client, background) in [(1, true), (2, false), (3, true), (4, false)] {
            queue.push(client, background, ());
        }
        assert_eq!(order(&mut queue), [2, 4, 1, 3]);
        assert_eq!(queue.next(), None);
    }

    #[test]
    fn only_the_background_gives_way_and_only_to_people() {
        let mut queue = Queue::default();
        queue.push(1, true, ());
        queue.push(2, true, ());
        let running = queue.next().unwrap();
        assert!(!queue.gives_way(&running));
        queue.push(3, false, ());
        assert!(queue.gives_way(&running));
        queue.put_back(running);
        let person = queue.next().unwrap();
        queue.push(4, false, ());
        assert_eq!(person.client, 3);
        assert!(!queue.gives_way(&person));
        // the one that gave way still came before the other one.
        assert_eq!(order(&mut queue), [4, 1, 2]);
    }

    #[test]
    fn after_three_interruptions_it_runs_through() {
        let mut queue = Queue::default();
        queue.push(1, true, ());
        for _ in 0..INTERRUPTIONS_MAX {
            let running = queue.next().unwrap();
            assert_eq!(running.client, 1);
            queue.push(2, false, ());
            assert!(queue.gives_way(&running));
            queue.put_back(running);
            assert_eq!(queue.next().unwrap().client, 2);
        }
        let running = queue.next().unwrap();
        queue.push(2, false, ());
        assert!(!queue.gives_way(&running));
    }

    #[test]
    fn who_is_gone_waits_no_more() {
        let mut queue = Queue::default();
        queue.push(1, false, ());
        queue.push(2, false, ());
        assert!(queue.forget(1));
        assert!(!queue.forget(1));
        assert_eq!(order(&mut queue), [2]);
    }
}
