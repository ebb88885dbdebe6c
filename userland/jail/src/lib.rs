//! runs one action with the least rights: the executor's side and the worker's side of the jail.

#![forbid(unsafe_code)]
