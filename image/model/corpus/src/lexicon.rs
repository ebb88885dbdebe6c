//! the common words of this machine's language: what a mistyped word is read as.

use crate::section::Section;
use crate::template::Node;
use crate::{pools, voice};
use std::collections::HashMap;

/// how often a word has to occur in the phrases before a slip may be read as it.
const LEAST: usize = 2;

/// the words of the phrases, the commonest first, and after them those that fill their slots.
pub fn words(sections: &[Section]) -> Vec<String> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for section in sections {
        for (_, node) in &section.phrases {
            count(node, &mut counts);
        }
    }
    for text in voice::texts() {
        add(text, 1, &mut counts);
    }
    counts.retain(|_, count| *count >= LEAST);
    let mut words: Vec<(String, usize)> = counts.into_iter().collect();
    words.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let mut words: Vec<String> = words.into_iter().map(|(word, _)| word).collect();
    // programs and packages are known as they stand, however rare.
    let mut rare: Vec<String> = pools::known().flat_map(letters).collect();
    rare.sort();
    rare.dedup();
    rare.retain(|word| !words.contains(word));
    words.extend(rare);
    words
}

fn count(node: &Node, counts: &mut HashMap<String, usize>) {
    match node {
        Node::Text(text) => add(text, 1, counts),
        Node::Slot(_) => {}
        Node::All(parts) | Node::One(parts) => {
            for part in parts {
                count(part, counts);
            }
        }
    }
}

fn add(text: &str, times: usize, counts: &mut HashMap<String, usize>) {
    for word in letters(text) {
        *counts.entry(word).or_default() += times;
    }
}

/// runs of ascii letters, in lower case; what stands beside digits or marks inside a word is none.
fn letters(text: &str) -> impl Iterator<Item = String> {
    text.split_whitespace()
        .map(|word| word.trim_matches(|c: char| ",.;:!?()\"'[]".contains(c)))
        .filter(|word| word.len() >= 3 && word.bytes().all(|letter| letter.is_ascii_alphabetic()))
        .map(str::to_ascii_lowercase)
}
