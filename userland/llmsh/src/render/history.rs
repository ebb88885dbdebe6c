//! entries of the journal.

use super::typed;
use crate::escape::line;
use llm_os_schema::result::{HistoryEntry, Status};

/// one line of `history`.
pub fn history_line(entry: &HistoryEntry) -> String {
    let what = if entry.sentences.is_empty() {
        entry.reason.clone()
    } else {
        entry.sentences.join(" ")
    };
    format!(
        "#{} {} {}: {}\n",
        entry.id,
        moment(entry.time_unix_s),
        status(entry),
        line(&what)
    )
}

/// one entry in full.
pub fn entry(entry: &HistoryEntry) -> String {
    let mut text = format!(
        "#{} {} {}\n  asked by {}: {}\n",
        entry.id,
        moment(entry.time_unix_s),
        status(entry),
        line(&entry.who),
        line(&entry.reason)
    );
    for sentence in &entry.sentences {
        text.push_str(&format!("  {}\n", line(sentence)));
    }
    for action in &entry.actions {
        text.push_str(&format!("  {}\n", line(&typed(action))));
    }
    if entry.undoable && entry.undone_by.is_none() {
        text.push_str(&format!("  `undo #{}` takes it back\n", entry.id));
    }
    text
}

fn status(entry: &HistoryEntry) -> String {
    let word = match entry.status {
        Some(Status::Done) => "done",
        Some(Status::Failed) => "failed",
        Some(Status::Cancelled) => "cancelled",
        Some(Status::NotRun) => "not run",
        None => "cut short by a stop of the machine",
    };
    match entry.undone_by {
        Some(by) => format!("{word}, undone by #{by}"),
        None => word.to_owned(),
    }
}

/// `2026-11-21 03:15:27`, utc. the day count is howard hinnant's `civil_from_days`.
fn moment(time_unix_s: u64) -> String {
    // a clock cannot be past the year 9999 here: five digits would break the columns.
    let time = time_unix_s.min(253_402_300_799);
    let (days, seconds) = (time / 86_400 + 719_468, time % 86_400);
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{date:02} {:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_utc() {
        let check = |time, expect: &str| assert_eq!(moment(time), expect);
        check(0, "1970-01-01 00:00:00");
        check(951_782_400, "2000-02-29 00:00:00");
        check(1_795_230_927, "2026-11-21 03:15:27");
        check(4_107_542_399, "2100-02-28 23:59:59");
        check(u64::MAX, "9999-12-31 23:59:59");
    }
}
