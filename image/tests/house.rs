//! the house's rules, held against `cargo metadata`: dependencies point one way.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// the workspace's crates, each with those of ours that it links (not those its tests use).
fn ours() -> BTreeMap<String, BTreeSet<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(root)
        .output()
        .expect("cargo metadata runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is json");
    let packages = metadata["packages"].as_array().expect("packages");
    let name = |package: &Value| package["name"].as_str().unwrap_or_default().to_owned();
    let all: BTreeSet<String> = packages.iter().map(name).collect();
    let linked = |package: &Value| {
        let dependencies = package["dependencies"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        dependencies
            .iter()
            .filter(|dependency| dependency["kind"].as_str() != Some("dev"))
            .map(name)
            .filter(|name| all.contains(name))
            .collect()
    };
    packages
        .iter()
        .map(|package| (name(package), linked(package)))
        .collect()
}

/// everything of ours that `from` links, also through others.
fn reached(ours: &BTreeMap<String, BTreeSet<String>>, from: &str) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut open = vec![from.to_owned()];
    while let Some(name) = open.pop() {
        for next in ours.get(&name).into_iter().flatten() {
            if seen.insert(next.clone()) {
                open.push(next.clone());
            }
        }
    }
    seen
}

/// who may link what of ours, at most. a new crate fails the test until its row is here.
const MAY_LINK: &[(&str, &[&str])] = &[
    ("llm-os-schema", &[]),
    ("llm-os-sys", &[]),
    ("llm-os-wire", &["llm-os-schema"]),
    ("llm-os-policy", &["llm-os-schema"]),
    ("llm-os-planner", &["llm-os-schema"]),
    ("llm-os-settings", &["llm-os-schema", "llm-os-wire"]),
    ("llm-os-journal", &["llm-os-schema", "llm-os-sys"]),
    (
        "llm-os-capability",
        &["llm-os-schema", "llm-os-sys", "llm-os-wire"],
    ),
    (
        "llm-os-jail",
        &[
            "llm-os-capability",
            "llm-os-schema",
            "llm-os-sys",
            "llm-os-wire",
        ],
    ),
    (
        "llm-osd",
        &[
            "llm-os-capability",
            "llm-os-jail",
            "llm-os-journal",
            "llm-os-policy",
            "llm-os-schema",
            "llm-os-sys",
            "llm-os-wire",
        ],
    ),
    ("llmsh", &["llm-os-schema", "llm-os-sys", "llm-os-wire"]),
    (
        "llm-modeld",
        &[
            "llm-os-planner",
            "llm-os-schema",
            "llm-os-sys",
            "llm-os-wire",
        ],
    ),
    (
        "llm-remoted",
        &[
            "llm-os-planner",
            "llm-os-schema",
            "llm-os-sys",
            "llm-os-wire",
        ],
    ),
    ("llminit", &["llm-os-schema", "llm-os-sys", "llm-os-wire"]),
    ("llm-os-corpus", &["llm-os-planner", "llm-os-schema"]),
    ("llm-os-qemu", &[]),
    (
        "llm-os-image",
        &[
            "llm-os-qemu",
            "llm-os-schema",
            "llm-os-settings",
            "llm-os-wire",
        ],
    ),
];

#[test]
fn dependencies_point_one_way() {
    let ours = ours();
    let mut wrong = Vec::new();
    for name in ours.keys() {
        let Some((_, may)) = MAY_LINK.iter().find(|(row, _)| row == name) else {
            wrong.push(format!(
                "{name} has no row in MAY_LINK: say what it may link"
            ));
            continue;
        };
        for linked in reached(&ours, name) {
            if !may.contains(&linked.as_str()) {
                wrong.push(format!("{name} links {linked}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_row_is_about_a_crate_that_exists() {
    let ours = ours();
    for (row, _) in MAY_LINK {
        assert!(ours.contains_key(*row), "{row} is not in the workspace");
    }
}
