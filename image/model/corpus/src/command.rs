//! the commands: `symbols`, `generate`, `show`, `practise`, `encode`, `score`, `decode`.

use crate::example::{Example, Maker};
use crate::near::Forbidden;
use crate::random::Random;
use crate::section::Section;
use crate::{lexicon, section, store};
use llm_os_planner::context::NameKind;
use llm_os_planner::input::InputError;
use llm_os_planner::pieces::Vocabulary;
use llm_os_planner::score::{self, Case, Report};
use llm_os_planner::spelling::Spelling;
use llm_os_planner::symbols::Symbols;
use llm_os_planner::{Decoded, Input, Planner, Step, steps};
use llm_os_schema::{CapabilityTable, Names, Outcome};
use serde_json::json;
use std::collections::HashMap;
use std::fs;

const USAGE: &str = "usage: llm-os-corpus COMMAND --table CAPABILITIES.json …
  symbols                                               symbols of the table, kinds of names, as json
  generate --vocabulary F --cases F --count N --seed N --out F    makes a corpus
  show     --vocabulary F --cases F --count N --seed N  prints examples
  practise --vocabulary F --cases F --count N --seed N --files A.txt,B.txt
                                                        prints an evaluation file out of some files
  encode   --vocabulary F --cases F --out F             encodes the requests of an evaluation file
  score    --model F --decoder F --cases F --states F   decodes encoder states and scores them
  decode   --model F --decoder F --cases F --states F   decodes them and prints json lines";

struct Options(HashMap<String, String>);

impl Options {
    fn parse(arguments: &[String]) -> Result<Self, String> {
        let mut options = HashMap::new();
        for pair in arguments.chunks(2) {
            match pair {
                [key, value] if key.starts_with("--") => {
                    options.insert(key[2..].to_owned(), value.clone());
                }
                _ => return Err(format!("{} is no option with a value\n{USAGE}", pair[0])),
            }
        }
        Ok(Options(options))
    }

    fn get(&self, key: &str) -> Result<&str, String> {
        self.0
            .get(key)
            .map(String::as_str)
            .ok_or_else(|| format!("--{key} is missing\n{USAGE}"))
    }

    fn number(&self, key: &str) -> Result<u64, String> {
        self.get(key)?
            .parse()
            .map_err(|_| format!("--{key} has to be a whole number"))
    }

    fn text(&self, key: &str) -> Result<String, String> {
        let path = self.get(key)?;
        fs::read_to_string(path).map_err(|error| format!("cannot read {path}: {error}"))
    }

    fn bytes(&self, key: &str) -> Result<Vec<u8>, String> {
        let path = self.get(key)?;
        fs::read(path).map_err(|error| format!("cannot read {path}: {error}"))
    }

    fn write(&self, key: &str, bytes: &[u8]) -> Result<(), String> {
        let path = self.get(key)?;
        fs::write(path, bytes).map_err(|error| format!("cannot write {path}: {error}"))
    }

    fn table(&self) -> Result<CapabilityTable, String> {
        serde_json::from_str(&self.text("table")?).map_err(|error| format!("the table: {error}"))
    }

    fn vocabulary(&self) -> Result<Vocabulary, String> {
        let words = lexicon::words(&section::all()?);
        Vocabulary::new(self.text("vocabulary")?.lines())
            .map(|pieces| pieces.spelling(Spelling::new(words.iter().map(String::as_str))))
            .ok_or_else(|| "the vocabulary lacks [UNK], [CLS] or [SEP]".to_owned())
    }

    fn cases(&self) -> Result<Vec<Case>, String> {
        score::read_cases(&self.text("cases")?)
    }
}

/// runs one command.
///
/// # Errors
/// one sentence for a person.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let (command, rest) = arguments.split_first().ok_or(USAGE)?;
    let options = Options::parse(rest)?;
    match command.as_str() {
        "symbols" => symbols(&options),
        "generate" => generate(&options),
        "show" => show(&options),
        "practise" => practise(&options),
        "encode" => encode(&options),
        "score" => score(&options),
        "decode" => decode(&options),
        _ => Err(format!("there is no command {command}\n{USAGE}")),
    }
}

fn symbols(options: &Options) -> Result<(), String> {
    let texts = Symbols::of(&options.table()?).texts();
    let names = NameKind::ALL.map(NameKind::label);
    let words = lexicon::words(&section::all()?);
    println!(
        "{}",
        json!({ "symbols": texts, "names": names, "words": words })
    );
    Ok(())
}

/// a request as a model made here reads it.
fn input(vocabulary: &Vocabulary, request: &str, names: &Names) -> Result<Input, InputError> {
    Input::new(vocabulary, request, names, &NameKind::ALL)
}

/// calls `each` for `--count` good examples of these sections; gives how many were thrown away.
fn examples(
    options: &Options,
    sections: Vec<Section>,
    mut each: impl FnMut(&Example, &Input, &[Step], &Outcome) -> Result<(), String>,
) -> Result<usize, String> {
    let (table, vocabulary, cases) = (options.table()?, options.vocabulary()?, options.cases()?);
    let symbols = Symbols::of(&table);
    let forbidden = Forbidden::new(cases.iter().map(|case| case.request.as_str()));
    let maker = Maker::new(sections);
    let mut random = Random::new(options.number("seed")?);
    let (mut made, mut thrown) = (0, 0);
    let count = options.number("count")?;
    while made < count {
        let good = maker
            .make(&mut random)
            .filter(|example| !forbidden.near(&example.request))
            .and_then(|example| {
                let input = input(&vocabulary, &example.request, &example.world).ok()?;
                let (steps, outcome) =
                    steps::encode(&table, &symbols, &input, &example.said).ok()?;
                Some((example, input, steps, outcome))
            });
        match good {
            Some((example, input, steps, outcome)) => {
                each(&example, &input, &steps, &outcome)?;
                made += 1;
            }
            None => thrown += 1,
        }
        if thrown > 1000 + 10 * made as usize {
            return Err("nearly every example is thrown away: look at `show`".to_owned());
        }
    }
    Ok(thrown)
}

fn generate(options: &Options) -> Result<(), String> {
    let symbols = Symbols::of(&options.table()?).len();
    let mut out = Vec::new();
    let thrown = examples(options, section::all()?, |_, input, steps, _| {
        store::push(&mut out, input, steps, symbols)
    })?;
    options.write("out", &out)?;
    eprintln!(
        "{} examples, {thrown} thrown away, {} MB",
        options.number("count")?,
        out.len() / 1_000_000
    );
    Ok(())
}

fn show(options: &Options) -> Result<(), String> {
    let thrown = examples(options, section::all()?, |example, input, _, outcome| {
        let names: Vec<&str> = input.names.iter().map(|name| name.text.as_str()).collect();
        let outcome = serde_json::to_string(outcome).map_err(|error| error.to_string())?;
        println!(
            "{}\n    {outcome}\n    [{}]",
            example.request,
            names.join(" ")
        );
        Ok(())
    })?;
    eprintln!("{thrown} thrown away");
    Ok(())
}

/// examples as an evaluation file: of phrases that a model has not learnt from, they are one.
fn practise(options: &Options) -> Result<(), String> {
    let files: Vec<&str> = options.get("files")?.split(',').collect();
    let sections = section::of(|name| files.contains(&name))?;
    if sections.is_empty() {
        return Err(format!(
            "there is no such file of phrases: {}",
            files.join(", ")
        ));
    }
    examples(options, sections, |example, _, _, outcome| {
        let case = json!({
            "request": example.request,
            "world": example.world,
            "right": [outcome],
        });
        println!("{case}");
        Ok(())
    })?;
    Ok(())
}

fn encode(options: &Options) -> Result<(), String> {
    let vocabulary = options.vocabulary()?;
    let mut out = Vec::new();
    for case in options.cases()? {
        let input =
            input(&vocabulary, &case.request, &case.world).map_err(|error| error.to_string())?;
        store::push(&mut out, &input, &[], 0)?;
    }
    options.write("out", &out)
}

fn score(options: &Options) -> Result<(), String> {
    let table = options.table()?;
    let mut report = Report::default();
    each_decoded(options, &table, |case, decoded| {
        report.add(&table, case, &decoded.outcome, decoded.confidence);
        Ok(())
    })?;
    print!("{}", report.text(usize::MAX));
    Ok(())
}

fn decode(options: &Options) -> Result<(), String> {
    let table = options.table()?;
    each_decoded(options, &table, |case, decoded| {
        let step = |step: &Step| match step {
            Step::Symbol(at) => json!({ "symbol": at }),
            Step::Target(at) => json!({ "target": at }),
        };
        let verdict = score::judge(&table, case, &decoded.said);
        let steps: Vec<_> = decoded.steps.iter().map(step).collect();
        println!(
            "{}",
            json!({
                "request": case.request,
                "outcome": decoded.outcome,
                "steps": steps,
                "probabilities": decoded.probabilities,
                "probability": decoded.probability,
                "said": decoded.said,
                "exact": verdict.exact,
                "harm": verdict.harm,
            })
        );
        Ok(())
    })
}

/// decodes the states of every case.
fn each_decoded(
    options: &Options,
    table: &CapabilityTable,
    mut each: impl FnMut(&Case, &Decoded) -> Result<(), String>,
) -> Result<(), String> {
    let planner = Planner::load(&options.text("model")?, &options.bytes("decoder")?)
        .map_err(|error| error.to_string())?;
    let bytes = options.bytes("states")?;
    let (numbers, _) = bytes.as_chunks::<4>();
    let states: Vec<f32> = numbers
        .iter()
        .map(|&number| f32::from_le_bytes(number))
        .collect();
    let mut rest = states.as_slice();
    for case in options.cases()? {
        let input = planner
            .input(&case.request, &case.world)
            .map_err(|error| error.to_string())?;
        let count = input.tokens.len() * planner.width();
        let (own, others) = rest.split_at_checked(count).ok_or("too few states")?;
        rest = others;
        let decoded = planner
            .plan(table, &input, own)
            .ok_or("states do not fit the request")?;
        each(&case, &decoded)?;
    }
    Ok(())
}
