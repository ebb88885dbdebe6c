//! the words of a request, as byte ranges.
//!
//! a word is a run without white space, with quotes and punctuation at its edges peeled off into
//! words of their own, so that `'world'.` is four words and `world` can be pointed at alone. inside
//! a run only marks that never belong to a plain name split it. splitting too often costs nothing
//! but a piece: a span of words is the request's own bytes, gaps and all.

use std::ops::Range;

/// words that one request may have; more is an error for the caller to show.
pub const WORDS_MAX: usize = 256;

/// the words of `text`, in order.
pub fn split(text: &str) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices() {
        match (c.is_whitespace(), start) {
            (true, Some(from)) => {
                split_run(text, from..at, &mut words);
                start = None;
            }
            (false, None) => start = Some(at),
            _ => {}
        }
    }
    if let Some(from) = start {
        split_run(text, from..text.len(), &mut words);
    }
    words
}

/// marks that stand alone wherever they are.
fn alone(c: char) -> bool {
    matches!(
        c,
        '"' | '`' | '“' | '”' | '„' | '«' | '»' | ',' | ';' | '=' | '|' | '…'
    )
}

fn opens(c: char) -> bool {
    matches!(c, '\'' | '‘' | '’' | '(' | '[' | '{' | '<')
}

fn closes(c: char) -> bool {
    matches!(
        c,
        '\'' | '‘' | '’' | ')' | ']' | '}' | '>' | '.' | ':' | '!' | '?'
    )
}

fn split_run(text: &str, run: Range<usize>, words: &mut Vec<Range<usize>>) {
    let mut from = run.start;
    for (at, c) in text[run.clone()].char_indices() {
        if alone(c) {
            let at = run.start + at;
            peel(text, from..at, words);
            words.push(at..at + c.len_utf8());
            from = at + c.len_utf8();
        }
    }
    peel(text, from..run.end, words);
}

fn peel(text: &str, run: Range<usize>, words: &mut Vec<Range<usize>>) {
    let Range { mut start, mut end } = run;
    if start == end {
        return;
    }
    // `.`, `..` and `../..` are paths, not punctuation.
    if text[start..end].chars().all(|c| c == '.' || c == '/') {
        words.push(start..end);
        return;
    }
    while let Some(c) = text[start..end].chars().next().filter(|&c| opens(c)) {
        words.push(start..start + c.len_utf8());
        start += c.len_utf8();
    }
    let mut tail = Vec::new();
    while start < end {
        let core = &text[start..end];
        let Some(last) = core.chars().next_back() else {
            break;
        };
        let possessive = ["'s", "’s"]
            .into_iter()
            .find(|s| core.len() > s.len() && core.ends_with(s));
        let cut = match possessive {
            Some(suffix) => suffix.len(),
            None if closes(last) && !(last == '.' && core.ends_with("/.")) => last.len_utf8(),
            None => break,
        };
        tail.push(end - cut..end);
        end -= cut;
    }
    if start < end {
        words.push(start..end);
    }
    words.extend(tail.into_iter().rev());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expect: &[&str]) {
        let words: Vec<&str> = split(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(words, expect, "{text}");
    }

    #[test]
    fn quotes_and_punctuation_are_words_of_their_own() {
        check(
            "named hello.txt with 'world'.",
            &["named", "hello.txt", "with", "'", "world", "'", "."],
        );
        check(
            "say \"a b\", ok?",
            &["say", "\"", "a", "b", "\"", ",", "ok", "?"],
        );
        check("what's web's log", &["what", "'s", "web", "'s", "log"]);
    }

    #[test]
    fn names_stay_whole() {
        check("ls . and .. or ./x", &["ls", ".", "and", "..", "or", "./x"]);
        check(
            "rm -rf .cache/a-b_c.tar.gz",
            &["rm", "-rf", ".cache/a-b_c.tar.gz"],
        );
        check("don't größe.txt", &["don't", "größe.txt"]);
    }

    proptest! {
        #[test]
        fn words_cover_all_but_white_space(text in "\\PC{0,60}") {
            let mut at = 0;
            for word in split(&text) {
                prop_assert!(text[at..word.start].chars().all(char::is_whitespace));
                prop_assert!(word.start < word.end);
                at = word.end;
            }
            prop_assert!(text[at..].chars().all(char::is_whitespace));
        }
    }
}
