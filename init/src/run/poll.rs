//! what the main loop waits for, under one epoll descriptor.

use super::clients::CLIENTS_MAX;
use super::keys::KEYS_MAX;
use crate::supervisor::{Millis, UnitId};
use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use std::io;
use std::os::fd::{AsFd, OwnedFd};

/// events taken at a time.
const TURN_MAX: usize = 32;
/// units that fit the numbering below.
const UNITS_MAX: u64 = 1 << 16;

/// who has something to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Signals,
    /// a connection to `init.sock`.
    Init,
    Client(usize),
    /// a power key.
    Key(usize),
    /// a connection to a unit's socket.
    Socket(UnitId),
    Output(UnitId),
}

impl Source {
    fn number(self) -> u64 {
        match self {
            Source::Signals => 0,
            Source::Init => 1,
            Source::Client(slot) => 2 + slot as u64,
            Source::Key(key) => (2 + CLIENTS_MAX + key) as u64,
            Source::Socket(unit) => UNITS_MAX + unit as u64,
            Source::Output(unit) => 2 * UNITS_MAX + unit as u64,
        }
    }

    fn from_number(number: u64) -> Option<Self> {
        let within = (number % UNITS_MAX) as usize;
        match (number / UNITS_MAX, within) {
            (0, 0) => Some(Source::Signals),
            (0, 1) => Some(Source::Init),
            (0, slot) if slot < 2 + CLIENTS_MAX => Some(Source::Client(slot - 2)),
            (0, key) if key < 2 + CLIENTS_MAX + KEYS_MAX => {
                Some(Source::Key(key - 2 - CLIENTS_MAX))
            }
            (1, unit) => Some(Source::Socket(unit)),
            (2, unit) => Some(Source::Output(unit)),
            _ => None,
        }
    }
}

/// the descriptor and its room for events, taken once.
pub struct Poll {
    epoll: OwnedFd,
    events: Vec<Event>,
}

impl Poll {
    /// # Errors
    /// what the kernel said.
    pub fn new() -> io::Result<Self> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        Ok(Poll {
            epoll,
            events: Vec::with_capacity(TURN_MAX),
        })
    }

    /// from now on `source` is reported while it is readable. a descriptor leaves by being closed.
    ///
    /// # Errors
    /// what the kernel said.
    pub fn add(&self, fd: impl AsFd, source: Source) -> io::Result<()> {
        let data = EventData::new_u64(source.number());
        Ok(epoll::add(&self.epoll, fd, data, EventFlags::IN)?)
    }

    /// no more.
    ///
    /// # Errors
    /// what the kernel said.
    pub fn remove(&self, fd: impl AsFd) -> io::Result<()> {
        Ok(epoll::delete(&self.epoll, fd)?)
    }

    /// waits for something, at most `limit`; adds the sources to `into`.
    ///
    /// # Errors
    /// what the kernel said.
    pub fn wait(&mut self, limit: Option<Millis>, into: &mut Vec<Source>) -> io::Result<()> {
        let limit = limit.map(|ms| Timespec {
            tv_sec: i64::try_from(ms / 1000).unwrap_or(i64::MAX),
            tv_nsec: (ms % 1000 * 1_000_000) as _,
        });
        self.events.clear();
        let room = rustix::buffer::spare_capacity(&mut self.events);
        match epoll::wait(&self.epoll, room, limit.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        into.extend(
            self.events
                .iter()
                .filter_map(|event| Source::from_number(event.data.u64())),
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_has_a_number_of_its_own() {
        let mut seen = std::collections::BTreeSet::new();
        let mut all = vec![Source::Signals, Source::Init];
        all.extend((0..CLIENTS_MAX).map(Source::Client));
        all.extend((0..KEYS_MAX).map(Source::Key));
        all.extend((0..20).flat_map(|unit| [Source::Socket(unit), Source::Output(unit)]));
        for source in all {
            assert_eq!(Source::from_number(source.number()), Some(source));
            assert!(seen.insert(source.number()), "{source:?}");
        }
    }
}
