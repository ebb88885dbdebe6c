//! `--ask`: requests on stdin, one outcome a line; nothing is run.

use crate::answer::{Ask, Written};
use crate::endpoint::Endpoint;
use crate::hosts::Hosts;
use crate::{client, serve};
use llm_os_planner::told::Answer;
use llm_os_planner::world::{self, Line};
use llm_os_schema::CapabilityTable;
use std::io::{self, BufRead, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// bytes of one line: a world of `NAMES_MAX` long names fits.
const LINE_MAX_BYTES: u64 = 1024 * 1024;
/// bytes of a capability table.
const TABLE_MAX_BYTES: u64 = 4 * 1024 * 1024;

/// answers every line; whether all of them got an outcome.
///
/// # Errors
/// one sentence when the table cannot be used, or a pipe is closed.
pub fn run(endpoint: Endpoint, table: &Path, json: bool) -> Result<bool, String> {
    let table = read_table(table)?;
    let hosts = Arc::new(Hosts::read());
    let mut lines = io::stdin().lock();
    let mut out = io::stdout().lock();
    let mut all = true;
    loop {
        let mut line = String::new();
        let count = (&mut lines)
            .take(LINE_MAX_BYTES)
            .read_line(&mut line)
            .map_err(|why| {
                format!("stdin cannot be read: {why}; give one request a line, as utf-8")
            })?;
        if count == 0 {
            return Ok(all);
        }
        if line.trim().is_empty() {
            continue;
        }
        let answer = answer(&endpoint, &hosts, &table, &line);
        all &= answer.outcome != "error";
        let text = if json { answer.json() } else { answer.spoken() };
        let written = writeln!(out, "{text}").and_then(|()| out.flush());
        written.map_err(|why| format!("stdout cannot be written: {why}"))?;
    }
}

fn read_table(path: &Path) -> Result<CapabilityTable, String> {
    let name = path.display();
    let mut text = String::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(TABLE_MAX_BYTES).read_to_string(&mut text))
        .map_err(|why| format!("{name} cannot be read: {why}; name the table with --table"))?;
    serde_json::from_str(&text).map_err(|why| format!("{name} is no capability table: {why}"))
}

fn answer(endpoint: &Endpoint, hosts: &Arc<Hosts>, table: &CapabilityTable, line: &str) -> Answer {
    let began = Instant::now();
    let written = world::read_line(line).map_err(|why| (line.trim().to_owned(), why));
    let written = written.and_then(|Line { request, world }| {
        let ask = Ask {
            request: &request,
            names: &world,
            table,
        };
        let agent = client::agent(endpoint, Arc::clone(hosts));
        let asked = serve::good(&request).and_then(|()| client::ask(&agent, endpoint, ask));
        match asked {
            Ok(written) => Ok((request, written)),
            Err(error) => Err((request, error.to_string())),
        }
    });
    let ms = began.elapsed().as_secs_f64() * 1000.0;
    match written {
        Ok((request, written)) => {
            let Written {
                outcome,
                tokens,
                confidence,
            } = written;
            Answer::of(table, request, outcome, tokens, ms, confidence)
        }
        Err((request, why)) => Answer::error(request, why, ms),
    }
}
