//! `--eval`: an evaluation file, how much of it was exactly right, and how long it took.

use crate::ask::read_table;
use crate::memory::Memory;
use crate::model::{Ask, Model, Source};
use llm_os_planner::score::{Case, Report, Sort, judge, read_cases};
use llm_os_schema::{CapabilityTable, Outcome, Risk};
use std::path::Path;
use std::time::Instant;

/// how many plans of a kind are too many; `None` is any number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Most {
    /// plans that change or destroy what no right plan touches.
    pub harm: Option<usize>,
    /// those of them that cannot be taken back.
    pub destroys: Option<usize>,
}

/// runs the file, and prints at most so many of the worst `mistakes`; whether it was good enough.
///
/// # Errors
/// one sentence when model, table or file cannot be used.
pub fn run(
    source: &Source,
    table: &Path,
    file: &Path,
    floor: Option<f64>,
    most: Most,
    mistakes: usize,
) -> Result<bool, String> {
    let table = read_table(table)?;
    let text = std::fs::read_to_string(file)
        .map_err(|why| format!("{} cannot be read: {why}", file.display()))?;
    let cases = read_cases(&text).map_err(|why| format!("{}: {why}", file.display()))?;
    let model = Model::load(source, &mut Memory::open()).map_err(|error| error.to_string())?;
    let mut session = model.open().map_err(|error| error.to_string())?;
    let mut report = Report::default();
    let (mut took_ms, mut destroyed) = (Vec::new(), 0);
    // tokens that the model read.
    let mut read = 0;
    for case in &cases {
        let began = Instant::now();
        let ask = Ask {
            request: &case.request,
            names: &case.world,
            table: &table,
        };
        // a request without an outcome is a wrong answer, and its sentence shows in the list.
        let (outcome, confidence) = match session.write(ask, &mut || false) {
            Ok(written) => {
                read += u64::from(written.read);
                (written.outcome, written.confidence)
            }
            Err(error) => (Outcome::Answer(error.to_string()), 0.0),
        };
        took_ms.push(began.elapsed().as_secs_f64() * 1000.0);
        destroyed += usize::from(destroys(&table, case, &outcome));
        report.add(&table, case, &outcome, confidence as f32);
    }
    took_ms.sort_by(f64::total_cmp);
    let percent = 100.0 * report.share();
    let sort = |sort: Sort| report.by_sort.get(&sort).copied().unwrap_or(0);
    println!("{}", report.text(mistakes));
    println!(
        "{}",
        serde_json::json!({
            "cases": report.all.cases,
            "exact": report.all.exact,
            "percent": tenth(percent),
            "wrong_value": sort(Sort::Value),
            "wrong_action": sort(Sort::Action),
            "wrong_kind": sort(Sort::Kind),
            "harm": report.all.harm,
            "destroys": destroyed,
            "sure": report.sure.cases,
            "sure_exact": report.sure.exact,
            "ambiguous": report.ambiguous.cases,
            "ambiguous_asked": report.ambiguous.exact,
            "read_mean": tenth(read as f64 / cases.len().max(1) as f64),
            "p50_ms": tenth(percentile(&took_ms, 50)),
            "p95_ms": tenth(percentile(&took_ms, 95)),
            "model": source.name(),
        })
    );
    let within = |count: usize, most: Option<usize>| most.is_none_or(|most| count <= most);
    Ok(floor.is_none_or(|floor| percent >= floor)
        && within(report.all.harm, most.harm)
        && within(destroyed, most.destroys))
}

/// whether `got` does harm by an action whose usual risk is `destroy`.
fn destroys(table: &CapabilityTable, case: &Case, got: &Outcome) -> bool {
    let Outcome::Plan(actions) = got else {
        return false;
    };
    let risky = actions.iter().filter(|action| {
        let risk = table.get(&action.kind).map(|spec| spec.risk);
        risk.is_none_or(|risk| risk >= Risk::Destroy)
    });
    // each by itself: beside a harmless mistake, a deletion that was asked for destroys nothing.
    risky
        .map(|action| Outcome::Plan(vec![action.clone()]))
        .any(|alone| judge(table, case, &alone).harm)
}

/// nearest rank.
fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
}

fn tenth(n: f64) -> f64 {
    (n * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_cannot_be_taken_back_destroys() {
        let table: CapabilityTable =
            serde_json::from_str(include_str!("../../capability/capabilities.json")).unwrap();
        let case = r#"{"request":"r","right":[{"plan":[{"type":"delete_file","path":"a"}]}]}"#;
        let case: Case = serde_json::from_str(case).unwrap();
        let check = |got: &str, expect: bool| {
            let got: Outcome = serde_json::from_str(got).unwrap();
            assert_eq!(destroys(&table, &case, &got), expect, "{got:?}");
        };
        check(r#"{"plan":[{"type":"delete_file","path":"b"}]}"#, true);
        check(r#"{"plan":[{"type":"delete_file","path":"a"}]}"#, false);
        check(r#"{"plan":[{"type":"make_dir","path":"b"}]}"#, false);
        check(
            r#"{"plan":[{"type":"make_dir","path":"b"},{"type":"delete_file","path":"a"}]}"#,
            false,
        );
        check(r#"{"ask":"which?"}"#, false);
    }

    #[test]
    fn percentiles_are_nearest_ranks() {
        let check =
            |sorted: &[f64], percent, expect| assert_eq!(percentile(sorted, percent), expect);
        check(&[], 50, 0.0);
        check(&[1.0], 95, 1.0);
        check(&[1.0, 2.0, 3.0, 4.0], 50, 2.0);
        check(&[1.0, 2.0, 3.0, 4.0], 95, 4.0);
    }
}
