//! the bill of materials: every crate, the kernel and coreutils, as CycloneDX.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use llm_os_qemu::Manifest;
use serde_json::{Value, json};

use crate::error::{Doing, Error, Result};
use crate::kernel::Kernel;
use crate::programs::{COREUTILS, PROGRAMS, TRIPLE, cargo};
use crate::step::output_of;

/// one crate that is compiled into a program of the image.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Crate {
    name: String,
    version: String,
    licence: String,
    /// where its source lies on this computer.
    folder: PathBuf,
}

/// the crates as text, one a line, for the licence folder of the image.
///
/// # Errors
/// when cargo cannot tell.
pub fn crates_text(repo: &Path) -> Result<String> {
    let lines = crates(repo)?
        .into_iter()
        .map(|c| format!("{} {} {}\n", c.name, c.version, c.licence));
    Ok(format!(
        "{}coreutils {COREUTILS} MIT\n",
        lines.collect::<String>()
    ))
}

/// the licence texts of everything that is linked into the image's programs, each once, with the
/// crates that it is for; then those whose packages bring no text.
///
/// # Errors
/// when cargo cannot tell, or a text cannot be read.
pub fn licence_texts(repo: &Path) -> Result<String> {
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut without = String::new();
    for of in crates(repo)? {
        let files = licence_files(&of.folder);
        if files.is_empty() {
            without.push_str(&format!("{} {} ({})\n", of.name, of.version, of.licence));
        }
        for file in files {
            let bytes = fs::read(&file).doing("read", &file)?;
            let text = String::from_utf8_lossy(&bytes).trim().to_owned();
            let users = texts.entry(text).or_default();
            users.insert(format!("{} {}", of.name, of.version));
        }
    }
    let mut all = String::new();
    for (text, users) in texts {
        let users: Vec<String> = users.into_iter().collect();
        all.push_str(&format!("==== {}\n\n{text}\n\n", users.join(", ")));
    }
    Ok(format!(
        "{all}==== without a text in their package; the licence is named\n\n{without}"
    ))
}

/// the licence files of a crate, and of llama.cpp, which one of them carries.
fn licence_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = [folder.to_owned(), folder.join("llama.cpp")]
        .iter()
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flat_map(|entries| entries.flatten().map(|entry| entry.path()))
        .filter(|path| path.is_file())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let name = name.to_lowercase();
            ["license", "licence", "copying", "unlicense", "notice"]
                .iter()
                .any(|begin| name.starts_with(begin))
        })
        .collect();
    files.sort();
    files
}

/// the bill of an image. see https://cyclonedx.org/docs/1.5/json/.
///
/// # Errors
/// when cargo cannot tell.
pub fn bill(repo: &Path, manifest: &Manifest, kernel: &Kernel) -> Result<Value> {
    let mut components = vec![
        json!({
            "type": "operating-system",
            "name": "linux",
            "version": kernel.source.version,
            "hashes": [{"alg": "SHA-256", "content": kernel.source.sha256}],
            "licenses": [{"expression": "GPL-2.0-only WITH Linux-syscall-note"}],
        }),
        json!({
            "type": "application",
            "name": "coreutils",
            "version": COREUTILS,
            "purl": format!("pkg:cargo/coreutils@{COREUTILS}"),
            "licenses": [{"expression": "MIT"}],
        }),
    ];
    components.extend(crates(repo)?.into_iter().map(|c| {
        json!({
            "type": "library",
            "name": c.name,
            "version": c.version,
            "purl": format!("pkg:cargo/{}@{}", c.name, c.version),
            "licenses": [{"expression": c.licence}],
        })
    }));
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {
            "type": "operating-system",
            "name": "llm-os",
            "version": manifest.build_id,
            "hashes": [{"alg": "SHA-256", "content": manifest.sha256}],
        }},
        "components": components,
    }))
}

/// what our programs are made of, without what only builds or tests them, and without our own.
fn crates(repo: &Path) -> Result<Vec<Crate>> {
    let mut metadata = cargo(repo);
    metadata.args([
        "metadata",
        "--format-version=1",
        "--filter-platform",
        TRIPLE,
    ]);
    let text = output_of(&mut metadata)?;
    let metadata: Value = serde_json::from_str(&text)
        .map_err(|error| Error::failed(format!("cargo metadata spoke nonsense: {error}"), ""))?;
    let roots: Vec<&str> = PROGRAMS.iter().map(|(package, ..)| *package).collect();
    Ok(closure(&metadata, &roots))
}

/// the packages that `roots` are linked from, of a registry.
fn closure(metadata: &Value, roots: &[&str]) -> Vec<Crate> {
    let empty = Vec::new();
    let list = |value: &'_ Value| value.as_array().cloned().unwrap_or_default();
    let packages = metadata["packages"].as_array().unwrap_or(&empty);
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap_or(&empty);
    let package = |id: &str| packages.iter().find(|p| p["id"] == id);
    let mut todo: Vec<String> = packages
        .iter()
        .filter(|p| roots.iter().any(|root| p["name"] == *root) && p["source"].is_null())
        .filter_map(|p| p["id"].as_str().map(str::to_owned))
        .collect();
    let mut seen: Vec<String> = Vec::new();
    while let Some(id) = todo.pop() {
        if seen.contains(&id) {
            continue;
        }
        if let Some(node) = nodes.iter().find(|node| node["id"] == *id) {
            for dep in list(&node["deps"]) {
                // `kind` is null for a normal dependency, else `build` or `dev`.
                let normal = list(&dep["dep_kinds"])
                    .iter()
                    .any(|kind| kind["kind"].is_null());
                if let (true, Some(id)) = (normal, dep["pkg"].as_str()) {
                    todo.push(id.to_owned());
                }
            }
        }
        seen.push(id);
    }
    let mut crates: Vec<Crate> = seen
        .iter()
        .filter_map(|id| package(id))
        .filter(|p| !p["source"].is_null())
        .map(|p| {
            let text = |key: &str| p[key].as_str().unwrap_or("unknown").to_owned();
            Crate {
                name: text("name"),
                version: text("version"),
                licence: text("license"),
                folder: Path::new(&text("manifest_path"))
                    .parent()
                    .map(Path::to_owned)
                    .unwrap_or_default(),
            }
        })
        .collect();
    crates.sort();
    crates
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_linked_is_listed() {
        let metadata = json!({
            "packages": [
                {"id": "us", "name": "llmsh", "version": "0.1.0", "source": null},
                {"id": "a", "name": "a", "version": "1.0.0", "source": "registry", "license": "MIT"},
                {"id": "b", "name": "b", "version": "2.0.0", "source": "registry"},
                {"id": "t", "name": "t", "version": "3.0.0", "source": "registry"},
            ],
            "resolve": {"nodes": [
                {"id": "us", "deps": [
                    {"pkg": "a", "dep_kinds": [{"kind": null}]},
                    {"pkg": "t", "dep_kinds": [{"kind": "dev"}]},
                ]},
                {"id": "a", "deps": [{"pkg": "b", "dep_kinds": [{"kind": "build"}, {"kind": null}]}]},
                {"id": "b", "deps": []},
            ]},
        });
        let names: Vec<_> = closure(&metadata, &["llmsh"])
            .into_iter()
            .map(|c| format!("{} {} {}", c.name, c.version, c.licence))
            .collect();
        assert_eq!(names, ["a 1.0.0 MIT", "b 2.0.0 unknown"]);
    }
}
