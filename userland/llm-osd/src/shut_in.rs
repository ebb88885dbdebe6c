//! what this process gives up before it listens.
//!
//! a list of what is refused, not of what is allowed: a worker inherits it, and a worker may become
//! any program that the operator asks for. the worker's own lists come on top of it.

/// system calls that neither the executor nor any action makes, each with its reason.
const FRONT: &str = include_str!("../seccomp/front.json");

/// for this thread and everything that it starts from now on.
///
/// # Errors
/// one sentence; the executor must not serve then.
pub fn shut_in() -> Result<(), String> {
    rustix::thread::set_no_new_privs(true)
        .map_err(|error| format!("giving up new privileges failed: {error}"))?;
    llm_os_sys::filter::install(FRONT).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_list_is_good_for_both_processors() {
        llm_os_sys::filter::check(super::FRONT).unwrap();
    }

    #[test]
    fn what_is_on_the_list_is_refused_from_then_on() {
        use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
        let own = pidfd_open(getpid(), PidfdFlags::empty()).unwrap();
        let take = move || pidfd_getfd(&own, 2, PidfdGetfdFlags::empty()).map(drop);
        assert_eq!(take(), Ok(()), "nothing else forbids it");
        // on a thread of its own: a filter stays.
        let refused = std::thread::spawn(move || {
            super::shut_in().unwrap();
            take()
        });
        assert_eq!(refused.join().unwrap(), Err(rustix::io::Errno::PERM));
    }
}
