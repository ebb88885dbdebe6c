//! the table as it was reviewed, and the page made of it. a change of what the machine can do shows
//! up in a review as a change of these two files.

use llm_os_capability::table;
use llm_os_schema::help;
use std::path::Path;

/// compares the file `name`, relative to this crate, with `now`; writes it where that is asked for.
fn check(name: &str, now: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, now).expect("the golden file is written");
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == now,
        "{name} is not what the capability table says; look at the change, and if it is meant, run \
         `UPDATE_GOLDEN=1 cargo test -p llm-os-capability --test golden`"
    );
}

#[test]
fn the_golden_copy_is_the_table() {
    let mut text = serde_json::to_string_pretty(&table()).expect("a table is json");
    text.push('\n');
    check("capabilities.json", &text);
}

#[test]
fn the_page_is_the_table() {
    check("../../docs/capabilities.md", &help::markdown(&table()));
}

#[test]
fn names_and_short_names_are_told_apart() {
    let table = table();
    let mut seen = std::collections::BTreeSet::new();
    for spec in &table.capabilities {
        assert!(seen.insert(spec.name.clone()), "{} stands twice", spec.name);
        for short in &spec.short {
            assert!(
                seen.insert(short.name.clone()),
                "{} stands twice",
                short.name
            );
            for key in short
                .positional
                .iter()
                .chain(short.options.iter().map(|(_, key)| key))
            {
                assert!(spec.arg(key).is_some(), "{}: no argument {key}", short.name);
            }
        }
        for arg in &spec.args {
            let asked = arg.required == llm_os_schema::Required::Never || !arg.question.is_empty();
            assert!(
                asked && !arg.doc.is_empty(),
                "{}: {} is not explained",
                spec.name,
                arg.name
            );
        }
    }
}
