//! which programs only read, where a program is looked for, and what it is given.

/// what a program finds in its environment.
pub(crate) mod environment;
/// where a program is looked for.
pub(crate) mod find;
/// the reviewed list of programs that only read.
pub(crate) mod reading;
