use super::*;
use crate::context::NameKind;
use crate::pieces::Vocabulary;
use llm_os_schema::{Names, Risk};
use proptest::prelude::*;

/// a small table with every kind of argument.
pub(crate) fn table() -> CapabilityTable {
    let spec = |name: &str, args| CapabilitySpec {
        name: name.to_owned(),
        family: "test".to_owned(),
        summary: format!("{name} it"),
        args,
        risk: Risk::Change,
        short: vec![],
        for_model: true,
        available: true,
    };
    let path = || ArgSpec::always("path", ArgKind::Path, "", "which file?");
    let content = ArgSpec::always("content", ArgKind::Text, "", "what should be in it?");
    let actions = ArgKind::choice(&["list", "stop", "restart"]);
    let unit = ArgSpec::unless(
        "unit",
        ArgKind::Unit,
        "action",
        &["list"],
        "",
        "which service?",
    );
    CapabilityTable {
        capabilities: vec![
            spec(
                "write_file",
                vec![
                    path(),
                    content,
                    ArgSpec::optional("mode", ArgKind::Mode, ""),
                ],
            ),
            spec("list_dir", vec![path()]),
            spec(
                "delete_file",
                vec![path(), ArgSpec::optional("recursive", ArgKind::Flag, "")],
            ),
            spec(
                "exec",
                vec![
                    ArgSpec::always("argv", ArgKind::Argv, "", "which program?"),
                    ArgSpec::optional("cwd", ArgKind::Path, ""),
                    ArgSpec::optional("env", ArgKind::Env, ""),
                    ArgSpec::optional("timeout_sec", ArgKind::integer(1, 3600, "seconds"), ""),
                ],
            ),
            spec(
                "service_control",
                vec![ArgSpec::always("action", actions, "", "what?"), unit],
            ),
        ],
    }
}

pub(crate) fn names() -> Names {
    Names {
        units: vec!["llm-netd".into(), "Web".into()],
        files: vec!["a.txt".into()],
        dirs: vec!["photos".into()],
        ..Names::default()
    }
}

pub(crate) fn vocabulary() -> Vocabulary {
    Vocabulary::new(["[UNK]", "[CLS]", "[SEP]"]).unwrap()
}

/// walks by a list of symbols and targets ("@2"), and gives what came of it.
fn walk(request: &str, steps: &str) -> Option<String> {
    let (table, symbols) = (table(), Symbols::of(&table()));
    let input = Input::new(&vocabulary(), request, &names(), &NameKind::ALL).unwrap();
    let mut automaton = Automaton::new(&table, &symbols, &input);
    for step in steps.split(' ') {
        let step = match step.strip_prefix('@') {
            Some(target) => Step::Target(target.parse().unwrap()),
            None => Step::Symbol(symbols.number(&Symbol::parse(step).unwrap()).unwrap()),
        };
        if !automaton.take(step) {
            return None;
        }
    }
    automaton
        .outcome()
        .map(|outcome| serde_json::to_string(outcome).unwrap())
}

fn check(request: &str, steps: &str, expect: Option<&str>) {
    assert_eq!(
        walk(request, steps).as_deref(),
        expect,
        "{request}: {steps}"
    );
}

#[test]
fn steps_build_outcomes() {
    check(
        "put 'hi all' into b.txt",
        "plan type:write_file key:write_file.path @6 @6 key:write_file.content @2 @3 end",
        Some(r#"{"plan":[{"type":"write_file","path":"b.txt","content":"hi all"}]}"#),
    );
    check(
        "stop web and list photos",
        "plan type:service_control key:service_control.action value:stop key:service_control.unit \
         @1 @1 type:list_dir key:list_dir.path @7 end",
        Some(
            r#"{"plan":[{"type":"service_control","action":"stop","unit":"Web"},{"type":"list_dir","path":"photos"}]}"#,
        ),
    );
    check(
        "an empty x in photos",
        "plan type:write_file key:write_file.path @4 @4 join @2 @2 key:write_file.content empty end",
        Some(r#"{"plan":[{"type":"write_file","path":"photos/x","content":""}]}"#),
    );
    check(
        "run make -j2 for ten minutes",
        "plan type:exec key:exec.argv @1 @2 key:exec.timeout_sec @4 @5 end",
        Some(r#"{"plan":[{"type":"exec","argv":["make","-j2"],"timeout_sec":600}]}"#),
    );
    check(
        "delete",
        "ask key:delete_file.path end",
        Some(r#"{"ask":"which file?"}"#),
    );
}

#[test]
fn what_is_not_legal_is_not_taken() {
    // a required key left out
    check(
        "x",
        "plan type:write_file key:write_file.path @0 @0 end",
        None,
    );
    // keys out of order, or twice
    check("x", "plan type:write_file key:write_file.content", None);
    check(
        "x",
        "plan type:delete_file key:delete_file.path @0 @0 key:delete_file.path",
        None,
    );
    // an end before its beginning; a number that is none; a unit where a path belongs
    check("x y", "plan type:list_dir key:list_dir.path @1 @0", None);
    check(
        "run x",
        "plan type:exec key:exec.argv @1 @1 key:exec.timeout_sec",
        None,
    );
    check("x", "plan type:list_dir key:list_dir.path @1", None);
    // a name in itself
    check(
        "touch x",
        "plan type:list_dir key:list_dir.path @1 @1 join @1",
        None,
    );
    // a service without its name
    check(
        "x",
        "plan type:service_control key:service_control.action value:stop end",
        None,
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn every_walk_ends_in_a_valid_outcome(
        request in "[a-z0-9./='\" ]{1,40}[a-z]",
        picks in proptest::collection::vec(0usize..10_000, STEPS_MAX + 1),
    ) {
        let (table, symbols) = (table(), Symbols::of(&table()));
        let input = Input::new(&vocabulary(), &request, &names(), &NameKind::ALL).unwrap();
        let mut automaton = Automaton::new(&table, &symbols, &input);
        for pick in picks {
            let legal = automaton.legal();
            if legal.is_empty() {
                break;
            }
            prop_assert!(automaton.take(legal[pick % legal.len()]));
        }
        if let Some(Outcome::Plan(actions)) = automaton.outcome() {
            prop_assert_eq!(&table.canonical_plan(actions).unwrap(), actions);
        } else if automaton.outcome().is_none() {
            prop_assert!(automaton.stuck().say().is_some());
        }
    }
}
