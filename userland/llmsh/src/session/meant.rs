//! what the last words should have meant: the person types the command, it is done, and learnt.
//!
//! one plan of the command and a `teach`, confirmed once: learning is an action like any other.

use super::{Code, Effect, Session, Voice, say};
use llm_os_schema::{Action, lesson};

/// said when a model's plan was declined.
pub(super) const HINT: &str =
    "(if something else was meant, type `meant` and the command: it is done, and learnt)\n";

/// words that mean something only after what was said before.
#[rustfmt::skip]
const LEANS: [&str; 18] = [
    "it", "its", "that", "this", "them", "those", "these", "again", "same", "both", "ones",
    "first", "second", "third", "last", "there", "other", "him",
];

impl Session {
    pub(super) fn meant(&mut self, commands: &str, dry_run: bool, out: &mut Vec<Effect>) {
        let Some(words) = self.words.clone() else {
            return self.fail(
                out,
                Code::Usage,
                "nothing was asked in words yet: `meant` says what the last words should have meant",
            );
        };
        let Some(table) = &self.table else {
            return self.fail(
                out,
                Code::Failed,
                "the executor has not been reached yet, so nothing can be learnt: try again in a moment",
            );
        };
        match lesson::plan(table, commands) {
            Ok(mut plan) => {
                match lesson::plain_words(&words).find(|word| LEANS.contains(&word.as_str())) {
                    Some(word) => say(
                        out,
                        Voice::Note,
                        &format!(
                            "(done once, not learnt: \"{word}\" means something else each time)\n"
                        ),
                    ),
                    None => plan.push(
                        Action::new("teach")
                            .with("request", words.as_str())
                            .with("means", commands),
                    ),
                }
                self.propose(plan, &words, dry_run, false, out);
            }
            Err(why) => self.fail(out, Code::Usage, why),
        }
    }
}
