//! the whole story: up, round and round, down. what panics is said and gone on from.

use crate::boot;
use crate::down::down;
use crate::run::{INIT_SOCKET, Shell};
use crate::supervisor::Power;
use crate::system::linux::Linux;
use crate::system::{Priority, System};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

/// turns of the main loop in a row that may fail before the machine starts anew.
const FAILURES_MAX: u32 = 8;

/// runs as pid 1 and never returns; as any other process it refuses.
pub fn main() -> ExitCode {
    let system = Linux::default();
    if system.pid() != 1 {
        eprintln!("llminit: this is pid 1 of llm-os; it runs as nothing else");
        return ExitCode::FAILURE;
    }
    // the default hook writes to a stderr that may not be there and may block.
    std::panic::set_hook(Box::new(|panic| {
        Linux::default().log(Priority::Error, &format!("stumbled: {panic}"));
    }));
    let lived = catch_unwind(|| up(system));
    let (mut system, kind, consoles) = lived.unwrap_or_else(|_| nowhere(Linux::default()));
    loop {
        let _ = catch_unwind(AssertUnwindSafe(|| down(&mut system, &consoles, kind)));
        // the kernel refused, or the way down itself stumbled: pid 1 may not end, so it tries again.
        system.pause(5000);
        let _ = system.power(kind);
    }
}

/// from the kernel's hand-over to the moment when every unit is down.
fn up(mut system: Linux) -> Ended {
    let signals = match system.settle() {
        Ok(signals) => signals,
        Err(error) => return lost(system, &format!("signals cannot be taken: {error}")),
    };
    let booted = boot::boot(&mut system);
    let mut shell = match Shell::new(system, signals, booted, &INIT_SOCKET) {
        Ok(shell) => shell,
        Err(error) => {
            let why = format!("nothing can be waited for: {error}");
            return lost(Linux::default(), &why);
        }
    };
    let mut failures = 0;
    let mut turn = |shell: &mut Shell<Linux>, work: fn(&mut Shell<Linux>) -> Option<Power>| {
        match catch_unwind(AssertUnwindSafe(|| work(shell))) {
            Ok(finish) => {
                failures = 0;
                finish
            }
            Err(_) => {
                failures += 1;
                shell.system.pause(100);
                (failures >= FAILURES_MAX).then_some(Power::Reboot)
            }
        }
    };
    let mut finish = turn(&mut shell, |shell| {
        shell.start();
        None
    });
    while finish.is_none() {
        finish = turn(&mut shell, Shell::turn);
    }
    let consoles = shell.consoles().to_vec();
    (shell.system, finish.unwrap_or(Power::Reboot), consoles)
}

/// the machine, what is to become of it, and the consoles to say it on.
type Ended = (Linux, Power, Vec<String>);

/// an end without a beginning: no console is known yet.
fn nowhere(system: Linux) -> Ended {
    (system, Power::Reboot, vec!["console".to_owned()])
}

/// pid 1 cannot work at all: the reason is left in the log, and the machine starts anew.
fn lost(mut system: Linux, why: &str) -> Ended {
    system.log(Priority::Error, why);
    system.console(
        "console",
        &format!("llm-os: {why}; starting again in 10 s\r\n"),
    );
    system.pause(10_000);
    nowhere(system)
}
