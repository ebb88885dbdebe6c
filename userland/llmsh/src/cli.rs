//! the command line.

use crate::session::Options;

pub const USAGE: &str = "\
usage: llmsh                     a session
       llmsh [--json] -c LINE    one line, as typed at the prompt
       llmsh [--json] WORD ...   the same: llmsh audit verify, llmsh history, llmsh ls /data
       llmsh --help | --version

exit codes: 0 done, 1 it failed or was not confirmed, 2 wrong usage
";

/// what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    Session,
    /// one line, and what to make of it.
    OneLine {
        line: String,
        options: Options,
    },
    Help,
    Version,
    /// one sentence: what is wrong.
    Wrong(String),
}

/// reads the arguments, without the program's name.
pub fn parse(args: impl Iterator<Item = String>) -> Mode {
    let mut args: Vec<String> = args.collect();
    let json = args.first().is_some_and(|first| first == "--json");
    if json {
        args.remove(0);
    }
    let line = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] if json => return Mode::Wrong("--json needs a line".to_owned()),
        [] => return Mode::Session,
        ["--help" | "-h"] => return Mode::Help,
        ["--version" | "-V"] => return Mode::Version,
        ["-c", line] => line.to_owned(),
        ["-c"] => return Mode::Wrong("-c needs a line".to_owned()),
        ["-c", ..] => {
            return Mode::Wrong("-c takes one line: put quotes around it".to_owned());
        }
        [first, ..] if first.starts_with('-') && first != "--dry-run" => {
            return Mode::Wrong(format!(
                "there is no option `{}`",
                crate::escape::line(first)
            ));
        }
        // a line typed as one argument.
        [line] => line.to_owned(),
        ref words => words
            .iter()
            .map(|word| quoted(word))
            .collect::<Vec<_>>()
            .join(" "),
    };
    let options = Options {
        one_line: true,
        json,
    };
    Mode::OneLine { line, options }
}

/// a word as it has to stand in a line to stay one word; words of talk stay as they are.
fn quoted(word: &str) -> String {
    let quotes = |c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '\\');
    if word.is_empty() || word.contains(quotes) {
        shell_words::quote(word).into_owned()
    } else {
        word.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(args: &[&str], expect: &str) {
        let got = match parse(args.iter().map(|&arg| arg.to_owned())) {
            Mode::Session => "session".to_owned(),
            Mode::Help => "help".to_owned(),
            Mode::Version => "version".to_owned(),
            Mode::Wrong(_) => "wrong".to_owned(),
            Mode::OneLine { line, options } => {
                format!("{}{line}", if options.json { "json: " } else { "" })
            }
        };
        assert_eq!(got, expect, "{args:?}");
    }

    #[test]
    fn arguments_become_a_line() {
        check(&[], "session");
        check(&["--help"], "help");
        check(&["--version"], "version");
        check(&["-c", "cat a b"], "cat a b");
        check(&["audit", "verify"], "audit verify");
        check(&["--json", "history"], "json: history");
        check(
            &["write_file", "a b", "it's"],
            r#"write_file 'a b' 'it'\''s'"#,
        );
        check(
            &["how", "much", "memory", "is", "free?"],
            "how much memory is free?",
        );
        check(&["how much memory is free?"], "how much memory is free?");
        check(&["--dry-run", "rm", "x"], "--dry-run rm x");
        check(&["-c"], "wrong");
        check(&["-c", "a", "b"], "wrong");
        check(&["--frob"], "wrong");
        check(&["--json"], "wrong");
        check(&["-c", "--dry-run rm x"], "--dry-run rm x");
    }
}
