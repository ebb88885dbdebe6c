//! every setting there is. a new one is one more entry here, and a line in `llm-os.toml`.

use crate::Settings;
use llm_os_wire::settings::{
    ENDPOINT_TIMEOUT_MAX_S, Endpoint, First, is_model_name, is_secret_name,
};
use llm_os_wire::url;
use std::ops::RangeInclusive;
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
pub const KEYS: [Key; 9] = [
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
            settings.model_idle_s = number(value, 1..=86_400)?;
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
    Key {
        table: "model",
        name: "first",
        form: "\"embedded\" or \"big\": which model is asked first",
        set: |value, settings| {
            let all = [First::Embedded, First::Big];
            let word = value.as_str()?;
            settings.model_first = all.into_iter().find(|first| first.word() == word)?;
            Some(())
        },
    },
    Key {
        table: "endpoint",
        name: "url",
        form: "where the server is, up to the version, such as \"http://10.0.2.2:8080/v1\": http \
               or https, no user, no question mark",
        set: |value, settings| {
            let text = value.as_str().filter(|text| url::parse(text).is_some())?;
            endpoint(settings).url = text.to_owned();
            Some(())
        },
    },
    Key {
        table: "endpoint",
        name: "model",
        form: "the model's name at that server: 1 to 128 letters, digits and `-_.:/+@`, in quotes",
        set: |value, settings| {
            let name = value.as_str().filter(|name| is_model_name(name))?;
            endpoint(settings).model = name.to_owned();
            Some(())
        },
    },
    Key {
        table: "endpoint",
        name: "key",
        form: "the name of a file in /data/secrets, at most 32 small letters, digits, `-` and `_`; \
               a key itself does not belong in this file: put it into that one",
        set: |value, settings| {
            let name = value.as_str().filter(|name| is_secret_name(name))?;
            endpoint(settings).key = Some(name.to_owned());
            Some(())
        },
    },
    Key {
        table: "endpoint",
        name: "timeout_s",
        form: "a whole number of seconds from 1 to 600",
        set: |value, settings| {
            endpoint(settings).timeout_s = number(value, 1..=ENDPOINT_TIMEOUT_MAX_S)?;
            Some(())
        },
    },
];

/// the endpoint, begun with the first of its keys; whether it is whole is seen at the end.
fn endpoint(settings: &mut Settings) -> &mut Endpoint {
    settings.endpoint.get_or_insert_default()
}

fn number(value: &DeValue, range: RangeInclusive<u32>) -> Option<u32> {
    let number = value.as_integer()?;
    let number = u32::from_str_radix(number.as_str(), number.radix()).ok()?;
    range.contains(&number).then_some(number)
}

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
