//! line editing, with history and completion.

use super::complete;
use crate::link;
use llm_os_schema::{CapabilityTable, Names, paths};
use llm_os_wire::executor::{Reply, Request};
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Context, Editor as Rustyline, Helper};
use std::path::PathBuf;
use std::time::Duration;

/// lines kept.
const HISTORY_MAX: usize = 1000;
/// how long completion waits for the executor: a person is waiting with a finger on the key.
const NAMES_MAX: Duration = Duration::from_millis(500);

/// how editing a line ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Edited {
    Line(String),
    /// ^c: the line was thrown away.
    Interrupt,
    Eof,
}

/// edits lines.
pub struct Editor {
    rustyline: Rustyline<Completion, FileHistory>,
    /// where the history is kept, in the operator's home; `None`: in memory only.
    history: Option<PathBuf>,
}

impl Editor {
    /// `None` if the terminal turns out to be unfit for it.
    pub fn new(executor: PathBuf, history: Option<PathBuf>) -> Option<Self> {
        let config = Config::builder()
            .max_history_size(HISTORY_MAX)
            .ok()?
            .history_ignore_space(true)
            .completion_type(CompletionType::List)
            // a serial terminal may not know the sequence, and shows it then.
            .bracketed_paste(false)
            .build();
        let mut rustyline = Rustyline::with_config(config).ok()?;
        rustyline.set_helper(Some(Completion::new(executor)));
        if let Some(file) = &history {
            // none at the first start, and an unreadable one is no reason not to start.
            let _ = rustyline.load_history(file);
        }
        Some(Editor { rustyline, history })
    }

    /// the next line. `table` and the places are what completion goes by.
    pub fn next(
        &mut self,
        prompt: &str,
        table: Option<&CapabilityTable>,
        cwd: &str,
        home: &str,
    ) -> Edited {
        if let Some(helper) = self.rustyline.helper_mut() {
            helper.at(table, cwd, home);
        }
        match self.rustyline.readline(prompt) {
            Ok(line) => {
                self.remember(&line);
                Edited::Line(line)
            }
            Err(ReadlineError::Interrupted) => Edited::Interrupt,
            Err(_) => Edited::Eof,
        }
    }

    fn remember(&mut self, line: &str) {
        // a full or read-only home costs the history, never the line.
        if self.rustyline.add_history_entry(line).unwrap_or(false)
            && let Some(file) = &self.history
        {
            let _ = self.rustyline.append_history(file);
        }
    }
}

/// completion by the table and by the names that exist now.
struct Completion {
    executor: PathBuf,
    table: CapabilityTable,
    cwd: String,
    home: String,
}

impl Completion {
    fn new(executor: PathBuf) -> Self {
        Completion {
            executor,
            table: CapabilityTable::default(),
            cwd: "/".to_owned(),
            home: "/".to_owned(),
        }
    }

    fn at(&mut self, table: Option<&CapabilityTable>, cwd: &str, home: &str) {
        // cheap enough to compare at each prompt, and it changes only with the executor's build.
        if let Some(table) = table.filter(|table| **table != self.table) {
            self.table = table.clone();
        }
        cwd.clone_into(&mut self.cwd);
        home.clone_into(&mut self.home);
    }

    /// names as seen from `directory`, by a connection of its own: the session's is busy with the
    /// session. nothing found is nothing to complete.
    fn names(&self, directory: &str) -> Option<Names> {
        let dir = if directory.is_empty() { "." } else { directory };
        let cwd = paths::absolute(&self.cwd, &self.home, dir).ok()?;
        let (mut link, _) = link::greet(&self.executor, NAMES_MAX, None).ok()?;
        link.send(&Request::Names { cwd }).ok()?;
        match link.wait(NAMES_MAX, None).ok()? {
            Reply::Names(names) => Some(names),
            _ => None,
        }
    }
}

impl Completer for Completion {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _: &Context,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let line = line.get(..at).unwrap_or(line);
        let names = self.names(complete::directory(line)).unwrap_or_default();
        Ok(complete::candidates(&self.table, &names, line))
    }
}

impl Helper for Completion {}
impl Highlighter for Completion {}
impl Validator for Completion {}
impl Hinter for Completion {
    type Hint = String;
}
