//! what a text model reads: the constant part first, so that it is computed once.

use crate::context::{self, NameKind};
use llm_os_schema::table::{ArgKind, Required};
use llm_os_schema::{CapabilityTable, Names};
use std::fmt::Write as _;

/// what does not change between requests: who it is, what it may write, every action.
pub fn system(table: &CapabilityTable) -> String {
    let mut text = String::from(
        "You plan for an operating system. Answer with exactly one JSON object and nothing else:\n\
         {\"plan\":[ACTION,...]} when something should be done, in order;\n\
         {\"ask\":\"QUESTION\"} when the request does not say enough;\n\
         {\"answer\":\"TEXT\"} when nothing is to be done;\n\
         {\"refuse\":\"REASON\"} when it must not be done.\n\
         Values are copied from the request or are names that exist. Leave out what was not asked for. \
         Use exec only where no other action fits.\n\
         Actions, each as type{key:value,...}, with ? after keys that may be left out:\n",
    );
    for spec in table.capabilities.iter().filter(|spec| spec.for_model) {
        let _ = write!(text, "{}{{", spec.name);
        for (at, arg) in spec.args.iter().enumerate() {
            let mark = if arg.required == Required::Always {
                ""
            } else {
                "?"
            };
            let kind = match &arg.kind {
                ArgKind::Choice { values } => values.join("|"),
                ArgKind::Integer { unit, .. } => format!("number {unit}").trim_end().to_owned(),
                ArgKind::Flag => "true".to_owned(),
                ArgKind::Argv => "[word,...]".to_owned(),
                ArgKind::Env => "{NAME:value}".to_owned(),
                ArgKind::Mode => "octal".to_owned(),
                ArgKind::Path => "path".to_owned(),
                ArgKind::Text => "text".to_owned(),
                ArgKind::Unit => "service".to_owned(),
                ArgKind::Word => "word".to_owned(),
                ArgKind::Words => "[word,...]".to_owned(),
                ArgKind::Name { of } => of.noun().to_owned(),
                ArgKind::Process => "process".to_owned(),
            };
            let between = if at == 0 { "" } else { "," };
            let _ = write!(text, "{between}{}{mark}", arg.name);
            // `path:path` says nothing that `path` does not.
            if kind != arg.name {
                let _ = write!(text, ":{kind}");
            }
        }
        let _ = writeln!(text, "}} {}", spec.summary);
    }
    text.push_str(
        "Examples:\n\
         Request: make a folder called plans and put a file in it named a.txt saying hi there\n\
         {\"plan\":[{\"type\":\"make_dir\",\"path\":\"plans\"},{\"type\":\"write_file\",\"path\":\"plans/a.txt\",\"content\":\"hi there\"}]}\n\
         Request: how hot is it in there?\n\
         {\"plan\":[{\"type\":\"system_info\",\"what\":\"temperature\"}]}\n\
         Request: delete it\n\
         {\"ask\":\"which file should I delete?\"}\n",
    );
    text
}

/// what is new with each request.
pub fn user(request: &str, names: &Names) -> String {
    let mut text = String::new();
    let mut last = None;
    for name in context::choose(request, names, &NameKind::ALL) {
        let lead = if last == Some(name.kind) {
            ", ".to_owned()
        } else if last.is_none() {
            format!("Names that exist: {} ", name.kind.label())
        } else {
            format!("; {} ", name.kind.label())
        };
        last = Some(name.kind);
        text.push_str(&lead);
        text.push_str(&name.text);
    }
    if last.is_some() {
        text.push('\n');
    }
    let _ = write!(text, "Request: {request}");
    text
}
