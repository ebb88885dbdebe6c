//! requests that become plans: proposed, undo, redo, replay.

use crate::executor::Executor;
use llm_os_schema::limits::{ACTIONS_MAX, REQUEST_MAX_BYTES};
use llm_os_schema::{Action, Checked, Plan, Proposed};
use llm_os_wire::executor::{Request, Which};

/// anyone's word, and what goes with it.
pub struct Proposal<State> {
    pub plan: Plan<State>,
    /// absolute.
    pub cwd: String,
    /// the words of the request; no effect, not hashed.
    pub reason: String,
    pub dry_run: bool,
}

/// whether a request is for a plan.
pub fn is_plan(request: &Request) -> bool {
    matches!(
        request,
        Request::Propose { .. } | Request::Undo { .. } | Request::Redo | Request::Replay { .. }
    )
}

/// the plan that a request is for.
///
/// # Errors
/// a sentence for a person when there is none.
pub fn propose(executor: &Executor, request: Request) -> Result<Proposal<Proposed>, String> {
    let home = executor.operator.home.clone();
    let proposal = |actions: Vec<Action>, cwd: String, reason: String, dry_run: bool| Proposal {
        plan: Plan::proposed(actions),
        cwd,
        reason,
        dry_run,
    };
    match request {
        Request::Propose {
            plan,
            cwd,
            reason,
            dry_run,
        } => {
            if !cwd.starts_with('/') {
                return Err("the working directory has to be absolute".to_owned());
            }
            if reason.len() > REQUEST_MAX_BYTES {
                return Err(format!(
                    "the request is over {REQUEST_MAX_BYTES} bytes: shorten it"
                ));
            }
            Ok(proposal(plan, cwd, reason, dry_run))
        }
        Request::Undo { which, dry_run } => {
            let (ids, reason) = to_undo(executor, which)?;
            Ok(proposal(
                ids.into_iter().map(undo).collect(),
                home,
                reason,
                dry_run,
            ))
        }
        Request::Redo => {
            let id = executor.with_journal(|journal| journal.book().to_redo())?;
            let id = id.ok_or("there is nothing to redo: nothing was undone")?;
            Ok(proposal(vec![undo(id)], home, "redo".to_owned(), false))
        }
        Request::Replay { id } => {
            let plan = executor.with_journal(|journal| {
                journal
                    .book()
                    .get(id)
                    .map(|entry| entry.intent.plan.clone())
            })?;
            let plan = plan.ok_or_else(|| no_entry(id))?;
            Ok(proposal(plan, home, format!("replay #{id}"), true))
        }
        _ => Err("this is no plan".to_owned()),
    }
}

/// brings a proposed plan into canonical form with absolute paths.
///
/// # Errors
/// the first thing that is wrong with it, for a person.
pub fn check(
    executor: &Executor,
    proposal: Proposal<Proposed>,
) -> Result<Proposal<Checked>, String> {
    let Proposal {
        plan,
        cwd,
        reason,
        dry_run,
    } = proposal;
    let plan = plan
        .check(&executor.table, &cwd, &executor.operator.home)
        .map_err(|error| error.to_string())?;
    Ok(Proposal {
        plan,
        cwd,
        reason,
        dry_run,
    })
}

/// what there is to say about a number that is in no journal.
pub fn no_entry(id: u64) -> String {
    format!("there is no entry #{id}: `history` lists them")
}

fn undo(id: u64) -> Action {
    Action::new("undo").with("id", id)
}

fn to_undo(executor: &Executor, which: Which) -> Result<(Vec<u64>, String), String> {
    match which {
        Which::Id(id) => Ok((vec![id], format!("undo #{id}"))),
        Which::Last(count) => {
            let most = usize::try_from(count).unwrap_or(usize::MAX);
            if !(1..=ACTIONS_MAX).contains(&most) {
                return Err(format!("undo takes a number from 1 to {ACTIONS_MAX}"));
            }
            let ids = executor.with_journal(|journal| journal.book().to_undo(most))?;
            if ids.is_empty() {
                return Err("there is nothing to undo".to_owned());
            }
            let reason = if count == 1 {
                "undo".to_owned()
            } else {
                format!("undo {count}")
            };
            Ok((ids, reason))
        }
    }
}
