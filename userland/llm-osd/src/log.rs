//! one escaped line each on stderr, which pid 1 keeps.

use std::io::Write;

/// bytes of one line.
const LINE_MAX_BYTES: usize = 2000;

/// writes one line; what could move a cursor or start a line of its own is escaped.
pub fn line(message: &str) {
    let mut text: String = escaped(message);
    if text.len() > LINE_MAX_BYTES {
        let end = (0..=LINE_MAX_BYTES)
            .rev()
            .find(|&at| text.is_char_boundary(at))
            .unwrap_or(0);
        text.truncate(end);
        text.push_str("[cut]");
    }
    // one write, so that lines of two threads or processes never mix; nobody is left to be told that
    // stderr is gone.
    let _ = std::io::stderr()
        .lock()
        .write_all(format!("llm-osd: {text}\n").as_bytes());
}

fn escaped(message: &str) -> String {
    message
        .chars()
        .flat_map(|c| {
            let plain = !c.is_control() && !is_reordering(c);
            let escape = (!plain).then(|| c.escape_unicode());
            plain
                .then_some(c)
                .into_iter()
                .chain(escape.into_iter().flatten())
        })
        .collect()
}

/// marks that show text in another order than it is in (unicode annex 9), and line separators.
fn is_reordering(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_that_moves_a_cursor_comes_through() {
        let check = |text: &str, expect: &str| assert_eq!(super::escaped(text), expect);
        check("plain wörds", "plain wörds");
        check("a\nllm-osd: forged", "a\\u{a}llm-osd: forged");
        check("\u{1b}[2J\u{202e}", "\\u{1b}[2J\\u{202e}");
    }
}
