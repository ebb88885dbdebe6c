//! cgroups for actions: beside the executor's own, one for each action.

use llm_os_sys::cgroup::{self, Group};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

/// where pid 1 puts a service that may make groups beside its own.
const MAIN: &str = "main";
/// the group of all actions.
const ACTIONS: &str = "actions";
/// bytes of memory that one action may use; less than half of the smallest machine.
const MEMORY_MAX_BYTES: u64 = 384 * 1024 * 1024;
/// processes and threads of one action.
const PIDS_MAX: u32 = 128;

/// makes groups for actions, or says once why there are none.
pub(crate) struct Groups {
    actions: Result<Group, String>,
    next: AtomicU64,
}

impl Groups {
    pub fn new() -> Self {
        Groups {
            actions: actions(),
            next: AtomicU64::new(1),
        }
    }

    /// why actions run without a group, if they do.
    pub fn why_none(&self) -> Option<&str> {
        self.actions.as_ref().err().map(String::as_str)
    }

    /// a new group with its limits set; `None` where there are no groups.
    pub fn make(&self) -> io::Result<Option<Group>> {
        let Ok(actions) = &self.actions else {
            return Ok(None);
        };
        let group = actions.child(&self.next.fetch_add(1, Ordering::Relaxed).to_string())?;
        group.write("pids.max", &PIDS_MAX.to_string())?;
        group.write("memory.max", &MEMORY_MAX_BYTES.to_string())?;
        // all of it or nothing: half an action is worse than none.
        group.write("memory.oom.group", "1")?;
        // no swap is set up; a kernel without the file is as good.
        let _ = group.write("memory.swap.max", "0");
        Ok(Some(group))
    }
}

fn actions() -> Result<Group, String> {
    let own = cgroup::own().ok_or("there is no cgroup v2 hierarchy")?;
    if own.name() != MAIN {
        return Err(
            "this process is in no group called `main`, beside which others may be made".to_owned(),
        );
    }
    let failed = |error: io::Error| format!("cgroups: {error}");
    let above = own.parent().ok_or("cgroups: nothing is above `main`")?;
    // pid 1 does this too; without it here, an executor started by hand would have no limits.
    above.delegate().map_err(failed)?;
    let actions = above.child(ACTIONS).map_err(failed)?;
    actions.delegate().map_err(failed)?;
    // what an earlier executor left behind.
    actions.clear().map_err(failed)?;
    Ok(actions)
}
