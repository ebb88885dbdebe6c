//! the likeliest outcomes of one request: a beam of step sequences through the automaton.
//!
//! one outcome can be said in several ways (a name pointed at in the request, or in the list of
//! names that exist), so what counts is the probability of all its ways together.

use crate::automaton::{Automaton, Step};
use crate::decoder::{Session, softmax};
use llm_os_schema::Outcome;

/// one way to an outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    /// what was said; a question where no legal step was left.
    pub outcome: Outcome,
    /// whether it came to its end.
    pub complete: bool,
    pub steps: Vec<Step>,
    /// the probability of each step, among the legal ones.
    pub probabilities: Vec<f32>,
}

impl Way {
    /// the probability of all its steps together.
    pub fn probability(&self) -> f32 {
        self.probabilities.iter().product()
    }

    /// where the least probable step is.
    pub fn weakest(&self) -> usize {
        let steps = self.probabilities.iter().enumerate();
        let least = steps.min_by(|(_, a), (_, b)| a.total_cmp(b));
        least.map_or(0, |(at, _)| at)
    }
}

/// ways that are so much less probable than the best are not followed.
const HOPELESS: f32 = 0.02;

#[derive(Clone)]
struct Path<'a> {
    session: Session<'a>,
    automaton: Automaton<'a>,
    steps: Vec<Step>,
    probabilities: Vec<f32>,
    probability: f32,
}

impl Path<'_> {
    /// the `most` likeliest next steps with their probabilities, the likeliest first.
    fn next(&mut self, most: usize) -> Vec<(Step, f32)> {
        let legal = self.automaton.legal();
        let scores = self.session.next(self.steps.last().copied());
        let mut probabilities: Vec<f32> = legal.iter().map(|&step| scores.of(step)).collect();
        softmax(&mut probabilities);
        let mut steps: Vec<(Step, f32)> = legal.into_iter().zip(probabilities).collect();
        steps.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        steps.truncate(most);
        steps
    }

    fn take(&mut self, step: Step, probability: f32) -> bool {
        let taken = self.automaton.go(step);
        if taken {
            self.steps.push(step);
            self.probabilities.push(probability);
            self.probability *= probability;
        }
        taken
    }

    fn way(self) -> Way {
        let outcome = self.automaton.outcome().cloned();
        Way {
            complete: outcome.is_some(),
            outcome: outcome.unwrap_or_else(|| self.automaton.stuck()),
            steps: self.steps,
            probabilities: self.probabilities,
        }
    }
}

/// up to `width` ways to say something, the likeliest first; with a width of 1, the likeliest step
/// at each turn. never empty.
pub fn ways<'a>(session: Session<'a>, automaton: Automaton<'a>, width: usize) -> Vec<Way> {
    let mut paths = vec![Path {
        session,
        automaton,
        steps: Vec::new(),
        probabilities: Vec::new(),
        probability: 1.0,
    }];
    let (mut done, mut stuck) = (Vec::new(), Vec::new());
    while !paths.is_empty() {
        let mut nexts: Vec<(usize, Step, f32, f32)> = Vec::new();
        for (at, path) in paths.iter_mut().enumerate() {
            for (step, probability) in path.next(width) {
                nexts.push((at, step, probability, path.probability * probability));
            }
        }
        nexts.sort_by(|a, b| b.3.total_cmp(&a.3));
        let best = done.iter().map(Way::probability).fold(0.0, f32::max);
        nexts.retain(|(.., together)| *together >= HOPELESS * best);
        nexts.truncate(width);
        // a path is copied where it parts, and goes on as it is where it does not.
        let mut open: Vec<Option<Path>> =
            std::mem::take(&mut paths).into_iter().map(Some).collect();
        let mut left = vec![0; open.len()];
        nexts.iter().for_each(|(at, ..)| left[*at] += 1);
        let mut grown = Vec::new();
        for (at, step, probability, _) in nexts {
            left[at] -= 1;
            let whole = if left[at] == 0 {
                open[at].take()
            } else {
                open[at].clone()
            };
            let Some(mut path) = whole else { continue };
            match path.take(step, probability) {
                true if path.automaton.outcome().is_some() => done.push(path.way()),
                true => grown.push(path),
                // the same place, whichever step was tried.
                false if stuck.iter().any(|other: &Path| other.steps == path.steps) => {}
                false => stuck.push(path),
            }
        }
        // nothing goes on from here: what was said so far is the best there is.
        if grown.is_empty() && done.is_empty() && stuck.is_empty() {
            stuck.extend(open.into_iter().flatten());
        }
        paths = grown;
    }
    if done.is_empty() {
        done = stuck.into_iter().map(Path::way).collect();
    }
    done.sort_by(|a: &Way, b| b.probability().total_cmp(&a.probability()));
    done
}
