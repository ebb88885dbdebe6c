//! what people take back while they speak, and what they say to leave alone.

use crate::section::{Meaning, Section};
use crate::slots::{Filled, Filler, Worth};
use std::collections::HashMap;

/// slots that people correct while they speak.
const AMENDED: &[&str] = &[
    "file", "path", "new", "dir", "svc", "unit", "time", "lines", "count", "pct", "pid", "host",
    "zone", "pkg", "hostname", "mode", "agent", "mytool", "iface",
];

/// says another value first, and takes it back.
pub fn amend(name: &str, said: &str, filled: &mut Filled, filler: &mut Filler) {
    let kind = name.trim_end_matches(|c: char| c.is_ascii_digit());
    if !AMENDED.contains(&kind) || filled.open || !matches!(filled.worth, Worth::Text) {
        return;
    }
    let Some(wrong) = filler.fill(name, said) else {
        return;
    };
    if wrong.open || wrong.value.is_empty() || wrong.value == filled.value {
        return;
    }
    let mark = *filler.random.pick(&[
        ", no wait, ",
        ", sorry, ",
        " er i mean ",
        ", no, ",
        "... no, ",
        " no wait ",
        ", i mean ",
        " scratch that ",
        " uh no ",
        ", actually no, ",
        " (no, not that one) ",
        ", correction: ",
        ", or rather ",
    ]);
    let Filled {
        before,
        value,
        after,
        ..
    } = wrong;
    filled.before = format!("{before}{value}{after}{mark}{}", filled.before);
}

/// what is said to stay as it is, for a plan that names something of its kind.
pub fn spared(
    section: &Section,
    slots: &HashMap<String, Filled>,
    filler: &mut Filler,
) -> Option<String> {
    let Meaning::Plan(actions) = &section.meaning else {
        return None;
    };
    let kind = actions.last()?.kind.as_str();
    let slot = match kind {
        "service_control" | "read_log" => "svc",
        "delete_file" | "move_file" | "copy_file" | "set_mode" | "read_file" | "file_info" => {
            "path"
        }
        "install_packages" | "remove_packages" => "pkg",
        "process_control" => "proc",
        _ => return None,
    };
    if !filler.random.chance(8) {
        return None;
    }
    let other = filler.fill(slot, "")?;
    let same = slots.values().any(|filled| filled.value == other.value);
    if same || other.value.is_empty() {
        return None;
    }
    let around = *filler.random.pick(&[
        (", but leave ", " alone"),
        (", ", " stays"),
        (", not ", ""),
        (" but not ", ""),
        (". don't touch ", ""),
        (", keep ", ""),
        (" and leave ", " as it is"),
        (", hands off ", ""),
        ("; ", " has to stay as it is"),
        (", only that and not ", ""),
        (". ", " stays, mind"),
    ]);
    let Filled {
        before,
        value,
        after,
        ..
    } = other;
    Some(format!("{}{before}{value}{after}{}", around.0, around.1))
}
