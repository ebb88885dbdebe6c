//! the grammar alone: every text that it allows is a canonical, grounded outcome, and the plans that
//! people mean are among them. no model is needed for that; dice are as good as the worst one.

mod common;

use common::{ground, names, table};
use llguidance::api::TopLevelGrammar;
use llguidance::{Matcher, ParserFactory};
use llm_modeld::bench::made::Dice;
use llm_modeld::text::grammar;
use llm_modeld::text::grounds::Grounds;
use llm_os_schema::{Names, Outcome};
use std::collections::BTreeSet;
use toktrie::{ApproximateTokEnv, InferenceCapabilities, TokEnv};

const REQUESTS: [&str; 7] = [
    "Create a file named hello.txt with content 'world'",
    "show the last twenty lines of the web log, then restart it in ten minutes",
    "run A=1 B=\"x y\" make -j2 --file=\"my file\" as root for half an hour",
    "chmod: write 'a \\ \"b\" größe\t→' to photos/neu.md, mode 0600!!",
    "rm -rf /",
    "?",
    "1 2 3 4 5 kill everything, stop web; stop llm-osd; poweroff in 5min",
];

fn matcher(request: &str, names: &Names) -> (Matcher, TokEnv) {
    let tokens = ApproximateTokEnv::single_byte_env();
    let able = InferenceCapabilities {
        ff_tokens: true,
        ..InferenceCapabilities::default()
    };
    let mut factory = ParserFactory::new(&tokens, able, &[]).unwrap();
    factory.quiet();
    let lark = grammar::lark(&table(), &Grounds::new(request, names));
    let matcher = Matcher::new(factory.create_parser(TopLevelGrammar::from_lark(lark.clone())));
    assert_eq!(matcher.get_error(), None, "{lark}");
    (matcher, tokens)
}

/// a text that the grammar allows, by throwing dice wherever there is a choice.
fn walk(mut matcher: Matcher, tokens: &TokEnv, seed: u64) -> String {
    let (mut dice, mut bytes) = (Dice::new(seed), Vec::new());
    while !matcher.is_stopped() {
        let forced = matcher.consume_ff_tokens();
        bytes.extend(tokens.tok_trie().decode(&forced));
        if matcher.is_stopped() || !forced.is_empty() {
            continue;
        }
        let allowed = matcher.compute_mask().unwrap().to_list();
        let token = allowed[dice.below(allowed.len())];
        matcher.consume_token(token).unwrap();
        if token != tokens.eos_token() {
            bytes.extend(tokens.tok_trie().decode(&[token]));
        }
    }
    assert_eq!(matcher.get_error(), None);
    String::from_utf8(bytes).unwrap()
}

#[test]
fn whatever_is_written_is_canonical_and_grounded() {
    let (table, names) = (table(), names());
    let mut kinds = BTreeSet::new();
    for (at, request) in REQUESTS.iter().enumerate() {
        // a grammar of so many actions takes longer to build than to walk.
        let (matcher, tokens) = matcher(request, &names);
        for seed in 0..40 {
            let text = walk(matcher.deep_clone(), &tokens, seed * 100 + at as u64);
            let outcome: Outcome = serde_json::from_str(&text).unwrap();
            assert_eq!(
                serde_json::to_string(&outcome).unwrap(),
                text,
                "canonical form"
            );
            ground::assert_grounded(&table, request, &names, &outcome);
            kinds.extend(ground::kinds(&outcome).into_iter().map(str::to_owned));
        }
    }
    // a grammar that allows next to nothing would pass all of that.
    assert!(kinds.len() >= 12, "{kinds:?}");
    assert!(!kinds.contains("undo"), "people alone take things back");
}

/// whether the grammar of `request` allows exactly `text`.
fn allows(request: &str, names: &Names, text: &str) -> bool {
    let (mut matcher, tokens) = matcher(request, names);
    let bytes = tokens.tokenize(text);
    matcher.try_consume_tokens(&bytes).unwrap() == bytes.len() && matcher.is_accepting().unwrap()
}

#[test]
fn what_people_mean_can_be_written() {
    let names = names();
    let check = |request: &str, text: &str, expect: bool| {
        assert_eq!(allows(request, &names, text), expect, "{request}: {text}");
    };
    let create = "Create a file named hello.txt with content 'world'";
    check(
        create,
        r#"{"plan":[{"type":"write_file","path":"hello.txt","content":"world"}]}"#,
        true,
    );
    check(
        create,
        r#"{"plan":[{"type":"write_file","path":"hello.txt","content":"word"}]}"#,
        false,
    );
    check(
        create,
        r#"{"plan":[{"type":"write_file","path":"other.txt","content":"world"}]}"#,
        false,
    );
    check(
        create,
        r#"{"plan":[{"type":"write_file","content":"world","path":"hello.txt"}]}"#,
        false,
    );
    check(
        create,
        r#"{"plan":[{"type":"write_file","path":"notes.md","content":""}]}"#,
        true,
    );
    check(create, r#"{"plan": []}"#, false);
    check(create, r#"{"plan":[]}"#, false);
    check(create, r#"{"ask":"which file?"}"#, true);
    check(
        "how much memory is free?",
        r#"{"plan":[{"type":"system_info","what":"memory"}]}"#,
        true,
    );
    check(
        "list units",
        r#"{"plan":[{"type":"service_control","action":"list"}]}"#,
        true,
    );
    check(
        "stop it",
        r#"{"plan":[{"type":"service_control","action":"stop"}]}"#,
        false,
    );
    check(
        "stop it",
        r#"{"plan":[{"type":"service_control","action":"stop","unit":"web"}]}"#,
        true,
    );
    check(
        "stop it",
        r#"{"plan":[{"type":"service_control","action":"stop","unit":"it"}]}"#,
        false,
    );
    check(
        "reboot in ten minutes",
        r#"{"plan":[{"type":"power","action":"reboot","delay_sec":600}]}"#,
        true,
    );
    check(
        "reboot in ten minutes",
        r#"{"plan":[{"type":"power","action":"reboot","delay_sec":60}]}"#,
        false,
    );
    check(
        "put a.txt into photos",
        r#"{"plan":[{"type":"read_file","path":"photos/a.txt"}]}"#,
        true,
    );
    check(
        "make a dir x, remove notes.md",
        r#"{"plan":[{"type":"make_dir","path":"x"},{"type":"delete_file","path":"notes.md"}]}"#,
        true,
    );
    check(
        "run uname -a",
        r#"{"plan":[{"type":"exec","argv":["uname","-a"]}]}"#,
        true,
    );
    check(
        "run uname -a",
        r#"{"plan":[{"type":"exec","argv":["sh","-c"]}]}"#,
        false,
    );
}

#[test]
fn a_long_request_with_many_names_stays_inside_the_limits() {
    let request =
        "copy the words of this sentence into file number 12 and wait 30 seconds, ".repeat(56);
    assert!(request.len() > 4000);
    let names = Names {
        files: (0..400)
            .map(|n| format!("some folder/file-{n}.txt"))
            .collect(),
        dirs: (0..100).map(|n| format!("folder-{n}")).collect(),
        units: vec!["web".into()],
        ..Names::default()
    };
    let began = std::time::Instant::now();
    let (matcher, tokens) = matcher(&request, &names);
    let text = walk(matcher, &tokens, 7);
    let outcome: Outcome = serde_json::from_str(&text).unwrap();
    ground::assert_grounded(&table(), &request, &names, &outcome);
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
}
