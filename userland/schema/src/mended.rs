//! names that a plan has and a request has not quite: what was mistyped is said to be mended.

use crate::{Action, Names};
use serde_json::Value;
use strsim::damerau_levenshtein;

/// slips that a mended name may have.
const SLIPS_MAX: usize = 2;
/// letters below which nothing counts as mistyped.
const LETTERS_MIN: usize = 4;

/// what was typed, and the name that the plan has in its place; each name once.
pub fn mended(request: &str, names: &Names, plan: &[Action]) -> Vec<(String, String)> {
    let lists = [
        &names.units,
        &names.files,
        &names.dirs,
        &names.processes,
        &names.devices,
        &names.interfaces,
        &names.tools,
        &names.agents,
    ];
    let exists = |text: &str| {
        lists
            .iter()
            .any(|list| list.iter().any(|name| name == text))
    };
    let lower = request.to_lowercase();
    let mut found: Vec<(String, String)> = Vec::new();
    let values = plan.iter().flat_map(|action| action.args.values());
    for name in values.filter_map(Value::as_str).filter(|text| exists(text)) {
        let said = name.to_lowercase();
        let mut words = lower.split(|c: char| c.is_whitespace() || ",;\"'`“”?!()".contains(c));
        let there = match said.contains(' ') {
            true => lower.contains(&said),
            false => words.any(|word| word.trim_end_matches(['.', ':']) == said),
        };
        if there || found.iter().any(|(_, meant)| meant == name) {
            continue;
        }
        if let Some(typed) = nearly(request, name) {
            found.push((typed.to_owned(), name.to_owned()));
        }
    }
    found
}

/// the word of the request that is nearly this name.
fn nearly<'a>(request: &'a str, name: &str) -> Option<&'a str> {
    let name = name.to_lowercase();
    request
        .split(|c: char| c.is_whitespace() || ",;\"'`“”".contains(c))
        .map(|word| word.trim_matches(|c: char| ".:!?()".contains(c)))
        .filter(|word| word.chars().count() >= LETTERS_MIN && name.chars().count() >= LETTERS_MIN)
        .map(|word| (damerau_levenshtein(&word.to_lowercase(), &name), word))
        .filter(|(slips, _)| (1..=SLIPS_MAX).contains(slips))
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_mistyped_is_told() {
        let names = Names {
            files: vec![
                "recipes.txt".into(),
                "b.md".into(),
                "shopping-list.txt".into(),
            ],
            units: vec!["nginx".into()],
            ..Names::default()
        };
        let check = |request: &str, path: &str, expect: &[(&str, &str)]| {
            let plan = [Action::new("read_file").with("path", path)];
            let expect: Vec<(String, String)> = expect
                .iter()
                .map(|(typed, meant)| ((*typed).to_owned(), (*meant).to_owned()))
                .collect();
            assert_eq!(mended(request, &names, &plan), expect, "{request}");
        };
        check(
            "show recipies.txt, please",
            "recipes.txt",
            &[("recipies.txt", "recipes.txt")],
        );
        check("show RECIPES.TXT", "recipes.txt", &[]);
        check("show my shopping list", "shopping-list.txt", &[]);
        check("show a.md", "b.md", &[("a.md", "b.md")]);
        check("restart ngnix", "nginx", &[("ngnix", "nginx")]);
        check("show other.txt", "other.txt", &[]);
    }
}
