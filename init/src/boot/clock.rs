//! the clock never goes back behind the last time that was seen: a board without a battery starts in
//! 1970, and a journal with such times would be of no use.

use crate::system::{Priority, System};

const SAVED: &str = "/data/state/clock";
const NEW: &str = "/data/state/clock.new";

/// sets the clock to the saved time if it is behind it.
pub fn floor<S: System>(system: &mut S) {
    let saved = system
        .read(SAVED)
        .ok()
        .and_then(|text| text.trim().parse::<u64>().ok());
    let Some(saved) = saved.filter(|saved| *saved > system.clock()) else {
        return;
    };
    match system.set_clock(saved) {
        Ok(()) => system.log(
            Priority::Info,
            "the clock was behind the saved time and was set to it",
        ),
        Err(error) => system.log(Priority::Warning, &format!("the clock is behind: {error}")),
    }
}

/// saves the time, at the end.
pub fn save<S: System>(system: &mut S) {
    let now = system.clock();
    let saved = system
        .write(NEW, &format!("{now}\n"))
        .and_then(|()| system.rename(NEW, SAVED));
    if let Err(error) = saved {
        system.log(Priority::Info, &format!("the time is not saved: {error}"));
    }
}
