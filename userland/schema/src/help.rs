//! help and documentation, generated from the table.

use crate::Required;
use crate::command::{short_usage, usage};
use crate::table::{CapabilityTable, ShortForm};

/// every action, one line each under its family, with its short names.
pub fn overview(table: &CapabilityTable) -> String {
    let mut text = String::new();
    let mut family = "";
    for spec in table.capabilities.iter().filter(|spec| spec.available) {
        if spec.family != family {
            family = &spec.family;
            text.push_str(&format!("{family}\n"));
        }
        let short: Vec<&str> = spec.short.iter().map(|short| short.name.as_str()).collect();
        let short = if short.is_empty() {
            String::new()
        } else {
            format!(" ({})", short.join(", "))
        };
        text.push_str(&format!("  {:<16} {}{short}\n", spec.name, spec.summary));
    }
    text
}

/// one action or short name in full; `None` if there is none of that name.
pub fn one(table: &CapabilityTable, name: &str) -> Option<String> {
    let spec = table
        .get(name)
        .or_else(|| table.short(name).map(|(spec, _)| spec))?;
    let mut text = format!(
        "{}: {} ({})\n  {}\n",
        spec.name,
        spec.summary,
        spec.risk.word(),
        usage(spec)
    );
    if !spec.available {
        text.push_str("  this machine cannot do it yet\n");
    }
    for short in &spec.short {
        text.push_str(&format!("  {}\n", short_usage(short)));
    }
    for arg in &spec.args {
        let needed = match &arg.required {
            Required::Always => "needed".to_owned(),
            Required::Never => "optional".to_owned(),
            Required::Unless { key, is } => format!("needed unless {key} is {}", is.join(" or ")),
            Required::Without { key } => format!("needed without {key}"),
        };
        text.push_str(&format!(
            "    {:<12} {} ({}; {needed})\n",
            arg.name,
            arg.doc,
            arg.kind.expected()
        ));
    }
    Some(text)
}

/// the whole table as markdown, for `docs/capabilities.md`.
pub fn markdown(table: &CapabilityTable) -> String {
    let mut text = String::from(
        "# capabilities\n\nEverything that the machine can do, and at the end what it understands and \
         cannot do yet. Generated from the capability table; a test compares it, and says how to \
         write it anew.\n",
    );
    let mut family = String::new();
    for spec in &table.capabilities {
        let heading = match spec.available {
            true => spec.family.clone(),
            false => format!("not yet: {}", spec.family),
        };
        if heading != family {
            family = heading;
            text.push_str(&format!("\n## {family}\n"));
        }
        text.push_str(&format!(
            "\n### {}\n\n{} (*{}*)\n\n    {}\n",
            spec.name,
            spec.summary,
            spec.risk.word(),
            usage(spec)
        ));
        for short in &spec.short {
            text.push_str(&format!("    {}{}\n", short_usage(short), presets(short)));
        }
        if spec.args.is_empty() {
            continue;
        }
        text.push_str("\n| argument | | value | needed |\n|---|---|---|---|\n");
        for arg in &spec.args {
            let needed = match &arg.required {
                Required::Always => "yes".to_owned(),
                Required::Never => "no".to_owned(),
                Required::Unless { key, is } => {
                    format!("unless `{key}` is {}", is.join(" or "))
                }
                Required::Without { key } => format!("without `{key}`"),
            };
            text.push_str(&format!(
                "| `{}` | {} | {} | {needed} |\n",
                arg.name,
                arg.doc,
                arg.kind.expected()
            ));
        }
    }
    text
}

/// `  (what=disk)`: what a short name fills in by itself.
fn presets(short: &ShortForm) -> String {
    if short.preset.is_empty() {
        return String::new();
    }
    let filled: Vec<String> = short
        .preset
        .iter()
        .map(|(key, value)| match value.as_str() {
            Some(text) => format!("{key}={text}"),
            None => format!("{key}={value}"),
        })
        .collect();
    format!("  ({})", filled.join(", "))
}
