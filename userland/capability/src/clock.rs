//! days and times out of seconds, in utc.

/// `2026-11-21 03:17:02 utc` out of seconds since 1970.
pub(crate) fn date_time(unix_s: i64) -> String {
    let (year, month, day) = civil(unix_s.div_euclid(86_400));
    let second = unix_s.rem_euclid(86_400);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} utc")
}

/// `3 days 4 hours`, `5 minutes 2 seconds`: the two largest units.
pub(crate) fn span(seconds: u64) -> String {
    let parts = [
        (seconds / 86_400, "day"),
        (seconds / 3600 % 24, "hour"),
        (seconds / 60 % 60, "minute"),
        (seconds % 60, "second"),
    ];
    let first = parts.iter().position(|(count, _)| *count > 0).unwrap_or(3);
    let shown: Vec<String> = parts[first..]
        .iter()
        .take(2)
        .filter(|(count, _)| *count > 0 || first == 3)
        .map(|(count, unit)| crate::words::counted(*count, unit))
        .collect();
    shown.join(" ")
}

/// year, month and day of a day counted from 1970-01-01; howard hinnant, "chrono-compatible low-level
/// date algorithms", civil_from_days.
fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        let check = |seconds: i64, expect: &str| assert_eq!(date_time(seconds), expect);
        check(0, "1970-01-01 00:00:00 utc");
        check(951_782_400, "2000-02-29 00:00:00 utc");
        check(1_795_231_022, "2026-11-21 03:17:02 utc");
        check(-1, "1969-12-31 23:59:59 utc");
        check(4_102_444_800, "2100-01-01 00:00:00 utc");
    }

    #[test]
    fn spans_have_two_units() {
        let check = |seconds: u64, expect: &str| assert_eq!(span(seconds), expect);
        check(0, "0 seconds");
        check(61, "1 minute 1 second");
        check(3600, "1 hour");
        check(90_000, "1 day 1 hour");
        check(200, "3 minutes 20 seconds");
    }
}
