//! which accelerator really runs a guest. `/dev/kvm` may exist, open, and make a machine that then
//! spins for ever (a nested hypervisor): only a guest that got somewhere proves anything.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, Instant};

use llm_os_qemu::{Accel, Machine, Profile};

use crate::cache::Cache;

/// our kernel greets within a tenth of a second where KVM works.
const TRIAL: Duration = Duration::from_millis(2500);
/// the kernel's way of saying that it came through all of its own start, and looks for a root
/// that this trial does not give it.
const FAR_ENOUGH: &str = "VFS: Cannot open root device";

/// what was found, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub accel: Accel,
    pub why: String,
}

/// tries KVM with this kernel. the answer is remembered until the computer starts again or the
/// kernel changes.
pub fn choose(cache: &Cache, kernel: &Path) -> Verdict {
    if let Some(why) = closed() {
        return Verdict {
            accel: Accel::Tcg,
            why,
        };
    }
    let note = cache.place("accelerator");
    let stamp = stamp(kernel);
    if let Ok(text) = fs::read_to_string(&note)
        && let Some((old, works)) = text.split_once('\n')
        && old == stamp
    {
        return verdict(works == "works", "tried before");
    }
    let started = Instant::now();
    let works = trial(kernel);
    let _ = fs::write(
        &note,
        format!("{stamp}\n{}", if works { "works" } else { "fails" }),
    );
    verdict(
        works,
        &format!("tried for {:.1} s", started.elapsed().as_secs_f64()),
    )
}

/// why KVM cannot even be tried, if so.
pub fn closed() -> Option<String> {
    match File::options().read(true).write(true).open("/dev/kvm") {
        Ok(_) => None,
        Err(error) => Some(format!("/dev/kvm: {error}")),
    }
}

fn verdict(works: bool, how: &str) -> Verdict {
    if works {
        Verdict {
            accel: Accel::Kvm,
            why: format!("a guest ran on it ({how})"),
        }
    } else {
        let why = format!("KVM opens, but no guest gets through its start on it ({how})");
        Verdict {
            accel: Accel::Tcg,
            why,
        }
    }
}

fn trial(kernel: &Path) -> bool {
    let mut profile = Profile::bare(kernel.to_owned(), "console=ttyS0 panic=-1".into());
    profile.accel = Accel::Kvm;
    profile.memory_mb = 128;
    profile.no_reboot = true;
    Machine::boot(profile).is_ok_and(|mut machine| machine.expect(FAR_ENOUGH, TRIAL).is_ok())
}

/// changes when the answer may.
fn stamp(kernel: &Path) -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    format!("{} {}", boot.trim(), kernel.display())
}
