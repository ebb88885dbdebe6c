//! the one pipeline: propose, check, confirm, journal, jail, run, journal, result.

use crate::client::{Client, Gone};
use crate::confirm::{Answer, Token, VALID_MS, answer};
use crate::entry::Entry;
use crate::executor::Executor;
use crate::judge::{Judged, Takes, still_covered};
use crate::next::next;
use crate::propose::{Proposal, check, propose};
use llm_os_capability::Assessment;
use llm_os_policy::Verdict as Policy;
use llm_os_schema::before::Fingerprint;
use llm_os_schema::result::{PlanResult, Status, StepResult, Verdict};
use llm_os_schema::{Action, Checked, Confirmed};
use llm_os_wire::executor::{Reply, Request};
use llm_os_wire::worker::{Event, Job};

/// bytes of output of one step that are shown; what is over is dropped and said to be.
const OUTPUT_MAX_BYTES: u64 = 4 * 1024 * 1024;
/// how long a step may run that does not say so itself.
const STEP_MAX_MS: u64 = 60_000;
/// what the worker gets beyond an action's own time limit, to end what it started.
const GRACE_MS: u64 = 2_000;

/// everything that anyone wants done comes through here. gives back a request for another plan that
/// came instead of an answer.
///
/// # Errors
/// `Gone` when the connection ended.
pub fn serve(
    executor: &Executor,
    client: &mut Client,
    request: Request,
) -> Result<Option<Request>, Gone> {
    let proposed = match propose(executor, request) {
        Ok(proposed) => proposed,
        Err(message) => return client.error(message).map(|()| None),
    };
    let checked = match check(executor, proposed) {
        Ok(checked) => checked,
        Err(message) => return client.error(message).map(|()| None),
    };
    let (confirmed, judged) = match confirm(executor, client, checked)? {
        Confirmation::Given(confirmed, judged) => (confirmed, judged),
        Confirmation::NotGiven(instead) => return Ok(instead),
    };
    let mut entry = Entry::new(executor, client.asker, &confirmed, &judged);
    let mut results = Vec::new();
    let mut left: Vec<Fingerprint> = Vec::new();
    for (step, action) in confirmed.plan.actions().iter().enumerate() {
        let number = step as u32;
        let result = match look_again(executor, client, &judged, step, action, &left) {
            Err(message) => failed(message),
            Ok(_) if client.is_cancelled() => cancelled("cancelled before it began"),
            Ok(fresh) => match entry.begin(number, &fresh.captures) {
                Err(message) => failed(message),
                Ok(()) => {
                    let job = job(executor, &confirmed, action, &fresh);
                    let result = run_in_jail(executor, client, number, &job);
                    let after = entry.end(number, action, &result, &fresh.captures);
                    left.retain(|old| !after.iter().any(|new| new.place() == old.place()));
                    left.extend(after);
                    result
                }
            },
        };
        let _ = client.send(&Reply::StepDone {
            step: number,
            result: result.clone(),
        });
        let went_well = result.status == Status::Done;
        results.push(result);
        if !went_well {
            break;
        }
    }
    let done = conclude(executor, entry, &confirmed, results);
    client.send(&Reply::Done(done)).map(|()| None)
}

enum Confirmation {
    Given(Proposal<Confirmed>, Judged),
    /// with the request that came instead, if one did.
    NotGiven(Option<Request>),
}

/// shows the plan until what was confirmed is what is there.
fn confirm(
    executor: &Executor,
    client: &mut Client,
    checked: Proposal<Checked>,
) -> Result<Confirmation, Gone> {
    let judge = |client: &Client| Judged::of(executor, client.asker.who, checked.plan.actions());
    let mut judged = match judge(client) {
        Ok(judged) => judged,
        Err(message) => return client.error(message).map(|()| Confirmation::NotGiven(None)),
    };
    loop {
        let (verdict, waits_for) = match judged.takes() {
            Takes::Refused { reason } => (Verdict::Refused { reason }, None),
            _ if checked.dry_run => (Verdict::Shown, None),
            Takes::Nothing => (Verdict::Runs, None),
            Takes::Answer(challenge) => match Token::new(executor.clock.boot_ms()) {
                Err(message) => {
                    return client.error(message).map(|()| Confirmation::NotGiven(None));
                }
                Ok(token) => {
                    let text = token.text().to_owned();
                    let shown = challenge.clone();
                    let verdict = Verdict::Confirm {
                        token: text,
                        challenge: shown,
                        valid_ms: VALID_MS,
                    };
                    (verdict, Some((token, challenge)))
                }
            },
        };
        let runs = verdict == Verdict::Runs;
        client.send(&Reply::Proposal {
            steps: judged.views(),
            risk: judged.risk(),
            hash: checked.plan.hash().as_str().to_owned(),
            verdict,
        })?;
        let Some((token, challenge)) = waits_for else {
            return Ok(match runs {
                true => Confirmation::Given(checked.confirmed(), judged),
                false => Confirmation::NotGiven(None),
            });
        };
        match answer(executor, client, token, &challenge)? {
            Answer::Overtaken(request) => return Ok(Confirmation::NotGiven(Some(request))),
            Answer::No(message) => {
                return client.error(message).map(|()| Confirmation::NotGiven(None));
            }
            Answer::Declined => {
                let steps = vec![not_run(); checked.plan.actions().len()];
                client.send(&Reply::Done(PlanResult {
                    id: None,
                    status: Status::NotRun,
                    steps,
                    undoable: false,
                    next: Vec::new(),
                }))?;
                return Ok(Confirmation::NotGiven(None));
            }
            Answer::Confirmed => match judge(client) {
                Ok(now) if now == judged => {
                    return Ok(Confirmation::Given(checked.confirmed(), judged));
                }
                // something changed since it was shown: it is shown as it is now.
                Ok(now) => judged = now,
                Err(message) => {
                    let message = format!("nothing was done, because things changed: {message}");
                    return client.error(message).map(|()| Confirmation::NotGiven(None));
                }
            },
        }
    }
}

/// looks at the machine once more, right before the step; errors are why it must not run.
fn look_again(
    executor: &Executor,
    client: &Client,
    judged: &Judged,
    step: usize,
    action: &Action,
    left: &[Fingerprint],
) -> Result<Assessment, String> {
    let fresh = executor.look(&[], |look| executor.machine.assess(action, look))?;
    still_covered(judged, step, &fresh, left)?;
    match crate::judge::judge_step(executor, client.asker.who, action, &fresh) {
        Policy::Deny { reason } => Err(reason),
        Policy::Allow | Policy::Confirm(_) => Ok(fresh),
    }
}

fn job(
    executor: &Executor,
    confirmed: &Proposal<Confirmed>,
    action: &Action,
    fresh: &Assessment,
) -> Job {
    let own_limit = action
        .args
        .get("timeout_sec")
        .and_then(serde_json::Value::as_u64);
    let undoes = (action.kind == "undo")
        .then(|| action.args.get("id").and_then(serde_json::Value::as_u64))
        .flatten();
    let restore = undoes.and_then(|id| {
        executor
            .with_journal(|journal| Some(journal.book().get(id)?.befores()))
            .ok()
            .flatten()
    });
    Job {
        action: action.clone(),
        uid: executor.operator.uid,
        gid: executor.operator.gid,
        cwd: confirmed.cwd.clone(),
        output_max_bytes: OUTPUT_MAX_BYTES,
        timeout_ms: own_limit.map_or(STEP_MAX_MS, |seconds| {
            seconds.saturating_mul(1000).saturating_add(GRACE_MS)
        }),
        expect: fresh.preconditions.clone(),
        restore: restore.unwrap_or_default(),
        // where they are is the machine's business.
        blobs: String::new(),
    }
}

/// runs one job and passes on what it says. a client that is gone ends it.
fn run_in_jail(executor: &Executor, client: &mut Client, step: u32, job: &Job) -> StepResult {
    let mut worker = match executor.machine.start(job) {
        Ok(worker) => worker,
        Err(message) => return failed(message),
    };
    client.on_cancel(worker.killer());
    let mut result = None;
    while let Some(event) = worker.next() {
        match event {
            Event::Output { stream, text } => {
                if client.send(&Reply::Output { step, stream, text }).is_err() {
                    worker.killer()();
                }
            }
            Event::Done(done) => result = Some(done),
        }
    }
    // what is left of it is gone before anyone looks at what it left.
    let end = worker.finish();
    client.run_is_over();
    match result {
        // it ended by itself before the kill came.
        Some(result) if result.status == Status::Done || !client.is_cancelled() => result,
        _ if client.is_cancelled() => {
            cancelled("cancelled while it ran; what it had done until then stays")
        }
        _ if end.timed_out => {
            let seconds = job.timeout_ms / 1000;
            failed(format!(
                "stopped after {seconds} seconds, which is its limit"
            ))
        }
        _ => failed(format!("its worker ended without a word ({})", end.how)),
    }
}

/// journals the outcome and says how the plan ended.
fn conclude(
    executor: &Executor,
    entry: Entry,
    confirmed: &Proposal<Confirmed>,
    mut steps: Vec<StepResult>,
) -> PlanResult {
    let actions = confirmed.plan.actions();
    let status = steps.last().map_or(Status::NotRun, |last| last.status);
    let failed_action = steps
        .len()
        .checked_sub(1)
        .and_then(|last| actions.get(last));
    let next = match status {
        Status::Failed => failed_action
            .map(|action| next(&executor.table, action))
            .unwrap_or_default(),
        _ => Vec::new(),
    };
    let (id, undoable) = (entry.id(), entry.undoable());
    if let Err(message) = entry.conclude(status)
        && let Some(last) = steps.last_mut()
    {
        last.summary = format!("{}; {message}", last.summary);
    }
    steps.resize(actions.len(), not_run());
    PlanResult {
        id,
        status,
        steps,
        undoable,
        next,
    }
}

fn failed(summary: String) -> StepResult {
    ended(Status::Failed, summary)
}

fn cancelled(summary: &str) -> StepResult {
    ended(Status::Cancelled, summary.to_owned())
}

fn not_run() -> StepResult {
    ended(Status::NotRun, "not run".to_owned())
}

/// a result in the executor's own words.
fn ended(status: Status, summary: String) -> StepResult {
    StepResult {
        status,
        summary,
        origin: "executor".to_owned(),
        cut: false,
        exit_code: None,
        names: Vec::new(),
    }
}

impl Proposal<Checked> {
    /// the one place where a plan becomes a confirmed one.
    fn confirmed(self) -> Proposal<Confirmed> {
        let Proposal {
            plan,
            cwd,
            reason,
            dry_run,
        } = self;
        Proposal {
            plan: plan.confirmed(),
            cwd,
            reason,
            dry_run,
        }
    }
}
