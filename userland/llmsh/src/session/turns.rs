//! the conversation so far: what "it", "the second one" and "the same for b.txt" can mean.
//!
//! only what was done or shown counts; what the person declined or what failed is not spoken of.

use llm_os_schema::limits::TURNS_MAX;
use llm_os_schema::{Action, Names, Turn};

/// earlier turns, and the names that the last listing had.
#[derive(Debug, Default)]
pub(super) struct Turns {
    past: Vec<Turn>,
    shown: Vec<String>,
    /// the plan under way.
    current: Option<Turn>,
}

impl Turns {
    /// a plan is proposed.
    pub(super) fn begin(&mut self, request: &str, actions: &[Action]) {
        self.current = Some(Turn {
            request: request.to_owned(),
            actions: actions.to_vec(),
        });
    }

    /// it was done, or shown as a dry run.
    pub(super) fn keep(&mut self) {
        if let Some(turn) = self.current.take() {
            self.past.push(turn);
            let surplus = self.past.len().saturating_sub(TURNS_MAX);
            self.past.drain(..surplus);
        }
    }

    /// it was declined, or something else is under way that nobody proposed in words.
    pub(super) fn drop_plan(&mut self) {
        self.current = None;
    }

    /// a result listed these names; paths are written as a person in `cwd` does.
    pub(super) fn listed(&mut self, names: &[String], cwd: &str) {
        if !names.is_empty() {
            let inside = format!("{}/", cwd.trim_end_matches('/'));
            let short = |name: &String| name.strip_prefix(&inside).unwrap_or(name).to_owned();
            self.shown = names.iter().map(short).collect();
        }
    }

    /// relative paths mean something else from now on.
    pub(super) fn forget(&mut self) {
        *self = Turns::default();
    }

    /// puts it into what the model is told.
    pub(super) fn tell(&self, names: &mut Names) {
        names.past.clone_from(&self.past);
        names.shown.clone_from(&self.shown);
        names.bound();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_and_shown_is_told() {
        let mut turns = Turns::default();
        let told = |turns: &Turns| {
            let mut names = Names::default();
            turns.tell(&mut names);
            (names.past.len(), names.shown)
        };
        turns.begin("show a", &[Action::new("read_file").with("path", "a")]);
        assert_eq!(told(&turns).0, 0);
        turns.keep();
        turns.keep();
        assert_eq!(told(&turns).0, 1);
        turns.begin("declined", &[]);
        turns.drop_plan();
        turns.keep();
        assert_eq!(told(&turns).0, 1);
        let listed = ["/home/o/a.txt", "/etc/b", "4411"].map(String::from);
        turns.listed(&listed, "/home/o");
        turns.listed(&[], "/home/o");
        assert_eq!(told(&turns).1, ["a.txt", "/etc/b", "4411"]);
        for _ in 0..9 {
            turns.begin("again", &[]);
            turns.keep();
        }
        assert_eq!(told(&turns).0, TURNS_MAX);
        turns.forget();
        assert_eq!(told(&turns), (0, vec![]));
    }
}
