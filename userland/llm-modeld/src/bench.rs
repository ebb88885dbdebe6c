//! what `cargo os bench plan` asks of the runner itself: the text tier, on a model made for it, and
//! what answering four requests at once saves in both tiers.
//!
//! `llm-modeld --bench-text --folder DIR --embedded DIR --table FILE --eval FILE` makes a model of
//! some 40 million random weights and a vocabulary of 32,768 pieces in `--folder`, lets it write right
//! plans of the evaluation file in three ways, in turn, and prints one object. then requests are
//! answered four at once and one after the other ([`batch`]), by that model and by the embedded one.

/// four at once against one after the other.
mod batch;
/// the language of plans for llama.cpp's own sampler.
pub mod gbnf;
/// models with random weights.
pub mod made;
/// vocabularies.
pub mod pieces;
/// the three ways.
mod ways;

use crate::ModelError;
use crate::ask::read_table;
use crate::embedded::Embedded;
use crate::memory::Memory;
use crate::model::Ask;
use crate::text::Text;
use llm_os_planner::score::{Case, read_cases};
use llm_os_schema::{CapabilityTable, Outcome};
use made::{Shape, Weights};
use pieces::Pieces;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;
use ways::{Cost, Script, Took};

/// what the command line begins with.
pub const OPTION: &str = "--bench-text";

/// tokens of the made vocabulary, with its two control tokens.
const TOKENS: usize = 32_768;
/// the size of the model; as many entries as small real ones have.
const SHAPE: Shape = Shape {
    width: 512,
    inner: 1408,
    blocks: 8,
    heads: 8,
    weights: Weights::Q8,
    own_output: false,
};
const SEED: u64 = 32;
/// plans that are written.
const PLANS: usize = 40;
/// how often each is written in each way.
const ROUNDS: usize = 2;
/// requests that the embedded model answers, at once and one after the other.
const REQUESTS: usize = 200;

/// measures, and prints one object.
///
/// # Errors
/// one sentence when an option is missing, or something cannot be read, made or run.
pub fn run(args: impl IntoIterator<Item = String>) -> Result<(), String> {
    let options = options(args)?;
    let table = read_table(&options.table)?;
    let cases = read_cases(&read(&options.eval)?)
        .map_err(|why| format!("{}: {why}", options.eval.display()))?;
    let path = options.folder.join("random-weights.gguf");
    let pieces = Pieces::learnt(&corpus(&options, &cases)?, TOKENS - 2);
    std::fs::write(&path, made::gguf(&pieces, SHAPE, SEED, None))
        .map_err(|why| format!("{} cannot be written: {why}", path.display()))?;
    let mut measured = Text::load(&path, Some(&options.folder), None, &mut Memory::open())
        .and_then(|text| measure(&text, &table, &cases))
        .map_err(|error| error.to_string())?;
    let first = &cases[..cases.len().min(REQUESTS)];
    let batch = Embedded::load(&options.embedded, None, &mut Memory::open())
        .and_then(|model| batch::embedded(&mut model.open()?, &table, first))
        .map_err(|error| error.to_string())?;
    measured["embedded_batch_of_four_over_four"] = json!(rounded(batch, 3));
    println!("{measured}");
    Ok(())
}

struct Options {
    folder: PathBuf,
    embedded: PathBuf,
    table: PathBuf,
    eval: PathBuf,
}

fn options(args: impl IntoIterator<Item = String>) -> Result<Options, String> {
    let mut args = args.into_iter();
    let mut given: [(&str, Option<PathBuf>); 4] =
        ["--folder", "--embedded", "--table", "--eval"].map(|name| (name, None));
    while let Some(arg) = args.next() {
        let value = args.next().map(PathBuf::from);
        match given.iter_mut().find(|(name, _)| *name == arg) {
            Some((_, slot)) if value.is_some() => *slot = value,
            _ => return Err(format!("`{}` is not understood", arg.escape_debug())),
        }
    }
    let [folder, embedded, table, eval] =
        given.map(|(name, value)| value.ok_or_else(|| format!("{OPTION} needs {name}")));
    Ok(Options {
        folder: folder?,
        embedded: embedded?,
        table: table?,
        eval: eval?,
    })
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|why| format!("{} cannot be read: {why}", path.display()))
}

/// what the vocabulary is learnt from: the words of the embedded model's, so that they are as many
/// and as long as a real one's, and json as plans and tables have it.
fn corpus(options: &Options, cases: &[Case]) -> Result<String, String> {
    let path = options.embedded.join("model.json");
    let model: Value =
        serde_json::from_str(&read(&path)?).map_err(|why| format!("{}: {why}", path.display()))?;
    let mut text = read(&options.table)?;
    for word in model["vocabulary"].as_array().into_iter().flatten() {
        let word = word.as_str().unwrap_or_default();
        // the second half of a word, or one with the space before it.
        text.push(' ');
        text.push_str(word.strip_prefix("##").unwrap_or(word));
    }
    for case in cases {
        text.push('\n');
        text.push_str(&case.request);
        for right in &case.right {
            text.push('\n');
            text.push_str(&serde_json::to_string(right).unwrap_or_default());
        }
    }
    Ok(text)
}

fn measure(text: &Text, table: &CapabilityTable, cases: &[Case]) -> Result<Value, ModelError> {
    let mut session = text.open()?;
    let mut scripts: Vec<Script<'_>> = Vec::new();
    let mut without = 0;
    for case in cases {
        if scripts.len() == PLANS {
            break;
        }
        let ask = Ask {
            request: &case.request,
            names: &case.world,
            table,
        };
        let mut plans = case
            .right
            .iter()
            .filter(|right| matches!(right, Outcome::Plan(_)));
        let found = plans.find_map(|plan| Script::new(text, &session, ask, plan).transpose());
        match found.transpose()? {
            Some(script) => scripts.push(script),
            None => without += 1,
        }
    }
    let (mut ours, mut gbnf, mut free) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        for (at, script) in scripts.iter().enumerate() {
            script.read(&mut session)?;
            // in turn, and each as often first: what slows the computer down slows all of them.
            for turn in 0..3 {
                match (round + at + turn) % 3 {
                    0 => ours.push(script.ours(text, &mut session)?),
                    1 => gbnf.push(script.gbnf(text, &mut session)?),
                    _ => free.push(script.unconstrained(&mut session)?),
                }
            }
        }
    }
    let batch = batch::text(&mut session, text, &scripts)?;
    let wall = |all: &[Took]| {
        all.iter()
            .map(|took| took.wall)
            .sum::<Duration>()
            .as_secs_f64()
    };
    let passes = |all: &[Took]| all.iter().map(|took| took.passes).sum::<u32>() as usize / ROUNDS;
    let tokens: usize = scripts.iter().map(|script| script.tokens.len()).sum();
    let each = (scripts.len() * ROUNDS).max(1) as f64;
    let masks = |all: &[Took], of: fn(&Cost) -> Duration| {
        let mut us: Vec<f64> = all
            .iter()
            .flat_map(|took| &took.masks)
            .map(|mask| of(mask).as_secs_f64() * 1e6)
            .collect();
        us.sort_by(f64::total_cmp);
        us
    };
    let grammar = |all: &[Took]| {
        let mut ms: Vec<f64> = all
            .iter()
            .map(|took| took.grammar.as_secs_f64() * 1e3)
            .collect();
        ms.sort_by(f64::total_cmp);
        at(&ms, 50)
    };
    let (our_masks, gbnf_masks) = (
        masks(&ours, |cost| cost.wall),
        masks(&gbnf, |cost| cost.wall),
    );
    let (our_cpu, gbnf_cpu) = (masks(&ours, |cost| cost.cpu), masks(&gbnf, |cost| cost.cpu));
    Ok(json!({
        "parameters": text.loaded.model.n_params(),
        "vocabulary": text.loaded.model.n_vocab(),
        "plans": scripts.len(),
        "skipped": without,
        "tokens": tokens,
        "passes": passes(&ours),
        "over_unconstrained": rounded(wall(&ours) / wall(&free), 3),
        "times_gbnf": rounded(wall(&gbnf) / wall(&ours), 2),
        "mask_p50_us": at(&our_masks, 50),
        "mask_p99_us": at(&our_masks, 99),
        // on a busy computer the figures above are mostly the turns of others.
        "mask_cpu_p50_us": at(&our_cpu, 50),
        "mask_cpu_p99_us": at(&our_cpu, 99),
        "gbnf_mask_p50_us": at(&gbnf_masks, 50),
        "gbnf_mask_p99_us": at(&gbnf_masks, 99),
        "gbnf_mask_cpu_p99_us": at(&gbnf_cpu, 99),
        "plan_ms": rounded(wall(&ours) * 1e3 / each, 1),
        "gbnf_plan_ms": rounded(wall(&gbnf) * 1e3 / each, 1),
        "unconstrained_plan_ms": rounded(wall(&free) * 1e3 / each, 1),
        "grammar_p50_ms": grammar(&ours),
        "batch_of_four_over_four": rounded(batch, 3),
        "gbnf_grammar_p50_ms": grammar(&gbnf),
    }))
}

/// nearest rank, to a tenth.
fn at(sorted: &[f64], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    rounded(sorted.get(rank - 1).copied().unwrap_or(f64::NAN), 1)
}

fn rounded(n: f64, places: i32) -> f64 {
    let scale = 10_f64.powi(places);
    (n * scale).round() / scale
}
