//! whether a person wants something done, or only wants to see how it would be done.
//!
//! deterministic, and the shell's own: no model decides whether a plan runs. when in doubt it is
//! shown only, because that costs one more line and the other mistake costs what was changed. words
//! inside quotes are someone's text and never count.

/// the phrases, as data.
mod phrases;

use phrases::{ANYWHERE, JOINING, LEADING, LINKING, POLITE, TRAILING};

/// what the words ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    Run,
    /// show a plan for `words`, run nothing; `because` is the phrase that said so.
    PlanOnly {
        words: String,
        because: String,
    },
}

/// what the line wants if it begins with words that mean plan only; `None` if it does not. what
/// follows may be a direct command as well as words.
pub fn leading(line: &str) -> Option<Intent> {
    let tokens = tokens(line);
    let polite = skip(&tokens, 0, POLITE);
    let after = longest(&tokens, polite, LEADING)?;
    let because = &line[tokens[polite].start..tokens[after - 1].end];
    let linked = longest(&tokens, after, LINKING).unwrap_or(after);
    let rest = tokens.get(linked).map_or("", |token| &line[token.start..]);
    Some(Intent::PlanOnly {
        words: rest.trim_start_matches([':', ',', '-', ' ']).to_owned(),
        because: plain(because),
    })
}

/// what the words ask for, by phrases anywhere in them. a line that is nothing but a direct command
/// is not brought here: its words are arguments.
pub fn of_words(line: &str) -> Intent {
    if let Some(intent) = leading(line) {
        return intent;
    }
    let tokens = tokens(line);
    for at in 0..tokens.len() {
        let anywhere = longest(&tokens, at, ANYWHERE);
        let trailing = longest(&tokens, at, TRAILING).filter(|&after| after == tokens.len());
        let Some(after) = anywhere.max(trailing) else {
            continue;
        };
        let because = plain(&line[tokens[at].start..tokens[after - 1].end]);
        // in the middle of a sentence the words around it belong together: leave it whole.
        let words = if at > 0 && after == tokens.len() {
            let mut last = at;
            while last > 1 && JOINING.contains(&tokens[last - 1].text.as_str()) {
                last -= 1;
            }
            line[..tokens[last - 1].end].trim_end_matches([',', ';', ':', '-', ' '])
        } else {
            line
        };
        return Intent::PlanOnly {
            words: words.to_owned(),
            because,
        };
    }
    Intent::Run
}

/// one word, in lower case and without the punctuation around it, and where it stands.
#[derive(Debug)]
struct Token {
    text: String,
    start: usize,
    end: usize,
}

fn tokens(line: &str) -> Vec<Token> {
    // a quote that is never closed quotes nothing.
    split(line, true).unwrap_or_else(|| split(line, false).unwrap_or_default())
}

/// `None` if a quote is open at the end.
fn split(line: &str, quotes: bool) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut quote: Option<char> = None;
    let mut at = 0;
    for piece in line.split_inclusive(char::is_whitespace) {
        let start = at;
        at += piece.len();
        let word = piece.trim_end();
        if word.is_empty() {
            continue;
        }
        let was_quoted = quote.is_some();
        if quotes && quote.is_none() {
            quote = word.chars().next().and_then(closing);
        }
        let quoted = was_quoted || quote.is_some();
        let inner = word.trim_end_matches([',', '.', ';', ':', '!', '?', ')']);
        let single = !was_quoted && inner.chars().count() < 2;
        if quote.is_some_and(|close| inner.ends_with(close)) && !single {
            quote = None;
        }
        let trimmed = word.trim_matches([',', '.', ';', ':', '!', '?', '(', ')']);
        let text = if quoted {
            String::new()
        } else {
            trimmed.to_lowercase().replace('’', "'")
        };
        tokens.push(Token {
            text,
            start,
            end: start + word.len(),
        });
    }
    quote.is_none().then_some(tokens)
}

fn closing(open: char) -> Option<char> {
    match open {
        '"' | '\'' | '`' => Some(open),
        '“' | '„' => Some('”'),
        '‘' => Some('’'),
        '«' => Some('»'),
        _ => None,
    }
}

/// where the longest of `phrases` that begins at `at` ends.
fn longest(tokens: &[Token], at: usize, phrases: &[&str]) -> Option<usize> {
    phrases
        .iter()
        .filter_map(|phrase| {
            let mut end = at;
            for word in phrase.split(' ') {
                if tokens.get(end)?.text != word {
                    return None;
                }
                end += 1;
            }
            Some(end)
        })
        .max()
}

fn skip(tokens: &[Token], mut at: usize, phrases: &[&str]) -> usize {
    while let Some(after) = longest(tokens, at, phrases) {
        at = after;
    }
    at
}

fn plain(phrase: &str) -> String {
    phrase
        .trim_matches([',', '.', ';', ':', '!', '?', ' ', '(', ')'])
        .to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expect: &str) {
        let got = match of_words(line) {
            Intent::Run => "run".to_owned(),
            Intent::PlanOnly { words, .. } => format!("plan: {words}"),
        };
        assert_eq!(got, expect, "{line}");
    }

    #[test]
    fn words_that_mean_plan_only() {
        for (line, expect) in [
            ("dry run: delete scratch.txt", "plan: delete scratch.txt"),
            ("Dry-run delete scratch.txt", "plan: delete scratch.txt"),
            ("plan how to free some space", "plan: free some space"),
            ("Plan: restart the network", "plan: restart the network"),
            ("please plan to delete old logs", "plan: delete old logs"),
            (
                "what would you do to make it faster?",
                "plan: make it faster?",
            ),
            ("what would you do?", "plan: "),
            (
                "What would you do if I asked you to delete a.txt",
                "plan: delete a.txt",
            ),
            ("how would you delete a.txt", "plan: delete a.txt"),
            ("what happens if i delete a.txt?", "plan: delete a.txt?"),
            ("simulate rm -r build", "plan: rm -r build"),
            ("delete a.txt, dry run", "plan: delete a.txt"),
            ("delete a.txt (dry run)", "plan: delete a.txt"),
            ("delete a.txt but don't do it", "plan: delete a.txt"),
            (
                "delete a.txt but don’t do it yet",
                "plan: delete a.txt but don’t do it yet",
            ),
            ("delete a.txt without doing it", "plan: delete a.txt"),
            (
                "delete everything here, just show me",
                "plan: delete everything here",
            ),
            (
                "delete everything, just show me what you would do",
                "plan: delete everything, just show me what you would do",
            ),
            ("show me how you would delete a.txt", "plan: delete a.txt"),
            ("without doing anything, remove x", "plan: remove x"),
            ("tell me what you would do to delete a", "plan: delete a"),
            ("i want to see the plan only", "plan: i want to see the"),
            ("delete 'a.txt, dry run", "plan: delete 'a.txt"),
            ("do not execute: remove x", "plan: do not execute: remove x"),
            (
                "show what would happen: delete todo.txt",
                "plan: delete todo.txt",
            ),
            (
                "preview: list the files in /etc",
                "plan: list the files in /etc",
            ),
            ("hypothetically, list /etc", "plan: list /etc"),
            ("rehearse: delete a.txt", "plan: delete a.txt"),
            ("what is the plan for listing /etc", "plan: listing /etc"),
            ("which steps would you take to list /etc", "plan: list /etc"),
            (
                "describe how you'd show the memory",
                "plan: show the memory",
            ),
            (
                "describe how you’d show the memory",
                "plan: show the memory",
            ),
            ("show the memory (no execution)", "plan: show the memory"),
            ("what would reboot do", "plan: reboot do"),
        ] {
            check(line, expect);
        }
    }

    #[test]
    fn words_that_want_it_done() {
        for line in [
            "delete a.txt",
            "create a file plan.txt",
            "show me the plan.txt file",
            "just show me the log",
            "write 'dry run' to notes.txt",
            "write \"don't do it\" into a.txt",
            "put “what would you do” in a.txt",
            "append `without doing it` to b",
            "don't stop the model",
            "make a directory called plans",
            "how much memory is free?",
            "",
        ] {
            check(line, "run");
        }
    }

    #[test]
    fn a_leading_phrase_says_what_it_was() {
        let expect = |line: &str, words: &str, because: &str| {
            assert_eq!(
                leading(line),
                Some(Intent::PlanOnly {
                    words: words.to_owned(),
                    because: because.to_owned()
                })
            );
        };
        expect("dry-run rm -r x", "rm -r x", "dry-run");
        expect("Plan: write_file a 'to b'", "write_file a 'to b'", "plan");
        expect("plan", "", "plan");
        assert_eq!(leading("planet"), None);
        assert_eq!(leading("rm dry run"), None);
    }
}
