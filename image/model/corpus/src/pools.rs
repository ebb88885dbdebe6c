//! words to fill slots with. bodies of text borrow the words of every other domain on purpose: a
//! model has to learn that "reboot" inside quotes is nothing but text.

/// texts that go into files.
mod bodies;
/// names of directories.
mod dirs;
/// names of files.
mod files;
/// programs, and what is typed with them.
mod programs;
/// what stands in text files.
mod texts;
/// units, with what people call them.
mod units;

pub use bodies::*;
pub use dirs::*;
pub use files::*;
pub use programs::*;
pub use texts::*;
pub use units::*;

/// programs, packages, units and their like: words as they stand, however odd they look.
pub fn known() -> impl Iterator<Item = &'static str> {
    let lists = [
        &PACKAGES,
        &PROCESSES,
        &TOOLS_MADE,
        &AGENTS,
        &HOSTNAMES,
        &LAYOUTS,
        &INTERFACES,
    ];
    let units = UNITS.iter().map(|(unit, _)| *unit);
    let files = STEMS.iter().chain(MARKS).chain(DIRS).copied();
    PROGRAMS
        .iter()
        .chain(&*COMMANDS)
        .chain(TOOLS)
        .copied()
        .chain(lists.into_iter().flat_map(|list| list.iter().copied()))
        .chain(units)
        .chain(files)
}
