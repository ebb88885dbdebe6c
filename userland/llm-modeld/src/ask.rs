//! `--ask`: requests on stdin, one outcome a line; nothing is run.

use crate::memory::Memory;
use crate::model::{Ask, Model, Session, Source, Written};
use crate::remembered::Remembered;
use crate::world::{self, Line};
use llm_os_planner::told::Answer;
use llm_os_schema::CapabilityTable;
use std::io::{self, BufRead, Read, Write};
use std::path::Path;
use std::time::Instant;

/// bytes of one line: a world of `NAMES_MAX` long names fits.
const LINE_MAX_BYTES: u64 = 1024 * 1024;
/// bytes of a capability table; the golden copy has a few tens of thousands.
const TABLE_MAX_BYTES: u64 = 4 * 1024 * 1024;

/// answers every line; whether all of them got an outcome.
///
/// # Errors
/// one sentence when the model or the table cannot be used, or a pipe is closed.
pub fn run(source: &Source, table: &Path, json: bool) -> Result<bool, String> {
    let table = read_table(table)?;
    let model = Model::load(source, &mut Memory::open()).map_err(|error| error.to_string())?;
    let mut session = model.open().map_err(|error| error.to_string())?;
    let mut remembered = Remembered::of(source);
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
        let answer = answer(&mut session, &mut remembered, &table, &line);
        all &= answer.outcome != "error";
        let text = if json { answer.json() } else { answer.spoken() };
        let written = writeln!(out, "{text}").and_then(|()| out.flush());
        written.map_err(|why| format!("stdout cannot be written: {why}"))?;
    }
}

/// the capability table out of a file.
///
/// # Errors
/// one sentence when it cannot be read.
pub fn read_table(path: &Path) -> Result<CapabilityTable, String> {
    let name = path.display();
    let mut text = String::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(TABLE_MAX_BYTES).read_to_string(&mut text))
        .map_err(|why| format!("{name} cannot be read: {why}; name the table with --table"))?;
    serde_json::from_str(&text).map_err(|why| format!("{name} is no capability table: {why}"))
}

fn answer(
    session: &mut Session<'_>,
    remembered: &mut Remembered,
    table: &CapabilityTable,
    line: &str,
) -> Answer {
    let began = Instant::now();
    let written = world::read_line(line).map_err(|why| (line.trim().to_owned(), why));
    let written = written.and_then(|Line { request, world }| {
        let ask = Ask {
            request: &request,
            names: &world,
            table,
        };
        let key = remembered.key(ask);
        if let Some(known) = key.and_then(|key| remembered.get(key)) {
            return Ok((request, known.clone(), true));
        }
        match session.write(ask, &mut || false) {
            Ok(written) => {
                if let Some(key) = key {
                    remembered.keep(key, &written);
                }
                Ok((request, written, false))
            }
            Err(error) => Err((request, error.to_string())),
        }
    });
    let ms = began.elapsed().as_secs_f64() * 1000.0;
    match written {
        Ok((request, written, remembered)) => {
            let Written {
                outcome,
                tokens,
                confidence,
                ..
            } = written;
            let answer = Answer::of(table, request, outcome, tokens, ms, confidence);
            Answer {
                remembered,
                ..answer
            }
        }
        Err((request, why)) => Answer::error(request, why, ms),
    }
}
