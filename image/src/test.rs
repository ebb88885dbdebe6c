//! `cargo os test`: all tests, by parts, and one line that sums them up.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use llm_os_qemu::Image;

use crate::cache::Cache;
use crate::error::{Error, Result};
use crate::programs::{self, TRIPLE, cargo};
use crate::setup::{self, For};
use crate::step::Progress;
use crate::{accel, llama_server, pipeline, repo};

/// the parts in the order in which they run, with what they do.
const PARTS: &[(&str, &str)] = &[
    ("lint", "formatting and clippy, where they are installed"),
    ("unit", "unit, property and contract tests of every crate"),
    ("image", "packed twice, the same bytes"),
    ("boot", "the built image in QEMU, typed at and read"),
    (
        "model",
        "the embedded model on its hand-written evaluation sets",
    ),
    (
        ENDPOINT,
        "llm-remoted against llama.cpp's own server; only when it is named: building that server, \
         once, takes minutes",
    ),
];

/// not run unless it is asked for by name.
const ENDPOINT: &str = "endpoint";

/// how many machines at once: each takes one core of the host.
const MACHINES: &str = "2";

/// the evaluation sets, and what the embedded model has to reach on each. the mistakes on `test` are
/// nobody's to see: it is there for figures alone.
const EVALUATIONS: [(&str, &[&str]); 4] = [
    ("slice", &["--floor", "92", "--harm", "2"]),
    ("quoted", &["--floor", "95", "--harm", "0"]),
    (
        "dev",
        &["--floor", "86", "--harm", "14", "--mistakes", "20"],
    ),
    (
        "test",
        &["--floor", "84", "--harm", "20", "--mistakes", "0"],
    ),
];

/// random strings that are asked.
const NOISE: &str = "10000";

/// counts of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    passed: u64,
    failed: u64,
}

/// what the parts share.
struct Bench<'a> {
    repo: &'a Path,
    cache: &'a Cache,
    progress: Progress,
    count: Count,
}

/// runs the parts that were asked for, or all.
///
/// # Errors
/// when a part is unknown, what is tested cannot be built, or a test failed.
pub fn test(asked: &[String], list: bool) -> Result<()> {
    if list {
        for (name, what) in PARTS {
            println!("{name:<10}{what}");
        }
        return Ok(());
    }
    if let Some(unknown) = asked
        .iter()
        .find(|name| !PARTS.iter().any(|(part, _)| part == name))
    {
        let names: Vec<_> = PARTS.iter().map(|(name, _)| *name).collect();
        return Err(Error::Usage(format!(
            "there is no part `{unknown}`; there are {}",
            names.join(", ")
        )));
    }
    let (repo, cache) = (repo::top()?, Cache::open()?);
    let mut bench = Bench {
        repo: &repo,
        cache: &cache,
        progress: Progress::new(false),
        count: Count::default(),
    };
    // the image's needs are the tests' too: some of them pack roots and make file systems.
    setup::ensure(For::Image, &mut bench.progress)?;
    setup::ensure(For::Run, &mut bench.progress)?;
    for (name, _) in PARTS.iter().filter(|(name, _)| match asked {
        [] => *name != ENDPOINT,
        asked => asked.iter().any(|a| a == name),
    }) {
        bench.progress.say(&format!("test {name}"));
        match *name {
            "lint" => bench.lint()?,
            "unit" => bench.unit()?,
            "image" => bench.image()?,
            "boot" => bench.boot()?,
            ENDPOINT => bench.endpoint()?,
            _ => bench.model()?,
        }
    }
    bench.progress.done("tested");
    let Count { passed, failed } = bench.count;
    println!("{passed} passed, {failed} failed");
    if failed > 0 {
        Err(Error::TestsFailed)
    } else {
        Ok(())
    }
}

impl Bench<'_> {
    fn lint(&mut self) -> Result<()> {
        if installed(self.repo, "fmt") {
            let mut command = cargo(self.repo);
            command.args(["fmt", "--all", "--check"]);
            self.one("formatting", &mut command)?;
        } else {
            self.progress
                .say("skipped: rustfmt is not installed (rustup component add rustfmt)");
        }
        if installed(self.repo, "clippy") {
            let mut command = cargo(self.repo);
            command.args([
                "clippy",
                "--quiet",
                "--release",
                "--target",
                TRIPLE,
                "--workspace",
            ]);
            command.args(["--all-targets", "--", "-D", "warnings"]);
            self.one("clippy", &mut command)?;
        } else {
            self.progress
                .say("skipped: clippy is not installed (rustup component add clippy)");
        }
        Ok(())
    }

    fn unit(&mut self) -> Result<()> {
        let mut command = cargo(self.repo);
        command.args([
            "test",
            "--release",
            "--target",
            TRIPLE,
            "--workspace",
            "--no-fail-fast",
        ]);
        command.args(["--exclude", "llm-os-qemu"]);
        self.many(&mut command)?;
        // the harness's own tests; what is in qemu/tests needs an image and is the next part.
        let mut command = cargo(self.repo);
        command.args([
            "test",
            "--release",
            "--target",
            TRIPLE,
            "--package",
            "llm-os-qemu",
            "--lib",
        ]);
        self.many(&mut command)
    }

    /// the same parts packed twice give the same bytes. one test.
    fn image(&mut self) -> Result<()> {
        let same = pipeline::is_reproducible(self.repo, self.cache, &mut self.progress)?;
        self.judge("the image is the same bytes when built again", same);
        Ok(())
    }

    fn boot(&mut self) -> Result<()> {
        let options = pipeline::Options::default();
        let image = pipeline::image(self.repo, self.cache, options, &mut self.progress)?;
        let mut command = self.boot_tests(&image);
        self.many(&mut command)
    }

    fn boot_tests(&self, image: &Image) -> Command {
        let verdict = accel::choose(self.cache, &image.kernel());
        let mut command = cargo(self.repo);
        command
            .args([
                "test",
                "--release",
                "--target",
                TRIPLE,
                "--package",
                "llm-os-qemu",
            ])
            .args([
                "--test",
                "*",
                "--no-fail-fast",
                "--",
                "--include-ignored",
                "--test-threads",
                MACHINES,
            ])
            .env("LLM_OS_IMAGE", &image.folder)
            .env("LLM_OS_ACCEL", verdict.accel.name());
        command
    }

    /// the runner judges the embedded model itself: it prints its table and ends with an error
    /// when the model is below its floor. one test.
    fn model(&mut self) -> Result<()> {
        let model = self.repo.join("image/model/weights");
        if !model.is_dir() {
            self.progress
                .say("there are no weights in image/model/weights");
            self.judge("the embedded model", false);
            return Ok(());
        }
        let runner = programs::build_one(
            self.repo,
            self.cache,
            &mut self.progress,
            "llm-modeld",
            "llm-modeld",
        )?;
        let table = self.repo.join("userland/capability/capabilities.json");
        let judge = || {
            let mut command = Command::new(&runner);
            command.arg("--embedded").arg(&model);
            command.arg("--table").arg(&table);
            command
        };
        for (set, limits) in EVALUATIONS {
            println!("\nthe embedded model on image/model/eval/{set}.jsonl:");
            let mut command = judge();
            let file = self.repo.join(format!("image/model/eval/{set}.jsonl"));
            command.arg("--eval").arg(file).args(limits);
            self.one(&format!("the embedded model, {set}"), &mut command)?;
        }
        println!();
        let mut command = judge();
        command.args(["--noise", NOISE]);
        self.one("random strings change nothing", &mut command)
    }

    /// the tests of `llm-remoted` that need a real server.
    fn endpoint(&mut self) -> Result<()> {
        let server = llama_server::build(self.cache, &mut self.progress)?;
        let mut command = cargo(self.repo);
        command
            .args([
                "test",
                "--release",
                "--target",
                TRIPLE,
                "--package",
                "llm-remoted",
            ])
            .args(["--test", "llama", "--", "--include-ignored"])
            // two servers at once would only wait for each other.
            .args(["--test-threads", "1"])
            .env("LLM_OS_LLAMA_SERVER", &server);
        self.many(&mut command)
    }

    /// a program that is one test: its exit status says how it went.
    fn one(&mut self, what: &str, command: &mut Command) -> Result<()> {
        let status = command.stdin(Stdio::null()).status().map_err(not_started)?;
        self.judge(what, status.success());
        Ok(())
    }

    fn judge(&mut self, what: &str, ok: bool) {
        println!("test {what} ... {}", if ok { "ok" } else { "FAILED" });
        self.count.passed += u64::from(ok);
        self.count.failed += u64::from(!ok);
    }

    /// a cargo test run: its output is passed on and its results are added up. a run that fails
    /// without counting a failure (it did not compile, a test binary was killed), or that ran nothing,
    /// counts one.
    fn many(&mut self, command: &mut Command) -> Result<()> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(not_started)?;
        let mut here = Count::default();
        if let Some(stdout) = child.stdout.take() {
            for line in BufReader::new(stdout)
                .split(b'\n')
                .map_while(std::result::Result::ok)
            {
                let line = String::from_utf8_lossy(&line);
                println!("{line}");
                let _ = std::io::stdout().flush();
                if let Some(count) = result_line(&line) {
                    here.passed += count.passed;
                    here.failed += count.failed;
                }
            }
        }
        let status = child.wait().map_err(not_started)?;
        if here.failed == 0 && (!status.success() || here.passed == 0) {
            here.failed = 1;
        }
        self.count.passed += here.passed;
        self.count.failed += here.failed;
        Ok(())
    }
}

fn installed(repo: &Path, component: &str) -> bool {
    let mut command = cargo(repo);
    command
        .args([component, "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn not_started(error: std::io::Error) -> Error {
    Error::failed(
        format!("cannot start a test: {error}"),
        "`cargo os doctor` may know why",
    )
}

/// the counts of a line like `test result: ok. 9 passed; 0 failed; 0 ignored; …`.
fn result_line(line: &str) -> Option<Count> {
    let rest = line.trim().strip_prefix("test result: ")?;
    let number = |what: &str| -> Option<u64> {
        let before = rest.split(what).next()?;
        before.trim_end().rsplit(' ').next()?.parse().ok()
    };
    Some(Count {
        passed: number("passed;")?,
        failed: number("failed;")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_read() {
        fn check(line: &str, expect: Option<(u64, u64)>) {
            let got = result_line(line).map(|count| (count.passed, count.failed));
            assert_eq!(got, expect, "{line}");
        }
        check(
            "test result: ok. 9 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.14s",
            Some((9, 0)),
        );
        check(
            "test result: FAILED. 8 passed; 12 failed; 1 ignored; 0 measured",
            Some((8, 12)),
        );
        check("test result of something else", None);
        check("test a::b ... ok", None);
    }

    #[test]
    fn an_unknown_part_is_usage() {
        let error = test(&["everything".into()], false).unwrap_err();
        assert_eq!(error.exit_code(), 2);
    }
}
