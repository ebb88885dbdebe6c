//! the embedded model as it is committed: the runner has to do what the trainer saw.

mod common;
#[path = "common/heard.rs"]
mod heard;

use common::table;
use heard::write_all;
use llm_modeld::embedded::Embedded;
use llm_modeld::memory::Memory;
use llm_modeld::model::{Ask, Model, Source};
use llm_os_planner::Step;
use llm_os_schema::{Names, Outcome};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// the runner's encoder is q8_0 and computes in it; the trainer's states are the float encoder's.
const COSINE_MIN: f32 = 0.99;

#[derive(Deserialize)]
struct Parity {
    cases: Vec<Case>,
}

/// one case of parity.json; the decoder's scores are compared where the decoder is.
#[derive(Deserialize)]
struct Case {
    request: String,
    world: Names,
    tokens: Vec<u32>,
    states: Vec<Vec<f32>>,
    steps: Vec<Said>,
    outcome: Outcome,
}

/// a step as the file writes it.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Said {
    Symbol(usize),
    Target(usize),
}

impl From<&Step> for Said {
    fn from(step: &Step) -> Self {
        match *step {
            Step::Symbol(n) => Said::Symbol(n),
            Step::Target(n) => Said::Target(n),
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../image/model/weights")
}

fn source(folder: PathBuf) -> Source {
    Source::Embedded {
        folder,
        taught: None,
    }
}

fn parity() -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../image/model/parity.json");
    let text = std::fs::read_to_string(path).unwrap();
    serde_json::from_str::<Parity>(&text).unwrap().cases
}

#[test]
fn runner_and_trainer_agree() {
    let embedded = Embedded::load(&folder(), None, &mut Memory::open()).unwrap();
    let mut session = embedded.open().unwrap();
    let table = table();
    let cases = parity();
    assert!(!cases.is_empty());
    for case in cases {
        let request = &case.request;
        let input = embedded.planner().input(request, &case.world).unwrap();
        assert_eq!(input.tokens, case.tokens, "{request}");
        let states = session.states(&[&input.tokens]).unwrap().concat();
        let rows = states.chunks_exact(embedded.planner().width());
        assert_eq!(rows.len(), case.states.len(), "{request}");
        for (at, (ours, theirs)) in rows.zip(&case.states).enumerate() {
            let close = cosine(ours, theirs);
            assert!(close >= COSINE_MIN, "{request}: token {at}: {close}");
        }
        let decoded = embedded.planner().plan(&table, &input, &states).unwrap();
        assert_eq!(decoded.outcome, case.outcome, "{request}");
        let steps: Vec<Said> = decoded.steps.iter().map(Said::from).collect();
        assert_eq!(steps, case.steps, "{request}");
    }
}

#[test]
fn a_batch_is_what_its_requests_are_alone() {
    let embedded = Embedded::load(&folder(), None, &mut Memory::open()).unwrap();
    let mut session = embedded.open().unwrap();
    let cases = parity();
    let read = |case: &Case| embedded.planner().input(&case.request, &case.world);
    let inputs: Vec<_> = cases
        .iter()
        .map(|case| read(case).unwrap().tokens)
        .collect();
    let mut most = 0.0_f32;
    for four in inputs.chunks(4) {
        let batch: Vec<&[u32]> = four.iter().map(|tokens| &tokens[..]).collect();
        let together = session.states(&batch).unwrap();
        assert_eq!(together.len(), four.len());
        for (tokens, together) in four.iter().zip(together) {
            let alone = session.states(&[tokens]).unwrap().concat();
            assert_eq!(alone.len(), together.len());
            let apart = alone.iter().zip(&together).map(|(a, b)| (a - b).abs());
            most = apart.fold(most, f32::max);
        }
    }
    assert!(most < 1e-3, "{most}");

    let model = Model::load(&source(folder()), &mut Memory::open()).unwrap();
    let mut session = model.open().unwrap();
    let table = table();
    let asks = cases.iter().map(|case| Ask {
        request: &case.request,
        names: &case.world,
        table: &table,
    });
    let asks: Vec<Ask<'_>> = asks.collect();
    for four in asks.chunks(4) {
        let together = write_all(&mut session, four, (0, vec![])).all;
        for (ask, together) in four.iter().zip(together) {
            let alone = session.write(*ask, &mut || false).unwrap();
            assert_eq!(
                together.unwrap().unwrap().outcome,
                alone.outcome,
                "{}",
                ask.request
            );
        }
    }
}

#[test]
fn of_a_batch_each_has_its_own_end() {
    let model = Model::load(&source(folder()), &mut Memory::open()).unwrap();
    let mut session = model.open().unwrap();
    let (table, names) = (table(), llm_modeld::world::freshly_booted());
    let long = "how many words are too many for it ".repeat(50);
    let requests = [
        "how much memory is free?",
        &long,
        " ",
        "list files",
        "show the time",
    ];
    let asks = requests.map(|request| Ask {
        request,
        names: &names,
        table: &table,
    });
    let heard = write_all(&mut session, &asks, (1, vec![3])).all;
    assert!(matches!(heard[0], Some(Ok(_))), "{heard:?}");
    assert!(matches!(heard[1], Some(Err(_))), "{heard:?}");
    assert!(matches!(heard[2], Some(Err(_))), "{heard:?}");
    // the one that was dropped is told nothing.
    assert!(heard[3].is_none(), "{heard:?}");
    assert!(matches!(heard[4], Some(Ok(_))), "{heard:?}");
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| -> f32 { a.iter().zip(b).map(|(x, y)| x * y).sum() };
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[test]
fn the_two_sentences_of_the_readme() {
    let model = Model::load(&source(folder()), &mut Memory::open()).unwrap();
    let mut session = model.open().unwrap();
    let table = table();
    let names = llm_modeld::world::freshly_booted();
    let mut check = |request: &str, expect: &str| {
        let ask = Ask {
            request,
            names: &names,
            table: &table,
        };
        let written = session.write(ask, &mut || false).unwrap();
        assert_eq!(
            serde_json::to_string(&written.outcome).unwrap(),
            expect,
            "{request}"
        );
        assert!(written.confidence > 0.0 && written.confidence <= 1.0);
    };
    check(
        "Create a file named hello.txt with content 'world'",
        r#"{"plan":[{"type":"write_file","path":"hello.txt","content":"world"}]}"#,
    );
    check(
        "how much memory is free?",
        r#"{"plan":[{"type":"system_info","what":"memory"}]}"#,
    );
}

#[test]
fn a_file_that_is_missing_or_cut_short_is_named() {
    let copy = std::env::temp_dir().join(format!("llm-modeld-embedded-{}", std::process::id()));
    std::fs::create_dir_all(&copy).unwrap();
    for name in ["encoder.gguf", "decoder.safetensors", "model.json"] {
        std::fs::copy(folder().join(name), copy.join(name)).unwrap();
    }
    let source = source(copy.clone());
    let said = || {
        Model::load(&source, &mut Memory::open())
            .err()
            .map(|error| error.to_string())
    };
    assert_eq!(said(), None);
    for name in ["model.json", "decoder.safetensors", "encoder.gguf"] {
        let whole = std::fs::read(copy.join(name)).unwrap();
        std::fs::write(copy.join(name), &whole[..whole.len() / 2]).unwrap();
        let sentence = said().unwrap();
        assert!(
            !sentence.contains('\n') && !sentence.contains("panic"),
            "{name}: {sentence}"
        );
        std::fs::remove_file(copy.join(name)).unwrap();
        let sentence = said().unwrap();
        assert!(
            sentence.contains(name) && sentence.contains("cannot be read"),
            "{sentence}"
        );
        std::fs::write(copy.join(name), whole).unwrap();
    }
    let _ = std::fs::remove_dir_all(&copy);
}

#[test]
fn what_was_taught_is_answered_at_once_and_what_is_near_is_asked_about() {
    let library = std::env::temp_dir().join(format!("llm-modeld-taught-{}", std::process::id()));
    let source = Source::Embedded {
        folder: folder(),
        taught: Some(library.clone()),
    };
    let model = Model::load(&source, &mut Memory::open()).unwrap();
    let mut session = model.open().unwrap();
    let (table, names) = (table(), llm_modeld::world::freshly_booted());
    let mut ask = |request: &str| {
        let ask = Ask {
            request,
            names: &names,
            table: &table,
        };
        let written = session.write(ask, &mut || false).unwrap();
        serde_json::to_string(&written.outcome).unwrap()
    };
    let taught = r#"{"plan":[{"type":"read_log","unit":"llm-osd","lines":7}]}"#;
    assert_ne!(ask("give llm-osd the usual look"), taught);
    let lesson = r#"{"request":"give llm-osd the usual look","means":"log llm-osd -n 7"}"#;
    std::fs::write(&library, lesson).unwrap();
    assert_eq!(ask("give llm-osd the usual look"), taught);
    assert_eq!(
        ask("Please give llm-modeld the usual look."),
        taught.replace("osd", "modeld")
    );
    // the same but for one word, which the model reads as something else.
    let near = ask("give llm-osd the very usual look");
    assert!(
        near == taught || near.contains("which you taught me"),
        "{near}"
    );
    let other = ask("how much memory is free?");
    assert_eq!(
        other,
        r#"{"plan":[{"type":"system_info","what":"memory"}]}"#
    );
    std::fs::remove_file(&library).unwrap();
    assert_ne!(ask("give llm-osd the usual look"), taught);
}
