//! every setting there is. a new one is one more entry here, and a line in `llm-os.toml`.

use crate::Settings;
use toml::de::DeValue;

/// one setting.
pub struct Key {
    /// the table it stands in; empty: at the top of the file.
    pub table: &'static str,
    pub name: &'static str,
    /// what a value has to be, for the sentence.
    pub form: &'static str,
    /// sets it; `None`: the value has not this form.
    pub set: fn(&DeValue, &mut Settings) -> Option<()>,
}

/// all of them, in the order of the default file.
pub const KEYS: [Key; 4] = [
    Key {
        table: "",
        name: "hostname",
        form: "1 to 63 letters, digits and `-`, and begins and ends with none of the last, in quotes",
        set: |value, settings| {
            let name = value.as_str().filter(|name| is_hostname(name))?;
            settings.hostname = name.to_owned();
            Some(())
        },
    },
    Key {
        table: "",
        name: "timezone",
        form: "a name such as \"Europe/Berlin\" or \"UTC\", in quotes",
        set: |value, settings| {
            let name = value.as_str().filter(|name| is_timezone(name))?;
            settings.timezone = name.to_owned();
            Some(())
        },
    },
    Key {
        table: "model",
        name: "idle_s",
        form: "a whole number of seconds from 1 to 86400",
        set: |value, settings| {
            let number = value.as_integer()?;
            let number = u32::from_str_radix(number.as_str(), number.radix()).ok()?;
            settings.model_idle_s = Some(number).filter(|number| (1..=86_400).contains(number))?;
            Some(())
        },
    },
    Key {
        table: "model",
        name: "file",
        form: "the name of a file in /data/models, without a folder: letters, digits and `-_.+`, \
               in quotes",
        set: |value, settings| {
            let name = value.as_str().filter(|name| is_file_name(name))?;
            settings.model_file = Some(name.to_owned());
            Some(())
        },
    },
];

/// the names of the tables.
pub fn tables() -> impl Iterator<Item = &'static str> {
    let mut last = "";
    KEYS.iter().map(|key| key.table).filter(move |table| {
        let new = *table != last;
        last = table;
        new
    })
}

/// RFC 1123, one label.
fn is_hostname(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    (1..=63).contains(&name.len())
        && name.chars().all(plain)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// the shape of a name of the tz database; whether it exists is not known here.
fn is_timezone(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_+-".contains(c);
    let part = |part: &str| !part.is_empty() && part.chars().all(plain);
    name.len() <= 64 && name.split('/').all(part)
}

fn is_file_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.+".contains(c);
    (1..=255).contains(&name.len()) && name.chars().all(plain) && !name.starts_with('.')
}
