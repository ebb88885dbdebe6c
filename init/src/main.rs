//! pid 1.

#![forbid(unsafe_code)]

fn main() {}
