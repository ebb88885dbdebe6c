//! who × action × risk: every cell has a verdict, and the table is checked in, so that a new action
//! or a looser default is seen in a review. see `matrix.txt`.

use llm_os_policy::{Ask, Rules, Verdict, Who, judge};
use llm_os_schema::{Action, Risk};
use std::fmt::Write;

const RISKS: [Risk; 4] = [Risk::Observe, Risk::Change, Risk::Destroy, Risk::Forbidden];

fn letter(verdict: &Verdict) -> char {
    match verdict {
        Verdict::Allow => 'a',
        Verdict::Confirm(Ask::Yes) => 'y',
        Verdict::Confirm(Ask::Typed) => 't',
        Verdict::Deny { .. } => '-',
    }
}

fn matrix() -> String {
    let mut text = String::from(
        "# verdicts by action and who, for the risks observe, change, destroy, forbidden.\n\
         # a: at once, y: after `y`, t: after typing, -: refused.\n",
    );
    write!(text, "{:<16}", "action").unwrap();
    for who in Who::ALL {
        write!(text, " {:<13}", who.word()).unwrap();
    }
    text.push('\n');
    let table = llm_os_capability::table();
    for spec in table.capabilities.iter().filter(|spec| spec.available) {
        write!(text, "{:<16}", spec.name).unwrap();
        for who in Who::ALL {
            let cell: String = RISKS
                .iter()
                .map(|&risk| {
                    let action = Action::new(spec.name.as_str());
                    letter(&judge(who, &action, risk, &Rules::default(), 0))
                })
                .collect();
            write!(text, " {cell:<13}").unwrap();
        }
        text.push('\n');
    }
    text.lines()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect()
}

#[test]
fn every_action_has_its_row() {
    let got = matrix();
    assert!(
        got == include_str!("matrix.txt"),
        "tests/matrix.txt should be:\n{got}"
    );
}
