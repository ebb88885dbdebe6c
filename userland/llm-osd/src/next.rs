//! the next thing to look at after a failure: an observing action that the machine has.

use llm_os_schema::{Action, CapabilityTable, Risk};

/// what to propose after `failed` failed.
pub fn next(table: &CapabilityTable, failed: &Action) -> Vec<Action> {
    let action = if let Some(path) = failed.text("path") {
        Action::new("list_dir").with("path", parent(path))
    } else if let Some(unit) = failed.text("unit") {
        Action::new("read_log").with("unit", unit)
    } else {
        return Vec::new();
    };
    let known = table
        .get(&action.kind)
        .is_some_and(|spec| spec.risk == Risk::Observe);
    // what failed just now is no way on.
    if known && action != *failed {
        vec![action]
    } else {
        Vec::new()
    }
}

fn parent(path: &str) -> &str {
    match path.rsplit_once('/') {
        None | Some(("", _)) => "/",
        Some((parent, _)) => parent,
    }
}
