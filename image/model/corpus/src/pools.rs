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
