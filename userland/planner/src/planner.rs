//! the pipeline: load a model, encode a request, decode its states into one outcome.

use crate::automaton::{Automaton, Step};
use crate::context::NameKind;
use crate::decoder::{Decoder, Sizes};
use crate::ground;
use crate::input::{Input, InputError};
use crate::pieces::Vocabulary;
use crate::say::Reason;
use crate::search::{self, Way};
use crate::sense;
use crate::spelling::Spelling;
use crate::sure;
use crate::symbols::Symbols;
use crate::weights::{Weights, WeightsError};
use llm_os_schema::{CapabilityTable, Names, Outcome, unix};
use serde::{Deserialize, Serialize};

/// the version of the file format and of the symbol language.
pub const FORMAT: u32 = 1;

/// from this probability on, no other way is looked at.
const SURE: f32 = 0.9;
/// ways that are followed side by side where the likeliest is not sure.
const WIDTH: usize = 3;

/// what `model.json` holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ModelFile {
    pub format: u32,
    /// a short name for people, such as `slice-1`.
    pub name: String,
    pub sizes: Sizes,
    /// the symbols as text, in the order of their numbers.
    pub symbols: Vec<String>,
    /// labels of the kinds of names that it was taught to read; the first models' where missing.
    #[serde(default = "first_names")]
    pub names: Vec<String>,
    /// common words, the commonest first: what mistyped ones are read as.
    #[serde(default)]
    pub words: Vec<String>,
    /// how often it was right, by how probable it found its own steps together: points of a line
    /// that rises, as (probability, share that was right). probabilities as they are where empty.
    #[serde(default)]
    pub calibration: Vec<(f32, f32)>,
    /// the pieces of the encoder's vocabulary, in the order of their numbers.
    pub vocabulary: Vec<String>,
}

fn first_names() -> Vec<String> {
    NameKind::FIRST.map(|kind| kind.label().to_owned()).to_vec()
}

/// why a model cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadError {
    Json(String),
    Format(u32),
    Symbol(String),
    Name(String),
    Vocabulary,
    Sizes,
    Weights(WeightsError),
}

impl std::fmt::Display for LoadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            LoadError::Json(why) => write!(f, "model.json cannot be read: {why}"),
            LoadError::Format(found) => write!(
                f,
                "model.json has format {found} and this runner reads {FORMAT}: take a model made for it"
            ),
            LoadError::Symbol(text) => write!(f, "model.json has an unknown symbol `{text}`"),
            LoadError::Name(text) => write!(f, "model.json has an unknown kind of names `{text}`"),
            LoadError::Vocabulary => {
                write!(
                    f,
                    "model.json has a vocabulary without [UNK], [CLS] or [SEP]"
                )
            }
            LoadError::Sizes => write!(f, "model.json has sizes that no decoder can have"),
            LoadError::Weights(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for LoadError {}

/// a loaded model, without its encoder: that one runs elsewhere.
pub struct Planner {
    symbols: Symbols,
    /// the kinds of names that the model may read of.
    names: Vec<NameKind>,
    vocabulary: Vocabulary,
    decoder: Decoder,
    sizes: Sizes,
    calibration: Vec<(f32, f32)>,
}

/// what came of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    pub outcome: Outcome,
    /// what the model wrote, before an unsure plan became a question.
    pub said: Outcome,
    /// how often outcomes as probable as this one are right.
    pub confidence: f32,
    /// the probability of all ways together in which the model said it, not calibrated.
    pub probability: f32,
    pub steps: Vec<Step>,
    /// the probability of each step, among the legal ones.
    pub probabilities: Vec<f32>,
}

impl Planner {
    /// reads `model.json` and the bytes of `decoder.safetensors`.
    ///
    /// # Errors
    /// what is wrong with them.
    pub fn load(model_json: &str, decoder: &[u8]) -> Result<Self, LoadError> {
        let file: ModelFile =
            serde_json::from_str(model_json).map_err(|error| LoadError::Json(error.to_string()))?;
        if file.format != FORMAT {
            return Err(LoadError::Format(file.format));
        }
        if !file.sizes.sensible() {
            return Err(LoadError::Sizes);
        }
        let symbols = Symbols::read(&file.symbols).map_err(LoadError::Symbol)?;
        let names: Result<Vec<NameKind>, LoadError> = file
            .names
            .iter()
            .map(|label| NameKind::of_label(label).ok_or_else(|| LoadError::Name(label.clone())))
            .collect();
        let vocabulary = Vocabulary::new(file.vocabulary.iter().map(String::as_str))
            .ok_or(LoadError::Vocabulary)?
            .spelling(Spelling::new(file.words.iter().map(String::as_str)));
        let weights = Weights::parse(decoder).map_err(LoadError::Weights)?;
        let decoder =
            Decoder::read(&weights, file.sizes, symbols.len()).map_err(LoadError::Weights)?;
        Ok(Planner {
            symbols,
            names: names?,
            vocabulary,
            decoder,
            sizes: file.sizes,
            calibration: file.calibration,
        })
    }

    /// entries of one encoder state.
    pub fn width(&self) -> usize {
        self.sizes.width
    }

    /// the symbols that the model knows.
    pub fn symbols(&self) -> &Symbols {
        &self.symbols
    }

    /// the request as the encoder reads it: run the encoder over `tokens`, without a tokenizer, and
    /// without pooling.
    ///
    /// # Errors
    /// when the request is empty or too long.
    pub fn input(&self, request: &str, names: &Names) -> Result<Input, InputError> {
        Input::new(&self.vocabulary, request, names, &self.names)
    }

    /// decodes by a beam, and asks where a plan that changes something is a guess; `states` is one
    /// row of [`width`](Self::width) for each of the input's tokens. a command line of unix is read
    /// by code ([`written_out`]). `None` when the number of states does not fit.
    pub fn plan(&self, table: &CapabilityTable, input: &Input, states: &[f32]) -> Option<Decoded> {
        if let Some(outcome) = written_out(table, &input.request, &input.world) {
            return Some(Decoded {
                said: outcome.clone(),
                outcome,
                confidence: 1.0,
                probability: 1.0,
                steps: Vec::new(),
                probabilities: Vec::new(),
            });
        }
        let session = self.decoder.begin(input, states)?;
        let automaton = Automaton::new(table, &self.symbols, input);
        let mut ways = search::ways(session.clone(), automaton.clone(), 1);
        if ways.first()?.probability() < SURE {
            ways = search::ways(session, automaton, WIDTH);
        }
        let (said, way, probability) = self.likeliest(table, input, ways)?;
        let confidence = match way.complete {
            true => calibrated(&self.calibration, probability),
            false => 0.0,
        };
        let outcome = match &said {
            Outcome::Plan(actions) if !sure::enough(table, actions, confidence) => {
                sure::question(table, &self.symbols, &way.steps[..=way.weakest()])
            }
            said => said.clone(),
        };
        Some(Decoded {
            outcome,
            said,
            confidence,
            probability,
            steps: way.steps,
            probabilities: way.probabilities,
        })
    }

    /// the outcome that is the likeliest by all its ways together, its best way, its probability.
    fn likeliest(
        &self,
        table: &CapabilityTable,
        input: &Input,
        ways: Vec<Way>,
    ) -> Option<(Outcome, Way, f32)> {
        let mut found: Vec<(Outcome, Way, f32)> = Vec::new();
        for way in ways {
            let said = self.checked(table, input, &way);
            let probability = way.probability();
            match found.iter_mut().find(|(outcome, _, _)| *outcome == said) {
                Some((_, _, sum)) => *sum += probability,
                None => found.push((said, way, probability)),
            }
        }
        found
            .into_iter()
            .max_by(|(_, _, a), (_, _, b)| a.total_cmp(b))
    }

    /// what came of one way, or what belongs in its place.
    fn checked(&self, table: &CapabilityTable, input: &Input, way: &Way) -> Outcome {
        match &way.outcome {
            Outcome::Plan(actions)
                if sure::changes(table, actions)
                    && !sense::is_there(&self.vocabulary, input, &way.steps) =>
            {
                Outcome::Refuse(Reason::Unclear.say())
            }
            outcome => ground::checked(table, &input.request, &input.world, outcome.clone()),
        }
    }
}

/// what is asked of a grave line that is not understood to its end.
const HALF: &str = "I do not know all of that command line: say in words what should be done?";

/// what a request means that is a command line of unix: no model has to guess at it.
pub fn written_out(table: &CapabilityTable, request: &str, world: &Names) -> Option<Outcome> {
    let Some(plan) = unix::read(table, request) else {
        let half = unix::is_half_understood(table, request);
        return half.then(|| match request.split_whitespace().any(ground::is_system) {
            true => Outcome::Refuse(Reason::Harm.say()),
            false => Outcome::Ask(HALF.to_owned()),
        });
    };
    Some(ground::written(table, world, plan))
}

/// the point of the rising line `points` at `x`; `x` where there is no line.
fn calibrated(points: &[(f32, f32)], x: f32) -> f32 {
    let (mut before, ends) = ((0.0, 0.0), (1.0, 1.0));
    if points.is_empty() {
        return x;
    }
    for &point in points.iter().chain([&ends]) {
        if x <= point.0 {
            let width = point.0 - before.0;
            let share = if width > 0.0 {
                (x - before.0) / width
            } else {
                1.0
            };
            return (before.1 + share * (point.1 - before.1)).clamp(0.0, 1.0);
        }
        before = point;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confidence_follows_the_line() {
        let line = [(0.5, 0.2), (0.9, 0.8)];
        for (x, expect) in [
            (0.0, 0.0),
            (0.5, 0.2),
            (0.7, 0.5),
            (0.9, 0.8),
            (0.95, 0.9),
            (1.0, 1.0),
        ] {
            let got = calibrated(&line, x);
            assert!((got - expect).abs() < 1e-5, "{x}: {got}");
        }
        assert_eq!(calibrated(&[], 0.3), 0.3);
    }
}
