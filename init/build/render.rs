//! the table as rust source. debug forms of strings, numbers and options are valid rust literals.

use crate::file::{File, Socket, Unit, number};
use std::fmt::Write;

/// `USERS` and `UNITS`.
pub fn table(file: &File) -> String {
    let mut out = String::new();
    out.push_str("pub const USERS: &[User] = &[\n");
    for user in &file.user {
        let shell = user.shell.as_deref().unwrap_or("/nonexistent");
        let _ = writeln!(
            out,
            "User {{ name: {:?}, uid: {}, home: {:?}, shell: {shell:?} }},",
            user.name, user.uid, user.home
        );
    }
    out.push_str("];\npub const UNITS: &[Unit] = &[\n");
    for one in &file.unit {
        unit(&mut out, file, one);
    }
    out.push_str("];\n");
    out
}

fn unit(out: &mut String, file: &File, unit: &Unit) {
    let numbers = unit.capabilities.iter().filter_map(|word| number(word));
    let capabilities = numbers.fold(0_u64, |mask, number| mask | 1 << number);
    let user = file
        .user
        .iter()
        .position(|user| user.name == unit.user)
        .unwrap_or_default();
    let socket = match &unit.socket {
        Some(Socket {
            path,
            mode,
            user,
            group,
        }) => format!(
            "Some(Socket {{ path: {path:?}, mode: {mode:#o}, uid: {}, gid: {} }})",
            file.uid(user),
            file.uid(group)
        ),
        None => "None".to_owned(),
    };
    let restart = &unit.restart;
    let _ = writeln!(
        out,
        "Unit {{ name: {:?}, summary: {:?}, program: {:?}, args: &{:?}, user: &USERS[{user}], \
         start: Start::{:?}, capabilities: {capabilities:#x}, socket: {socket}, delegate: {:?}, \
         memory_min_mib: {:?}, memory_max_percent: {:?}, pids_max: {:?}, oom_group: {:?}, \
         oom_score_adj: {}, network: {:?}, essential: {:?}, settings: &{:?}, needs: {:?}, restart: Restart {{ first_ms: {}, \
         max_ms: {}, limit: {}, steady_ms: {}, retry_ms: {:?} }}, stop_ms: {} }},",
        unit.name,
        unit.summary,
        unit.program,
        unit.args,
        unit.start,
        unit.delegate,
        unit.memory_min_mib,
        unit.memory_max_percent,
        unit.pids_max,
        unit.oom_group,
        unit.oom_score_adj,
        unit.network,
        unit.essential,
        unit.settings,
        unit.needs,
        restart.first_ms,
        restart.max_ms,
        restart.limit,
        restart.steady_ms,
        restart.retry_s.map(|seconds| seconds * 1000),
        unit.stop_ms,
    );
}
