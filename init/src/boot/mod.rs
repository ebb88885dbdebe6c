//! from an empty machine to one where units can start. every step that fails becomes a warning, and
//! the next step is taken: a machine that comes up crooked can be mended, one that stops cannot.

/// the clock never goes back behind the last time that was seen.
pub mod clock;
/// terminals that the kernel calls consoles.
pub mod consoles;
/// the state partition and its folders.
pub mod data;
/// partitions by their name.
mod disks;
/// `/etc`, made afresh at each boot.
mod etc;
/// a control group for each unit.
pub mod groups;
/// switches of the kernel.
mod kernel;
/// file systems that are no disks.
mod mounts;
/// what the owner wrote, read by somebody else.
mod settings;

#[cfg(test)]
mod tests;

pub use consoles::TTY_GROUP;

use crate::system::{Priority, System};
use crate::units::{self, Instance, UNITS};
use llm_os_wire::settings::Settings;

/// one line, made by the build.
const BUILD_ID: &str = "/usr/lib/llm-os/build-id";

/// a machine that is set up.
#[derive(Debug)]
pub struct Booted {
    pub build: String,
    /// names of terminals under `/dev`.
    pub consoles: Vec<String>,
    pub settings: Settings,
    pub instances: Vec<Instance>,
    /// false: `/data` is in memory and lost at power off.
    pub keeps_state: bool,
    /// for the person, in order; they are in the log already.
    pub warnings: Vec<String>,
}

/// sets the machine up.
pub fn boot<S: System>(system: &mut S) -> Booted {
    // the boot benchmark takes the time of this line as the kernel's end and our begin.
    system.log(Priority::Info, "started");
    let mut warnings = Warnings::default();
    mounts::mount_all(system, &mut warnings);
    kernel::settle(system, &mut warnings);
    let consoles = consoles::active(system, &mut warnings);
    // these few lines are where a slow boot shows what it waited for.
    system.log(Priority::Info, "file systems are mounted");
    let disks = disks::named(system);
    let settings = settings::load(system, &disks, &mut warnings);
    system.log(Priority::Info, "settings are read");
    let keeps_state = data::open(system, &disks, &mut warnings);
    data::secret(system, &settings, &mut warnings);
    system.log(Priority::Info, "/data is open");
    clock::floor(system);
    let build = build_id(system);
    etc::write(system, &settings, &build, &mut warnings);
    kernel::name(system, &settings.hostname, &mut warnings);
    let instances = units::instances(UNITS, &consoles, &settings);
    groups::make(system, &instances, &mut warnings);
    system.log(Priority::Info, "control groups are made");
    for warning in &warnings.0 {
        system.log(Priority::Warning, warning);
    }
    Booted {
        build,
        consoles,
        settings,
        instances,
        keeps_state,
        warnings: warnings.0,
    }
}

fn build_id<S: System>(system: &mut S) -> String {
    let text = system.read(BUILD_ID).unwrap_or_default();
    let plain = |c: &char| c.is_ascii_alphanumeric() || "-._+".contains(*c);
    let id: String = text.trim().chars().filter(plain).take(64).collect();
    if id.is_empty() {
        "unknown".to_owned()
    } else {
        id
    }
}

/// what went wrong, one sentence each.
#[derive(Debug, Default)]
struct Warnings(Vec<String>);

impl Warnings {
    fn add(&mut self, text: String) {
        self.0.push(text);
    }

    /// notes a failure as `what: why` and goes on.
    fn note(&mut self, what: &str, result: std::io::Result<()>) -> bool {
        if let Err(error) = &result {
            self.add(format!("{what}: {error}"));
        }
        result.is_ok()
    }
}
