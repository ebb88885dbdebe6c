//! the same language as [`text::grammar`](crate::text::grammar), for llama.cpp's own grammar sampler.
//!
//! from the same table and the same grounds, so that both samplers hold a model to the same texts.
//! written as kindly to that sampler as it can be: what all actions begin with stands before the
//! choice between them, and a run of the request's words is one chain of rules, not one rule for
//! each run.

use crate::text::grammar::{
    ACTIONS_MAX, ARGV_MAX, Decided, SAY_MAX_CHARS, bare, is_needed, json, known, variants,
};
use crate::text::grounds::Grounds;
use llm_os_schema::CapabilityTable;
use llm_os_schema::limits::PID_MAX;
use llm_os_schema::table::{ArgKind, ArgSpec, CapabilitySpec};
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

/// what every action begins with.
const LEAD: &str = "{\"type\":\"";

/// the grammar; its first rule is `root`.
pub fn gbnf(table: &CapabilityTable, grounds: &Grounds<'_>) -> String {
    let mut builder = Builder {
        grounds,
        named: HashMap::new(),
        rules: String::new(),
    };
    let mut kinds = Vec::new();
    for spec in table.capabilities.iter().filter(|spec| spec.for_model) {
        for keys in variants(spec) {
            kinds.extend(builder.action(spec, &keys));
        }
    }
    let mut text = String::from("root ::= ");
    if !kinds.is_empty() {
        let more = ACTIONS_MAX - 1;
        let _ = write!(
            text,
            "{} action (\",\" action){{0,{more}}} {} | ",
            quoted("{\"plan\":["),
            quoted("]}")
        );
    }
    let say = ["ask", "answer", "refuse"]
        .map(|key| format!("{} say \"}}\"", quoted(&format!("{{\"{key}\":"))));
    let _ = writeln!(text, "{}", say.join(" | "));
    if !kinds.is_empty() {
        let _ = writeln!(text, "action ::= {} ({})", quoted(LEAD), kinds.join(" | "));
    }
    text.push_str(&builder.rules);
    let class = r#"[^"\\\x00-\x1F\x7F]"#;
    let _ = writeln!(text, r#"say ::= "\"" {class}{{1,{SAY_MAX_CHARS}}} "\"""#);
    text
}

struct Builder<'a, 'g> {
    grounds: &'a Grounds<'g>,
    /// the rule's name by its right side; `None` where nothing can stand.
    named: HashMap<String, Option<String>>,
    rules: String,
}

impl Builder<'_, '_> {
    /// what follows [`LEAD`]; `None` when a needed value has no ground.
    fn action(&mut self, spec: &CapabilitySpec, decided: &Decided<'_>) -> Option<String> {
        let known = known(spec, decided);
        let mut body = quoted(&format!("{}\"", spec.name));
        for arg in &spec.args {
            let needed = is_needed(arg, &known);
            let key = format!(",{}:", json(&arg.name));
            match decided.get(arg.name.as_str()) {
                Some(Some(value)) => {
                    let _ = write!(body, " {}", quoted(&format!("{key}{}", json(value))));
                    continue;
                }
                Some(None) if needed => return None,
                Some(None) => continue,
                None => {}
            }
            let Some(value) = self.value(arg) else {
                if needed {
                    return None;
                }
                continue;
            };
            let key = quoted(&key);
            let _ = if needed {
                write!(body, " {key} {value}")
            } else {
                write!(body, " ({key} {value})?")
            };
        }
        let _ = write!(body, " \"}}\"");
        Some(body)
    }

    /// the name of the rule that a value of this argument is; `None` when there is none.
    fn value(&mut self, arg: &ArgSpec) -> Option<String> {
        let grounds = self.grounds;
        let of = |texts: &[String]| either(texts.iter().map(|text| json(text)));
        let right = match &arg.kind {
            ArgKind::Path => {
                let paths = either(grounds.paths().iter().map(|path| bare(path)));
                let leaves = either(grounds.leaves().iter().map(|leaf| bare(leaf)));
                let dirs = either(grounds.directories().iter().map(|dir| bare(dir)));
                let below = if dirs.is_empty() || leaves.is_empty() {
                    String::new()
                } else {
                    format!(" | ({dirs}) ({leaves})")
                };
                format!("\"\\\"\" ({paths}{below}) \"\\\"\"")
            }
            ArgKind::Text => return Some(self.span()),
            ArgKind::Unit => of(&grounds.units()),
            ArgKind::Choice { values } => of(values),
            ArgKind::Word => of(&grounds.single()),
            ArgKind::Name { of: class } => {
                let words = grounds.single().into_iter();
                let all: BTreeSet<String> =
                    words.chain(grounds.named(*class).iter().cloned()).collect();
                of(&all.into_iter().collect::<Vec<_>>())
            }
            ArgKind::Words => {
                let word = self.rule(of(&grounds.single()))?;
                format!("\"[\" {word} (\",\" {word}){{0,{}}} \"]\"", ARGV_MAX - 1)
            }
            ArgKind::Process => {
                let words = grounds.single().into_iter();
                let all = words.chain(grounds.processes().iter().cloned());
                let written = |word: String| match word.parse::<i64>() {
                    Ok(pid) => (1..=PID_MAX).contains(&pid).then(|| pid.to_string()),
                    Err(_) => (word.len() <= 64).then(|| json(&word)),
                };
                either(all.filter_map(written).collect::<BTreeSet<String>>())
            }
            ArgKind::Integer { min, max, unit } => {
                let numbers = grounds.numbers(*min, *max, unit);
                either(numbers.iter().map(ToString::to_string))
            }
            ArgKind::Flag => either(["true".to_owned()]),
            ArgKind::Argv => {
                let words = grounds.arguments();
                let named = |word: &&String| word.chars().any(char::is_alphanumeric);
                let first = words.iter().filter(named).map(|word| json(word));
                let first = self.rule(either(first))?;
                let word = self.rule(of(&words))?;
                format!("\"[\" {first} (\",\" {word}){{0,{}}} \"]\"", ARGV_MAX - 1)
            }
            ArgKind::Env => either(grounds.env().map(|env| env.to_string())),
            ArgKind::Mode => of(&grounds.modes()),
        };
        self.rule(right)
    }

    /// a run of the request's words that neither begins nor ends with a space, or nothing: each rule
    /// is one word or gap, and what may come after it.
    fn span(&mut self) -> String {
        let chunks = self.grounds.chunks();
        let mut starts = Vec::new();
        let mut next: Option<String> = None;
        for chunk in chunks.iter().rev() {
            let text = quoted(&bare(chunk));
            let right = match &next {
                Some(next) if chunk.ends_with(' ') => format!("{text} {next}"),
                Some(next) => format!("{text} {next}?"),
                None if chunk.ends_with(' ') => continue,
                None => text,
            };
            let name = self.rule(right);
            if !chunk.starts_with(' ') {
                starts.extend(name.clone());
            }
            next = name;
        }
        starts.reverse();
        let right = format!("\"\\\"\" ({})? \"\\\"\"", starts.join(" | "));
        let empty = "\"\\\"\\\"\"".to_owned();
        self.rule(if starts.is_empty() { empty } else { right })
            .unwrap_or_default()
    }

    /// the name of the rule with this right side, made if it is new.
    fn rule(&mut self, right: String) -> Option<String> {
        let number = self.named.len();
        if let Some(known) = self.named.get(&right) {
            return known.clone();
        }
        let name = (!right.is_empty()).then(|| format!("v{number}"));
        if let Some(name) = &name {
            let _ = writeln!(self.rules, "{name} ::= {right}");
        }
        self.named.insert(right, name.clone());
        name
    }
}

/// alternatives, each given as the text that is written.
fn either(options: impl IntoIterator<Item = String>) -> String {
    let options: Vec<String> = options.into_iter().map(|option| quoted(&option)).collect();
    options.join(" | ")
}

/// `text` as a string of the grammar.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_ascii_control() => {
                let _ = write!(out, "\\x{:02X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::made::{self, Dice, Shape, Weights};
    use crate::bench::pieces::Pieces;
    use crate::memory::Memory;
    use crate::text::Text;
    use llama_cpp_2::sampling::LlamaSampler;
    use llama_cpp_2::token::LlamaToken;
    use llama_cpp_2::token::data::LlamaTokenData;
    use llama_cpp_2::token::data_array::LlamaTokenDataArray;
    use llm_os_schema::Names;

    /// the tokens that `sampler` leaves.
    fn left(sampler: &mut LlamaSampler, count: usize) -> Vec<u32> {
        let all = (0..count as i32).map(|id| LlamaTokenData::new(LlamaToken(id), 0.0, 0.0));
        let mut all = LlamaTokenDataArray::new(all.collect(), false);
        sampler.apply(&mut all);
        let left = all.data.iter().filter(|one| one.logit().is_finite());
        left.map(|one| one.id().0 as u32).collect()
    }

    #[test]
    fn both_samplers_hold_a_model_to_the_same_language() {
        let path = std::env::temp_dir().join(format!("gbnf-{}.gguf", std::process::id()));
        let shape = Shape {
            width: 32,
            inner: 64,
            blocks: 1,
            heads: 2,
            weights: Weights::F32,
            own_output: true,
        };
        let pieces = Pieces::of_words(&["plan", "type", "path", "content", "read_file"]);
        std::fs::write(&path, made::gguf(&pieces, shape, 1, None)).unwrap();
        let text = Text::load(&path, None, None, &mut Memory::open()).unwrap();
        let table: CapabilityTable =
            serde_json::from_str(include_str!("../../../capability/capabilities.json")).unwrap();
        let names = Names {
            files: vec!["a.txt".to_owned(), "notes/b c.md".to_owned()],
            units: vec!["web".to_owned()],
            ..Names::default()
        };
        let trie = text.tokens.tok_trie();
        let plain = |token: &u32| trie.token(*token).is_ascii() && *token != trie.eos_token();
        let mut steps = 0;
        for (seed, request) in [
            (1, "Create a file named hello.txt with content 'world'"),
            (2, "show the last twenty lines of the web log"),
            (3, "write 'a \\ \"b\"' to a.txt, mode 0600, and stop 12"),
        ] {
            let grounds = Grounds::new(request, &names);
            let rules = gbnf(&table, &grounds);
            for walk in 0..4 {
                let mut dice = Dice::new(seed * 10 + walk);
                let mut ours = text.matcher(&table, &grounds).unwrap();
                let mut theirs = LlamaSampler::grammar(&text.loaded.model, &rules, "root").unwrap();
                let mut written = Vec::new();
                while !ours.is_stopped() && written.len() < 400 {
                    // where only one text can follow, ours gives its best tokens alone.
                    for token in ours.consume_ff_tokens() {
                        assert!(left(&mut theirs, trie.vocab_size()).contains(&token));
                        theirs.accept(LlamaToken(token as i32));
                        written.push(token);
                    }
                    if ours.is_stopped() {
                        break;
                    }
                    let allowed: Vec<u32> =
                        ours.compute_mask().unwrap().iter().filter(plain).collect();
                    let mut kept = left(&mut theirs, trie.vocab_size());
                    kept.retain(plain);
                    let so_far = trie.decode(&written);
                    let so_far = String::from_utf8_lossy(&so_far);
                    assert_eq!(allowed, kept, "{request}: {so_far}");
                    if allowed.is_empty() {
                        break;
                    }
                    let token = allowed[dice.below(allowed.len())];
                    ours.consume_token(token).unwrap();
                    theirs.accept(LlamaToken(token as i32));
                    written.push(token);
                    steps += 1;
                }
            }
        }
        assert!(steps > 200, "{steps}");
        std::fs::remove_file(&path).unwrap();
    }
}
