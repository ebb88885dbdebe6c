//! `cargo os ask`: the planner on this computer. no machine is started and nothing is executed.
//!
//! the model runner reads one JSON object a line (`request`, and `world` where one is given) and
//! prints one a line; here it is built, started with the right paths, and its answers are printed.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use llm_os_schema::Names;
use serde_json::{Value, json};

use crate::args::Ask;
use crate::cache::Cache;
use crate::error::{Doing, Error, Result};
use crate::setup::{self, For};
use crate::step::Progress;
use crate::{programs, repo};

/// asks for plans and prints them.
///
/// # Errors
/// when the runner cannot be built, or ends before it answered everything.
pub fn ask(options: &Ask) -> Result<()> {
    let requests = requests(options)?;
    let world = options.world.as_deref().map(world).transpose()?;
    let (repo, cache) = (repo::top()?, Cache::open()?);
    // with --json stdout is for JSON alone; progress is on stderr either way.
    let mut progress = Progress::new(false);
    let name = match options.endpoint {
        Some(_) => "llm-remoted",
        None => {
            setup::ensure(For::Model, &mut progress)?;
            "llm-modeld"
        }
    };
    let runner = programs::build_one(&repo, &cache, &mut progress, name, name)?;
    let mut child = start(&runner, &repo, options)?;
    let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(Error::failed("the model runner has no pipes", ""));
    };
    // written by a thread: a full pipe in one direction must not stop the other.
    let lines: Vec<String> = requests
        .iter()
        .map(|text| match &world {
            Some(world) => format!("{}\n", json!({"request": text, "world": world})),
            None => format!("{}\n", json!({"request": text})),
        })
        .collect();
    let writer = std::thread::spawn(move || {
        for line in lines {
            if stdin.write_all(line.as_bytes()).is_err() {
                return;
            }
        }
    });
    let mut answered = 0;
    for line in BufReader::new(stdout).lines() {
        let line = line.doing("read from", &runner)?;
        answered += 1;
        if options.json {
            println!("{line}");
        } else {
            print!("{}", readable(&line));
        }
    }
    let _ = writer.join();
    let status = child.wait().doing("wait for", &runner)?;
    if status.success() && answered == requests.len() {
        return Ok(());
    }
    let why = format!(
        "the model runner answered {answered} of {} and ended ({status})",
        requests.len()
    );
    Err(Error::failed(why, "what it said is above"))
}

fn requests(options: &Ask) -> Result<Vec<String>> {
    let Some(path) = &options.batch else {
        return Ok(options.text.iter().cloned().collect());
    };
    let text = fs::read_to_string(path).doing("read", path)?;
    Ok(text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect())
}

/// the names that exist, from a file.
fn world(path: &Path) -> Result<Names> {
    let text = fs::read_to_string(path).doing("read", path)?;
    serde_json::from_str(&text).map_err(|error| {
        let why = format!("{} is no world: {error}", path.display());
        Error::failed(
            why,
            "a world is a JSON object of lists of names: units, files, dirs, processes, devices, \
             interfaces, tools, agents",
        )
    })
}

fn start(runner: &Path, repo: &Path, options: &Ask) -> Result<Child> {
    let mut command = Command::new(runner);
    command.args(["--ask", "--json"]);
    command
        .arg("--table")
        .arg(repo.join("userland/capability/capabilities.json"));
    match (&options.endpoint, &options.model) {
        (Some((url, name)), _) => {
            command.args(["--url", url, "--model", name]);
            if let Some(key) = &options.endpoint_key {
                command.arg("--key").arg(key);
            }
        }
        (None, Some(file)) => {
            command.arg("--model").arg(file);
        }
        (None, None) => {
            command
                .arg("--embedded")
                .arg(repo.join("image/model/weights"));
        }
    }
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| Error::failed(format!("cannot start {}: {error}", runner.display()), ""))
}

/// an answer for a person; a line that is no answer is shown as it is.
fn readable(line: &str) -> String {
    let Ok(answer) = serde_json::from_str::<Value>(line) else {
        return format!("{line}\n");
    };
    let text = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
    let mut out = format!("{}\n", text("request"));
    out.push_str(&format!("  {}", text("outcome")));
    if !text("risk").is_empty() && text("outcome") == "plan" {
        out.push_str(&format!(" ({})", text("risk")));
    }
    if let Some(confidence) = answer["confidence"].as_f64() {
        out.push_str(&format!(", confidence {confidence:.2}"));
    }
    if let Some(ms) = answer["ms"].as_f64() {
        out.push_str(&format!(", {ms:.0} ms"));
    }
    out.push('\n');
    for action in answer["actions"].as_array().into_iter().flatten() {
        out.push_str(&format!("  - {action}\n"));
    }
    if !text("text").is_empty() {
        out.push_str(&format!("  {}\n", text("text")));
    }
    if answer["available"] == false {
        out.push_str("  (understood, but this machine cannot do it yet)\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_readable() {
        fn check(line: &str, expect: &str) {
            assert_eq!(readable(line), expect, "{line}");
        }
        check(
            r#"{"request":"how full","outcome":"plan","actions":[{"type":"system_info"}],"text":"","risk":"observe","ms":3.7,"confidence":0.971,"available":true}"#,
            "how full\n  plan (observe), confidence 0.97, 4 ms\n  - {\"type\":\"system_info\"}\n",
        );
        check(
            r#"{"request":"delete it","outcome":"ask","actions":[],"text":"which file?"}"#,
            "delete it\n  ask\n  which file?\n",
        );
        check("no json", "no json\n");
    }
}
