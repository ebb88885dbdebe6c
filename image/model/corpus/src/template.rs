//! phrases with alternatives and slots: `(show|print) [me] {file}`.

use crate::random::Random;
use std::collections::HashMap;

/// a parsed phrase.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    Text(String),
    Slot(String),
    All(Vec<Node>),
    /// one of these; a part in brackets has nothing as often as it has something.
    One(Vec<Node>),
}

/// a piece of a phrase with its alternatives chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    Slot(String),
}

/// macros by name, as text.
pub type Macros = HashMap<String, String>;

/// parses a phrase.
///
/// # Errors
/// a mark that is not closed, or a macro that nobody defined.
pub fn parse(phrase: &str, macros: &Macros) -> Result<Node, String> {
    let text = expand(phrase, macros, 0)?;
    let chars: Vec<char> = text.chars().collect();
    let mut at = 0;
    let node = sequence(&chars, &mut at, &[])?;
    if at < chars.len() {
        return Err(format!("a stray `{}` in: {phrase}", chars[at]));
    }
    Ok(node)
}

fn expand(phrase: &str, macros: &Macros, depth: usize) -> Result<String, String> {
    if depth > 8 {
        return Err(format!("macros that never end in: {phrase}"));
    }
    let mut text = String::new();
    let mut rest = phrase;
    while let Some(open) = rest.find('<') {
        let name: String = rest[open + 1..]
            .chars()
            .take_while(char::is_ascii_lowercase)
            .collect();
        let after = open + 1 + name.len();
        if name.is_empty() || !rest[after..].starts_with('>') {
            // a plain angle bracket, as in `echo x < y`.
            text.push_str(&rest[..=open]);
            rest = &rest[open + 1..];
            continue;
        }
        let body = macros
            .get(&name)
            .ok_or_else(|| format!("no macro <{name}>: {phrase}"))?;
        text.push_str(&rest[..open]);
        text.push_str(&expand(body, macros, depth + 1)?);
        rest = &rest[after + 1..];
    }
    text.push_str(rest);
    Ok(text)
}

fn sequence(chars: &[char], at: &mut usize, ends: &[char]) -> Result<Node, String> {
    let mut parts = Vec::new();
    let mut text = String::new();
    while let Some(&c) = chars.get(*at) {
        if ends.contains(&c) {
            break;
        }
        *at += 1;
        let node = match c {
            '(' => alternatives(chars, at, ')')?,
            '[' => alternatives(chars, at, ']')?,
            '{' => {
                let name: String = chars[*at..].iter().take_while(|&&c| c != '}').collect();
                *at += name.chars().count() + 1;
                if *at > chars.len() || name.is_empty() {
                    return Err("a slot that is not closed".to_owned());
                }
                Node::Slot(name)
            }
            c => {
                text.push(c);
                continue;
            }
        };
        if !text.is_empty() {
            parts.push(Node::Text(std::mem::take(&mut text)));
        }
        parts.push(node);
    }
    if !text.is_empty() {
        parts.push(Node::Text(text));
    }
    Ok(Node::All(parts))
}

fn alternatives(chars: &[char], at: &mut usize, close: char) -> Result<Node, String> {
    let mut options = Vec::new();
    loop {
        options.push(sequence(chars, at, &['|', close])?);
        match chars.get(*at) {
            Some('|') => *at += 1,
            Some(_) => {
                *at += 1;
                let one = Node::One(options);
                let nothing = Node::All(vec![]);
                return Ok(if close == ']' {
                    Node::One(vec![one, nothing])
                } else {
                    one
                });
            }
            None => return Err(format!("a `{close}` is missing")),
        }
    }
}

/// chooses the alternatives.
pub fn choose(node: &Node, random: &mut Random, pieces: &mut Vec<Piece>) {
    match node {
        Node::Text(text) => match pieces.last_mut() {
            Some(Piece::Text(last)) => last.push_str(text),
            _ => pieces.push(Piece::Text(text.clone())),
        },
        Node::Slot(name) => pieces.push(Piece::Slot(name.clone())),
        Node::All(parts) => parts.iter().for_each(|part| choose(part, random, pieces)),
        Node::One(options) => {
            if !options.is_empty() {
                choose(&options[random.below(options.len())], random, pieces);
            }
        }
    }
}

/// a phrase without slots, with its alternatives chosen.
pub fn plain(node: &Node, random: &mut Random) -> String {
    let mut pieces = Vec::new();
    choose(node, random, &mut pieces);
    let texts = pieces.into_iter().map(|piece| match piece {
        Piece::Text(text) | Piece::Slot(text) => text,
    });
    texts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternatives_are_chosen() {
        let macros = Macros::from([("x".to_owned(), "(a|b)".to_owned())]);
        let node = parse("<x>[ c] {s} < d", &macros).unwrap();
        let mut random = Random::new(1);
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..100 {
            seen.insert(plain(&node, &mut random));
        }
        let seen: Vec<String> = seen.into_iter().collect();
        assert_eq!(seen, ["a c s < d", "a s < d", "b c s < d", "b s < d"]);
    }

    #[test]
    fn mistakes_are_found() {
        for phrase in ["(a|b", "[a", "{s", "<nobody>", "a)"] {
            let found = parse(phrase, &Macros::new());
            assert!(found.is_err() || phrase == "a)", "{phrase}: {found:?}");
        }
    }
}
