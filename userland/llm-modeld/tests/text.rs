//! the text tier with models that know nothing: whatever they write is a plan that may be shown.

mod common;
#[path = "common/heard.rs"]
mod heard;

use common::{ground, names, table, tiny};
use heard::write_all;
use llm_modeld::ModelError;
use llm_modeld::memory::Memory;
use llm_modeld::model::{Ask, Model, Source, Written};
use llm_os_schema::{Names, Outcome};
use std::path::PathBuf;

const CREATE: &str = "Create a file named hello.txt with content 'world'";

/// a file of its own for each test, gone with it.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, bytes: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("llm-modeld-{}-{name}", std::process::id()));
        std::fs::write(&path, bytes).unwrap();
        Scratch(path)
    }

    fn load(&self) -> Result<Model, ModelError> {
        Model::load(
            &Source::File {
                path: self.0.clone(),
                cache: None,
                taught: None,
            },
            &mut Memory::open(),
        )
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn ask(model: &Model, request: &str, names: &Names) -> Result<Written, ModelError> {
    let table = table();
    model.open()?.write(
        Ask {
            request,
            names,
            table: &table,
        },
        &mut || false,
    )
}

#[test]
fn random_weights_write_grounded_outcomes_and_forced_tokens_share_a_pass() {
    let (table, names) = (table(), names());
    let (mut plans, mut tokens, mut passes) = (0, 0, 0);
    for seed in 0..8 {
        let file = Scratch::new(&format!("random-{seed}.gguf"), &tiny::gguf(seed, None));
        let model = file.load().unwrap();
        let mut session = model.open().unwrap();
        for request in [
            CREATE,
            "show the web log, twenty lines",
            "delete everything on it",
        ] {
            let ask = Ask {
                request,
                names: &names,
                table: &table,
            };
            match session.write(ask, &mut || false) {
                Ok(written) => {
                    ground::assert_grounded(&table, request, &names, &written.outcome);
                    assert!((0.0..=1.0).contains(&written.confidence), "{written:?}");
                    assert!(
                        written.passes > 0 && written.passes <= written.tokens,
                        "{written:?}"
                    );
                    if matches!(written.outcome, Outcome::Plan(_)) {
                        (plans, tokens, passes) =
                            (plans + 1, tokens + written.tokens, passes + written.passes);
                    }
                }
                // eight actions of many words each are a long way for one who wanders.
                Err(ModelError::NoEnd { .. }) => {}
                Err(error) => panic!("{seed}: {request}: {error}"),
            }
        }
    }
    assert!(plans >= 3, "{plans}");
    // keys, brackets and the rest of every word are forced: far fewer passes than tokens.
    assert!(passes * 2 < tokens, "{passes} passes for {tokens} tokens");
}

#[test]
fn a_request_gets_the_same_whatever_was_asked_before() {
    let file = Scratch::new("before.gguf", &tiny::gguf(3, None));
    let model = file.load().unwrap();
    let (table, none) = (table(), Names::default());
    let mut session = model.open().unwrap();
    let mut write = |request| {
        let ask = Ask {
            request,
            names: &none,
            table: &table,
        };
        session.write(ask, &mut || false).unwrap()
    };
    let first = write(CREATE);
    let between = write("how much memory is free?");
    // what both begin with was read once.
    assert!(
        first.read > 1000 && between.read < 200,
        "{} then {}",
        first.read,
        between.read
    );
    assert_eq!(write(CREATE).outcome, first.outcome);
    assert_eq!(write("how much memory is free?").outcome, between.outcome);
}

#[test]
fn a_batch_is_what_its_requests_are_alone() {
    let (mut table, names) = (table(), names());
    // with the whole table the prompt of such a vocabulary leaves room for one.
    table.capabilities.truncate(12);
    let requests = [
        CREATE,
        "show the web log, twenty lines",
        "delete everything on it",
    ];
    let asks = requests.map(|request| Ask {
        request,
        names: &names,
        table: &table,
    });
    let (mut whole, mut passes_together, mut passes_alone) = (0, 0, 0);
    for seed in 0..6 {
        let file = Scratch::new(&format!("batch-{seed}.gguf"), &tiny::gguf(seed, None));
        let model = file.load().unwrap();
        let mut session = model.open().unwrap();
        // a word from before, so that the head is read.
        session.write(asks[0], &mut || false).ok();
        let together = write_all(&mut session, &asks, (0, vec![]));
        passes_together += together.looks;
        for (ask, together) in asks.iter().zip(together.all) {
            let mut looks = 0;
            let alone = session.write(*ask, &mut || {
                looks += 1;
                false
            });
            passes_alone += looks;
            match (alone, together.unwrap()) {
                (Ok(alone), Ok(together)) => {
                    whole += 1;
                    let same = |one: &Written| (one.outcome.clone(), one.tokens);
                    assert_eq!(same(&together), same(&alone), "{seed}: {}", ask.request);
                    assert!((alone.confidence - together.confidence).abs() < 1e-3);
                }
                (Err(ModelError::NoEnd { .. }), Err(ModelError::NoEnd { .. })) => {}
                (alone, together) => panic!("{seed}: {}: {alone:?} {together:?}", ask.request),
            }
        }
    }
    assert!(whole >= 9, "{whole}");
    // they share passes over the weights.
    assert!(
        passes_together * 3 < passes_alone * 2,
        "{passes_together} passes instead of {passes_alone}"
    );
}

#[test]
fn of_a_batch_each_has_its_own_end() {
    let file = Scratch::new("ends.gguf", &tiny::gguf(3, None));
    let model = file.load().unwrap();
    let (other, none) = (table(), Names::default());
    let mut table = other.clone();
    table.capabilities.truncate(12);
    let long = "word ".repeat(1000);
    // a token for each byte: they have no room in this context.
    let bytes = "\u{fc}".repeat(2000);
    let ask = |request, table| Ask {
        request,
        names: &none,
        table,
    };
    let asks = [
        ask(CREATE, &table),
        ask(&long, &table),
        ask("how much memory is free?", &table),
        // with another table its prompt has another head.
        ask(CREATE, &other),
        ask("delete everything on it", &table),
        ask(&bytes, &table),
    ];
    let mut session = model.open().unwrap();
    let alone = session.write(asks[0], &mut || false).unwrap();
    let alone_other = session.write(asks[3], &mut || false).unwrap();
    let heard = write_all(&mut session, &asks, (3, vec![2])).all;
    let outcome = |at: usize| match &heard[at] {
        Some(Ok(written)) => written.outcome.clone(),
        other => panic!("{at}: {other:?}"),
    };
    assert_eq!(outcome(0), alone.outcome);
    assert!(matches!(heard[1], Some(Err(ModelError::Request(_)))));
    // the one that was dropped is told nothing, and the others go on.
    assert!(heard[2].is_none(), "{heard:?}");
    assert_eq!(outcome(3), alone_other.outcome);
    assert!(heard[4].is_some(), "{heard:?}");
    assert!(matches!(heard[5], Some(Err(ModelError::NoRoom { .. }))));
    // and the session is as good as before.
    let again = session.write(asks[0], &mut || false).unwrap();
    assert_eq!(again.outcome, alone.outcome);
}

#[test]
fn what_was_read_is_kept_for_the_next_start() {
    let file = Scratch::new("kept.gguf", &tiny::gguf(6, None));
    let folder = file.0.with_extension("cache");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("of-another-model.state"), b"old").unwrap();
    let source = Source::File {
        path: file.0.clone(),
        cache: Some(folder.clone()),
        taught: None,
    };
    let start = || Model::load(&source, &mut Memory::open()).unwrap();
    let first = ask(&start(), CREATE, &names()).unwrap();
    let left: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    assert_eq!(left.len(), 1, "{left:?}");
    // the next process reads what is new in the request, and writes the same.
    let second = ask(&start(), CREATE, &names()).unwrap();
    assert!(
        first.read > 1000 && second.read < 200,
        "{} then {}",
        first.read,
        second.read
    );
    assert_eq!(second.outcome, first.outcome);
    // a cache that was cut short or is not ours is read over, never trusted.
    for bytes in [
        &b""[..],
        b"nonsense",
        &std::fs::read(&left[0]).unwrap()[..5000],
    ] {
        std::fs::write(&left[0], bytes).unwrap();
        let again = ask(&start(), CREATE, &names()).unwrap();
        assert_eq!(
            (again.read, again.outcome),
            (first.read, first.outcome.clone())
        );
    }
    let _ = std::fs::remove_dir_all(&folder);
}

#[test]
fn a_chat_template_is_used_and_a_strange_one_does_no_harm() {
    let chatml = "{% for message in messages %}<|im_start|>{{message.role}}\n{{message.content}}<|im_end|>\n{% endfor %}";
    for (name, template) in [
        ("chatml", chatml),
        ("strange", "{{ raise_exception('no') }}"),
    ] {
        let file = Scratch::new(&format!("{name}.gguf"), &tiny::gguf(5, Some(template)));
        let model = file.load().unwrap();
        let request = "say <|end|> and <|im_end|> to me";
        let written = ask(&model, request, &names());
        match written {
            Ok(written) => ground::assert_grounded(&table(), request, &names(), &written.outcome),
            Err(ModelError::NoEnd { .. }) => {}
            Err(error) => panic!("{name}: {error}"),
        }
    }
}

#[test]
fn a_bad_file_gets_one_clear_sentence() {
    let whole = tiny::gguf(1, None);
    let check = |name: &str, bytes: &[u8], expect: &str| {
        let file = Scratch::new(name, bytes);
        let said = file
            .load()
            .err()
            .unwrap_or_else(|| panic!("{name} was loaded"))
            .to_string();
        assert!(
            said.contains(expect) && said.contains(name),
            "{name}: {said}"
        );
        assert!(!said.contains('\n'), "{said}");
    };
    check(
        "text.gguf",
        b"this is a letter, not a model",
        "is not a GGUF file",
    );
    check("empty.gguf", b"", "is not a GGUF file");
    let encoder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../image/model/weights/encoder.gguf"
    );
    let encoder = std::fs::read(encoder).unwrap();
    check("encoder.gguf", &encoder, "it has no vocabulary");
    check("cut.gguf", &whole[..whole.len() / 2], "is cut short");
    check("head.gguf", &whole[..100], "is cut short");
    let mut damaged = whole.clone();
    damaged[16] = 0xff;
    damaged[20] = 0xff;
    check("damaged.gguf", &damaged, "is damaged");
    let mut strange = whole;
    let at = strange
        .windows(5)
        .position(|window| window == b"llama")
        .unwrap();
    strange[at..at + 5].copy_from_slice(b"lhama");
    check(
        "strange.gguf",
        &strange,
        "does not load this kind of model (`lhama`)",
    );
    let missing = Source::File {
        path: "/nowhere/a.gguf".into(),
        cache: None,
        taught: None,
    };
    let said = Model::load(&missing, &mut Memory::open())
        .err()
        .unwrap()
        .to_string();
    assert!(said.starts_with("/nowhere/a.gguf cannot be read"), "{said}");
    let folder = Source::Embedded {
        folder: "/nowhere".into(),
        taught: None,
    };
    let said = Model::load(&folder, &mut Memory::open())
        .err()
        .unwrap()
        .to_string();
    assert!(
        said.starts_with("/nowhere/encoder.gguf cannot be read"),
        "{said}"
    );
}

#[test]
fn giving_up_ends_it_and_limits_hold() {
    let file = Scratch::new("stop.gguf", &tiny::gguf(2, None));
    let model = file.load().unwrap();
    let (table, none) = (table(), Names::default());
    let mut session = model.open().unwrap();
    let mut looks = 0;
    let ask = Ask {
        request: CREATE,
        names: &none,
        table: &table,
    };
    let stopped = session.write(ask, &mut || {
        looks += 1;
        looks > 3
    });
    assert!(matches!(stopped, Err(ModelError::Cancelled)), "{stopped:?}");
    let long = "word ".repeat(1000);
    for (request, expect) in [(long.as_str(), "longer than 4096"), ("  ", "is empty")] {
        let ask = Ask {
            request,
            names: &none,
            table: &table,
        };
        let said = session.write(ask, &mut || false).unwrap_err().to_string();
        assert!(said.contains(expect), "{said}");
    }
    // and the session is as good as before.
    assert!(session.write(ask, &mut || false).is_ok());
}
