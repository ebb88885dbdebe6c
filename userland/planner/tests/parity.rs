//! the decoder here against the trainer's: same tokens, same scores, same steps, for the requests in
//! `image/model/parity.json`.

use llm_os_planner::decoder::Decoder;
use llm_os_planner::planner::ModelFile;
use llm_os_planner::weights::Weights;
use llm_os_planner::{Planner, Step};
use llm_os_schema::{CapabilityTable, Names, Outcome};
use serde::Deserialize;
use std::path::PathBuf;

#[derive(Deserialize)]
struct Parity {
    symbols: usize,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    request: String,
    world: Names,
    tokens: Vec<u32>,
    states: Vec<Vec<f32>>,
    steps: Vec<SaidStep>,
    scores: Vec<Vec<f32>>,
    outcome: Outcome,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum SaidStep {
    Symbol(usize),
    Target(usize),
}

fn file(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

fn text(path: &str) -> String {
    std::fs::read_to_string(file(path)).unwrap()
}

#[test]
fn trainer_and_runner_agree() {
    let parity: Parity = serde_json::from_str(&text("image/model/parity.json")).unwrap();
    let model = text("image/model/weights/model.json");
    let bytes = std::fs::read(file("image/model/weights/decoder.safetensors")).unwrap();
    let table: CapabilityTable =
        serde_json::from_str(&text("userland/capability/capabilities.json")).unwrap();
    let planner = Planner::load(&model, &bytes).unwrap();
    let sizes = serde_json::from_str::<ModelFile>(&model).unwrap().sizes;
    let weights = Weights::parse(&bytes).unwrap();
    let decoder = Decoder::read(&weights, sizes, planner.symbols().len()).unwrap();
    assert_eq!(planner.symbols().len(), parity.symbols);
    assert!(!parity.cases.is_empty());
    for case in &parity.cases {
        let input = planner.input(&case.request, &case.world).unwrap();
        assert_eq!(input.tokens, case.tokens, "{}", case.request);
        let states = case.states.concat();
        let decoded = planner.plan(&table, &input, &states).unwrap();
        assert_eq!(decoded.outcome, case.outcome, "{}", case.request);

        let mut session = decoder.begin(&input, &states).unwrap();
        let mut said = None;
        for (at, (step, expect)) in case.steps.iter().zip(&case.scores).enumerate() {
            let scores = session.next(said);
            let got = scores.symbols.iter().chain(&scores.targets);
            for (number, (got, expect)) in got.zip(expect).enumerate() {
                let close = (got - expect).abs() < 0.01 + 0.001 * expect.abs();
                assert!(
                    close,
                    "{}: step {at}, score {number}: {got} {expect}",
                    case.request
                );
            }
            said = Some(match *step {
                SaidStep::Symbol(number) => Step::Symbol(number),
                SaidStep::Target(number) => Step::Target(number),
            });
        }
    }
}
