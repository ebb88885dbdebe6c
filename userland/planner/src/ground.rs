//! what a plan must not be, whoever wrote it: aimed at a service that does not exist, or at what
//! nobody may touch. the executor would refuse it too; a person is better served by a question.

use crate::complete;
use crate::context;
use crate::nearest;
use crate::say::Reason;
use crate::spared::is_spared;
use crate::sure;
use crate::words;
use llm_os_schema::{Action, ArgKind, ArgSpec, CapabilityTable, Names, Outcome, Risk};
use serde_json::Value;
use std::ops::Range;
use strsim::damerau_levenshtein;

/// a plan that was written out by the person, as a command line: only what exists and what nobody
/// may touch is looked at. a mistyped path is read as the name that it is a slip of where the action
/// only looks.
pub fn written(table: &CapabilityTable, world: &Names, mut actions: Vec<Action>) -> Outcome {
    if actions.iter().any(is_forbidden) {
        return Outcome::Refuse(Reason::Harm.say());
    }
    if !sure::changes(table, &actions) {
        actions = nearest::mended(table, world, actions);
    }
    let missing = actions
        .iter()
        .find_map(|action| unknown_unit(table, world, action));
    missing.map_or(Outcome::Plan(actions), Outcome::Ask)
}

/// `outcome`, or the question or refusal that belongs in its place.
pub fn checked(table: &CapabilityTable, request: &str, world: &Names, outcome: Outcome) -> Outcome {
    let Outcome::Plan(actions) = outcome else {
        return outcome;
    };
    let mut actions = complete::completed(table, request, world, actions);
    instead_of_spared(table, request, world, &mut actions);
    let actions = nearest::mended(table, world, actions);
    if actions.iter().any(is_forbidden) {
        return Outcome::Refuse(Reason::Harm.say());
    }
    let missing = actions.iter().find_map(|action| {
        let key = pointless(action)
            .or_else(|| nearest::unclear(table, world, action))
            .or_else(|| spared(table, request, action))
            .or_else(|| unsaid(request, action))
            .or_else(|| beyond(request, world, action))
            .or_else(|| text_as_name(table, request, world, action))
            .or_else(|| either(table, request, world, action))
            .or_else(|| unnamed(table, request, world, action));
        let asked = key.and_then(|key| question(table, action, &key));
        asked.or_else(|| unknown_unit(table, world, action))
    });
    missing.map_or(Outcome::Plan(actions), Outcome::Ask)
}

/// what to ask for the argument `key` of `action`.
fn question(table: &CapabilityTable, action: &Action, key: &str) -> Option<String> {
    let question = &table.get(&action.kind)?.arg(key)?.question;
    (!question.is_empty()).then(|| question.clone())
}

/// a file that is moved or copied to where it is.
fn pointless(action: &Action) -> Option<String> {
    let same = action
        .args
        .get("from")
        .is_some_and(|from| action.args.get("to") == Some(from));
    same.then(|| "to".to_owned())
}

/// "keep a.txt, but delete b.txt": where one name was said to be left alone and only one other was
/// said at all, that one is meant.
fn instead_of_spared(
    table: &CapabilityTable,
    request: &str,
    world: &Names,
    actions: &mut [Action],
) {
    let [action] = actions else { return };
    let Some(key) = spared(table, request, action) else {
        return;
    };
    let kind = table.get(&action.kind).and_then(|spec| spec.arg(&key));
    let names: Vec<&String> = match kind.map(|arg| &arg.kind) {
        Some(ArgKind::Path) => world.files.iter().chain(&world.dirs).collect(),
        Some(kind) => complete::list(kind, world).into_iter().flatten().collect(),
        None => return,
    };
    let said = |name: &&&String| {
        context::places(request, name).next().is_some() && !is_spared(request, name)
    };
    let mut others = names.iter().filter(said);
    if let (Some(only), None) = (others.next(), others.next()) {
        action.args.insert(key, only.as_str().into());
    }
}

/// the key of a name that was said to be left alone.
fn spared(table: &CapabilityTable, request: &str, action: &Action) -> Option<String> {
    if sure::risk(table, action) == Risk::Observe {
        return None;
    }
    let spec = table.get(&action.kind)?;
    let named = spec.args.iter().filter(|arg| {
        let name = matches!(
            arg.kind,
            ArgKind::Path | ArgKind::Unit | ArgKind::Process | ArgKind::Name { .. }
        );
        let goal = arg.kind == ArgKind::Path && !nearest::has_to_exist(&action.kind, arg);
        name && !goal
    });
    let mut named = named.filter(|arg| {
        let name = action.text(&arg.name);
        name.is_some_and(|name| is_spared(request, name))
    });
    named.next().map(|arg| arg.name.clone())
}

/// ways to say which file system.
#[rustfmt::skip]
const FILE_SYSTEMS: &[(&str, &[&str])] = &[
    ("ext4", &["ext", "ext4", "ext3", "linux", "default", "usual", "normal"]),
    ("vfat", &["fat", "vfat", "fat32", "fat16", "dos", "msdos", "windows", "camera"]),
    ("exfat", &["exfat", "ex-fat"]),
    ("btrfs", &["btrfs", "butter", "butterfs", "btr", "b-tree"]),
    ("xfs", &["xfs"]),
    ("f2fs", &["f2fs", "flash", "flash-friendly"]),
    ("swap", &["swap", "swapping"]),
];

/// a file system that nobody named: what is on the disk is lost for it, so it is no default.
fn unsaid(request: &str, action: &Action) -> Option<String> {
    let of = (action.kind == "format").then(|| action.text("filesystem"))??;
    let ways = FILE_SYSTEMS.iter().find(|(name, _)| *name == of);
    let spelled = letter_by_letter(request).contains(of);
    let said = words::split(request).into_iter().any(|word| {
        let word = request[word].to_lowercase();
        let slips = damerau_levenshtein(&word, of) <= 1 && of.len() > 3;
        word.contains(of)
            || slips
            || spelled
            || ways.is_some_and(|(_, ways)| ways.contains(&word.as_str()))
    });
    (!said).then(|| "filesystem".to_owned())
}

/// the words that are spelled out ("x f s") as words, one behind the other.
fn letter_by_letter(request: &str) -> String {
    let words = request.split_whitespace().map(str::to_lowercase);
    let mut all = String::new();
    for word in words {
        match word.chars().count() {
            1 => all.push_str(&word),
            _ => all.push(' '),
        }
    }
    all
}

/// the words for places in a list.
const PLACES: [&[&str]; 10] = [
    &["first", "1st", "one", "1"],
    &["second", "2nd", "two", "2"],
    &["third", "3rd", "three", "3"],
    &["fourth", "4th", "four", "4"],
    &["fifth", "5th", "five", "5"],
    &["sixth", "6th", "six", "6"],
    &["seventh", "7th", "seven", "7"],
    &["eighth", "8th", "eight", "8"],
    &["ninth", "9th", "nine", "9"],
    &["tenth", "10th", "ten", "10"],
];

/// the key of a listed name, where the request speaks of a place that the list does not have:
/// "number five" of three.
fn beyond(request: &str, world: &Names, action: &Action) -> Option<String> {
    let shown = &world.shown;
    let words: Vec<String> = parts(request).collect();
    let place = words.iter().enumerate().find_map(|(at, word)| {
        let place = PLACES
            .iter()
            .position(|ways| ways.contains(&word.as_str()))?;
        let ordinal = PLACES[place][..2].contains(&word.as_str());
        let numbered = at > 0 && matches!(words[at - 1].as_str(), "number" | "nr" | "no");
        (ordinal || numbered).then_some(place)
    })?;
    let listed = |value: &Value| shown.iter().any(|name| value.as_str() == Some(name));
    let key = action.args.iter().find(|(_, value)| listed(value));
    key.filter(|_| place >= shown.len())
        .map(|(key, _)| key.clone())
}

/// the key of a name that is the text of an earlier turn: what was written into a file is not what
/// the file is called.
fn text_as_name(
    table: &CapabilityTable,
    request: &str,
    world: &Names,
    action: &Action,
) -> Option<String> {
    let kind = |action: &Action, key: &str| {
        let arg = table.get(&action.kind).and_then(|spec| spec.arg(key));
        arg.map(|arg| arg.kind.clone())
    };
    let was = |name: &str, text: bool| {
        world
            .past
            .iter()
            .flat_map(|turn| &turn.actions)
            .any(|past| {
                let mut args = past.args.iter();
                args.any(|(key, value)| {
                    value.as_str() == Some(name) && (kind(past, key) == Some(ArgKind::Text)) == text
                })
            })
    };
    let exists = |name: &str| context::named(world).any(|have| have == name);
    let mut args = action.args.iter();
    args.find(|(key, value)| {
        let named = !matches!(kind(action, key), None | Some(ArgKind::Text));
        let text = value.as_str().filter(|_| named);
        text.is_some_and(|name| {
            let said = context::places(request, name).next().is_some();
            was(name, true) && !was(name, false) && !said && !exists(name)
        })
    })
    .map(|(key, _)| key.clone())
}

/// endings of files, and what people call such files.
#[rustfmt::skip]
const KINDS: &[(&[&str], &[&str])] = &[
    (&["jpg", "jpeg", "png", "gif", "webp", "svg", "heic", "bmp"], &["photo", "picture", "image", "pic", "drawing", "snapshot"]),
    (&["mp3", "ogg", "flac", "wav", "m4a"], &["song", "music", "recording", "track", "audio", "sound"]),
    (&["mp4", "mkv", "mov", "avi", "webm"], &["video", "film", "movie", "clip"]),
    (&["txt", "md", "rst", "org"], &["note", "text"]),
    (&["csv", "ods", "xls", "xlsx", "tsv"], &["spreadsheet", "table", "sheet"]),
    (&["odt", "doc", "docx", "rtf"], &["document", "letter", "doc"]),
    (&["zip", "tar", "gz", "tgz", "xz", "7z"], &["archive", "zip"]),
    (&["sh", "py", "pl", "rb", "js"], &["script", "program"]),
    (&["cfg", "conf", "ini", "toml", "yaml", "yml", "json"], &["config", "configuration", "setting"]),
    (&["log"], &["log"]),
];

/// the key of a path that is a guess: what the request says of the name that was chosen fits another
/// name as well ("the report" where there are `report.pdf` and `report.odt`).
fn either(
    table: &CapabilityTable,
    request: &str,
    world: &Names,
    action: &Action,
) -> Option<String> {
    let spec = table.get(&action.kind)?;
    let words: Vec<String> = parts(request).collect();
    // a word for the kind of file tells `vase.jpg` from `vase.txt`.
    let kind_said = |name: &str| {
        let ending = name.rsplit('.').next().unwrap_or_default().to_lowercase();
        let kinds = KINDS
            .iter()
            .filter(|(endings, _)| endings.contains(&ending.as_str()));
        kinds
            .flat_map(|(_, ways)| *ways)
            .find(|way| words.iter().any(|word| word.trim_end_matches('s') == **way))
            .map(|way| (*way).to_owned())
    };
    let said = |name: &str| -> Vec<String> {
        let named = parts(name).filter(|part| words.contains(part));
        named.chain(kind_said(name)).collect()
    };
    let spoken_of = |name: &str| {
        let past = world.past.iter().flat_map(|turn| &turn.actions);
        let mut values = past.flat_map(|action| action.args.values());
        world.shown.iter().any(|shown| shown == name)
            || values.any(|value| value.as_str() == Some(name))
    };
    let guess = |name: &str| {
        let typed = |word: &Range<usize>| {
            nearest::mistyped_path(world, &request[word.clone()]) == Some(name)
        };
        let spelled = context::places(request, name).next().is_some()
            || words::split(request).iter().any(typed);
        let list = [&world.files, &world.dirs]
            .into_iter()
            .find(|list| list.iter().any(|have| have == name));
        let hint = said(name);
        let Some(list) = list.filter(|_| !spelled && !spoken_of(name) && !hint.is_empty()) else {
            return false;
        };
        let extra = parts(name).count();
        list.iter()
            .any(|other| other != name && said(other) == hint && parts(other).count() <= extra)
    };
    let paths = spec.args.iter().filter(|arg| arg.kind == ArgKind::Path);
    paths
        .filter(|arg| action.text(&arg.name).is_some_and(guess))
        .map(|arg| arg.name.clone())
        .next()
}

/// what people call an interface or a device without saying its name.
#[rustfmt::skip]
const CALLED: &[(&[&str], &[&str])] = &[
    (&["wl"], &["wifi", "wi-fi", "wlan", "wireless", "radio", "air"]),
    (&["eth", "en"], &["ethernet", "wired", "cable", "cabled", "lan", "wire", "copper"]),
    (&["lo"], &["loopback"]),
    (&["/dev/mmcblk"], &["card", "sd"]),
    (&["/dev/sd"], &["stick", "usb", "thumb", "pen", "drive"]),
];

/// the key of a name that nobody said, where there are others of its kind.
fn unnamed(
    table: &CapabilityTable,
    request: &str,
    world: &Names,
    action: &Action,
) -> Option<String> {
    if sure::risk(table, action) == Risk::Observe {
        return None;
    }
    let said: Vec<String> = parts(request).collect();
    let family = |name: &str| {
        CALLED.iter().position(|(begins, ways)| {
            begins.iter().any(|begin| name.starts_with(begin))
                && said.iter().any(|word| ways.contains(&word.as_str()))
        })
    };
    let spec = table.get(&action.kind)?;
    let guess = |arg: &&ArgSpec| {
        let (Some(names), Some(name)) = (complete::list(&arg.kind, world), action.text(&arg.name))
        else {
            return false;
        };
        let called = family(name);
        let alike = |other: &&String| called.is_none() || family(other) == called;
        names.iter().any(|have| have == name)
            && names.iter().filter(alike).count() > 1
            && !complete::hinted(request, world, name)
    };
    // services have names that nobody says: the container service is `dockerd`.
    let named = |arg: &&ArgSpec| matches!(arg.kind, ArgKind::Name { .. });
    let arg = spec.args.iter().filter(named).find(guess)?;
    Some(arg.name.clone())
}

/// the words of a name, or of what people say of it.
fn parts(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|part| !part.is_empty())
        .map(str::to_lowercase)
}

/// directories that the machine is made of.
const SYSTEM: [&str; 12] = [
    "/bin", "/boot", "/data", "/dev", "/etc", "/lib", "/proc", "/run", "/sbin", "/sys", "/usr",
    "/var",
];

/// whether an absolute path, however it is written, is a directory that the machine is made of.
pub fn is_system(path: &str) -> bool {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." | "*" => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    path.starts_with('/')
        && (parts.is_empty() || SYSTEM.contains(&format!("/{}", parts.join("/")).as_str()))
}

/// the root of all files, and the process that everything hangs from.
fn is_forbidden(action: &Action) -> bool {
    let text = |key: &str| action.args.get(key).and_then(Value::as_str);
    match action.kind.as_str() {
        "delete_file" => text("path").is_some_and(is_system),
        "exec" => {
            let argv = action.args.get("argv").and_then(Value::as_array);
            let argv: Vec<&str> = argv
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            let name = argv
                .first()
                .map_or("", |name| name.rsplit('/').next().unwrap_or(name));
            match name {
                "rm" | "shred" => argv[1..].iter().any(|path| is_system(path)),
                "kill" => {
                    argv[1..].iter().any(|target| matches!(*target, "1" | "-1")) && argv.len() > 1
                }
                _ => false,
            }
        }
        "process_control" => {
            action.args.get("pid").and_then(Value::as_i64) == Some(1)
                || text("pid") == Some("llminit")
        }
        _ => false,
    }
}

/// the question of a unit argument that names no unit, where the units are known.
fn unknown_unit(table: &CapabilityTable, world: &Names, action: &Action) -> Option<String> {
    let units = &world.units;
    let spec = table.get(&action.kind)?;
    let wrong = spec.args.iter().find(|arg| {
        let value = action.args.get(&arg.name).and_then(Value::as_str);
        let unknown = |unit: &str| !units.iter().any(|have| have == unit);
        arg.kind == ArgKind::Unit && !units.is_empty() && value.is_some_and(unknown)
    })?;
    Some(match wrong.question.as_str() {
        "" => "which service?".to_owned(),
        question => question.to_owned(),
    })
}

#[cfg(test)]
mod tests;
