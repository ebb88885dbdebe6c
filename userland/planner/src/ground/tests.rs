//! what becomes a question or a refusal, and what stays a plan.

use super::*;
use crate::automaton::tests::table;
use llm_os_schema::Turn;

#[test]
fn what_cannot_be_meant_is_asked_or_refused() {
    let table = table();
    let names = Names {
        units: vec!["web".into()],
        ..Names::default()
    };
    let check = |action: Action, expect: &str| {
        let got = checked(&table, "x", &names, Outcome::Plan(vec![action.clone()]));
        assert_eq!(got.kind(), expect, "{action:?}");
    };
    let stop = |unit: &str| {
        Action::new("service_control")
            .with("action", "stop")
            .with("unit", unit)
    };
    check(stop("web"), "plan");
    check(stop("camera"), "ask");
    check(Action::new("delete_file").with("path", "/"), "refuse");
    check(Action::new("delete_file").with("path", "/tmp"), "plan");
    check(Action::new("process_control").with("pid", 1), "refuse");
    check(Action::new("process_control").with("pid", 11), "plan");
}

#[test]
fn a_guess_between_names_is_asked_about() {
    let spec = |name: &str, keys: &[&str]| {
        let mut spec = table().capabilities[1].clone();
        spec.name = name.to_owned();
        let arg = |key: &&str| {
            let mut arg = spec.args[0].clone();
            arg.name = (*key).to_owned();
            arg.question = format!("{key}?");
            arg
        };
        spec.args = keys.iter().map(arg).collect();
        spec
    };
    let mut table = table();
    table.capabilities.push(spec("move_file", &["from", "to"]));
    table
        .capabilities
        .push(spec("format", &["device", "filesystem"]));
    let names = Names {
        files: ["report.pdf", "report.odt", "old-notes.txt", "notes.txt"]
            .map(String::from)
            .to_vec(),
        shown: vec!["report.odt".into()],
        ..Names::default()
    };
    let check = |request: &str, shown: bool, action: Action, expect: &str| {
        let mut names = names.clone();
        if !shown {
            names.shown.clear();
        }
        let got = checked(&table, request, &names, Outcome::Plan(vec![action]));
        let got = got.say().map_or("plan".to_owned(), str::to_owned);
        assert_eq!(got, expect, "{request}");
    };
    let delete = |path: &str| Action::new("delete_file").with("path", path);
    check(
        "delete the report",
        false,
        delete("report.pdf"),
        "which file?",
    );
    check(
        "delete the report document",
        false,
        delete("report.odt"),
        "plan",
    );
    check("delete the pdf report", false, delete("report.pdf"), "plan");
    check("delete report.pdf", false, delete("report.pdf"), "plan");
    check("delete the report", true, delete("report.odt"), "plan");
    check("delete the notes", false, delete("notes.txt"), "plan");
    check(
        "delete the third",
        true,
        delete("report.odt"),
        "which file?",
    );
    check(
        "delete number five",
        true,
        delete("report.odt"),
        "which file?",
    );
    check("delete the first", true, delete("report.odt"), "plan");
    check("delete reprot.pdf", false, delete("report.pdf"), "plan");
    check("delete the other thing", false, delete("notes.txt"), "plan");
    let moved = |to: &str| Action::new("move_file").with("from", "a").with("to", to);
    check("move a to a", false, moved("a"), "to?");
    check("move a to b", false, moved("b"), "plan");
    let format = |of: &str| {
        Action::new("format")
            .with("device", "sda")
            .with("filesystem", of)
    };
    check("format sda", false, format("ext4"), "filesystem?");
    check("format sda as FAT32", false, format("vfat"), "plan");
    check("mkfs.ext4 sda", false, format("ext4"), "plan");
}

#[test]
fn a_text_that_was_written_is_no_name() {
    let table = table();
    let wrote = Action::new("write_file")
        .with("path", "dry.txt")
        .with("content", "x");
    let mut names = Names {
        past: vec![Turn {
            request: String::new(),
            actions: vec![wrote],
        }],
        ..Names::default()
    };
    let check = |request: &str, names: &Names, path: &str, expect: &str| {
        let plan = Outcome::Plan(vec![Action::new("delete_file").with("path", path)]);
        let got = checked(&table, request, names, plan);
        assert_eq!(got.kind(), expect, "{request}: {path}");
    };
    check("delete the file", &names, "x", "ask");
    check("delete the file", &names, "dry.txt", "plan");
    check("delete x", &names, "x", "plan");
    names.files.push("x".into());
    check("delete the file", &names, "x", "plan");
}

#[test]
fn the_other_name_is_meant_where_one_is_spared() {
    let table: CapabilityTable =
        serde_json::from_str(include_str!("../../../capability/capabilities.json")).unwrap();
    let names = Names {
        files: ["a.txt", "b.txt", "c.txt"].map(String::from).to_vec(),
        units: ["web", "mqtt"].map(String::from).to_vec(),
        ..Names::default()
    };
    let check = |request: &str, plan: &str, expect: &str| {
        let actions: Vec<Action> = serde_json::from_str(plan).unwrap();
        let got = checked(&table, request, &names, Outcome::Plan(actions));
        assert_eq!(serde_json::to_string(&got).unwrap(), expect, "{request}");
    };
    let delete = |path: &str| format!(r#"[{{"type":"delete_file","path":"{path}"}}]"#);
    let plan = |path: &str| format!(r#"{{"plan":{}}}"#, delete(path));
    check(
        "keep a.txt, but delete b.txt",
        &delete("a.txt"),
        &plan("b.txt"),
    );
    check(
        "keep a.txt, but delete b.txt",
        &delete("b.txt"),
        &plan("b.txt"),
    );
    check(
        "keep a.txt, but delete b.txt and c.txt",
        &delete("a.txt"),
        r#"{"ask":"which file should I delete?"}"#,
    );
    let stop = r#"[{"type":"service_control","action":"stop","unit":"web"}]"#;
    check(
        "leave web alone and stop mqtt",
        stop,
        r#"{"plan":[{"type":"service_control","action":"stop","unit":"mqtt"}]}"#,
    );
}
