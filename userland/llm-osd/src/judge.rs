//! what a plan would do, and what that takes.

use crate::clock::minute_of_day;
use crate::executor::{Executor, touches};
use llm_os_capability::{Assessment, Place};
use llm_os_policy::{Ask, Verdict, Who, judge};
use llm_os_schema::before::Fingerprint;
use llm_os_schema::result::{Challenge, StepView};
use llm_os_schema::table::ArgKind;
use llm_os_schema::{Action, Risk};

/// bytes of sentences that a person can be asked to read.
const SHOWN_MAX_BYTES: usize = 64 * 1024;
/// characters of a text that a person can be asked to type.
const TYPED_MAX_CHARS: usize = 60;

/// a plan as it was looked at, step by step.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    pub steps: Vec<Assessment>,
    verdict: Verdict,
}

impl Judged {
    /// looks at every action, each after what the earlier ones are going to change.
    ///
    /// # Errors
    /// when one of them cannot be done as it stands, for a person.
    pub fn of(executor: &Executor, who: Who, actions: &[Action]) -> Result<Self, String> {
        let mut steps: Vec<Assessment> = Vec::new();
        let mut earlier: Vec<Place> = Vec::new();
        // an earlier action may change anything, such as a program.
        let mut unforeseen = false;
        let mut verdict = Verdict::Allow;
        for action in actions {
            let step = executor
                .look(&earlier, |look| executor.machine.assess(action, look))
                .or_else(|error| {
                    if unforeseen {
                        Ok(later(executor, action))
                    } else {
                        Err(error)
                    }
                })?;
            verdict = verdict.stricter(judge_step(executor, who, action, &step));
            unforeseen |= step.risk > Risk::Observe && step.captures.is_empty();
            earlier.extend(step.captures.iter().cloned());
            steps.push(step);
        }
        Ok(Judged { steps, verdict })
    }

    /// as a person sees it.
    pub fn views(&self) -> Vec<StepView> {
        let view = |step: &Assessment| StepView {
            sentence: step.sentence.clone(),
            risk: step.risk,
            loses: step.loses.clone(),
            way_back: step.way_back.clone(),
        };
        self.steps.iter().map(view).collect()
    }

    pub fn sentences(&self) -> Vec<String> {
        self.steps
            .iter()
            .map(|step| step.sentence.clone())
            .collect()
    }

    /// the highest of its actions.
    pub fn risk(&self) -> Risk {
        self.steps
            .iter()
            .map(|step| step.risk)
            .max()
            .unwrap_or(Risk::Observe)
    }

    /// what the whole plan takes: what its strictest action takes.
    pub fn takes(&self) -> Takes {
        let shown: usize = self
            .views()
            .iter()
            .map(|view| {
                let more = [&view.loses, &view.way_back].into_iter().flatten();
                view.sentence.len() + more.map(String::len).sum::<usize>()
            })
            .sum();
        if shown > SHOWN_MAX_BYTES {
            let reason = "it is too long to be shown whole: split it".to_owned();
            return Takes::Refused { reason };
        }
        match &self.verdict {
            Verdict::Deny { reason } => Takes::Refused {
                reason: reason.clone(),
            },
            Verdict::Confirm(Ask::Typed) => Takes::Answer(Challenge::Type { text: self.typed() }),
            Verdict::Confirm(Ask::Yes) => Takes::Answer(Challenge::Yes),
            // an owner may let changes run at once; then they are as good as confirmed.
            Verdict::Allow => Takes::Nothing,
        }
    }

    /// what a person types: the names of what is destroyed, if that can be typed.
    fn typed(&self) -> String {
        let mut texts: Vec<&str> = Vec::new();
        for text in self
            .steps
            .iter()
            .filter_map(|step| step.challenge.as_deref())
        {
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        let text = texts.join(" ");
        let typable = !text.is_empty()
            && text.chars().count() <= TYPED_MAX_CHARS
            && text.trim() == text
            && text
                .chars()
                .all(|c| c.is_alphanumeric() || (' '..='~').contains(&c));
        match texts.len() {
            _ if typable => text,
            0 | 1 => "yes".to_owned(),
            count => format!("yes to {count}"),
        }
    }
}

/// what a plan takes before it runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Takes {
    Nothing,
    Answer(Challenge),
    Refused { reason: String },
}

/// the policy's word on one action; what must not be done has its reason in the sentence.
pub fn judge_step(executor: &Executor, who: Who, action: &Action, step: &Assessment) -> Verdict {
    if step.risk == Risk::Forbidden {
        return Verdict::Deny {
            reason: step.sentence.clone(),
        };
    }
    let minute = minute_of_day(executor.clock.unix_s());
    judge(who, action, step.risk, &executor.rules, minute)
}

/// an action that can only be looked at once an earlier one has run. it is shown as it is written,
/// with its usual risk; right before it runs it is looked at again, and may then do no more than
/// that.
fn later(executor: &Executor, action: &Action) -> Assessment {
    let spec = executor.table.get(&action.kind);
    let place = spec
        .and_then(|spec| spec.args.iter().find(|arg| arg.kind == ArgKind::Path))
        .and_then(|arg| action.text(&arg.name));
    let name = place.and_then(|path| path.rsplit('/').next());
    let written = serde_json::to_string(action).unwrap_or_default();
    let risk = spec.map_or(Risk::Destroy, |spec| spec.risk);
    let kept = place.filter(|_| risk > Risk::Observe);
    Assessment {
        risk,
        sentence: format!(
            "then, if what comes before makes it possible: {}",
            written.escape_debug().to_string().replace("\\\"", "\"")
        ),
        loses: None,
        way_back: None,
        challenge: name.map(str::to_owned),
        preconditions: Vec::new(),
        captures: kept
            .map(|path| Place::Path(path.to_owned()))
            .into_iter()
            .collect(),
    }
}

/// whether `fresh`, seen right before step number `step` runs, is covered by what was `shown`: no
/// more risk, and nothing at stake but what was shown or what this plan itself `left`.
///
/// # Errors
/// why not, for a person.
pub fn still_covered(
    shown: &Judged,
    step: usize,
    fresh: &Assessment,
    left: &[Fingerprint],
) -> Result<(), String> {
    let Some((seen, earlier)) = shown
        .steps
        .get(..=step)
        .and_then(<[Assessment]>::split_last)
    else {
        return Err("it was not shown".to_owned());
    };
    if fresh.risk == Risk::Forbidden {
        return Err(fresh.sentence.clone());
    }
    let own = |print: &Fingerprint| left.iter().find(|own| own.place() == print.place());
    for print in &fresh.preconditions {
        let as_it_should = match own(print) {
            Some(own) => own.same_state(print),
            // what an earlier step was going to change could not be shown as it is now.
            None => {
                seen.preconditions.contains(print)
                    || seen.preconditions.is_empty()
                    || earlier
                        .iter()
                        .flat_map(|step| &step.captures)
                        .any(|place| touches(place, print.place()))
            }
        };
        if !as_it_should {
            return Err(format!(
                "`{}` is no longer what was shown",
                print.place().escape_debug()
            ));
        }
    }
    let only_own = !fresh.preconditions.is_empty()
        && fresh.preconditions.iter().all(|print| own(print).is_some());
    if fresh.risk > seen.risk && !only_own {
        let word = fresh.risk.word();
        return Err(format!(
            "it would now {word}, which was not shown: propose it again"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, sum: &str) -> Fingerprint {
        Fingerprint::File {
            path: path.to_owned(),
            inode: 1,
            bytes: 1,
            mode: 0o644,
            sha256: sum.to_owned(),
        }
    }

    fn step(risk: Risk, preconditions: &[Fingerprint], challenge: Option<&str>) -> Assessment {
        let captures = preconditions
            .iter()
            .map(|print| Place::Path(print.place().to_owned()))
            .collect();
        Assessment {
            risk,
            challenge: challenge.map(str::to_owned),
            preconditions: preconditions.to_vec(),
            captures,
            ..Assessment::observe("x")
        }
    }

    fn judged(steps: &[Assessment]) -> Judged {
        Judged {
            steps: steps.to_vec(),
            verdict: Verdict::Confirm(Ask::Typed),
        }
    }

    #[test]
    fn what_was_shown_is_what_may_run() {
        let absent = Fingerprint::Absent {
            path: "/a".to_owned(),
        };
        let shown = judged(&[step(Risk::Change, std::slice::from_ref(&absent), None)]);
        let check = |fresh: &Assessment, left: &[Fingerprint], good: bool| {
            assert_eq!(
                still_covered(&shown, 0, fresh, left).is_ok(),
                good,
                "{fresh:?}"
            );
        };
        check(&step(Risk::Change, &[absent], None), &[], true);
        check(&step(Risk::Observe, &[], None), &[], true);
        check(&step(Risk::Destroy, &[file("/a", "1")], None), &[], false);
        check(&step(Risk::Change, &[file("/a", "1")], None), &[], false);
        check(&step(Risk::Destroy, &[], None), &[], false);
        check(&step(Risk::Forbidden, &[], None), &[], false);
        // what the plan itself wrote may be lost, but not if somebody else wrote over it.
        check(
            &step(Risk::Destroy, &[file("/a", "1")], None),
            &[file("/a", "1")],
            true,
        );
        check(
            &step(Risk::Destroy, &[file("/a", "2")], None),
            &[file("/a", "1")],
            false,
        );
    }

    #[test]
    fn a_later_step_may_meet_what_an_earlier_one_changes() {
        let first = step(
            Risk::Change,
            &[Fingerprint::Absent {
                path: "/d".to_owned(),
            }],
            None,
        );
        let second = step(Risk::Change, &[file("/d/f", "old")], None);
        let shown = judged(&[first, second]);
        let fresh = step(Risk::Change, &[file("/d/f", "new")], None);
        assert!(still_covered(&shown, 1, &fresh, &[]).is_ok());
        let fresh = step(Risk::Destroy, &[file("/d/f", "new")], None);
        assert!(still_covered(&shown, 1, &fresh, &[]).is_err());
    }

    #[test]
    fn what_is_typed_can_be_typed() {
        let check = |challenges: &[&str], expect: &str| {
            let steps: Vec<_> = challenges
                .iter()
                .map(|text| step(Risk::Destroy, &[], Some(text)))
                .collect();
            let takes = judged(&steps).takes();
            let text = expect.to_owned();
            assert_eq!(
                takes,
                Takes::Answer(Challenge::Type { text }),
                "{challenges:?}"
            );
        };
        check(&["a.txt"], "a.txt");
        check(&["a.txt", "b.txt", "a.txt"], "a.txt b.txt");
        check(&["grüße.txt"], "grüße.txt");
        check(&["a\\nb"], "a\\nb");
        check(&["a\u{1b}b"], "yes");
        check(&["\u{202e}txt"], "yes");
        check(&[" a"], "yes");
        check(&["", "x", "y"], "yes to 3");
        check(&[&"x".repeat(61)], "yes");
        check(&[], "yes");
    }
}
