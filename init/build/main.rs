//! compiles `units.toml` into a constant table; a file that is wrong fails the build with a sentence.

#![forbid(unsafe_code)]

mod file;
mod render;

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=units.toml");
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("init/units.toml: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let text = fs::read_to_string("units.toml").map_err(|error| error.to_string())?;
    let file = file::parse(&text)?;
    let folder = env::var("OUT_DIR").map_err(|error| error.to_string())?;
    let target = Path::new(&folder).join("units.rs");
    fs::write(target, render::table(&file)).map_err(|error| error.to_string())
}
