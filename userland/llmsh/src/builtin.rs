//! what the shell does itself: help, history, taking back, the working directory.

use llm_os_wire::executor::Which;

/// entries that `history` shows when no number is given.
const HISTORY_DEFAULT: u32 = 20;
/// entries that can be asked for at once, to show or to take back.
const COUNT_MAX: u32 = 1000;

/// a built-in, parsed.
#[derive(Clone, Debug, PartialEq)]
pub enum Builtin {
    Help(Option<String>),
    History(u32),
    Show(u64),
    Replay(u64),
    Undo(Which),
    Redo,
    Cd(Option<String>),
    Pwd,
    AuditVerify,
    /// these commands are what the last words meant: do them, and learn it.
    Meant(String),
    /// proposes the look around that the last failure named.
    Next,
    Clear,
    Exit,
    /// `y` or `no` at the prompt, where no question waits.
    StrayAnswer,
    /// meant for a built-in and not understood: one sentence.
    Wrong(String),
}

impl Builtin {
    /// whether it needs nobody but the shell.
    pub fn is_local(&self) -> bool {
        matches!(
            self,
            Builtin::Help(_)
                | Builtin::Pwd
                | Builtin::Clear
                | Builtin::Exit
                | Builtin::StrayAnswer
                | Builtin::Wrong(_)
        )
    }
}

/// name, usage and meaning of every built-in, in the order in which help shows them.
pub const BUILTINS: &[(&str, &str, &str)] = &[
    ("help", "help [NAME]", "this list, or one action in full"),
    ("history", "history [N]", "the last changes, newest last"),
    ("show", "show #N", "one entry of the history in full"),
    (
        "undo",
        "undo [N|#N]",
        "take back the last change, the last N, or entry N",
    ),
    ("redo", "redo", "do again what was last taken back"),
    (
        "replay",
        "replay #N",
        "show what entry N would do now; runs nothing",
    ),
    (
        "next",
        "next",
        "the look around that the last failure named",
    ),
    (
        "dry-run",
        "dry-run LINE",
        "show what a line would do; runs nothing (also: plan LINE)",
    ),
    (
        "meant",
        "meant COMMAND",
        "what the last words should have meant: done, and learnt",
    ),
    (
        "audit",
        "audit verify",
        "check that nobody changed the journal",
    ),
    ("cd", "cd [DIR]", "change the working directory"),
    ("pwd", "pwd", "show the working directory"),
    ("clear", "clear", "clear the screen"),
    ("exit", "exit", "log out (also: quit, ctrl-d)"),
];

/// ways to say `undo`: no model knows of taking back, and a guess would delete something.
#[rustfmt::skip]
const TAKE_BACK: &[&str] = &[
    "take it back", "take that back", "take this back", "put it back", "put that back",
    "bring it back", "bring that back", "restore it", "restore that", "revert", "revert it",
    "revert that", "reverse that", "roll it back", "roll that back", "undelete it", "i take it back",
    "take the last change back", "take back the last change", "revert the last change",
    "roll back the last change", "reverse the last change",
];
/// ways to say `redo`.
const AGAIN: &[&str] = &["redo it", "redo that", "redo this", "redo the last change"];
/// ways to say `exit`.
#[rustfmt::skip]
const LEAVE: &[&str] = &[
    "log out", "log me out", "log off", "log me off", "sign out", "sign me out", "end the session",
    "end my session", "close the session", "leave the shell", "exit the shell", "quit the shell",
];

/// a built-in that is said in words, courtesies aside.
fn in_words(line: &str) -> Option<Builtin> {
    let lower = line.to_lowercase().replace('’', "'");
    let mut said = lower.trim_end_matches(['.', '!', '?', ' ']);
    for polite in ["please ", "can you ", "could you ", "now ", "ok, ", "ok "] {
        said = said.strip_prefix(polite).unwrap_or(said);
    }
    for polite in [", please", " please", " again", " now"] {
        said = said.strip_suffix(polite).unwrap_or(said);
    }
    if TAKE_BACK.contains(&said) {
        return Some(Builtin::Undo(Which::Last(1)));
    }
    if AGAIN.contains(&said) {
        return Some(Builtin::Redo);
    }
    LEAVE.contains(&said).then_some(Builtin::Exit)
}

/// `Some` if the line is a built-in, or was clearly meant as one.
pub fn parse(line: &str) -> Option<Builtin> {
    if let Some(builtin) = in_words(line) {
        return Some(builtin);
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    let (first, rest) = words.split_first()?;
    let bare = rest.is_empty();
    Some(match *first {
        "help" | "?" => match rest {
            [] => Builtin::Help(None),
            [name] => Builtin::Help(Some((*name).to_owned())),
            _ => return None,
        },
        "history" => match rest {
            [] => Builtin::History(HISTORY_DEFAULT),
            [count] => match number(count).and_then(|count| u32::try_from(count).ok()) {
                Some(count @ 1..=COUNT_MAX) => Builtin::History(count),
                _ => return wrong("history takes a number from 1 to 1000, such as `history 50`"),
            },
            _ => return None,
        },
        "show" => match rest {
            [id] if id.starts_with('#') || number(id).is_some() => match number(id) {
                Some(id) => Builtin::Show(id),
                None => return wrong("show takes the number of an entry, such as `show #12`"),
            },
            // "show me the log" is talk.
            _ => return None,
        },
        "replay" => match rest {
            [id] => match number(id) {
                Some(id) => Builtin::Replay(id),
                None => return wrong("replay takes the number of an entry, such as `replay #12`"),
            },
            _ => return wrong("replay takes the number of an entry, such as `replay #12`"),
        },
        "undo" => undo(rest),
        "redo" if bare => Builtin::Redo,
        "redo" => return wrong("redo takes nothing: it does again what was last taken back"),
        "cd" => match shell_words::split(line).as_deref() {
            Ok([_]) => Builtin::Cd(None),
            Ok([_, dir]) => Builtin::Cd(Some(dir.clone())),
            Ok(_) => return wrong("cd takes one directory; put quotes around a name with spaces"),
            Err(_) => return wrong("a quote is opened and not closed"),
        },
        "pwd" if bare => Builtin::Pwd,
        "audit" => match rest {
            ["verify"] => Builtin::AuditVerify,
            [] => return wrong("the one thing to audit is the journal: `audit verify`"),
            _ => return None,
        },
        "meant" if bare => {
            return wrong("say the command that was meant, such as `meant cat notes.txt`");
        }
        "meant" => Builtin::Meant(line.trim_start()["meant".len()..].trim().to_owned()),
        "next" if bare => Builtin::Next,
        "clear" if bare => Builtin::Clear,
        "exit" | "quit" | "logout" if bare => Builtin::Exit,
        _ if bare && is_answer(first) => Builtin::StrayAnswer,
        _ => return None,
    })
}

/// whether `name` is a built-in.
pub fn is_builtin(name: &str) -> bool {
    BUILTINS.iter().any(|(builtin, ..)| *builtin == name)
}

/// "undo", "undo 3", "undo #41", and the ways in which people say it: "undo that, please".
fn undo(words: &[&str]) -> Builtin {
    const FILLER: &[&str] = &[
        "that", "it", "this", "please", "the", "last", "my", "change", "changes", "action",
        "actions", "thing", "things", "step", "steps", "one", "entry", "again",
    ];
    let wrong = || {
        Builtin::Wrong(
            "undo takes nothing, a count or an entry: `undo`, `undo 3`, `undo #41`".to_owned(),
        )
    };
    let mut which = None;
    for word in words {
        let word = word.trim_matches([',', '.', '!', '?']).to_lowercase();
        if FILLER.contains(&word.as_str()) {
            continue;
        }
        let id = word.strip_prefix("id=").or_else(|| word.strip_prefix('#'));
        let parsed = match id {
            Some(id) => number(id).map(Which::Id),
            None => number(&word)
                .and_then(|count| u32::try_from(count).ok())
                .filter(|count| (1..=COUNT_MAX).contains(count))
                .map(Which::Last),
        };
        match parsed {
            Some(parsed) if which.is_none() => which = Some(parsed),
            _ => return wrong(),
        }
    }
    Builtin::Undo(which.unwrap_or(Which::Last(1)))
}

fn number(word: &str) -> Option<u64> {
    let digits = word.strip_prefix('#').unwrap_or(word);
    // `parse` alone would take "+5".
    digits
        .bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| digits.parse().ok())?
}

fn wrong(sentence: &str) -> Option<Builtin> {
    Some(Builtin::Wrong(sentence.to_owned()))
}

fn is_answer(word: &str) -> bool {
    matches!(word.to_lowercase().as_str(), "y" | "yes" | "n" | "no")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_built_ins_or_not() {
        let check = |line: &str, expect: Option<Builtin>| assert_eq!(parse(line), expect, "{line}");
        check("help", Some(Builtin::Help(None)));
        check("help cat", Some(Builtin::Help(Some("cat".to_owned()))));
        check("help me with my files", None);
        check("history", Some(Builtin::History(20)));
        check("history 5", Some(Builtin::History(5)));
        check("history of linux please", None);
        check("show #12", Some(Builtin::Show(12)));
        check("show 12", Some(Builtin::Show(12)));
        check("show me the log", None);
        check("replay #3", Some(Builtin::Replay(3)));
        check("undo", Some(Builtin::Undo(Which::Last(1))));
        check("undo 3", Some(Builtin::Undo(Which::Last(3))));
        check("undo #41", Some(Builtin::Undo(Which::Id(41))));
        check("undo id=41", Some(Builtin::Undo(Which::Id(41))));
        check("undo that, please", Some(Builtin::Undo(Which::Last(1))));
        check(
            "undo the last 2 changes",
            Some(Builtin::Undo(Which::Last(2))),
        );
        check("cd", Some(Builtin::Cd(None)));
        check(
            "cd 'my files'",
            Some(Builtin::Cd(Some("my files".to_owned()))),
        );
        check("pwd", Some(Builtin::Pwd));
        check("audit verify", Some(Builtin::AuditVerify));
        check("audit my security settings", None);
        check("quit", Some(Builtin::Exit));
        check("exit the program that hangs", None);
        check("bring it back", Some(Builtin::Undo(Which::Last(1))));
        check("Please put it back.", Some(Builtin::Undo(Which::Last(1))));
        check(
            "could you take that back?",
            Some(Builtin::Undo(Which::Last(1))),
        );
        check("put it back into the box", None);
        check("redo that", Some(Builtin::Redo));
        check("log me out", Some(Builtin::Exit));
        check("log", None);
        check("y", Some(Builtin::StrayAnswer));
        check("clear the log", None);
        check("", None);
    }

    #[test]
    fn what_was_meant_as_one_and_is_not_understood_says_so() {
        for line in [
            "history x",
            "history 0",
            "show #x",
            "replay",
            "undo x",
            "undo 0",
            "undo 1 2",
            "cd a b",
            "cd 'a",
            "audit",
            "undo +1",
            "redo 5",
        ] {
            assert!(
                matches!(parse(line), Some(Builtin::Wrong(_))),
                "{line}: {:?}",
                parse(line)
            );
        }
    }

    #[test]
    fn help_names_every_built_in() {
        for (name, usage, _) in BUILTINS {
            assert!(usage.starts_with(name));
            assert!(is_builtin(name));
        }
    }
}
