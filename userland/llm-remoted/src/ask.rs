//! `--ask`: requests on stdin, one outcome a line; nothing is run.

use crate::answer::{Ask, Written};
use crate::endpoint::Endpoint;
use crate::hosts::Hosts;
use crate::{client, serve};
use llm_os_planner::told::{self, Answer};
use llm_os_planner::world::{self, Line};
use llm_os_schema::CapabilityTable;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// answers every line; whether all of them got an outcome.
///
/// # Errors
/// one sentence when the table cannot be used, or a pipe is closed.
pub fn run(endpoint: Endpoint, table: &Path, json: bool) -> Result<bool, String> {
    let table = read_table(table)?;
    let hosts = Arc::new(Hosts::read());
    told::answers(io::stdin().lock(), io::stdout().lock(), json, |line| {
        answer(&endpoint, &hosts, &table, line)
    })
}

fn read_table(path: &Path) -> Result<CapabilityTable, String> {
    let name = path.display().to_string();
    let file = File::open(path)
        .map_err(|why| format!("{name} cannot be read: {why}; name the table with --table"))?;
    told::table(&name, file)
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
