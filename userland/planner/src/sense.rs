//! whether a request is made of words at all.
//!
//! a model finds some plan in any noise, and now and then it is sure of it. a plan that changes
//! something needs words that say so: of the letters that are no part of its values, at least half
//! have to be in words that are known.

use crate::automaton::Step;
use crate::input::Input;
use crate::pieces::Vocabulary;
use crate::{context, form, spelling};
use std::collections::HashSet;
use std::ops::Range;

/// the least share of letters in known words.
const KNOWN_LEAST: f32 = 0.5;
/// letters of known words that there have to be: two are too easily met by chance.
const LETTERS_LEAST: usize = 3;
/// short words that people use; others are too likely to be met by chance.
#[rustfmt::skip]
const SHORT: &[&str] = &[
    "to", "in", "on", "of", "my", "me", "it", "is", "up", "go", "do", "at", "by", "no", "so", "we",
    "be", "an", "as", "or", "if", "us", "ls", "rm", "cp", "mv", "ps", "df", "tz", "ip", "ok", "pls", "apt",
    "id", "cd", "am", "im", "ya", "yo", "hi", "vi", "ln", "dd", "ss", "wc", "du",
];

/// whether the words outside of what `steps` point at make sense; where they point at everything,
/// all words count.
pub fn is_there(vocabulary: &Vocabulary, input: &Input, steps: &[Step]) -> bool {
    // noise spells no name that exists, and no size of a picture.
    let certain = |range: &Range<usize>| {
        let word = &input.request[range.clone()];
        let exists =
            word.len() > LETTERS_LEAST && context::named(&input.world).any(|name| name == word);
        exists || (word.len() > LETTERS_LEAST && form::is_certain(word))
    };
    if input.words.iter().any(certain) {
        return true;
    }
    let covered = covered(input, steps);
    let parts: HashSet<String> = context::named(&input.world)
        .flat_map(spelling::parts)
        .collect();
    let weigh = |all: bool| {
        let (mut known, mut letters) = (0, 0);
        for (at, range) in input.words.iter().enumerate() {
            if covered.contains(&at) && !all {
                continue;
            }
            for word in
                input.request[range.clone()].split(|c: char| !c.is_alphabetic() && c != '\'')
            {
                let count = word.chars().count();
                match says_something(vocabulary, word, &parts) {
                    true => known += count,
                    // a short word that nobody knows is no proof of anything.
                    false if count < 4 => continue,
                    false => {}
                }
                letters += count;
            }
        }
        (known, letters)
    };
    let enough = |(known, letters): (usize, usize)| {
        known >= LETTERS_LEAST && known as f32 >= KNOWN_LEAST * letters as f32
    };
    match weigh(false) {
        (0..LETTERS_LEAST, _) => enough(weigh(true)),
        outside => enough(outside),
    }
}

fn says_something(vocabulary: &Vocabulary, word: &str, parts: &HashSet<String>) -> bool {
    let lower = word.to_lowercase();
    match lower.chars().count() {
        0 | 1 => false,
        2 => SHORT.contains(&lower.as_str()),
        _ => vocabulary.knows(&lower, parts) || SHORT.contains(&lower.as_str()),
    }
}

/// the words that the values are made of.
fn covered(input: &Input, steps: &[Step]) -> HashSet<usize> {
    let mut covered = HashSet::new();
    // a span is two targets, its first word and its last.
    let mut before = None;
    for step in steps {
        match (step, before) {
            (Step::Target(last), Some(first)) if *last < input.words.len() => {
                covered.extend(first..=*last);
                before = None;
            }
            (Step::Target(first), _) if *first < input.words.len() => {
                covered.insert(*first);
                before = Some(*first);
            }
            _ => before = None,
        }
    }
    covered
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::NameKind;
    use crate::spelling::Spelling;
    use llm_os_schema::Names;

    #[test]
    fn noise_is_told_from_words() {
        let vocabulary = Vocabulary::new(["[UNK]", "[CLS]", "[SEP]", "mosquito"])
            .unwrap()
            .spelling(Spelling::new(["write", "delete", "file", "the", "rum"]));
        let names = Names {
            files: vec!["Größe.txt".into(), "scout.log".into()],
            ..Names::default()
        };
        let check = |request: &str, steps: &[usize], expect: bool| {
            let input = Input::new(&vocabulary, request, &names, &NameKind::ALL).unwrap();
            let steps: Vec<Step> = steps.iter().map(|&at| Step::Target(at)).collect();
            assert_eq!(is_there(&vocabulary, &input, &steps), expect, "{request}");
        };
        check("delete the file", &[], true);
        check("delte teh file", &[], true);
        check("write 牛乳を二本 to 買い物.txt", &[1, 1, 3, 3], true);
        check("scout", &[], true);
        check("emcln ridornatc mcnae", &[1, 1], false);
        check("rum emcln ridornatc", &[], false);
        check("bflcca on", &[0, 0], false);
        check("rmu ndraurc sclda", &[1, 2], false);
        check("delete teh file", &[], true);
        check("5.21/..1-51", &[0, 0], false);
        check("]TLPb7ex9-Oe7\"&#MgpY(AL", &[0, 0], false);
    }
}
