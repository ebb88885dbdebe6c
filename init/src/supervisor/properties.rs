//! what holds for every sequence of events, tried on a small world that does what it is told.

use super::*;
use crate::units::Start;
use proptest::prelude::*;
use std::collections::BTreeSet;

const UNITS: usize = 4;

#[derive(Clone, Debug)]
enum Op {
    Connect(UnitId),
    /// the unit's process ends, if it has one.
    Exit(UnitId, Exit),
    Orphan,
    Wait(Millis),
    Ask(Command),
    Signal(Power),
    /// from now on programs cannot be started, or can be again.
    Broken(bool),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let unit = 0..UNITS;
    let exit = prop_oneof![
        Just(Exit::Code(0)),
        Just(Exit::Code(1)),
        Just(Exit::Signal(9))
    ];
    let power = prop_oneof![Just(Power::Reboot), Just(Power::Poweroff)];
    let command = prop_oneof![
        unit.clone().prop_map(Command::Start),
        unit.clone().prop_map(Command::Stop),
        unit.clone().prop_map(Command::Restart),
        (power.clone(), 0..5000_u64).prop_map(|(kind, delay_ms)| Command::Power { kind, delay_ms }),
        Just(Command::CancelPower),
    ];
    let op = prop_oneof![
        4 => unit.clone().prop_map(Op::Connect),
        6 => (unit, exit).prop_map(|(unit, exit)| Op::Exit(unit, exit)),
        1 => Just(Op::Orphan),
        6 => prop_oneof![0..300_u64, 300..20_000_u64].prop_map(Op::Wait),
        4 => command.prop_map(Op::Ask),
        1 => power.prop_map(Op::Signal),
        1 => any::<bool>().prop_map(Op::Broken),
    ];
    proptest::collection::vec(op, 0..120)
}

fn specs() -> Vec<Spec> {
    let restart = Restart {
        first_ms: 100,
        max_ms: 1000,
        limit: 3,
        steady_ms: 2000,
        retry_ms: None,
    };
    let spec = |name: &str, start, essential: bool, has_socket| Spec {
        name: name.to_owned(),
        start,
        restart: Restart {
            retry_ms: essential.then_some(5000),
            ..restart
        },
        stop_ms: 500,
        essential,
        has_socket,
    };
    vec![
        spec("executor", Start::Boot, true, true),
        spec("worker", Start::Boot, false, false),
        spec("model", Start::Demand, false, true),
        spec("shell", Start::Console, true, false),
    ]
}

/// processes, sockets and a clock, driven by actions.
struct World {
    core: Supervisor,
    now: Millis,
    pid: u32,
    live: Vec<Option<u32>>,
    open: BTreeSet<UnitId>,
    watched: BTreeSet<UnitId>,
    broken: bool,
    terminated: Vec<UnitId>,
    finished: u32,
}

impl World {
    fn new() -> Self {
        let mut world = World {
            core: Supervisor::new(specs()),
            now: 0,
            pid: 100,
            live: vec![None; UNITS],
            open: BTreeSet::new(),
            watched: BTreeSet::new(),
            broken: false,
            terminated: Vec::new(),
            finished: 0,
        };
        world.send(
            Event::Boot {
                disabled: vec![0, 1],
            },
            None,
        );
        world
    }

    fn send(&mut self, event: Event, connected: Option<UnitId>) {
        let mut out = Vec::new();
        let before = self.core.clone();
        self.core.step(event, self.now, &mut out);
        self.obey(out, connected, &before);
    }

    /// does what was said, and answers spawns at once as the shell does.
    fn obey(&mut self, actions: Vec<Action>, connected: Option<UnitId>, before: &Supervisor) {
        let said = actions
            .iter()
            .any(|action| matches!(action, Action::Say(_)));
        for (old, new) in before.units.iter().zip(&self.core.units) {
            let failed = |unit: &Unit| matches!(unit.phase, Phase::Failed { .. });
            assert!(
                said || !failed(new) || failed(old),
                "given up without a word"
            );
        }
        let mut answers = Vec::new();
        for action in actions {
            match action {
                Action::OpenSocket(unit) => assert!(self.open.insert(unit)),
                Action::CloseSocket(unit) => assert!(self.open.remove(&unit)),
                Action::Watch(unit, true) => {
                    assert!(self.open.contains(&unit) && self.watched.insert(unit));
                }
                Action::Watch(unit, false) => assert!(self.watched.remove(&unit)),
                Action::Spawn(unit) => {
                    assert_eq!(self.live[unit], None, "two live processes of one unit");
                    assert!(!self.core.going_down(), "a start on the way down");
                    let spec = &self.core.units[unit].spec;
                    assert!(!spec.has_socket || self.open.contains(&unit));
                    let demand = spec.start == Start::Demand;
                    assert!(
                        !demand || connected == Some(unit),
                        "started without a connection"
                    );
                    answers.push(if self.broken {
                        let why = "no such file".to_owned();
                        Event::NotSpawned { unit, why }
                    } else {
                        self.pid += 1;
                        self.live[unit] = Some(self.pid);
                        Event::Spawned {
                            unit,
                            pid: self.pid,
                        }
                    });
                }
                Action::Terminate { unit, pid } => {
                    assert_eq!(self.live[unit], Some(pid));
                    if self.core.going_down() {
                        self.terminated.push(unit);
                    }
                }
                Action::KillGroup(_) | Action::Say(_) | Action::Log(_) => {}
                Action::Finish(_) => {
                    for (unit, pid) in self.core.units.iter().zip(&self.live) {
                        let stuck = matches!(unit.phase, Phase::Stuck { .. });
                        assert!(stuck || pid.is_none(), "down with a live process");
                    }
                    self.finished += 1;
                }
            }
        }
        for answer in answers {
            self.send(answer, connected);
        }
        self.check();
    }

    fn check(&self) {
        for (id, unit) in self.core.units.iter().enumerate() {
            let pid = match unit.phase {
                Phase::Running { pid, .. } | Phase::Stopping(Stop { pid, .. }) => Some(pid),
                Phase::Stuck { pid } => Some(pid),
                Phase::Starting => return,
                _ => None,
            };
            assert_eq!(self.live[id], pid, "{}", unit.spec.name);
            assert_eq!(self.watched.contains(&id), unit.phase == Phase::Listening);
            let resting = matches!(unit.phase, Phase::Stopped | Phase::Failed { .. });
            assert_eq!(self.open.contains(&id), unit.spec.has_socket && !resting);
        }
        let falling = self.terminated.windows(2).all(|pair| pair[0] > pair[1]);
        assert!(falling, "stopped in the order {:?}", self.terminated);
        assert!(self.finished <= 1);
    }

    fn exit(&mut self, unit: UnitId, exit: Exit) {
        if let Some(pid) = self.live[unit].take() {
            self.send(Event::Exited { pid, exit }, None);
        }
    }

    fn wait(&mut self, ms: Millis) {
        self.now += ms;
        // the shell ticks at the deadline; late is the worst that can happen.
        if self.core.next_deadline().is_some_and(|at| at <= self.now) {
            self.send(Event::Tick, None);
        }
    }

    fn apply(&mut self, op: Op) {
        match op {
            Op::Connect(unit) => self.send(Event::Connection(unit), Some(unit)),
            Op::Exit(unit, exit) => self.exit(unit, exit),
            Op::Orphan => {
                let before = format!("{:?}", self.core);
                let mut out = Vec::new();
                let exited = Event::Exited {
                    pid: 7,
                    exit: Exit::Code(0),
                };
                self.core.step(exited, self.now, &mut out);
                assert_eq!((out, format!("{:?}", self.core)), (Vec::new(), before));
            }
            Op::Wait(ms) => self.wait(ms),
            Op::Ask(command) => {
                let before = self.core.clone();
                let mut out = Vec::new();
                let answer = self.core.command(command, self.now, &mut out);
                let sentence = answer.unwrap_or_else(|why| why);
                assert!(!sentence.is_empty() && !sentence.contains('\n'));
                self.obey(out, None, &before);
            }
            Op::Signal(kind) => self.send(Event::Power(kind), None),
            Op::Broken(broken) => self.broken = broken,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn every_history_keeps_the_promises_and_can_be_ended(ops in ops()) {
        let mut world = World::new();
        for op in ops {
            world.apply(op);
        }
        // whatever happened, the machine goes down: everything that is told to end does, or is
        // killed, and `Finish` is said exactly once.
        world.send(Event::Power(Power::Poweroff), None);
        for round in 0..40 {
            if round % 3 == 2 {
                (0..UNITS).for_each(|unit| world.exit(unit, Exit::Signal(9)));
            }
            world.wait(700);
        }
        prop_assert_eq!(world.finished, 1);
    }

    #[test]
    fn a_deadline_that_is_ticked_is_past(ops in ops()) {
        // a tick that left its deadline in place would make pid 1 spin.
        let mut world = World::new();
        for op in ops {
            world.apply(op);
            if let Some(at) = world.core.next_deadline() {
                let mut core = world.core.clone();
                core.step(Event::Tick, at, &mut Vec::new());
                prop_assert!(core.next_deadline().is_none_or(|next| next > at));
            }
        }
    }
}
