//! a worked example that a person taught: these words mean this.
//!
//! kept as lines of json in [`PLACE`], written by the executor alone, read by the model runner. what
//! it means is written as a person types it, so that the file can be read and checked by eye.

use crate::command::{self, Line};
use crate::limits::{ACTIONS_MAX, REQUEST_MAX_BYTES};
use crate::{Action, CapabilityTable};
use serde::{Deserialize, Serialize};

/// the folder of what was taught.
pub const FOLDER: &str = "/data/library";
/// the file of what was taught.
pub const PLACE: &str = "/data/library/taught.jsonl";
/// lessons that are kept; the next one has to take another's place.
pub const LESSONS_MAX: usize = 1000;
/// bytes of the whole file.
pub const FILE_MAX_BYTES: u64 = 1024 * 1024;

/// words, and the commands that they mean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lesson {
    /// the person's words.
    pub request: String,
    /// one or more direct commands with `; ` between them, such as `mkdir a; ls a`.
    pub means: String,
}

impl Lesson {
    /// as a line of the file, with its end.
    pub fn line(&self) -> String {
        let mut line = serde_json::to_string(self).unwrap_or_default();
        line.push('\n');
        line
    }

    /// whether both are said with the same words, whatever their case and punctuation.
    pub fn same_words(&self, request: &str) -> bool {
        plain_words(&self.request).eq(plain_words(request))
    }
}

/// the lessons of the file, and the lines that are none.
pub fn read(text: &str) -> (Vec<Lesson>, Vec<&str>) {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let (mut lessons, mut strange) = (Vec::new(), Vec::new());
    for line in lines {
        match serde_json::from_str::<Lesson>(line) {
            Ok(lesson) if lessons.len() < LESSONS_MAX => lessons.push(lesson),
            _ => strange.push(line),
        }
    }
    (lessons, strange)
}

/// the words of a request, lower case, without the marks around them.
pub fn plain_words(request: &str) -> impl Iterator<Item = String> {
    request
        .split_whitespace()
        .map(|word| word.trim_matches(|c: char| ",.;:!?()\"'`".contains(c)))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

/// the plan that `means` is, in canonical form.
///
/// # Errors
/// one sentence: which command is not understood, and why.
pub fn plan(table: &CapabilityTable, means: &str) -> Result<Vec<Action>, String> {
    if means.len() > REQUEST_MAX_BYTES {
        return Err(format!(
            "the commands are longer than {REQUEST_MAX_BYTES} bytes: shorten them"
        ));
    }
    let mut actions = Vec::new();
    for line in commands(means) {
        let read = match command::parse(table, line) {
            Line::Empty => continue,
            Line::Direct(read) => read,
            Line::Words => {
                return Err(format!(
                    "`{}` is no command: `help` lists them, such as `cat notes.txt`",
                    line.trim().escape_debug()
                ));
            }
            Line::Wrong(why) => return Err(why),
        };
        for action in read {
            let action = table.canonical(&action);
            actions.push(action.map_err(|error| error.to_string())?);
        }
    }
    match actions.len() {
        0 => Err("no command is given: `help` lists them, such as `cat notes.txt`".to_owned()),
        count if count > ACTIONS_MAX => {
            Err(format!("more than {ACTIONS_MAX} commands: take fewer"))
        }
        _ => Ok(actions),
    }
}

/// the commands between semicolons; a semicolon inside quotes is the text's own.
pub fn commands(means: &str) -> impl Iterator<Item = &str> {
    let (mut quote, mut escaped) = (None, false);
    means
        .split(move |c: char| {
            if std::mem::take(&mut escaped) {
                return false;
            }
            match (quote, c) {
                (Some('"') | None, '\\') => escaped = true,
                (Some(open), _) if c == open => quote = None,
                (None, '\'' | '"') => quote = Some(c),
                (None, ';' | '\n') => return true,
                _ => {}
            }
            false
        })
        .map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lessons_are_lines_and_bad_ones_are_counted() {
        let lesson = Lesson {
            request: "tidy \"up\"".to_owned(),
            means: "rm -r /tmp/x; ls".to_owned(),
        };
        let text = format!(
            "{}\nnonsense\n{{\"request\":1}}\n{}",
            lesson.line(),
            lesson.line()
        );
        let strange = vec!["nonsense", "{\"request\":1}"];
        assert_eq!(read(&text), (vec![lesson.clone(), lesson.clone()], strange));
        assert!(lesson.same_words("Tidy up!"));
        assert!(!lesson.same_words("tidy down"));
        let many: String = (0..LESSONS_MAX + 3).map(|_| lesson.line()).collect();
        let (kept, strange) = read(&many);
        assert_eq!((kept.len(), strange.len()), (LESSONS_MAX, 3));
    }

    #[test]
    fn commands_stand_between_semicolons() {
        let check = |means: &str, expect: &[&str]| {
            let got: Vec<&str> = commands(means).filter(|c| !c.is_empty()).collect();
            assert_eq!(got, expect, "{means}");
        };
        check("a b; c;", &["a b", "c"]);
        check("write x 'a; b' ; ls", &["write x 'a; b'", "ls"]);
        check("write x \"a\\\"; b\"; ls", &["write x \"a\\\"; b\"", "ls"]);
        check("it\\'s; ls", &["it\\'s", "ls"]);
        check("", &[]);
    }
}
