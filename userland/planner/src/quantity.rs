//! numbers with units out of words: "half a gigabyte", "ten minutes", "20", "1.5k", "an hour".
//!
//! the model points at the words; this code does the arithmetic, so a quantity is never invented.

/// words that a quantity may take.
pub const WORDS_MAX: usize = 6;

/// the same where a number may be below zero: "-5", "minus five".
pub fn signed(text: &str, unit: &str, below_zero: bool) -> Option<i64> {
    let lower = text.to_lowercase();
    let rest = ["-", "−", "minus ", "negative "]
        .into_iter()
        .find_map(|sign| lower.strip_prefix(sign));
    match rest {
        Some(rest) if below_zero => parse(rest, unit).map(|n| -n),
        _ => parse(text, unit),
    }
}

/// the whole number that `text` says, in `unit` (`bytes`, `seconds`, anything else: a plain count).
pub fn parse(text: &str, unit: &str) -> Option<i64> {
    let lower = text.to_lowercase();
    let words: Vec<String> = lower
        .split(|c: char| c.is_whitespace() || c == '-')
        .flat_map(split_digits)
        .filter(|word| !word.is_empty())
        .collect();
    if words.is_empty() || words.len() > WORDS_MAX + 2 {
        return None;
    }
    let mut amount: Option<f64> = None;
    let mut article = false;
    let mut scale = None;
    let mut added = 0.0;
    let mut words = words.iter().map(String::as_str).peekable();
    while let Some(word) = words.next() {
        if let Some(value) = number(word) {
            if scale.is_some() {
                return None;
            }
            amount = Some(match amount {
                // "a hundred", "a quarter", "half an": an article counts only when it stands alone.
                Some(_) if article => value,
                Some(so_far) if is_article(word) => so_far,
                None => value,
                Some(so_far) => together(so_far, value)?,
            });
            article = is_article(word);
        } else if let Some(factor) = unit_factor(word, unit) {
            if scale.replace(factor).is_some() {
                return None;
            }
        } else if word == "and" {
            // "an hour and a half", "two and a half minutes"
            let rest: Vec<&str> = words.clone().take(2).collect();
            // "a hundred and fifty"
            let whole = amount.is_some_and(|so_far| so_far >= 100.0 && so_far % 100.0 == 0.0);
            let more = rest.first().and_then(|word| number(word));
            if whole && scale.is_none() && more.is_some_and(|more| more > 1.0) {
                continue;
            }
            let skip = usize::from(rest.first() == Some(&"a"));
            match rest.get(skip) {
                Some(&"half") => added = 0.5,
                Some(&"quarter") => added = 0.25,
                _ => return None,
            }
            if skip == 1 {
                words.next();
            }
            words.next();
        } else if !(word == "of" && amount.is_some()) {
            return None;
        }
    }
    // a unit alone ("minutes") is no quantity.
    let total = (amount? + added) * scale.unwrap_or(1.0);
    (total.fract() == 0.0 && (0.0..9e15).contains(&total)).then_some(total as i64)
}

/// two numbers said one after the other as one: "twenty five", "two hundred", "two dozen", "three
/// thousand five hundred twelve".
fn together(so_far: f64, value: f64) -> Option<f64> {
    let low = so_far % 1000.0;
    // "three quarters of an hour"
    if value == 0.25 && (1.0..10.0).contains(&so_far) {
        return Some(so_far * value);
    }
    if value == 1000.0 && so_far < 1000.0 {
        return Some(so_far * value);
    }
    if value == 100.0 && (1.0..100.0).contains(&low) {
        return Some(so_far - low + low * value);
    }
    if value == 12.0 && so_far < 100.0 && so_far % 10.0 != 0.0 {
        return Some(so_far * value);
    }
    let tens = so_far % 100.0;
    let fits = if tens == 0.0 && so_far > 0.0 {
        value < if low == 0.0 { 1000.0 } else { 100.0 }
    } else {
        tens >= 20.0 && tens % 10.0 == 0.0 && value < 10.0
    };
    (fits && value >= 1.0).then_some(so_far + value)
}

fn is_article(word: &str) -> bool {
    matches!(word, "a" | "an")
}

/// "30s" is "30" and "s".
fn split_digits(word: &str) -> Vec<String> {
    let end = word
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(word.len());
    let (digits, rest) = word.split_at(end);
    vec![digits.to_owned(), rest.to_owned()]
}

fn number(word: &str) -> Option<f64> {
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        return if word.len() <= 15 {
            word.parse().ok()
        } else {
            None
        };
    }
    let value = match word {
        "half" => 0.5,
        "quarter" | "quarters" => 0.25,
        "zero" => 0.0,
        "a" | "an" | "one" | "single" => 1.0,
        "two" | "couple" | "both" => 2.0,
        "three" => 3.0,
        "four" => 4.0,
        "five" => 5.0,
        "six" => 6.0,
        "seven" => 7.0,
        "eight" => 8.0,
        "nine" => 9.0,
        "ten" => 10.0,
        "eleven" => 11.0,
        "twelve" | "dozen" => 12.0,
        "thirteen" => 13.0,
        "fourteen" => 14.0,
        "fifteen" => 15.0,
        "sixteen" => 16.0,
        "seventeen" => 17.0,
        "eighteen" => 18.0,
        "nineteen" => 19.0,
        "twenty" => 20.0,
        "thirty" => 30.0,
        "forty" | "fourty" => 40.0,
        "fifty" => 50.0,
        "sixty" => 60.0,
        "seventy" => 70.0,
        "eighty" => 80.0,
        "ninety" => 90.0,
        "hundred" => 100.0,
        "thousand" => 1000.0,
        _ => return None,
    };
    Some(value)
}

/// what one `word` is worth in `unit`; k, m and g of bytes are powers of 1024.
fn unit_factor(word: &str, unit: &str) -> Option<f64> {
    let factor = match (unit, word) {
        ("bytes", "b" | "byte" | "bytes") => 1.0,
        ("bytes", "k" | "kb" | "kib" | "kilobyte" | "kilobytes" | "kbyte" | "kbytes") => 1024.0,
        ("bytes", "m" | "mb" | "mib" | "megabyte" | "megabytes" | "meg" | "megs") => {
            1024.0 * 1024.0
        }
        ("bytes", "g" | "gb" | "gib" | "gigabyte" | "gigabytes" | "gig" | "gigs") => {
            1024.0 * 1024.0 * 1024.0
        }
        ("percent", "%" | "percent" | "pct") => 1.0,
        // of one processor: "one and a half cores".
        ("percent", "core" | "cores" | "cpu" | "cpus" | "processor" | "processors") => 100.0,
        ("pixels", "px" | "pixel" | "pixels") => 1.0,
        ("seconds", "s" | "sec" | "secs" | "second" | "seconds") => 1.0,
        ("seconds", "m" | "min" | "mins" | "minute" | "minutes") => 60.0,
        ("seconds", "h" | "hr" | "hrs" | "hour" | "hours") => 3600.0,
        ("seconds", "d" | "day" | "days") => 86400.0,
        _ => return None,
    };
    Some(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read() {
        let check = |text: &str, unit: &str, expect: i64| {
            assert_eq!(parse(text, unit), Some(expect), "{text}");
        };
        check("20", "lines", 20);
        check("twenty five", "lines", 25);
        check("twenty-five", "lines", 25);
        check("a hundred", "lines", 100);
        check("two hundred", "lines", 200);
        check("a dozen", "", 12);
        check("two dozen", "", 24);
        check("two hundred fifty", "", 250);
        check("a hundred and fifty", "", 150);
        check("three thousand and twelve", "", 3012);
        check("two thousand five hundred", "", 2500);
        check("one hundred twenty five", "", 125);
        check("one and a half gigabytes", "bytes", 1536 << 20);
        check("ten minutes", "seconds", 600);
        check("30s", "seconds", 30);
        check("5min", "seconds", 300);
        check("half an hour", "seconds", 1800);
        check("an hour and a half", "seconds", 5400);
        check("two and a half minutes", "seconds", 150);
        check("a quarter of an hour", "seconds", 900);
        check("three quarters of an hour", "seconds", 2700);
        check("an hour and a quarter", "seconds", 4500);
        check("a couple of minutes", "seconds", 120);
        check("half a gigabyte", "bytes", 512 * 1024 * 1024);
        check("4k", "bytes", 4096);
        check("1.5 KB", "bytes", 1536);
        check("200 bytes", "bytes", 200);
        check("50%", "percent", 50);
        check("half a core", "percent", 50);
        check("two cores", "percent", 200);
        assert_eq!(signed("-5", "", true), Some(-5));
        assert_eq!(signed("minus ten", "", true), Some(-10));
        assert_eq!(signed("5", "", true), Some(5));
    }

    #[test]
    fn other_words_are_no_quantity() {
        for (text, unit) in [
            ("", ""),
            ("minutes", "seconds"),
            ("web", ""),
            ("ten minutes", "lines"),
            ("5 6", ""),
            ("1e9", ""),
            ("0.3", ""),
        ] {
            assert_eq!(parse(text, unit), None, "{text}");
        }
    }
}
