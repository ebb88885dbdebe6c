//! every capability, in the order in which help shows them.

use crate::capability::Capability;
use llm_os_schema::CapabilityTable;

/// a new capability is one word here.
static REGISTRY: &[&dyn Capability] = &[];

/// the capability called `name`.
pub fn find(name: &str) -> Option<&'static dyn Capability> {
    REGISTRY.iter().copied().find(|capability| capability.spec().name == name)
}

/// the table that clients see.
pub fn table() -> CapabilityTable {
    CapabilityTable { capabilities: REGISTRY.iter().map(|capability| capability.spec()).collect() }
}
