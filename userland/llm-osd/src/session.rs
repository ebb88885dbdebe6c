//! what is asked besides plans, and the loop of one connection.

use crate::client::{Client, Gone};
use crate::executor::Executor;
use crate::propose::{is_plan, no_entry};
use crate::{names, past, pipeline};
use llm_os_wire::executor::{PROTOCOL, Reply, Request};

/// serves a connection to its end.
///
/// # Errors
/// `Gone` is how every connection ends.
pub fn serve(executor: &Executor, client: &mut Client) -> Result<(), Gone> {
    hello(executor, client)?;
    let mut instead = None;
    loop {
        let request = match instead.take() {
            Some(request) => request,
            None => client.receive()?,
        };
        if is_plan(&request) {
            instead = pipeline::serve(executor, client, request)?;
        } else {
            answer(executor, client, request)?;
        }
    }
}

fn hello(executor: &Executor, client: &mut Client) -> Result<(), Gone> {
    match client.receive()? {
        Request::Hello { protocol: PROTOCOL } => {}
        Request::Hello { protocol } => {
            client.error(format!(
                "version {protocol} of the protocol is not spoken, {PROTOCOL} is"
            ))?;
            return Err(Gone);
        }
        _ => {
            client.error("the first message has to be `hello`")?;
            return Err(Gone);
        }
    }
    let who = client.asker.who;
    if !who.may_ask() {
        client.error(format!(
            "only the operator may talk to the executor, and this is `{who}`"
        ))?;
        return Err(Gone);
    }
    client.send(&Reply::Welcome {
        protocol: PROTOCOL,
        build: executor.build.clone(),
        who: who.word().to_owned(),
        home: executor.operator.home.clone(),
        table: executor.table.clone(),
    })
}

/// answers what is not about plans with exactly one message.
///
/// # Errors
/// `Gone` when the connection ended.
pub fn answer(executor: &Executor, client: &mut Client, request: Request) -> Result<(), Gone> {
    let answer = match request {
        Request::Ping => Ok(Reply::Pong),
        Request::Names { cwd } => names::names(executor, &cwd).map(Reply::Names),
        Request::History { limit } => past::history(executor, limit).map(Reply::History),
        Request::Show { id } => past::show(executor, id)
            .and_then(|entry| entry.map(Reply::Entry).ok_or_else(|| no_entry(id))),
        Request::AuditVerify => executor.with_journal(|journal| {
            let audit = journal.verify();
            Reply::Audit {
                intact: audit.intact,
                records: audit.records,
                message: audit.message,
            }
        }),
        Request::Hello { .. } => Err("`hello` was said already".to_owned()),
        Request::Confirm { .. } | Request::Decline { .. } => Err(
            "that confirmation is not waited for (any more), so nothing was done: ask again"
                .to_owned(),
        ),
        // neither comes here: the one is taken by the reader, the others by the pipeline.
        Request::Cancel
        | Request::Propose { .. }
        | Request::Undo { .. }
        | Request::Redo
        | Request::Replay { .. } => Err("not now".to_owned()),
    };
    match answer {
        Ok(reply) => client.send(&reply),
        Err(message) => client.error(message),
    }
}
