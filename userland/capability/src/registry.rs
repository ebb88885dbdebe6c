//! every capability, in the order in which help shows them.

use crate::actions;
use crate::capability::Capability;
use llm_os_schema::{CapabilitySpec, CapabilityTable};

/// what clients see of each capability.
static SPECS: &[fn() -> CapabilitySpec] = &[
    actions::read_file::spec,
    actions::write_file::spec,
    actions::append_file::spec,
    actions::list_dir::spec,
    actions::make_dir::spec,
    actions::delete_file::spec,
    actions::file_info::spec,
    actions::exec::spec,
    actions::system_info::spec,
    actions::process_list::spec,
    actions::read_log::spec,
    actions::service_control::spec,
    actions::power::spec,
    actions::undo::spec,
];

/// a new capability is one word here.
static REGISTRY: &[&dyn Capability] = &[];

/// the capability called `name`.
pub fn find(name: &str) -> Option<&'static dyn Capability> {
    REGISTRY
        .iter()
        .copied()
        .find(|capability| capability.spec().name == name)
}

/// the table that clients see.
pub fn table() -> CapabilityTable {
    CapabilityTable {
        capabilities: SPECS.iter().map(|spec| spec()).collect(),
    }
}
