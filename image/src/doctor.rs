//! `cargo os doctor`: what is installed, what is missing, what works.

use std::fs;
use std::path::Path;

use crate::cache::Cache;
use crate::error::Result;
use crate::needs::{NEEDS, is_there};
use crate::{accel, repo, source};

/// prints a table; changes nothing but the note of the accelerator's trial.
///
/// # Errors
/// when there is no cache folder or no clone.
pub fn doctor() -> Result<()> {
    let cache = Cache::open()?;
    let repo = repo::top()?;
    let mut missing = Vec::new();
    println!("needed programs and headers");
    for need in NEEDS {
        let there = is_there(need.probe);
        let mark = if there { "ok     " } else { "missing" };
        println!("  {mark}  {:<20} {}", need.package, need.why);
        if !there {
            missing.push(need.package);
        }
    }
    println!("accelerator");
    println!("  {}", accelerator(&cache));
    println!("kernel source");
    println!("  {}", kernel_source(&repo));
    println!("cache");
    println!("  {}", cache.place("").display());
    for kind in ["kernel", "coreutils", "image"] {
        let count = fs::read_dir(cache.place(kind)).map_or(0, |entries| {
            entries
                .flatten()
                .filter(|e| !e.file_name().as_encoded_bytes().starts_with(b"."))
                .count()
        });
        println!("  {count} built: {kind}");
    }
    if missing.is_empty() {
        println!("nothing is missing.");
    } else {
        println!(
            "whichever command needs one of these installs it: {}",
            missing.join(" ")
        );
    }
    Ok(())
}

fn accelerator(cache: &Cache) -> String {
    if let Some(why) = accel::closed() {
        return format!("TCG (emulation): {why}");
    }
    let newest = newest_kernel(&cache.place("kernel"));
    let Some(kernel) = newest else {
        return "KVM opens; whether it runs a guest is tried with our kernel, once that is built"
            .into();
    };
    if !is_there(crate::needs::Probe::Program("qemu-system-x86_64")) {
        return "KVM opens; there is no QEMU to try it with".into();
    }
    let verdict = accel::choose(cache, &kernel);
    format!("{}: {}", verdict.accel.name().to_uppercase(), verdict.why)
}

fn newest_kernel(folder: &Path) -> Option<std::path::PathBuf> {
    fs::read_dir(folder)
        .ok()?
        .flatten()
        .map(|entry| entry.path().join("bzImage"))
        .filter_map(|path| Some((path.metadata().ok()?.modified().ok()?, path)))
        .max()
        .map(|(_, path)| path)
}

fn kernel_source(repo: &Path) -> String {
    let lock = fs::read_to_string(repo.join("kernel-config/source.lock"));
    match lock.ok().and_then(|text| source::parse(&text).ok()) {
        Some(lines) => {
            let versions: Vec<_> = lines.iter().map(|line| line.version.as_str()).collect();
            format!("accepted: {}", versions.join(", "))
        }
        None => "kernel-config/source.lock cannot be read".into(),
    }
}
