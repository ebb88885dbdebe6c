//! every capability, in the order in which help shows them.

use crate::actions;
use crate::capability::Capability;
use crate::planned::planned;
use llm_os_schema::CapabilityTable;

/// a new capability is one word here.
static REGISTRY: &[&dyn Capability] = &[
    &actions::read_file::ReadFile,
    &actions::write_file::WriteFile,
    &actions::append_file::AppendFile,
    &actions::list_dir::ListDir,
    &actions::make_dir::MakeDir,
    &actions::delete_file::DeleteFile,
    &actions::file_info::FileInfo,
    &actions::exec::Exec,
    &actions::system_info::SystemInfo,
    &actions::process_list::ProcessList,
    &actions::read_log::ReadLog,
    &actions::service_control::ServiceControl,
    &actions::power::Power,
    &actions::teach::Teach,
    &actions::taught::Taught,
    &actions::unteach::Unteach,
    &actions::undo::Undo,
];

/// the capability called `name`.
pub fn find(name: &str) -> Option<&'static dyn Capability> {
    REGISTRY
        .iter()
        .copied()
        .find(|capability| capability.spec().name == name)
}

/// the table that clients see: what there is, then what is understood and not there yet.
pub fn table() -> CapabilityTable {
    let there = REGISTRY.iter().map(|capability| capability.spec());
    CapabilityTable {
        capabilities: there.chain(planned()).collect(),
    }
}
