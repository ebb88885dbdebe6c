//! keeps the evaluation set out of the corpus: no request that is, but for a word or a name, one of
//! the evaluation requests.

use std::collections::HashSet;

/// the evaluation requests, as words.
pub struct Forbidden(Vec<Vec<String>>);

impl Forbidden {
    /// those that must not be made.
    pub fn new<'a>(requests: impl IntoIterator<Item = &'a str>) -> Self {
        Forbidden(requests.into_iter().map(words).collect())
    }

    /// whether `request` is one of them, or a request of more than three words is one with at most a
    /// tenth of its words changed.
    pub fn near(&self, request: &str) -> bool {
        let made = words(request);
        self.0.iter().any(|one| {
            if made == *one {
                return true;
            }
            if made.len() < 4 || made.len().abs_diff(one.len()) > 2 {
                return false;
            }
            let (a, b): (HashSet<&String>, HashSet<&String>) =
                (made.iter().collect(), one.iter().collect());
            let (shared, all) = (a.intersection(&b).count(), a.union(&b).count());
            10 * shared > 8 * all
        })
    }
}

fn words(request: &str) -> Vec<String> {
    let lower = request.to_lowercase();
    lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_copies_are_found() {
        let forbidden = Forbidden::new([
            "Create a file named hello.txt with content 'world'",
            "reboot",
        ]);
        let check =
            |request: &str, expect: bool| assert_eq!(forbidden.near(request), expect, "{request}");
        check(
            "create a file named hello.txt with content \"world\"!",
            true,
        );
        check(
            "please create a file named hello.txt with content world",
            true,
        );
        check(
            "create a file named notes.md with content 'buy milk'",
            false,
        );
        check("Reboot.", true);
        check("reboot now", false);
    }
}
