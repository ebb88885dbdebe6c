//! finding the services and sending to them.

use super::Shell;
use crate::link::{self, Link, readable};
use crate::session::tiers::Tier;
use crate::session::{Event, Voice};
use llm_os_wire::{executor, model};
use std::io;
use std::time::{Duration, Instant};

/// the waits between attempts to reach the executor, milliseconds: together longer than pid 1 takes
/// to start it again after a first death.
const BACK_OFF_MS: [u64; 7] = [50, 100, 200, 400, 800, 1000, 1000];
/// how long the executor may take to answer `Hello`. pid 1 holds its socket from the start, so at
/// boot this is the time until it runs.
const HELLO_MAX: Duration = Duration::from_secs(10);
/// past this no new attempt is begun for one line.
const MEET_MAX: Duration = Duration::from_secs(10);

impl Shell {
    pub(super) fn send_to_executor(&mut self, request: &executor::Request) {
        use executor::Request::{Cancel, Confirm, Decline};
        // it may have been restarted while the model was thinking. what belongs to one connection is
        // of no use on another.
        let bound = matches!(request, Confirm { .. } | Decline { .. } | Cancel);
        let met = match (&self.executor, bound) {
            (None, true) => Err("the connection ended".to_owned()),
            (None, false) => self.try_to_meet(),
            (Some(_), _) => Ok(()),
        };
        let sent = met.and_then(|()| match &mut self.executor {
            Some(link) => link.send(request).map_err(|error| error.to_string()),
            None => Err("there is no connection to it".to_owned()),
        });
        if let Err(why) = sent {
            self.executor = None;
            self.events.push_back(Event::ExecutorAway(why));
        }
    }

    pub(super) fn send_to_model(&mut self, tier: Tier, request: &model::Request) {
        self.late = self
            .session
            .patience()
            .map(|longest| Instant::now() + longest);
        // what is still to be heard was said by whoever was asked before.
        if matches!(request, model::Request::Ask { .. }) {
            let stale = |event: &Event| {
                matches!(event, Event::Model(_) | Event::ModelLost | Event::ModelLate)
            };
            self.events.retain(|event| !stale(event));
        }
        if self.model.as_ref().is_some_and(|(to, _)| *to != tier) {
            self.model = None;
        }
        let path = match tier {
            Tier::Embedded => &self.sockets.model,
            Tier::Big => &self.sockets.big,
            Tier::Endpoint => &self.sockets.remote,
        };
        // a runner that sleeps is woken by the connection; one that has just gone to sleep leaves a
        // dead one behind.
        for fresh in [false, true] {
            if self.model.is_none() || fresh {
                match Link::open(path) {
                    Ok(link) => self.model = Some((tier, link)),
                    Err(error) => {
                        self.model = None;
                        self.events.push_back(Event::ModelAway(error.to_string()));
                        return;
                    }
                }
            }
            let sent = self.model.as_mut().map(|(_, link)| link.send(request));
            match sent {
                Some(Err(error)) if fresh => {
                    self.model = None;
                    self.events.push_back(Event::ModelAway(error.to_string()));
                }
                Some(Err(_)) => {}
                _ => return,
            }
        }
    }

    /// makes sure that there is a connection to the executor, trying again for a while if need be.
    pub(super) fn meet(&mut self) -> io::Result<()> {
        if self.executor.is_some() {
            return Ok(());
        }
        let begun = Instant::now();
        let mut waits = BACK_OFF_MS.iter();
        // it was not found for the line before: one look is enough, and the session says the rest.
        let mut told = std::mem::replace(&mut self.away, true);
        if told {
            waits = [].iter();
        }
        loop {
            let Err(why) = self.try_to_meet() else {
                return Ok(());
            };
            if !std::mem::replace(&mut told, true) {
                let why = crate::escape::line(&why);
                self.mouth.say(
                    Voice::Bad,
                    &format!("the executor is away ({why}); trying again ...\n"),
                )?;
            }
            let Some(wait) = waits.next().filter(|_| begun.elapsed() < MEET_MAX) else {
                return Ok(());
            };
            let pause = Duration::from_millis(*wait);
            if readable(&[self.interrupts.fd()], Some(pause))[0] && self.interrupts.take() {
                return Ok(());
            }
        }
    }

    fn try_to_meet(&mut self) -> Result<(), String> {
        let stop = Some(self.interrupts.fd());
        let (link, welcome) = link::greet(&self.sockets.executor, HELLO_MAX, stop)?;
        self.executor = Some(link);
        self.away = false;
        self.events.push_back(Event::Executor(welcome));
        Ok(())
    }
}
