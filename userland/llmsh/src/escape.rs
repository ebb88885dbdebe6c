//! text of files, programs, names and logs, made safe to show.
//!
//! what a terminal would act on, and what would make text read in another order than it is stored,
//! is written out (`\x1b`, `\u{202e}`), so that nothing that is shown can move the cursor, change a
//! colour, or pass for the shell's own words. output is indented besides: the shell's own lines, the
//! prompt above all, are the only ones that begin in the first column.

/// whether a terminal might act on `c`, or show the text around it in a misleading order.
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// `text` as one line: a line feed is written out too.
pub fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' {
            out.push_str("\\n");
        } else {
            push(&mut out, c);
        }
    }
    out
}

/// `text` as the lines it has, each but the empty ones indented by `indent`, ending in a line feed.
pub fn block(text: &str, indent: &'static str) -> String {
    let mut escaper = Escaper::new(indent);
    let mut out = escaper.push(text);
    out.push_str(escaper.finish());
    out
}

fn push(out: &mut String, c: char) {
    if c == '\t' || !is_unsafe(c) {
        out.push(c);
    } else if u32::from(c) < 0x80 {
        out.push_str(&format!("\\x{:02x}", u32::from(c)));
    } else {
        out.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
    }
}

/// makes a stream safe as its pieces come.
#[derive(Debug)]
pub struct Escaper {
    indent: &'static str,
    at_line_start: bool,
    /// a carriage return that may yet turn out to be the first half of a line end.
    held_return: bool,
}

impl Escaper {
    /// every line that is not empty will be indented by `indent`.
    pub fn new(indent: &'static str) -> Self {
        Escaper {
            indent,
            at_line_start: true,
            held_return: false,
        }
    }

    /// the next piece. the line end `\r\n` is shown as a plain one.
    pub fn push(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            let returned = std::mem::take(&mut self.held_return);
            if c == '\n' {
                out.push('\n');
                self.at_line_start = true;
                continue;
            }
            if returned {
                self.visible(&mut out, '\r');
            }
            if c == '\r' {
                self.held_return = true;
            } else {
                self.visible(&mut out, c);
            }
        }
        out
    }

    /// what is missing to end the line that was begun.
    #[must_use]
    pub fn finish(&mut self) -> &'static str {
        let returned = std::mem::take(&mut self.held_return);
        let begun = !std::mem::replace(&mut self.at_line_start, true);
        match (begun || returned, returned) {
            (true, true) => "\\x0d\n",
            (true, false) => "\n",
            (false, _) => "",
        }
    }

    fn visible(&mut self, out: &mut String, c: char) {
        if std::mem::take(&mut self.at_line_start) {
            out.push_str(self.indent);
        }
        push(out, c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_are_written_out() {
        let check = |text: &str, expect: &str| assert_eq!(line(text), expect);
        check("plain text, größe, 日本, 🙂", "plain text, größe, 日本, 🙂");
        check("a\nllmsh> ", "a\\nllmsh> ");
        check("\x1b[2Jx\x07\x7f", "\\x1b[2Jx\\x07\\x7f");
        check("abc\u{202e}txt.exe", "abc\\u{202e}txt.exe");
        check("a\u{9b}31m", "a\\u{9b}31m");
        check("a\tb\rc", "a\tb\\x0dc");
    }

    #[test]
    fn blocks_keep_their_lines_and_never_begin_in_the_first_column() {
        let check = |text: &str, expect: &str| assert_eq!(block(text, "  "), expect);
        check("world", "  world\n");
        check("a\nllmsh> \nb\n", "  a\n  llmsh> \n  b\n");
        check("a\r\nb\r\n", "  a\n  b\n");
        check("x\rrun it? ", "  x\\x0drun it? \n");
        check("x\r", "  x\\x0d\n");
        check("\n\n", "\n\n");
        check("", "");
    }

    #[test]
    fn a_line_end_may_be_cut_between_two_pieces() {
        let mut escaper = Escaper::new("");
        let shown = [
            escaper.push("a\r"),
            escaper.push("\nb"),
            escaper.finish().to_owned(),
        ]
        .concat();
        assert_eq!(shown, "a\nb\n");
    }

    proptest! {
        #[test]
        fn no_unsafe_character_is_ever_shown(text in any::<String>(), cut in any::<prop::sample::Index>()) {
            let at = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect::<Vec<_>>();
            let at = at[cut.index(at.len())];
            let mut escaper = Escaper::new("  ");
            let mut shown = escaper.push(&text[..at]);
            shown.push_str(&escaper.push(&text[at..]));
            shown.push_str(escaper.finish());
            prop_assert!(!shown.chars().any(|c| is_unsafe(c) && c != '\n' && c != '\t'));
            prop_assert!(shown.lines().all(|line| line.is_empty() || line.starts_with("  ")));
            prop_assert!(!line(&text).contains('\n'));
        }
    }
}
