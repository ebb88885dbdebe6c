//! what the owner wrote in `llm-os.toml`, read by a helper without rights; pid 1 checks the answer
//! as it would a stranger's.

use super::Warnings;
use crate::system::{Flags, Mount, Priority, System};
use llm_os_wire::settings::Settings;
use std::collections::BTreeMap;

const PARTITION: &str = "llm-os-esp";
const FOLDER: &str = "/boot";
const FILE: &str = "/boot/llm-os.toml";
const HELPER: &str = "/usr/bin/llm-settings";
const LIMIT_MS: u64 = 2000;
/// warnings of the helper that are shown.
const WARNINGS_MAX: usize = 16;
const WARNING_MAX_BYTES: usize = 300;

/// the settings; the defaults where there are none or they cannot be had.
pub(super) fn load<S: System>(
    system: &mut S,
    disks: &BTreeMap<String, String>,
    warnings: &mut Warnings,
) -> Settings {
    let Some(source) = disks.get(PARTITION) else {
        system.log(
            Priority::Info,
            "no partition llm-os-esp; settings are the defaults",
        );
        return Settings::default();
    };
    let flags = Flags {
        nosuid: true,
        nodev: true,
        noexec: true,
        read_only: true,
    };
    let mount = Mount {
        source,
        target: FOLDER,
        kind: "vfat",
        flags,
        data: "",
    };
    if !warnings.note("the settings cannot be read: /boot", system.mount(&mount)) {
        return Settings::default();
    }
    if system.kind(FILE).is_none() {
        system.log(Priority::Info, "no llm-os.toml; settings are the defaults");
        return Settings::default();
    }
    let answer = system.ask_helper(HELPER, FILE, LIMIT_MS);
    let settings = answer.map_err(|error| error.to_string()).and_then(|bytes| {
        let settings = llm_os_wire::read::<Settings>(&mut bytes.as_slice());
        check(settings.map_err(|error| error.to_string())?)
    });
    match settings {
        Ok(mut settings) => {
            for warning in settings.warnings.drain(..).take(WARNINGS_MAX) {
                warnings.add(format!("llm-os.toml: {}", plain(&warning)));
            }
            settings
        }
        Err(why) => {
            warnings.add(format!(
                "llm-os.toml was not read, its defaults are used: {why}"
            ));
            Settings::default()
        }
    }
}

/// values end up in files and in the environment of services: no control character, no path.
fn check(settings: Settings) -> Result<Settings, String> {
    let good = |text: &str, extra: &str, most: usize| {
        !text.is_empty()
            && text.len() <= most
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || extra.contains(c))
    };
    if !good(&settings.hostname, "-", 63) {
        return Err("the helper's host name is none".to_owned());
    }
    if !good(&settings.timezone, "/_+-", 64) {
        return Err("the helper's time zone is none".to_owned());
    }
    let file = settings.model_file.as_deref();
    if file.is_some_and(|file| !good(file, "-_.+", 255) || file.starts_with('.')) {
        return Err("the helper's model file is no plain name".to_owned());
    }
    if settings
        .endpoint
        .as_ref()
        .is_some_and(|endpoint| !endpoint.is_good())
    {
        return Err("the helper's endpoint is none".to_owned());
    }
    Ok(settings)
}

/// a sentence that is safe on a terminal, and not longer than a screen takes.
fn plain(text: &str) -> String {
    let mut end = text.len().min(WARNING_MAX_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end]
        .chars()
        .map(|c| if c.is_control() { '?' } else { c })
        .collect()
}
