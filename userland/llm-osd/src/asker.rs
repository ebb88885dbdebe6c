//! who is at the other end of a connection, by the kernel's word.

use crate::executor::Operator;
use llm_os_policy::Who;
use std::fs;

/// the model runner's user; `docs/architecture.md`.
const MODEL_UID: u32 = 901;

/// the role of the process `pid` of the user `uid`.
pub fn who(uid: u32, pid: u32, operator: &Operator) -> Who {
    if is_worker(pid) {
        return Who::Worker;
    }
    match uid {
        uid if uid == operator.uid => Who::Operator,
        0 if has_terminal(pid) => Who::RootConsole,
        0 => Who::RootService,
        MODEL_UID => Who::Model,
        _ => Who::Other,
    }
}

/// whether it runs in a cgroup that this service made for an action: such a program is the
/// operator's by its user, and must not answer for the operator.
fn is_worker(pid: u32) -> bool {
    let group = |pid: &str| -> Option<String> {
        let text = fs::read_to_string(format!("/proc/{pid}/cgroup")).ok()?;
        text.lines()
            .find_map(|line| line.strip_prefix("0::"))
            .map(str::to_owned)
    };
    match (group("self"), group(&pid.to_string())) {
        (Some(own), Some(its)) => is_job_group(&own, &its),
        // without the hierarchy there are no jails either.
        _ => false,
    }
}

/// jobs are in groups beside the service's own one, below the same parent.
fn is_job_group(own: &str, its: &str) -> bool {
    let Some((parent, _)) = own
        .rsplit_once('/')
        .filter(|(parent, _)| !parent.is_empty())
    else {
        return false;
    };
    its != own
        && its
            .strip_prefix(parent)
            .is_some_and(|rest| rest.starts_with('/'))
}

/// whether it has a controlling terminal: field 7 of proc_pid_stat(5).
fn has_terminal(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| terminal_of(&stat) != 0)
}

fn terminal_of(stat: &str) -> i32 {
    // the name in field 2 may hold anything, even brackets; the last one closes it.
    stat.rsplit_once(')')
        .and_then(|(_, rest)| rest.split_whitespace().nth(4)?.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_in_a_jobs_group_is_known() {
        let check = |own: &str, its: &str, expect: bool| {
            assert_eq!(is_job_group(own, its), expect, "{own} {its}");
        };
        check("/llm-osd/main", "/llm-osd/job-1", true);
        check("/llm-osd/main", "/llm-osd/job-1/x", true);
        check("/llm-osd/main", "/llm-osd/main", false);
        check("/llm-osd/main", "/llmsh-ttyS0", false);
        check("/llm-osd/main", "/llm-osd2/x", false);
        check("/", "/anything", false);
        check("/main", "/anything", false);
    }

    #[test]
    fn a_name_cannot_forge_a_terminal() {
        assert_eq!(terminal_of("7 (sh) S 1 7 7 34816 7 0"), 34816);
        assert_eq!(terminal_of("7 (a) S 1 7 7 34816 7) S 1 7 7 0 -1 0"), 0);
        assert_eq!(terminal_of("nonsense"), 0);
    }

    #[test]
    fn the_user_decides_the_role() {
        let operator = Operator {
            uid: 1000,
            gid: 1000,
            home: "/".to_owned(),
        };
        let check = |uid: u32, expect: Who| assert_eq!(who(uid, u32::MAX, &operator), expect);
        check(1000, Who::Operator);
        check(0, Who::RootService);
        check(901, Who::Model);
        check(1001, Who::Other);
    }
}
