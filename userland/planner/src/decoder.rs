//! the two-layer decoder: next-step scores from encoder states.
//!
//! a pre-norm transformer of a few million int8 weights in plain f32 arithmetic. it attends to all
//! encoder states; a step is scored either against the symbols' embeddings or, for pointers, against
//! the targets' keys. `image/model/model.py` is its twin; `image/model/parity.json` holds them to
//! each other.

use crate::automaton::Step;
use crate::input::Input;
use crate::weights::{Matrix, Weights, WeightsError};
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// sizes, as in `model.json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sizes {
    /// entries of a state.
    pub width: usize,
    pub heads: usize,
    pub layers: usize,
    /// entries of the feed-forward layer.
    pub inner: usize,
    /// steps that have a position.
    pub steps: usize,
    /// targets that have a position; later ones share the last.
    pub targets: usize,
}

impl Sizes {
    /// whether a decoder of these sizes can be computed at all.
    pub fn sensible(&self) -> bool {
        let small = |n: usize, max: usize| (1..=max).contains(&n);
        small(self.width, 2048)
            && small(self.heads, 64)
            && self.width.is_multiple_of(self.heads)
            && small(self.layers, 16)
            && small(self.inner, 8192)
            && small(self.steps, 1024)
            && small(self.targets, 4096)
    }
}

struct Norm {
    gain: Vec<f32>,
    shift: Vec<f32>,
}

impl Norm {
    fn read(weights: &Weights, name: &str, width: usize) -> Result<Self, WeightsError> {
        Ok(Norm {
            gain: weights.vector(&format!("{name}.weight"), width)?,
            shift: weights.vector(&format!("{name}.bias"), width)?,
        })
    }

    fn apply(&self, x: &[f32]) -> Vec<f32> {
        let count = x.len() as f32;
        let mean = x.iter().sum::<f32>() / count;
        let variance = x.iter().map(|v| (v - mean) * (v - mean)).sum::<f32>() / count;
        let scale = 1.0 / (variance + 1e-5).sqrt();
        let pairs = self.gain.iter().zip(&self.shift);
        x.iter()
            .zip(pairs)
            .map(|(v, (gain, shift))| (v - mean) * scale * gain + shift)
            .collect()
    }
}

struct Linear {
    matrix: Matrix,
    bias: Vec<f32>,
}

impl Linear {
    fn read(
        weights: &Weights,
        name: &str,
        rows: usize,
        columns: usize,
    ) -> Result<Self, WeightsError> {
        Ok(Linear {
            matrix: weights.matrix(&format!("{name}.weight"), rows, columns)?,
            bias: weights.vector(&format!("{name}.bias"), rows)?,
        })
    }

    fn apply(&self, x: &[f32]) -> Vec<f32> {
        let mut y = self.matrix.times(x);
        add(&mut y, &self.bias);
        y
    }
}

struct Attention {
    query: Linear,
    key: Linear,
    value: Linear,
    out: Linear,
}

impl Attention {
    fn read(weights: &Weights, name: &str, width: usize) -> Result<Self, WeightsError> {
        let part = |part: &str| Linear::read(weights, &format!("{name}.{part}"), width, width);
        Ok(Attention {
            query: part("query")?,
            key: part("key")?,
            value: part("value")?,
            out: part("out")?,
        })
    }

    /// attends from `x` to all keys and values.
    fn apply(&self, x: &[f32], heads: usize, keys: &[Vec<f32>], values: &[Vec<f32>]) -> Vec<f32> {
        let query = self.query.apply(x);
        let size = query.len() / heads;
        let scale = 1.0 / (size as f32).sqrt();
        let mut mixed = vec![0.0; query.len()];
        for head in 0..heads {
            let part = head * size..(head + 1) * size;
            let mut scores: Vec<f32> = keys
                .iter()
                .map(|key| scale * dot(&query[part.clone()], &key[part.clone()]))
                .collect();
            softmax(&mut scores);
            for (score, value) in scores.iter().zip(values) {
                for (sum, v) in mixed[part.clone()].iter_mut().zip(&value[part.clone()]) {
                    *sum += score * v;
                }
            }
        }
        self.out.apply(&mixed)
    }
}

struct Layer {
    norms: [Norm; 3],
    own: Attention,
    cross: Attention,
    up: Linear,
    down: Linear,
}

/// the decoder's numbers.
pub struct Decoder {
    sizes: Sizes,
    symbols: Matrix,
    symbol_bias: Vec<f32>,
    positions: Matrix,
    target_positions: Matrix,
    memory_norm: Norm,
    pointed: Linear,
    point_query: Linear,
    point_key: Linear,
    layers: Vec<Layer>,
    last_norm: Norm,
}

impl Decoder {
    /// reads the decoder for `symbols` symbols; one more embedding is the start.
    ///
    /// # Errors
    /// what is missing or has another shape.
    pub fn read(weights: &Weights, sizes: Sizes, symbols: usize) -> Result<Self, WeightsError> {
        let width = sizes.width;
        let layer = |at: usize| -> Result<Layer, WeightsError> {
            let name = |part: &str| format!("layers.{at}.{part}");
            Ok(Layer {
                norms: [
                    Norm::read(weights, &name("norm1"), width)?,
                    Norm::read(weights, &name("norm2"), width)?,
                    Norm::read(weights, &name("norm3"), width)?,
                ],
                own: Attention::read(weights, &name("own"), width)?,
                cross: Attention::read(weights, &name("cross"), width)?,
                up: Linear::read(weights, &name("up"), sizes.inner, width)?,
                down: Linear::read(weights, &name("down"), width, sizes.inner)?,
            })
        };
        Ok(Decoder {
            symbols: weights.matrix("symbols.weight", symbols + 1, width)?,
            symbol_bias: weights.vector("symbol_bias", symbols)?,
            positions: weights.matrix("positions.weight", sizes.steps, width)?,
            target_positions: weights.matrix("target_positions.weight", sizes.targets, width)?,
            memory_norm: Norm::read(weights, "memory_norm", width)?,
            pointed: Linear::read(weights, "pointed", width, width)?,
            point_query: Linear::read(weights, "point_query", width, width)?,
            point_key: Linear::read(weights, "point_key", width, width)?,
            layers: (0..sizes.layers).map(layer).collect::<Result<_, _>>()?,
            last_norm: Norm::read(weights, "last_norm", width)?,
            sizes,
        })
    }

    /// begins to decode: `states` are the encoder's, one row of `width` a token of `input`; `None`
    /// when their number does not fit.
    pub fn begin<'a>(&'a self, input: &Input, states: &[f32]) -> Option<Session<'a>> {
        let width = self.sizes.width;
        if states.len() != input.tokens.len() * width {
            return None;
        }
        let memory: Vec<Vec<f32>> = states
            .chunks_exact(width)
            .map(|state| self.memory_norm.apply(state))
            .collect();
        let targets: Vec<Vec<f32>> = input
            .targets
            .iter()
            .enumerate()
            .map(|(at, tokens)| {
                let mut mean = self.target_positions.row(at.min(self.sizes.targets - 1));
                for state in &memory[tokens.clone()] {
                    for (sum, v) in mean.iter_mut().zip(state) {
                        *sum += v / tokens.len() as f32;
                    }
                }
                mean
            })
            .collect();
        let project = |linear: &Linear| memory.iter().map(|state| linear.apply(state)).collect();
        let cross = self.layers.iter().map(|layer| Cache {
            keys: project(&layer.cross.key),
            values: project(&layer.cross.value),
        });
        let point_key = |target: &Vec<f32>| self.point_key.apply(target);
        Some(Session {
            decoder: self,
            request: Rc::new(Request {
                cross: cross.collect(),
                point_keys: targets.iter().map(point_key).collect(),
                targets,
            }),
            own: vec![Cache::default(); self.layers.len()],
            at: 0,
        })
    }
}

/// keys and values of one attention.
#[derive(Clone, Default)]
struct Cache {
    keys: Vec<Vec<f32>>,
    values: Vec<Vec<f32>>,
}

/// what does not change while one request is decoded.
struct Request {
    /// the encoder's states, by layer.
    cross: Vec<Cache>,
    point_keys: Vec<Vec<f32>>,
    targets: Vec<Vec<f32>>,
}

/// one request being decoded. a clone goes on from the same place by itself.
#[derive(Clone)]
pub struct Session<'a> {
    decoder: &'a Decoder,
    request: Rc<Request>,
    /// the steps said, by layer.
    own: Vec<Cache>,
    at: usize,
}

/// how well each step fits next; higher is better.
pub struct Scores {
    pub symbols: Vec<f32>,
    pub targets: Vec<f32>,
}

impl Scores {
    /// the score of one step.
    pub fn of(&self, step: Step) -> f32 {
        let score = match step {
            Step::Symbol(number) => self.symbols.get(number),
            Step::Target(target) => self.targets.get(target),
        };
        score.copied().unwrap_or(f32::NEG_INFINITY)
    }
}

impl Session<'_> {
    /// the scores after `said`, the step just taken (`None` at the beginning).
    pub fn next(&mut self, said: Option<Step>) -> Scores {
        let decoder = self.decoder;
        let heads = decoder.sizes.heads;
        let mut x = match said {
            None => decoder.symbols.row(decoder.symbols.rows - 1),
            Some(Step::Symbol(number)) => decoder.symbols.row(number),
            Some(Step::Target(target)) => decoder.pointed.apply(&self.request.targets[target]),
        };
        add(
            &mut x,
            &decoder.positions.row(self.at.min(decoder.sizes.steps - 1)),
        );
        self.at += 1;
        let caches = self.own.iter_mut().zip(&self.request.cross);
        for (layer, (own, cross)) in decoder.layers.iter().zip(caches) {
            let y = layer.norms[0].apply(&x);
            own.keys.push(layer.own.key.apply(&y));
            own.values.push(layer.own.value.apply(&y));
            add(&mut x, &layer.own.apply(&y, heads, &own.keys, &own.values));
            let y = layer.norms[1].apply(&x);
            add(
                &mut x,
                &layer.cross.apply(&y, heads, &cross.keys, &cross.values),
            );
            let mut inner = layer.up.apply(&layer.norms[2].apply(&x));
            inner.iter_mut().for_each(|v| *v = v.max(0.0));
            add(&mut x, &layer.down.apply(&inner));
        }
        let h = decoder.last_norm.apply(&x);
        let mut symbols = decoder.symbols.times(&h);
        symbols.truncate(decoder.symbol_bias.len());
        add(&mut symbols, &decoder.symbol_bias);
        let query = decoder.point_query.apply(&h);
        let scale = 1.0 / (query.len() as f32).sqrt();
        let targets = self
            .request
            .point_keys
            .iter()
            .map(|key| scale * dot(&query, key))
            .collect();
        Scores { symbols, targets }
    }
}

fn add(x: &mut [f32], y: &[f32]) {
    x.iter_mut().zip(y).for_each(|(a, b)| *a += b);
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// turns scores into probabilities.
pub fn softmax(scores: &mut [f32]) {
    let max = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    scores.iter_mut().for_each(|v| *v = (*v - max).exp());
    let sum: f32 = scores.iter().sum();
    scores.iter_mut().for_each(|v| *v /= sum);
}
