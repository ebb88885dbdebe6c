use super::stop::ASKED_MS;
use super::*;
use crate::units::Start;

fn spec(name: &str, start: Start, essential: bool) -> Spec {
    Spec {
        name: name.to_owned(),
        start,
        restart: Restart {
            first_ms: 100,
            max_ms: 1000,
            limit: 2,
            steady_ms: 5000,
            retry_ms: essential.then_some(30_000),
        },
        stop_ms: 500,
        essential,
        has_socket: start != Start::Console,
    }
}

/// a core that is up: executor 10, shell 12; the model runner listens.
fn up() -> (Supervisor, Vec<Action>) {
    let mut core = Supervisor::new(vec![
        spec("executor", Start::Boot, true),
        spec("model", Start::Demand, false),
        spec("shell", Start::Console, true),
    ]);
    let mut out = Vec::new();
    core.step(
        Event::Boot {
            disabled: Vec::new(),
        },
        0,
        &mut out,
    );
    core.step(Event::Spawned { unit: 0, pid: 10 }, 0, &mut out);
    core.step(Event::Spawned { unit: 2, pid: 12 }, 0, &mut out);
    (core, out)
}

fn step(core: &mut Supervisor, event: Event, now: Millis) -> Vec<Action> {
    let mut out = Vec::new();
    core.step(event, now, &mut out);
    out
}

fn died(pid: u32) -> Event {
    Event::Exited {
        pid,
        exit: Exit::Signal(9),
    }
}

#[test]
fn sockets_open_before_anything_starts() {
    use Action::*;
    let (_, actions) = up();
    assert_eq!(
        actions,
        [
            OpenSocket(0),
            OpenSocket(1),
            Watch(1, true),
            Spawn(0),
            Spawn(2)
        ]
    );
}

#[test]
fn the_model_runner_starts_by_a_connection_and_listens_again_after_it_left() {
    let (mut core, _) = up();
    let start = step(&mut core, Event::Connection(1), 1000);
    assert_eq!(start, [Action::Watch(1, false), Action::Spawn(1)]);
    step(&mut core, Event::Spawned { unit: 1, pid: 11 }, 1000);
    assert_eq!(step(&mut core, Event::Connection(1), 1100), []);
    let left = step(
        &mut core,
        Event::Exited {
            pid: 11,
            exit: Exit::Code(0),
        },
        31_000,
    );
    assert_eq!(left[0], Action::KillGroup(1));
    assert_eq!(left.last(), Some(&Action::Watch(1, true)));
    assert_eq!(core.next_deadline(), None);
}

#[test]
fn one_that_keeps_dying_is_given_up_with_a_message_and_no_socket() {
    let (mut core, _) = up();
    let mut now = 1000;
    for (round, wait) in [(1, Some(100)), (2, Some(200)), (3, None)] {
        step(&mut core, Event::Connection(1), now);
        step(&mut core, Event::Spawned { unit: 1, pid: 20 }, now);
        let actions = step(&mut core, died(20), now + 1);
        assert_eq!(
            core.next_deadline(),
            wait.map(|wait| now + 1 + wait),
            "round {round}"
        );
        if let Some(wait) = wait {
            now += 1 + wait;
            step(&mut core, Event::Tick, now);
            assert_eq!(core.view(1).unwrap().phase, Phase::Listening);
            continue;
        }
        let said = "model was ended by signal 9, 3 times in a row; given up, start it with: \
                    systemctl start model";
        assert!(
            actions.contains(&Action::Say(said.to_owned())),
            "{actions:?}"
        );
        assert!(actions.contains(&Action::CloseSocket(1)));
    }
    assert_eq!(
        core.command(Command::Start(1), now, &mut Vec::new()),
        Ok("model is started".into())
    );
    assert_eq!(core.view(1).unwrap().phase, Phase::Listening);
}

#[test]
fn an_essential_one_is_tried_again_for_ever() {
    let (mut core, _) = up();
    let mut now = 0;
    let mut pid = 10;
    for _ in 0..20 {
        step(&mut core, died(pid), now);
        now = core.next_deadline().unwrap();
        assert_eq!(
            step(&mut core, Event::Tick, now).last(),
            Some(&Action::Spawn(0))
        );
        pid += 100;
        step(&mut core, Event::Spawned { unit: 0, pid }, now);
    }
}

#[test]
fn a_long_life_forgives_earlier_deaths() {
    let (mut core, _) = up();
    step(&mut core, died(10), 10);
    step(&mut core, Event::Tick, 110);
    step(&mut core, Event::Spawned { unit: 0, pid: 30 }, 110);
    step(&mut core, died(30), 10_000);
    assert_eq!(core.next_deadline(), Some(10_100));
}

#[test]
fn a_shell_that_was_left_comes_back_at_once() {
    let (mut core, _) = up();
    let left = step(
        &mut core,
        Event::Exited {
            pid: 12,
            exit: Exit::Code(0),
        },
        60_000,
    );
    assert_eq!(left.last(), Some(&Action::Spawn(2)));
}

#[test]
fn the_way_down_is_the_way_up_reversed() {
    let (mut core, _) = up();
    let first = step(&mut core, Event::Power(Power::Poweroff), 1000);
    assert!(first.contains(&Action::CloseSocket(1)));
    assert_eq!(first.last(), Some(&Action::Terminate { unit: 2, pid: 12 }));
    let second = step(
        &mut core,
        Event::Exited {
            pid: 12,
            exit: Exit::Signal(15),
        },
        1010,
    );
    assert_eq!(second.last(), Some(&Action::Terminate { unit: 0, pid: 10 }));
    // it does not listen: its cgroup is killed at the limit.
    assert!(step(&mut core, Event::Tick, 1510).contains(&Action::KillGroup(0)));
    let last = step(&mut core, died(10), 1511);
    assert_eq!(last.last(), Some(&Action::Finish(Power::Poweroff)));
}

#[test]
fn a_planned_way_down_can_be_replaced_and_cancelled() {
    let (mut core, _) = up();
    let mut out = Vec::new();
    let plan = |kind, delay_ms| Command::Power { kind, delay_ms };
    core.command(plan(Power::Reboot, 60_000), 0, &mut out)
        .unwrap();
    core.command(plan(Power::Poweroff, 90_000), 0, &mut out)
        .unwrap();
    assert_eq!(core.next_deadline(), Some(90_000));
    assert_eq!(
        core.command(Command::CancelPower, 10, &mut out),
        Ok("power-off cancelled".into())
    );
    assert!(core.command(Command::CancelPower, 20, &mut out).is_err());
    assert_eq!(core.next_deadline(), None);
}

#[test]
fn what_is_essential_is_restarted_and_never_stopped() {
    let (mut core, _) = up();
    let mut out = Vec::new();
    assert!(core.command(Command::Stop(0), 0, &mut out).is_err());
    assert_eq!(out, []);
    core.command(Command::Restart(0), 0, &mut out).unwrap();
    // not before whoever asked has its answer.
    assert_eq!(out, []);
    assert_eq!(core.next_deadline(), Some(ASKED_MS));
    let told = step(&mut core, Event::Tick, ASKED_MS);
    assert_eq!(told, [Action::Terminate { unit: 0, pid: 10 }]);
    let again = step(
        &mut core,
        Event::Exited {
            pid: 10,
            exit: Exit::Code(0),
        },
        ASKED_MS + 10,
    );
    assert_eq!(again.last(), Some(&Action::Spawn(0)));
}
