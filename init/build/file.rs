//! `units.toml` as data, and what has to hold of it.

use serde::Deserialize;
use std::collections::BTreeSet;

/// capabilities by their number, lower case and without `CAP_`; capabilities(7).
pub const CAPABILITIES: [&str; 41] = [
    "chown",
    "dac_override",
    "dac_read_search",
    "fowner",
    "fsetid",
    "kill",
    "setgid",
    "setuid",
    "setpcap",
    "linux_immutable",
    "net_bind_service",
    "net_broadcast",
    "net_admin",
    "net_raw",
    "ipc_lock",
    "ipc_owner",
    "sys_module",
    "sys_rawio",
    "sys_chroot",
    "sys_ptrace",
    "sys_pacct",
    "sys_admin",
    "sys_boot",
    "sys_nice",
    "sys_resource",
    "sys_time",
    "sys_tty_config",
    "mknod",
    "lease",
    "audit_write",
    "audit_control",
    "setfcap",
    "mac_override",
    "mac_admin",
    "syslog",
    "wake_alarm",
    "block_suspend",
    "audit_read",
    "perfmon",
    "bpf",
    "checkpoint_restore",
];

/// variables that pid 1 makes from the settings: `src/given.rs`.
pub const SETTINGS: [&str; 7] = [
    "LLM_OS_MODEL_IDLE_S",
    "LLM_OS_MODEL_FILE",
    "LLM_OS_MODEL_FIRST",
    "LLM_OS_ENDPOINT_URL",
    "LLM_OS_ENDPOINT_MODEL",
    "LLM_OS_ENDPOINT_KEY",
    "LLM_OS_ENDPOINT_TIMEOUT_S",
];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    pub user: Vec<User>,
    pub unit: Vec<Unit>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    pub name: String,
    pub uid: u32,
    pub home: String,
    #[serde(default)]
    pub shell: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    pub name: String,
    pub summary: String,
    pub program: String,
    #[serde(default)]
    pub args: Vec<String>,
    pub user: String,
    pub start: Start,
    pub capabilities: Vec<String>,
    #[serde(default)]
    pub socket: Option<Socket>,
    #[serde(default)]
    pub delegate: bool,
    #[serde(default)]
    pub memory_min_mib: Option<u64>,
    #[serde(default)]
    pub memory_max_percent: Option<u64>,
    #[serde(default)]
    pub pids_max: Option<u32>,
    #[serde(default)]
    pub oom_group: bool,
    #[serde(default)]
    pub oom_score_adj: i16,
    #[serde(default = "yes")]
    pub network: bool,
    #[serde(default)]
    pub essential: bool,
    #[serde(default)]
    pub settings: Vec<String>,
    #[serde(default)]
    pub needs: Option<String>,
    pub restart: Restart,
    pub stop_ms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    Boot,
    Demand,
    Console,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Socket {
    pub path: String,
    pub mode: u32,
    pub user: String,
    pub group: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restart {
    pub first_ms: u64,
    pub max_ms: u64,
    pub limit: u32,
    pub steady_ms: u64,
    #[serde(default)]
    pub retry_s: Option<u64>,
}

fn yes() -> bool {
    true
}

impl File {
    /// the number of a user; `parse` has seen that it exists.
    pub fn uid(&self, name: &str) -> u32 {
        self.user
            .iter()
            .find(|user| user.name == name)
            .map_or(65534, |user| user.uid)
    }
}

/// reads and checks the file.
///
/// # Errors
/// one sentence: which entry, what is wrong with it.
pub fn parse(text: &str) -> Result<File, String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    let mut seen = BTreeSet::new();
    for user in &file.user {
        name(&user.name)?;
        if !seen.insert(user.uid.to_string()) || !seen.insert(user.name.clone()) {
            return Err(format!("user {}: its name or uid stands twice", user.name));
        }
        absolute(&user.name, &user.home)?;
    }
    let known = |user: &String| file.user.iter().any(|one| one.name == *user);
    let (mut names, mut sockets) = (BTreeSet::new(), BTreeSet::new());
    for unit in &file.unit {
        let at = &unit.name;
        name(at)?;
        if !names.insert(at) {
            return Err(format!("unit {at}: it stands twice"));
        }
        absolute(at, &unit.program)?;
        if !known(&unit.user) {
            return Err(format!("unit {at}: there is no user {}", unit.user));
        }
        if let Some(word) = unit.capabilities.iter().find(|word| number(word).is_none()) {
            return Err(format!("unit {at}: there is no capability {word}"));
        }
        limits(unit)?;
        told(unit)?;
        match (&unit.socket, unit.start) {
            (None, Start::Demand) => {
                return Err(format!(
                    "unit {at}: started on demand, but it has no socket"
                ));
            }
            (Some(_), Start::Console) => {
                return Err(format!(
                    "unit {at}: a shell on each console cannot share one socket"
                ));
            }
            (Some(socket), _) => {
                absolute(at, &socket.path)?;
                if !sockets.insert(&socket.path) {
                    return Err(format!("unit {at}: its socket is another unit's"));
                }
                if socket.mode > 0o777 || !known(&socket.user) || !known(&socket.group) {
                    return Err(format!(
                        "unit {at}: its socket's mode or owner is not known"
                    ));
                }
            }
            (None, _) => {}
        }
    }
    Ok(file)
}

fn limits(unit: &Unit) -> Result<(), String> {
    let at = &unit.name;
    let restart = &unit.restart;
    if restart.first_ms == 0 || restart.first_ms > restart.max_ms || restart.limit == 0 {
        return Err(format!(
            "unit {at}: restart needs 0 < first_ms <= max_ms and 0 < limit"
        ));
    }
    if unit.stop_ms == 0 || unit.stop_ms > 60_000 {
        return Err(format!("unit {at}: stop_ms is from 1 to 60000"));
    }
    if !(-1000..=1000).contains(&unit.oom_score_adj) {
        return Err(format!("unit {at}: oom_score_adj is from -1000 to 1000"));
    }
    if unit
        .memory_max_percent
        .is_some_and(|percent| !(1..=100).contains(&percent))
    {
        return Err(format!("unit {at}: memory_max_percent is from 1 to 100"));
    }
    if unit.essential && restart.retry_s.is_none() {
        return Err(format!(
            "unit {at}: an essential unit needs retry_s, it is never given up"
        ));
    }
    Ok(())
}

/// what a unit is told, and what it may therefore do.
fn told(unit: &Unit) -> Result<(), String> {
    let at = &unit.name;
    let known = |name: &&String| SETTINGS.contains(&name.as_str());
    if let Some(name) = unit.settings.iter().find(|name| !known(name)) {
        return Err(format!("unit {at}: there is no setting {name}"));
    }
    if let Some(name) = &unit.needs
        && !unit.settings.contains(name)
    {
        return Err(format!("unit {at}: it needs {name} and is not told it"));
    }
    if unit.network && unit.user != "root" && unit.needs.is_none() {
        return Err(format!(
            "unit {at}: a network only for the executor, or where the owner asked for it: \
             `network = false`, or `needs`"
        ));
    }
    Ok(())
}

/// the number of a capability.
pub fn number(word: &str) -> Option<usize> {
    CAPABILITIES.iter().position(|known| *known == word)
}

fn name(name: &str) -> Result<(), String> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.is_empty() || name.len() > 32 || !name.bytes().all(plain) {
        return Err(format!("`{name}`: a name is 1 to 32 of a-z, 0-9 and -"));
    }
    Ok(())
}

fn absolute(at: &str, path: &str) -> Result<(), String> {
    if !path.starts_with('/') || path.contains("..") || path.contains('\0') {
        return Err(format!("{at}: `{path}` is no plain absolute path"));
    }
    Ok(())
}
