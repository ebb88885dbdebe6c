//! `cargo os bench`: measures, next to a named peer in the same run.

use std::time::{Duration, Instant};

use llm_os_qemu::{Accel, DiskMode, Image, Machine, Profile, SECOND};
use serde_json::{Value, json};

use crate::cache::Cache;
use crate::error::{Error, Result};
use crate::peer::{self, Peer};
use crate::setup::{self, For};
use crate::step::Progress;
use crate::{accel, bench_plan, pipeline, repo};

/// the end of what a machine prints before it waits for a person.
const PROMPT: &str = "llmsh> ";
/// a start that takes longer is broken.
const START: Duration = Duration::from_secs(180);

/// what is measured on.
struct Bed {
    image: Image,
    accel: Accel,
}

/// runs one benchmark; with `json` the last line on stdout is one object.
///
/// # Errors
/// when something cannot be built or a machine does not come up.
pub fn bench(what: &str, json: bool, runs: usize) -> Result<()> {
    let mut progress = Progress::new(false);
    let result = match what {
        "plan" => bench_plan::plan(&mut progress)?,
        _ => machine(what, runs, &mut progress)?,
    };
    table(&result);
    if json {
        println!("{result}");
    }
    Ok(())
}

/// what needs a machine.
fn machine(what: &str, runs: usize, progress: &mut Progress) -> Result<Value> {
    let (repo, cache) = (repo::top()?, Cache::open()?);
    setup::ensure(For::Run, progress)?;
    setup::ensure(For::Bench, progress)?;
    let image = pipeline::image(&repo, &cache, pipeline::Options::default(), progress)?;
    let accel = accel::choose(&cache, &image.kernel()).accel;
    let peer = peer::build(&cache, progress)?;
    let bed = Bed { image, accel };
    match what {
        "boot" => bed.boot(&peer, runs, progress),
        _ => bed.size(progress),
    }
}

impl Bed {
    /// the time to a prompt, ours and a static busybox on the same kernel and the same kind of
    /// root, alternating, so that a busy computer hits both alike.
    fn boot(&self, peer: &Peer, runs: usize, progress: &mut Progress) -> Result<Value> {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for run in 1..=runs {
            progress.say(&format!("bench boot: run {run} of {runs}"));
            ours.push(prompt_ms(self.ours(), PROMPT)?);
            theirs.push(prompt_ms(self.of(peer), peer::PROMPT)?);
        }
        let kernel_to_init_ms = self.kernel_to_init_ms()?;
        let (prompt_ms, busybox_prompt_ms) = (median(&mut ours), median(&mut theirs));
        Ok(json!({
            "target": self.image.manifest.target,
            "accelerator": self.accel.name(),
            "runs": runs,
            "kernel_to_init_ms": round(kernel_to_init_ms),
            "prompt_ms": round(prompt_ms),
            "prompt_min_ms": round(ours[0]),
            "busybox_prompt_ms": round(busybox_prompt_ms),
            "busybox_prompt_min_ms": round(theirs[0]),
            "ratio": (prompt_ms / busybox_prompt_ms * 1000.0).round() / 1000.0,
        }))
    }

    /// sizes of the image, and the memory in use at the idle prompt.
    fn size(&self, progress: &mut Progress) -> Result<Value> {
        let manifest = &self.image.manifest;
        let kernel = std::fs::metadata(self.image.kernel()).map_or(0, |meta| meta.len());
        progress.say("bench image: reading the memory in use at the idle prompt");
        let (idle_mb, total_mb) = self.idle_mb()?;
        Ok(json!({
            "target": manifest.target,
            "packed_mb": mb(manifest.root_bytes + kernel),
            "without_model_mb": mb(manifest.root_without_model_bytes + kernel),
            "model_mb": mb(manifest.model_bytes),
            "kernel_mb": mb(kernel),
            "idle_mb": idle_mb,
            "memory_mb": total_mb,
        }))
    }

    fn ours(&self) -> Profile {
        let profile = Profile::bare(self.image.kernel(), self.image.manifest.cmdline.clone());
        self.on(profile.with_disk(&self.image.disk(), DiskMode::Forget))
    }

    fn of(&self, peer: &Peer) -> Profile {
        let profile = Profile::bare(self.image.kernel(), peer.cmdline.clone());
        self.on(profile.with_disk(&peer.disk, DiskMode::Forget))
    }

    fn on(&self, mut profile: Profile) -> Profile {
        profile.accel = self.accel;
        profile
    }

    /// from the kernel's first message to pid 1, by the kernel's own clock: one start that prints
    /// more than usual.
    fn kernel_to_init_ms(&self) -> Result<f64> {
        let mut machine = Machine::boot(self.ours().with_cmdline("loglevel=7")).map_err(harness)?;
        let seen = machine
            .expect("Run /sbin/llminit as init process", START)
            .map_err(harness)?;
        stamp_ms(seen.lines().last().unwrap_or_default())
            .ok_or_else(|| Error::failed("the kernel's messages carry no time", ""))
    }

    /// what the machine itself says is in use, without page cache, some seconds after its prompt.
    fn idle_mb(&self) -> Result<(f64, f64)> {
        let mut machine = Machine::boot(self.ours()).map_err(harness)?;
        machine.expect(PROMPT, START).map_err(harness)?;
        std::thread::sleep(3 * SECOND);
        machine.type_line("cat /proc/meminfo").map_err(harness)?;
        let said = machine.expect(PROMPT, 60 * SECOND).map_err(harness)?;
        let _ = machine.quit();
        used_kib(&said)
            .map(|(used, total)| (mb(used * 1024), mb(total * 1024)))
            .ok_or_else(|| Error::failed(format!("no memory figures in what it said: {said}"), ""))
    }
}

/// from the start of QEMU to the prompt, firmware and all: what a person waits for.
fn prompt_ms(profile: Profile, prompt: &str) -> Result<f64> {
    let started = Instant::now();
    let mut machine = Machine::boot(profile).map_err(harness)?;
    machine.expect(prompt, START).map_err(harness)?;
    let taken = started.elapsed();
    let _ = machine.kill();
    Ok(taken.as_secs_f64() * 1000.0)
}

/// sorts, and takes the middle one.
fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    match n {
        0 => f64::NAN,
        _ if n % 2 == 1 => values[n / 2],
        _ => f64::midpoint(values[n / 2 - 1], values[n / 2]),
    }
}

/// the time of a kernel message, `[    1.364325] …`.
fn stamp_ms(line: &str) -> Option<f64> {
    let (_, rest) = line.rsplit_once('[')?;
    let (stamp, _) = rest.split_once(']')?;
    Some(stamp.trim().parse::<f64>().ok()? * 1000.0)
}

/// memory in use and in all, in KiB, from what `/proc/meminfo` says: neither free nor page cache
/// nor what the kernel would give back from its own caches.
fn used_kib(meminfo: &str) -> Option<(u64, u64)> {
    let field = |name: &str| -> Option<u64> {
        meminfo
            .lines()
            .find_map(|line| line.trim().strip_prefix(name)?.trim().strip_suffix("kB"))
            .and_then(|number| number.trim().parse().ok())
    };
    let total = field("MemTotal:")?;
    let spare = ["MemFree:", "Buffers:", "Cached:", "SReclaimable:"];
    let spare: u64 = spare.into_iter().map(field).sum::<Option<u64>>()?;
    // pages of tmpfs are counted as cached, and are in use.
    Some((
        total.checked_sub(spare)? + field("Shmem:").unwrap_or(0),
        total,
    ))
}

fn mb(bytes: u64) -> f64 {
    (bytes as f64 / 1e4).round() / 100.0
}

fn round(ms: f64) -> f64 {
    (ms * 10.0).round() / 10.0
}

fn table(result: &Value) {
    for (key, value) in result.as_object().into_iter().flatten() {
        println!("{key:<22} {value}");
    }
}

fn harness(error: llm_os_qemu::Error) -> Error {
    Error::failed(error.to_string(), "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_one() {
        fn check(values: &[f64], expect: f64) {
            assert_eq!(median(&mut values.to_vec()), expect, "{values:?}");
        }
        check(&[3.0, 1.0, 2.0], 2.0);
        check(&[4.0, 1.0, 2.0, 3.0], 2.5);
        check(&[7.0], 7.0);
    }

    #[test]
    fn the_kernels_clock_is_read() {
        assert_eq!(stamp_ms("[    0.812000] Run /sbin/llminit"), Some(812.0));
        assert_eq!(stamp_ms("Run /sbin/llminit"), None);
    }

    #[test]
    fn memory_in_use_leaves_out_caches_but_not_tmpfs() {
        let text = "MemTotal: 1000 kB\nMemFree: 500 kB\nBuffers: 10 kB\nCached: 200 kB\n\
                    SReclaimable: 40 kB\nShmem: 5 kB\n";
        assert_eq!(used_kib(text), Some((255, 1000)));
        assert_eq!(used_kib("nothing"), None);
    }
}
