//! which words could stand next; pure.

use crate::builtin::BUILTINS;
use llm_os_schema::{ArgKind, CapabilityTable, NameClass, Names};

/// where the word at the end of `line` begins, and what it could become. `names` lists what exists in
/// the directory that the word already names (see [`directory`]).
pub fn candidates(table: &CapabilityTable, names: &Names, line: &str) -> (usize, Vec<String>) {
    let start = word_start(line);
    let word = &line[start..];
    let before: Vec<&str> = line[..start].split_whitespace().collect();
    let mut found: Vec<String> = match before[..] {
        [] => commands(table),
        ["help"] => commands(table),
        ["dry-run" | "plan"] => commands(table),
        ["audit"] => vec!["verify".to_owned()],
        ["cd"] => paths(&names.dirs, word, true),
        _ => arguments(table, names, &before, word),
    };
    found.retain(|one| one.starts_with(word) && one != word);
    found.sort();
    found.dedup();
    (start, found)
}

/// the directory part of the word at the end of `line`, such as `logs/` of `cat logs/ke`.
pub fn directory(line: &str) -> &str {
    let word = &line[word_start(line)..];
    let word = word.split_once('=').map_or(word, |(_, value)| value);
    word.rfind('/').map_or("", |slash| &word[..=slash])
}

fn word_start(line: &str) -> usize {
    line.rfind(char::is_whitespace).map_or(0, |at| {
        at + line[at..].chars().next().map_or(1, char::len_utf8)
    })
}

fn commands(table: &CapabilityTable) -> Vec<String> {
    let there = table.capabilities.iter().filter(|spec| spec.available);
    let actions = there.flat_map(|spec| {
        let short = spec.short.iter().map(|short| short.name.clone());
        std::iter::once(spec.name.clone()).chain(short)
    });
    let builtins = BUILTINS.iter().map(|(name, ..)| (*name).to_owned());
    actions.chain(builtins).collect()
}

fn arguments(table: &CapabilityTable, names: &Names, before: &[&str], word: &str) -> Vec<String> {
    // a command may stand behind words that mean plan only.
    let first = before
        .iter()
        .find(|word| !matches!(**word, "dry-run" | "plan"));
    let spec = first.and_then(|first| {
        let short = table.short(first).map(|(spec, _)| spec);
        table.get(first).or(short)
    });
    let Some(spec) = spec else {
        // talk: names of what there is.
        let mut found = paths(&names.files, word, false);
        found.extend(paths(&names.dirs, word, false));
        found.extend(names.units.iter().cloned());
        return found;
    };
    if let Some((key, _)) = word.split_once('=') {
        let Some(arg) = spec.arg(key) else {
            return Vec::new();
        };
        let values = values(&arg.kind, names, &word[key.len() + 1..]);
        return values
            .into_iter()
            .map(|value| format!("{key}={value}"))
            .collect();
    }
    let mut found: Vec<String> = spec
        .args
        .iter()
        .flat_map(|arg| values(&arg.kind, names, word))
        .collect();
    if !word.is_empty() {
        found.extend(spec.args.iter().map(|arg| format!("{}=", arg.name)));
    }
    found
}

fn values(kind: &ArgKind, names: &Names, word: &str) -> Vec<String> {
    match kind {
        ArgKind::Choice { values } => values.clone(),
        ArgKind::Unit => names.units.clone(),
        ArgKind::Process => names.processes.clone(),
        ArgKind::Name { of } => match of {
            NameClass::Interface => names.interfaces.clone(),
            NameClass::Device => names.devices.clone(),
            NameClass::Tool => names.tools.clone(),
            NameClass::Agent => names.agents.clone(),
        },
        ArgKind::Path | ArgKind::Argv => {
            let mut found = paths(&names.files, word, false);
            found.extend(paths(&names.dirs, word, true));
            found
        }
        ArgKind::Flag => vec!["true".to_owned(), "false".to_owned()],
        _ => Vec::new(),
    }
}

/// `listed` as they have to be typed behind the directory part of `word`. names that need quotes or
/// would be shown escaped are left out: they are better typed by hand than half right.
fn paths(listed: &[String], word: &str, slash: bool) -> Vec<String> {
    let dir = word.rfind('/').map_or("", |at| &word[..=at]);
    let plain = |c: char| c.is_alphanumeric() || "._-+@%/~:,".contains(c);
    listed
        .iter()
        .filter(|name| name.chars().all(plain))
        .map(|name| {
            let dir = if name.starts_with('/') { "" } else { dir };
            format!("{dir}{name}{}", if slash { "/" } else { "" })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use llm_os_schema::{ArgSpec, CapabilitySpec, Risk, ShortForm};

    fn table() -> CapabilityTable {
        let spec = |name: &str, args, short| CapabilitySpec {
            name: name.to_owned(),
            family: "f".to_owned(),
            summary: String::new(),
            args,
            risk: Risk::Observe,
            short,
            for_model: true,
            available: true,
        };
        CapabilityTable {
            capabilities: vec![
                spec(
                    "read_file",
                    vec![ArgSpec::always("path", ArgKind::Path, "", "")],
                    vec![ShortForm::new("cat", &["path"])],
                ),
                spec(
                    "service_control",
                    vec![
                        ArgSpec::always(
                            "action",
                            ArgKind::choice(&["start", "status", "stop"]),
                            "",
                            "",
                        ),
                        ArgSpec::optional("unit", ArgKind::Unit, ""),
                    ],
                    vec![],
                ),
            ],
        }
    }

    fn check(line: &str, expect: &[&str]) {
        let names = Names {
            units: vec!["llm-osd".to_owned(), "llmsh".to_owned()],
            files: vec![
                "notes.txt".to_owned(),
                "no way.txt".to_owned(),
                "/etc/hostname".to_owned(),
            ],
            dirs: vec!["notebooks".to_owned()],
            ..Names::default()
        };
        assert_eq!(candidates(&table(), &names, line).1, expect, "{line}");
    }

    #[test]
    fn what_could_come_next() {
        check("rea", &["read_file"]);
        check("ca", &["cat"]);
        check("cat no", &["notebooks/", "notes.txt"]);
        check("cat /et", &["/etc/hostname"]);
        check(
            "cat notebooks/no",
            &["notebooks/notebooks/", "notebooks/notes.txt"],
        );
        check("dry-run cat note", &["notebooks/", "notes.txt"]);
        check("read_file pa", &["path="]);
        check("read_file path=not", &["path=notebooks/", "path=notes.txt"]);
        check("service_control st", &["start", "status", "stop"]);
        check("service_control start llm", &["llm-osd", "llmsh"]);
        check("cd n", &["notebooks/"]);
        check("help serv", &["service_control"]);
        check("please delete note", &["notebooks", "notes.txt"]);
        check("audit ", &["verify"]);
        check("read_file frob=x", &[]);
    }

    #[test]
    fn the_directory_part_of_a_word() {
        let check = |line: &str, expect: &str| assert_eq!(directory(line), expect);
        check("cat logs/ke", "logs/");
        check("cat path=/etc/ho", "/etc/");
        check("cat x", "");
        check("cat ", "");
    }
}
