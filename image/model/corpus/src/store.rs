//! the trainer's file format: little-endian u16 numbers, one example after the other.
//!
//! an example is `tokens targets steps` (three counts), the token ids, a start and an end for each
//! target, and the steps: a symbol by its number, a target by its number plus the count of symbols.

use llm_os_planner::{Input, Step};

/// appends one example.
///
/// # Errors
/// when a number does not fit into 16 bits.
pub fn push(
    out: &mut Vec<u8>,
    input: &Input,
    steps: &[Step],
    symbols: usize,
) -> Result<(), String> {
    let mut number = |n: usize| -> Result<(), String> {
        let n = u16::try_from(n).map_err(|_| format!("{n} does not fit into 16 bits"))?;
        out.extend(n.to_le_bytes());
        Ok(())
    };
    number(input.tokens.len())?;
    number(input.targets.len())?;
    number(steps.len())?;
    for &token in &input.tokens {
        number(token as usize)?;
    }
    for target in &input.targets {
        number(target.start)?;
        number(target.end)?;
    }
    for step in steps {
        match step {
            Step::Symbol(at) => number(*at)?,
            Step::Target(at) => number(symbols + at)?,
        }
    }
    Ok(())
}
