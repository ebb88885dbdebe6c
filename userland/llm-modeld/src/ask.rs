//! `--ask`: requests on stdin, one outcome a line; nothing is run.

use crate::memory::Memory;
use crate::model::{Ask, Model, Session, Source, Written};
use crate::remembered::Remembered;
use crate::world::{self, Line};
use llm_os_planner::told::{self, Answer};
use llm_os_schema::CapabilityTable;
use std::fs::File;
use std::io;
use std::path::Path;
use std::time::Instant;

/// answers every line; whether all of them got an outcome.
///
/// # Errors
/// one sentence when the model or the table cannot be used, or a pipe is closed.
pub fn run(source: &Source, table: &Path, json: bool) -> Result<bool, String> {
    let table = read_table(table)?;
    let model = Model::load(source, &mut Memory::open()).map_err(|error| error.to_string())?;
    let mut session = model.open().map_err(|error| error.to_string())?;
    let mut remembered = Remembered::of(source);
    told::answers(io::stdin().lock(), io::stdout().lock(), json, |line| {
        answer(&mut session, &mut remembered, &table, line)
    })
}

/// the capability table out of a file.
///
/// # Errors
/// one sentence when it cannot be read.
pub fn read_table(path: &Path) -> Result<CapabilityTable, String> {
    let name = path.display().to_string();
    let file = File::open(path)
        .map_err(|why| format!("{name} cannot be read: {why}; name the table with --table"))?;
    told::table(&name, file)
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
