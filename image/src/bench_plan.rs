//! `cargo os bench plan`: the embedded planner on this computer, from nothing running to a plan.
//!
//! cold is a new process for each request, from its start to the line with the plan, its files in
//! the page cache; warm is one process for all of them; cache is the same lines once more. all get
//! the same requests, in one run. the text tier is measured by the runner itself (`--bench-text`):
//! llguidance's masks against llama.cpp's grammar sampler and against no grammar at all. so is what
//! four requests in one batch save against the same four one after the other, in both tiers.

use std::fs;
use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use serde_json::{Value, json};

use crate::cache::Cache;
use crate::error::{Doing, Error, Result};
use crate::setup::{self, For};
use crate::step::Progress;
use crate::{programs, repo};

/// requests of the evaluation set that are asked.
const REQUESTS: usize = 200;
/// what a Pi 4 reads from memory in a second; published figures say 5 to 6 GB.
const PI4_BYTES_S: f64 = 5.5e9;
/// what one core of a Pi 4 multiplies and adds in a second: a Cortex-A72 at 1.5 GHz has no dot
/// product, and does about four of them a cycle, in eight bits with widening as in f32.
const PI4_CORE_MULTIPLY_ADDS_S: f64 = 1.5e9 * 4.0;
/// positions that the encoder has.
const ENCODER_POSITIONS: f64 = 512.0;
/// cores that the encoder is computed on; the decoder is computed on one.
const PI4_CORES: f64 = 4.0;
/// read to learn how fast this computer's memory is: more than any cache holds.
const SWEEP_BYTES: usize = 256 << 20;

/// runs the benchmark.
///
/// # Errors
/// when the runner cannot be built, or does not answer.
pub fn plan(progress: &mut Progress) -> Result<Value> {
    setup::ensure(For::Model, progress)?;
    let (repo, cache) = (repo::top()?, Cache::open()?);
    let runner = programs::build_one(&repo, &cache, progress, "llm-modeld", "llm-modeld")?;
    let bed = Bed {
        runner,
        model: repo.join("image/model/weights"),
        table: repo.join("userland/capability/capabilities.json"),
    };
    let requests = requests(&repo)?;
    progress.say(&format!("bench plan: {REQUESTS} requests, cold"));
    let mut cold = Vec::new();
    for request in &requests {
        let began = Instant::now();
        let mut asked = bed.start()?;
        asked.ask(request)?;
        cold.push(began.elapsed().as_secs_f64() * 1000.0);
        asked.end();
    }
    progress.say("bench plan: the same, warm");
    let mut asked = bed.start()?;
    let (mut warm, mut steps) = (Vec::new(), 0.0);
    for request in &requests {
        let began = Instant::now();
        let answer = asked.ask(request)?;
        let ms = began.elapsed().as_secs_f64() * 1000.0;
        if answer["remembered"] == true {
            continue;
        }
        warm.push(ms);
        steps += answer["tokens"].as_f64().unwrap_or(0.0);
    }
    let rss_mb = asked.peak_mb()?;
    progress.say("bench plan: the same, remembered");
    let mut remembered = Vec::new();
    for request in &requests {
        let began = Instant::now();
        let answer = asked.ask(request)?;
        let ms = began.elapsed().as_secs_f64() * 1000.0;
        // older answers than the runner keeps are thought about anew; those are none of this.
        if answer["remembered"] == true {
            remembered.push(ms);
        }
    }
    asked.end();
    progress.say("bench plan: the text tier, three ways, and batches of four (minutes)");
    let text = bed.text_tier(&repo, &cache)?;

    let plans = warm.len().max(1) as f64;
    let work = bed.work(bed.tokens(&repo)?, steps / plans)?;
    let (bytes, pi4) = (work.bytes, work.on_a_pi4());
    cold.sort_by(f64::total_cmp);
    warm.sort_by(f64::total_cmp);
    remembered.sort_by(f64::total_cmp);
    Ok(json!({
        "requests": requests.len(),
        "cold_p50_ms": at(&cold, 50),
        "cold_p95_ms": at(&cold, 95),
        "warm_p50_ms": at(&warm, 50),
        "warm_p95_ms": at(&warm, 95),
        // the weights that one plan reads, over what memory gives: no runner of them is faster.
        "floor_ms": tenth(bytes / bytes_a_second() * 1000.0),
        // projections, not measurements: from the bytes moved alone, and from the multiply-adds too.
        "pi4_floor_ms_projected": tenth(bytes / PI4_BYTES_S * 1000.0),
        "pi4_ms_projected": tenth(pi4 * 1000.0),
        "multiply_adds_m": tenth((work.encoder + work.decoder) / 1e6),
        "rss_mb": rss_mb,
        "model_mb": tenth(bed.size("")? / 1e6),
        "cache_requests": remembered.len(),
        "cache_p50_ms": thousandth(rank(&remembered, 50)),
        "times_gbnf": text["times_gbnf"],
        "over_unconstrained": text["over_unconstrained"],
        "mask_p99_us": text["mask_p99_us"],
        "mask_cpu_p99_us": text["mask_cpu_p99_us"],
        // four at once over four one after the other: this model's, and the text tier's.
        "batch_of_four_over_four": text["embedded_batch_of_four_over_four"],
        "text_batch_of_four_over_four": text["batch_of_four_over_four"],
        // all that the runner says of it.
        "text": text,
    }))
}

/// what one plan costs, whoever computes it.
struct Work {
    /// bytes of weights that are read.
    bytes: f64,
    /// multiply-adds of the encoder, and of the decoder.
    encoder: f64,
    decoder: f64,
}

impl Work {
    /// seconds on a Pi 4, as projected: whichever of memory and arithmetic takes longer.
    fn on_a_pi4(&self) -> f64 {
        let core = PI4_CORE_MULTIPLY_ADDS_S;
        let arithmetic = self.encoder / (PI4_CORES * core) + self.decoder / core;
        arithmetic.max(self.bytes / PI4_BYTES_S)
    }
}

struct Bed {
    runner: PathBuf,
    model: PathBuf,
    table: PathBuf,
}

/// a runner that answers a line at a time.
struct Asked {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Bed {
    fn start(&self) -> Result<Asked> {
        let mut command = Command::new(&self.runner);
        command.args(["--ask", "--json", "--embedded"]);
        command.arg(&self.model).arg("--table").arg(&self.table);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().doing("start", &self.runner)?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(stdin), Some(stdout)) => Ok(Asked {
                child,
                stdin,
                stdout: BufReader::new(stdout),
            }),
            _ => Err(Error::failed("the model runner has no pipes", "")),
        }
    }

    /// the text tier: what the runner measures on a model that it makes for that, in the cache.
    fn text_tier(&self, repo: &Path, cache: &Cache) -> Result<Value> {
        let folder = cache.place("bench-text");
        fs::create_dir_all(&folder).doing("make the folder", &folder)?;
        let mut command = Command::new(&self.runner);
        command.arg("--bench-text").arg("--folder").arg(&folder);
        command.arg("--embedded").arg(&self.model);
        command.arg("--table").arg(&self.table);
        command
            .arg("--eval")
            .arg(repo.join("image/model/eval/dev.jsonl"));
        let out = command
            .stdin(Stdio::null())
            .output()
            .doing("start", &self.runner)?;
        if !out.status.success() {
            let said = String::from_utf8_lossy(&out.stderr);
            let last = said.lines().last().unwrap_or("it said nothing").to_owned();
            return Err(Error::failed(
                format!("the text tier cannot be measured: {last}"),
                "",
            ));
        }
        serde_json::from_slice(&out.stdout)
            .map_err(|why| Error::failed(format!("the text tier's figures are no JSON: {why}"), ""))
    }

    /// bytes of the model's files, or of the one called `name`.
    fn size(&self, name: &str) -> Result<f64> {
        let mut bytes = 0;
        for entry in fs::read_dir(&self.model).doing("list", &self.model)? {
            let entry = entry.doing("list", &self.model)?;
            if name.is_empty() || entry.file_name() == name {
                bytes += entry.metadata().doing("look at", &entry.path())?.len();
            }
        }
        Ok(bytes as f64)
    }

    /// tokens that the encoder reads for a request, on the mean over the evaluation set.
    fn tokens(&self, repo: &Path) -> Result<f64> {
        let mut command = Command::new(&self.runner);
        command
            .args(["--mistakes", "0", "--embedded"])
            .arg(&self.model);
        command.arg("--table").arg(&self.table).arg("--eval");
        command.arg(repo.join("image/model/eval/dev.jsonl"));
        let out = command
            .stdin(Stdio::null())
            .output()
            .doing("start", &self.runner)?;
        let said = String::from_utf8_lossy(&out.stdout);
        let last = said.lines().last().unwrap_or_default();
        let scores: Value = serde_json::from_str(last)
            .map_err(|why| Error::failed(format!("the scores are no JSON: {why}"), ""))?;
        Ok(scores["read_mean"].as_f64().unwrap_or(0.0))
    }

    /// what a plan of so many tokens and steps takes: the encoder's layers are read once and used for
    /// each token, the decoder's are read and used with each step. of the encoder's tables only a few
    /// rows are read. attention between tokens, some hundredths of the whole, is left out.
    fn work(&self, tokens: f64, steps: f64) -> Result<Work> {
        let text = fs::read_to_string(self.model.join("model.json")).doing("read", &self.model)?;
        let model: Value = serde_json::from_str(&text)
            .map_err(|why| Error::failed(format!("model.json is no JSON: {why}"), ""))?;
        let width = model["sizes"]["width"].as_f64().unwrap_or(0.0);
        let pieces = model["vocabulary"].as_array().map_or(0, Vec::len) as f64;
        // Q8_0: 34 bytes hold 32 weights; the positions are f32.
        let tables = pieces * width * 34.0 / 32.0 + ENCODER_POSITIONS * width * 4.0;
        let encoder = (self.size("encoder.gguf")? - tables).max(0.0);
        // int8: a byte a weight.
        let decoder = self.size("decoder.safetensors")?;
        Ok(Work {
            bytes: encoder + steps * decoder,
            encoder: tokens * encoder * 32.0 / 34.0,
            decoder: steps * decoder,
        })
    }
}

impl Asked {
    fn ask(&mut self, request: &str) -> Result<Value> {
        let dumb =
            |why: String| Error::failed(format!("the model runner does not answer: {why}"), "");
        writeln!(self.stdin, "{request}")
            .and_then(|()| self.stdin.flush())
            .map_err(|why| dumb(why.to_string()))?;
        let mut line = String::new();
        self.stdout
            .read_line(&mut line)
            .map_err(|why| dumb(why.to_string()))?;
        serde_json::from_str(&line).map_err(|why| dumb(why.to_string()))
    }

    /// the most memory that it had so far, in MB (proc(5), `VmHWM`).
    fn peak_mb(&self) -> Result<f64> {
        let path = PathBuf::from(format!("/proc/{}/status", self.child.id()));
        let text = fs::read_to_string(&path).doing("read", &path)?;
        let kib = text
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .and_then(|rest| {
                rest.trim()
                    .trim_end_matches("kB")
                    .trim()
                    .parse::<f64>()
                    .ok()
            });
        let kib = kib.ok_or_else(|| Error::failed("the kernel tells no VmHWM", ""))?;
        Ok(tenth(kib * 1024.0 / 1e6))
    }

    /// its input ends, and so does it.
    fn end(self) {
        let Asked {
            mut child, stdin, ..
        } = self;
        drop(stdin);
        let _ = child.wait();
    }
}

/// the first requests of the evaluation set that may be looked at, as the runner reads them.
fn requests(repo: &Path) -> Result<Vec<String>> {
    let path = repo.join("image/model/eval/dev.jsonl");
    let text = fs::read_to_string(&path).doing("read", &path)?;
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines
        .take(REQUESTS)
        .map(|line| {
            let case: Value = serde_json::from_str(line)
                .map_err(|why| Error::failed(format!("{}: {why}", path.display()), ""))?;
            Ok(json!({"request": case["request"], "world": case["world"]}).to_string())
        })
        .collect()
}

/// how fast one core reads memory here, in bytes a second.
fn bytes_a_second() -> f64 {
    let memory = vec![1_u64; SWEEP_BYTES / 8];
    let began = Instant::now();
    black_box(memory.iter().fold(0_u64, |sum, one| sum.wrapping_add(*one)));
    SWEEP_BYTES as f64 / began.elapsed().as_secs_f64()
}

/// nearest rank, to a tenth of a millisecond.
fn at(sorted: &[f64], percent: usize) -> f64 {
    tenth(rank(sorted, percent))
}

/// nearest rank.
fn rank(sorted: &[f64], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or(f64::NAN)
}

fn thousandth(n: f64) -> f64 {
    (n * 1000.0).round() / 1000.0
}

fn tenth(n: f64) -> f64 {
    (n * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_nearest() {
        assert_eq!(at(&[1.0, 2.0, 3.0, 4.0], 50), 2.0);
        assert_eq!(at(&[1.0, 2.0, 3.0, 4.0], 95), 4.0);
        assert_eq!(at(&[7.25], 50), 7.3);
    }

    #[test]
    fn the_requests_are_there() {
        let top = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        assert_eq!(requests(top).unwrap().len(), REQUESTS);
    }
}
