//! who is served next: people before what runs in the background, then in the order of arrival. those
//! of one class that wait at the same time are served together.
//!
//! no socket and no clock, so that the order can be tested as it is.

use crate::model::BATCH_MAX;

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

    /// takes out those that are next, all of one class. `joins` is asked about each before it comes
    /// along; who does not waits on.
    pub fn batch(&mut self, mut joins: impl FnMut(&mut T) -> bool) -> Vec<Waiting<T>> {
        self.waiting
            .sort_by_key(|one| (one.background, one.arrival));
        let class = self.waiting.first().map(|one| one.background);
        let mut count = 0;
        let taken = self.waiting.extract_if(.., |one| {
            let taken = count < BATCH_MAX && Some(one.background) == class && joins(&mut one.what);
            count += usize::from(taken);
            taken
        });
        taken.collect()
    }

    /// whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
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

    /// the clients of the next batches.
    fn order(queue: &mut Queue<()>) -> Vec<Vec<u64>> {
        let mut batches = Vec::new();
        while !queue.is_empty() {
            batches.push(clients(&queue.batch(|()| true)));
        }
        batches
    }

    fn clients<T>(batch: &[Waiting<T>]) -> Vec<u64> {
        batch.iter().map(|one| one.client).collect()
    }

    fn one(queue: &mut Queue<()>) -> Waiting<()> {
        let mut first = true;
        let mut batch = queue.batch(|()| std::mem::take(&mut first));
        assert_eq!(batch.len(), 1);
        batch.remove(0)
    }

    #[test]
    fn people_come_first_and_each_class_in_its_order() {
        let mut queue = Queue::default();
        for (client, background) in [(1, true), (2, false), (3, true), (4, false)] {
            queue.push(client, background, ());
        }
        assert_eq!(order(&mut queue), [[2, 4], [1, 3]]);
        assert_eq!(queue.batch(|()| true), []);
    }

    #[test]
    fn so_many_are_served_together_and_no_more() {
        let mut queue = Queue::default();
        queue.push(1, true, ());
        for client in 2..=7 {
            queue.push(client, false, ());
        }
        assert_eq!(
            order(&mut queue),
            [vec![2, 3, 4, 5], vec![6, 7], vec![1]],
            "{BATCH_MAX}"
        );
    }

    #[test]
    fn who_does_not_join_waits_and_another_comes_along() {
        let mut queue = Queue::default();
        for (client, what) in [(1, 'a'), (2, 'a'), (3, 'b'), (4, 'c'), (5, 'd'), (6, 'e')] {
            queue.push(client, false, what);
        }
        let mut seen = Vec::new();
        let batch = queue.batch(|what| {
            let joins = !seen.contains(what);
            seen.push(*what);
            joins
        });
        assert_eq!(clients(&batch), [1, 3, 4, 5]);
        // who was not asked about was not looked at.
        assert_eq!(seen, ['a', 'a', 'b', 'c', 'd']);
        assert_eq!(clients(&queue.batch(|_| true)), [2, 6]);
    }

    #[test]
    fn only_the_background_gives_way_and_only_to_people() {
        let mut queue = Queue::default();
        queue.push(1, true, ());
        queue.push(2, true, ());
        queue.push(3, true, ());
        let running = one(&mut queue);
        assert!(!queue.gives_way(&running));
        queue.push(4, false, ());
        assert!(queue.gives_way(&running));
        queue.put_back(running);
        let person = one(&mut queue);
        queue.push(5, false, ());
        assert_eq!(person.client, 4);
        assert!(!queue.gives_way(&person));
        // the one that gave way still comes before the others.
        assert_eq!(order(&mut queue), [vec![5], vec![1, 2, 3]]);
    }

    #[test]
    fn after_three_interruptions_it_runs_through() {
        let mut queue = Queue::default();
        queue.push(1, true, ());
        for _ in 0..INTERRUPTIONS_MAX {
            let running = one(&mut queue);
            assert_eq!(running.client, 1);
            queue.push(2, false, ());
            assert!(queue.gives_way(&running));
            queue.put_back(running);
            assert_eq!(one(&mut queue).client, 2);
        }
        // one beside it that was not interrupted yet does give way: each has its own count.
        queue.push(3, true, ());
        let running = queue.batch(|()| true);
        queue.push(2, false, ());
        let gives_way: Vec<bool> = running.iter().map(|one| queue.gives_way(one)).collect();
        assert_eq!(
            (clients(&running), gives_way),
            (vec![1, 3], vec![false, true])
        );
    }

    #[test]
    fn who_is_gone_waits_no_more() {
        let mut queue = Queue::default();
        queue.push(1, false, ());
        queue.push(2, false, ());
        assert!(queue.forget(1));
        assert!(!queue.forget(1));
        assert_eq!(order(&mut queue), [[2]]);
    }
}
