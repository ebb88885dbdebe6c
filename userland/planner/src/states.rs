//! what the encoder makes of a whole request, as one state.

use crate::input::Input;
use std::ops::Range;

/// the mean state of the request's words, of length 1; `states` as the encoder gives them for
/// `input`.
pub fn mean_state(input: &Input, states: &[f32], width: usize) -> Vec<f32> {
    let mut mean = vec![0.0; width];
    let tokens = input.targets[..input.words.len()]
        .iter()
        .flat_map(Range::clone);
    for token in tokens {
        if let Some(state) = states.get(token * width..(token + 1) * width) {
            mean.iter_mut().zip(state).for_each(|(sum, x)| *sum += x);
        }
    }
    let length = mean.iter().map(|x| x * x).sum::<f32>().sqrt();
    if length > 0.0 {
        mean.iter_mut().for_each(|x| *x /= length);
    }
    mean
}

/// the cosine of two states of length 1.
pub fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
