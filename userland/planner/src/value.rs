//! what a span of words is worth as a value of one kind: a string as it stands, a number read by
//! [`quantity`](crate::quantity), an argv lexed like a shell would. a span that is worth nothing is
//! never legal, so whatever the decoder points at is a value.

use crate::context::NameKind;
use crate::input::Input;
use crate::nearest::existing;
use crate::quantity;
use llm_os_schema::canonical::parse_mode;
use llm_os_schema::limits::{
    ARGV_MAX, ENV_MAX, PATH_MAX_BYTES, PID_MAX, TEXT_MAX_BYTES, WORD_MAX_BYTES,
};
use llm_os_schema::{ArgKind, NameClass, Names};
use serde_json::{Map, Value};

/// words that a span of this kind may have.
fn span_max(kind: &ArgKind) -> usize {
    match kind {
        ArgKind::Path => 16,
        ArgKind::Text => usize::MAX,
        ArgKind::Unit | ArgKind::Word | ArgKind::Name { .. } => 1,
        ArgKind::Process => quantity::WORDS_MAX,
        ArgKind::Words => 4 * ARGV_MAX,
        ArgKind::Integer { .. } => quantity::WORDS_MAX,
        ArgKind::Argv => 4 * ARGV_MAX,
        ArgKind::Env => 4 * ENV_MAX,
        ArgKind::Mode => 1,
        ArgKind::Choice { .. } | ArgKind::Flag => 0,
    }
}

/// which names a value of this kind may be. what was spoken of or shown before may be anything.
pub fn name_kinds(kind: &ArgKind) -> &'static [NameKind] {
    use NameKind as N;
    match kind {
        ArgKind::Path => &[N::File, N::Dir, N::Device, N::Past, N::Shown],
        ArgKind::Unit => &[N::Unit, N::Past, N::Shown],
        ArgKind::Process => &[N::Process, N::Past, N::Shown],
        ArgKind::Name { of } => match of {
            NameClass::Interface => &[N::Interface, N::Past, N::Shown],
            NameClass::Device => &[N::Device, N::Past, N::Shown],
            NameClass::Tool => &[N::Tool, N::Past, N::Shown],
            NameClass::Agent => &[N::Agent, N::Past, N::Shown],
        },
        ArgKind::Text | ArgKind::Word => &[N::Past, N::Shown],
        ArgKind::Words => &[N::Past, N::Shown],
        ArgKind::Argv => &[N::Past],
        _ => &[],
    }
}

/// what an existing name is worth as a value of this kind.
pub fn of_name(kind: &ArgKind, text: &str) -> Option<Value> {
    match kind {
        ArgKind::Process => process(text),
        ArgKind::Words => list(text),
        ArgKind::Argv => argv(text),
        ArgKind::Word | ArgKind::Name { .. } => word(text),
        _ => Some(text.into()),
    }
}

/// the targets at which a value of this kind may begin: words, and names of the right kind.
pub fn firsts(input: &Input, kind: &ArgKind) -> Vec<usize> {
    let words = (0..input.words.len()).filter(|&first| has_last(input, kind, first));
    let names = name_kinds(kind);
    let named = (input.words.len()..input.targets.len()).filter(|&target| {
        input
            .name(target)
            .is_some_and(|name| names.contains(&name.kind) && of_name(kind, &name.text).is_some())
    });
    words.chain(named).collect()
}

/// the words at which a value that begins at `first` may end.
pub fn lasts(input: &Input, kind: &ArgKind, first: usize) -> Vec<usize> {
    let end = input.words.len().min(first.saturating_add(span_max(kind)));
    let good =
        |&last: &usize| edges(input, kind, first, last) && read(input, kind, first, last).is_some();
    let lasts: Vec<usize> = (first..end).filter(good).collect();
    let Some(close) = closing(input, first) else {
        return lasts;
    };
    // who opens a quotation means what is in it, up to where it closes.
    let inside: Vec<usize> = lasts
        .iter()
        .copied()
        .filter(|&last| closes(input, last, close))
        .collect();
    if inside.is_empty() { lasts } else { inside }
}

fn has_last(input: &Input, kind: &ArgKind, first: usize) -> bool {
    let end = input.words.len().min(first.saturating_add(span_max(kind)));
    (first..end)
        .any(|last| edges(input, kind, first, last) && read(input, kind, first, last).is_some())
}

/// whether a value may begin and end with these words: no name begins with a comma, no text with
/// the colon that announces it.
fn edges(input: &Input, kind: &ArgKind, first: usize, last: usize) -> bool {
    let mark = |word: usize, marks: &str| {
        let text = input.span(word, word);
        text.chars().count() == 1 && text.chars().all(|c| marks.contains(c))
    };
    if matches!(kind, ArgKind::Argv | ArgKind::Env) && (cut(input, first) || cut(input, last + 1)) {
        return false;
    }
    if *kind == ArgKind::Argv && goes_on(input, last) {
        return false;
    }
    if cuts_a_quantity(input, kind, first, last) {
        return false;
    }
    if *kind == ArgKind::Path && cuts_a_name(input, first, last) {
        return false;
    }
    match kind {
        ArgKind::Path
        | ArgKind::Unit
        | ArgKind::Word
        | ArgKind::Words
        | ArgKind::Name { .. }
        | ArgKind::Process
        | ArgKind::Argv
        | ArgKind::Env
        | ArgKind::Mode => {
            let marks = ",;:?!\"'`“”‘’«»„";
            !mark(first, marks) && (!mark(last, marks) || *kind == ArgKind::Argv)
        }
        ArgKind::Text => !mark(first, ",;:"),
        _ => true,
    }
}

/// whether these words are a part of a longer quantity: "three" of "three quarters of an hour".
fn cuts_a_quantity(input: &Input, kind: &ArgKind, first: usize, last: usize) -> bool {
    let (unit, min) = match kind {
        ArgKind::Integer { unit, min, .. } => (unit.as_str(), *min),
        ArgKind::Process => return cuts_a_number(input, first, last),
        _ => return false,
    };
    let end = input.words.len().min(first + quantity::WORDS_MAX);
    let longer = |to: usize| quantity::signed(input.span(first, to), unit, min < 0).is_some();
    !unit.is_empty() && (last + 1..end).any(longer)
}

/// whether these words are a part of a longer number: "three" of "three thousand and twelve".
fn cuts_a_number(input: &Input, first: usize, last: usize) -> bool {
    let word = |at: usize| quantity::parse(input.span(at, at), "").is_some();
    let number = |from: usize, to: usize| quantity::parse(input.span(from, to), "").is_some();
    let digits = |at: usize| input.span(at, at).bytes().all(|byte| byte.is_ascii_digit());
    if !word(first) || digits(first) {
        return false;
    }
    let end = input.words.len().min(first + quantity::WORDS_MAX);
    let start = first.saturating_sub(quantity::WORDS_MAX - 1);
    let longer = (last + 1..end).any(|to| word(to) && number(first, to));
    let earlier = (start..first).any(|from| word(from) && !digits(from) && number(from, last));
    longer || earlier
}

/// whether these words are a part of a longer name that exists: `stuff.txt` of `old stuff.txt`.
fn cuts_a_name(input: &Input, first: usize, last: usize) -> bool {
    let (start, end) = (input.words[first].start, input.words[last].end);
    input.spelled.iter().any(|name| {
        let (apart, whole) = (
            end <= name.start || name.end <= start,
            start <= name.start && name.end <= end,
        );
        !apart && !whole
    })
}

/// whether a program's line goes on behind the word `last`: with an option, or a word in quotes.
fn goes_on(input: &Input, last: usize) -> bool {
    let Some(next) = input.words.get(last + 1) else {
        return false;
    };
    let apart = next.start > input.words[last].end;
    let text = &input.request[next.clone()];
    let option = text.starts_with('-') && text.len() > 1 && !text.starts_with("---");
    let quote = matches!(text, "'" | "\"") && input.request[next.end..].contains(text);
    apart && (option || quote)
}

/// whether `--level=err` or `A=1` would be cut in two before the word `at`.
fn cut(input: &Input, at: usize) -> bool {
    let Some((before, after)) = at.checked_sub(1).map(|before| (before, at)) else {
        return false;
    };
    let (Some(left), Some(right)) = (input.words.get(before), input.words.get(after)) else {
        return false;
    };
    let equals = |word: usize| input.span(word, word) == "=";
    left.end == right.start && (equals(before) || equals(after))
}

/// the mark that closes the quotation which the word `first` begins, if it begins one.
fn closing(input: &Input, first: usize) -> Option<char> {
    let mark = &input.words[first.checked_sub(1)?];
    let open = input.request[mark.clone()].chars().next()?;
    let before = input.request[..mark.start].chars().next_back();
    let opens = mark.end == input.words[first].start
        && before.is_none_or(|c| c.is_whitespace() || "(:=".contains(c));
    let close = match open {
        '\'' | '"' | '`' => open,
        '“' | '„' => '”',
        '‘' => '’',
        '«' => '»',
        _ => return None,
    };
    opens.then_some(close)
}

fn closes(input: &Input, last: usize, close: char) -> bool {
    input.words.get(last + 1).is_some_and(|mark| {
        mark.start == input.words[last].end && input.request[mark.clone()].starts_with(close)
    })
}

/// the value of the words `first` to `last`.
pub fn read(input: &Input, kind: &ArgKind, first: usize, last: usize) -> Option<Value> {
    let text = input.span(first, last);
    if text.contains('\0') {
        return None;
    }
    match kind {
        ArgKind::Path => (text.len() <= PATH_MAX_BYTES).then(|| text.into()),
        ArgKind::Text => (text.len() <= TEXT_MAX_BYTES).then(|| text.into()),
        ArgKind::Unit => (text.len() <= 64).then(|| existing(input, NameKind::Unit, text).into()),
        ArgKind::Word => word(text),
        ArgKind::Words => list(text),
        ArgKind::Name { of } => name(input, *of, text),
        ArgKind::Process => process(existing(input, NameKind::Process, text)),
        ArgKind::Integer { min, max, unit } => quantity::signed(text, unit, *min < 0)
            .filter(|n| (*min..=*max).contains(n))
            .map(Value::from),
        ArgKind::Mode => parse_mode(text).map(|_| text.into()),
        ArgKind::Argv => argv(text),
        ArgKind::Env => env(text),
        ArgKind::Choice { .. } | ArgKind::Flag => None,
    }
}

/// a name of this class that exists, or that could be one which nobody listed.
fn name(input: &Input, of: NameClass, text: &str) -> Option<Value> {
    let name = existing(input, class(of), text);
    let known = listed(&input.world, of);
    let fine = known.is_empty() || known.iter().any(|one| one == name) || looks_like(of, name);
    if fine { word(name) } else { None }
}

/// the names of this class that exist.
pub fn listed(world: &Names, of: NameClass) -> &[String] {
    match of {
        NameClass::Interface => &world.interfaces,
        NameClass::Device => &world.devices,
        NameClass::Tool => &world.tools,
        NameClass::Agent => &world.agents,
    }
}

/// whether people and kernels name things of this class so.
fn looks_like(of: NameClass, name: &str) -> bool {
    let begins = |ways: &[&str]| ways.iter().any(|way| name.starts_with(way));
    let numbered = name.ends_with(|c: char| c.is_ascii_digit());
    match of {
        NameClass::Device => {
            let disk = |way: &&str| {
                let rest = name.strip_prefix(way).unwrap_or_default();
                let letter = rest.starts_with(|c: char| c.is_ascii_lowercase());
                letter && rest[1..].bytes().all(|byte| byte.is_ascii_digit())
            };
            begins(&["/", "LABEL=", "UUID="])
                || ["sd", "hd", "vd"].iter().any(disk)
                || (numbered && begins(&["mmcblk", "nvme", "loop", "md", "dm-"]))
        }
        NameClass::Interface => {
            let ways = [
                "eth", "en", "wl", "usb", "br", "docker", "tun", "tap", "wg", "ppp", "can", "bond",
            ];
            name == "lo" || (numbered && begins(&ways))
        }
        // agents have numbers as well.
        NameClass::Agent => name.bytes().all(|byte| byte.is_ascii_digit()),
        NameClass::Tool => false,
    }
}

fn class(of: NameClass) -> NameKind {
    match of {
        NameClass::Interface => NameKind::Interface,
        NameClass::Device => NameKind::Device,
        NameClass::Tool => NameKind::Tool,
        NameClass::Agent => NameKind::Agent,
    }
}

fn word(text: &str) -> Option<Value> {
    let plain = |c: char| !c.is_whitespace() && !c.is_control();
    let good = (1..=WORD_MAX_BYTES).contains(&text.len()) && text.chars().all(plain);
    good.then(|| text.into())
}

/// "vim, git and htop" as three words.
fn list(text: &str) -> Option<Value> {
    let parts: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || ",;".contains(c))
        .filter(|part| !part.is_empty())
        .collect();
    let between = |part: &&str| {
        let word = part.to_lowercase();
        matches!(
            word.as_str(),
            "and" | "adn" | "nad" | "plus" | "also" | "&" | "+" | "&&" | "oh" | "uh" | "um" | "er"
        )
    };
    // a list neither begins nor ends with what stands between its words.
    if parts.first().is_none_or(between) || parts.last().is_none_or(between) {
        return None;
    }
    let words: Vec<&str> = parts.into_iter().filter(|part| !between(part)).collect();
    let item = |one: &&str| word(one).is_some() && !one.ends_with(['.', '!', '?', ':']);
    let good = (1..=ARGV_MAX).contains(&words.len()) && words.iter().all(item);
    good.then(|| words.into())
}

/// a process number, or a name.
fn process(text: &str) -> Option<Value> {
    let number = match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Some(text.parse().ok()?),
        false => quantity::parse(text, ""),
    };
    if let Some(pid) = number {
        return (1..=PID_MAX).contains(&pid).then(|| pid.into());
    }
    let one = !text.contains(char::is_whitespace);
    (one && (1..=64).contains(&text.len())).then(|| text.into())
}

fn argv(text: &str) -> Option<Value> {
    let words = shell_words::split(text).ok()?;
    let good = (1..=ARGV_MAX).contains(&words.len()) && !words[0].is_empty();
    good.then(|| words.into())
}

fn env(text: &str) -> Option<Value> {
    let words = shell_words::split(text).ok()?;
    let mut map = Map::new();
    for word in &words {
        let (key, value) = word.split_once('=')?;
        let mut chars = key.chars();
        let named = chars
            .next()
            .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
            && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
            && key.len() <= 64;
        if !named || value.len() > PATH_MAX_BYTES {
            return None;
        }
        map.insert(key.to_owned(), value.into());
    }
    (1..=ENV_MAX)
        .contains(&map.len())
        .then_some(Value::Object(map))
}

/// two parts as one value: a name in a directory, or an argv with more words.
pub fn join(first: &Value, second: &Value) -> Option<Value> {
    match (first, second) {
        (Value::String(dir), Value::String(name)) => Some(path_in(dir, name).into()),
        (Value::Array(words), Value::Array(more)) if words.len() + more.len() <= ARGV_MAX => {
            Some(words.iter().chain(more).cloned().collect::<Vec<_>>().into())
        }
        _ => None,
    }
}

/// a name that is given from the root or from home is not looked for in a directory.
fn path_in(dir: &str, name: &str) -> String {
    match (dir.trim_end_matches('/'), name) {
        (_, name) if name.starts_with('/') || name.starts_with('~') => name.to_owned(),
        ("", name) => format!("/{name}"),
        (".", name) => name.to_owned(),
        (dir, name) => format!("{dir}/{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn argv_and_env_are_lexed() {
        let check = |text: &str, expect: Option<&str>| {
            assert_eq!(
                argv(text).map(|v| v.to_string()).as_deref(),
                expect,
                "{text}"
            );
        };
        check(
            "grep -n \"to do\" a.txt",
            Some(r#"["grep","-n","to do","a.txt"]"#),
        );
        check("grep \"to", None);
        check("", None);
        assert_eq!(
            env("A=1 B='x y'").unwrap().to_string(),
            r#"{"A":"1","B":"x y"}"#
        );
        assert_eq!(env("A"), None);
        assert_eq!(env("1A=2"), None);
    }

    #[test]
    fn a_quotation_ends_where_it_closes() {
        let check = |request: &str, first: usize, expect: &[usize]| {
            let vocabulary = crate::automaton::tests::vocabulary();
            let input = Input::new(
                &vocabulary,
                request,
                &llm_os_schema::Names::default(),
                &NameKind::ALL,
            )
            .unwrap();
            assert_eq!(lasts(&input, &ArgKind::Text, first), expect, "{request}");
        };
        check("put 'a b' in c", 2, &[3]);
        check("put a b", 1, &[1, 2]);
        // an open end, and a mark that closes what came before.
        check("put 'a b", 2, &[2, 3]);
        check("put 'a' b c", 4, &[4, 5]);
        check("put: a", 1, &[]);
    }

    #[test]
    fn lists_and_processes_are_read() {
        let check = |text: &str, expect: Option<&str>| {
            assert_eq!(
                list(text).map(|v| v.to_string()).as_deref(),
                expect,
                "{text}"
            );
        };
        check("vim", Some(r#"["vim"]"#));
        check("vim, git and htop", Some(r#"["vim","git","htop"]"#));
        check("vim git", Some(r#"["vim","git"]"#));
        check("and vim", None);
        check("vim and", None);
        check("", None);
        assert_eq!(process("12"), Some(12.into()));
        assert_eq!(process("0"), None);
        assert_eq!(process("firefox"), Some("firefox".into()));
        assert_eq!(process("three thousand and twelve"), Some(3012.into()));
        assert_eq!(process("fire fox"), None);
    }

    #[test]
    fn an_option_is_not_cut_in_two() {
        let vocabulary = crate::automaton::tests::vocabulary();
        let names = llm_os_schema::Names::default();
        let input = Input::new(&vocabulary, "run a --b=c d", &names, &NameKind::ALL).unwrap();
        assert_eq!(lasts(&input, &ArgKind::Argv, 1), [4, 5]);
    }

    #[test]
    fn a_name_lies_in_a_directory() {
        assert_eq!(path_in("photos", "a"), "photos/a");
        assert_eq!(path_in("/tmp/", "a"), "/tmp/a");
        assert_eq!(path_in("/", "a"), "/a");
        assert_eq!(path_in(".", "a"), "a");
        assert_eq!(path_in("~", "a"), "~/a");
    }
}
