//! who exists: `units.toml` as a constant, checked and written by `build/`.

pub use crate::supervisor::Restart;

use crate::given;
use llm_os_wire::settings::Settings;

/// a line of `/etc/passwd`; the group of the same name has the same number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct User {
    pub name: &'static str,
    pub uid: u32,
    pub home: &'static str,
    pub shell: &'static str,
}

/// a program that is kept running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    pub name: &'static str,
    pub summary: &'static str,
    pub program: &'static str,
    pub args: &'static [&'static str],
    pub user: &'static User,
    pub start: Start,
    /// bit n keeps capability n.
    pub capabilities: u64,
    pub socket: Option<Socket>,
    /// it may make cgroups beside its own.
    pub delegate: bool,
    pub memory_min_mib: Option<u64>,
    /// of the machine's memory.
    pub memory_max_percent: Option<u64>,
    pub pids_max: Option<u32>,
    /// out of memory, its processes die together.
    pub oom_group: bool,
    pub oom_score_adj: i16,
    /// false: an empty network namespace.
    pub network: bool,
    /// may be restarted, never stopped; and is never given up for good.
    pub essential: bool,
    /// variables made from the settings that it is given.
    pub settings: &'static [&'static str],
    /// one of them; without it the unit does not exist.
    pub needs: Option<&'static str>,
    pub restart: Restart,
    /// from SIGTERM to the end of its cgroup.
    pub stop_ms: u64,
}

/// when a unit is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    Boot,
    /// by the first connection to its socket.
    Demand,
    /// one on each active console.
    Console,
}

/// made by pid 1 and handed over as descriptor 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Socket {
    pub path: &'static str,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
}

include!(concat!(env!("OUT_DIR"), "/units.rs"));

/// one running place of a unit: a shell has one for each console, anything else has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    pub unit: &'static Unit,
    /// such as `llm-osd` or `llmsh@ttyS0`; names a cgroup, so it holds no slash.
    pub name: String,
    /// the terminal's name under `/dev`.
    pub console: Option<String>,
}

/// every instance, in the order of the file. what the owner did not ask for is not there at all.
pub fn instances(
    units: &'static [Unit],
    consoles: &[String],
    settings: &Settings,
) -> Vec<Instance> {
    let mut all = Vec::new();
    let there = |unit: &&Unit| {
        unit.needs
            .is_none_or(|name| given::value(name, settings).is_some())
    };
    for unit in units.iter().filter(there) {
        if unit.start != Start::Console {
            let name = unit.name.to_owned();
            all.push(Instance {
                unit,
                name,
                console: None,
            });
            continue;
        }
        for console in consoles {
            all.push(Instance {
                unit,
                name: format!("{}@{console}", unit.name),
                console: Some(console.clone()),
            });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use llm_os_wire::settings::Endpoint;

    #[test]
    fn a_shell_for_each_console_and_one_of_everything_else() {
        let consoles = ["tty1".to_owned(), "ttyS0".to_owned()];
        let names = |settings: &Settings| -> Vec<String> {
            let all = instances(UNITS, &consoles, settings);
            all.into_iter().map(|one| one.name).collect()
        };
        let mut settings = Settings::default();
        assert_eq!(
            names(&settings),
            ["llm-osd", "llm-modeld", "llmsh@tty1", "llmsh@ttyS0"]
        );
        settings.model_file = Some("a.gguf".to_owned());
        settings.endpoint = Some(Endpoint::default());
        assert_eq!(
            names(&settings)[1..4],
            ["llm-modeld", "llm-bigd", "llm-remoted"]
        );
    }

    #[test]
    fn only_the_executor_and_the_owners_endpoint_have_a_network() {
        for unit in UNITS {
            let may = ["llm-osd", "llm-remoted"].contains(&unit.name);
            assert_eq!(unit.network, may, "{}", unit.name);
        }
    }

    #[test]
    fn only_the_executor_has_any_power() {
        for unit in UNITS {
            let privileged = unit.name == "llm-osd";
            assert_eq!(unit.user.uid == 0, privileged, "{}", unit.name);
            assert_eq!(unit.capabilities != 0, privileged, "{}", unit.name);
        }
    }
}
