//! the sentences of ask, answer and refuse.
//!
//! the model chooses a topic or a reason; the words are ours. a small model that wrote its own
//! sentences would invent results.

use llm_os_schema::{CapabilityTable, Outcome, limits::SAY_MAX_BYTES};

/// what is said where a plan would be a guess.
pub fn unsure() -> Outcome {
    Outcome::Ask("I am not sure what should be done: say it in other words?".to_owned())
}

/// why nothing is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    Greeting,
    Thanks,
    Goodbye,
    /// who or what is this.
    Who,
    /// what can you do.
    Able,
    /// how something is done here; an action type follows.
    How,
    /// the person asked that nothing be done.
    Nothing,
    /// small talk.
    Talk,
}

impl Topic {
    /// all topics, in the order of their symbols.
    pub const ALL: [Topic; 8] = [
        Topic::Greeting,
        Topic::Thanks,
        Topic::Goodbye,
        Topic::Who,
        Topic::Able,
        Topic::How,
        Topic::Nothing,
        Topic::Talk,
    ];

    /// as written in a symbol.
    pub fn name(self) -> &'static str {
        match self {
            Topic::Greeting => "greeting",
            Topic::Thanks => "thanks",
            Topic::Goodbye => "goodbye",
            Topic::Who => "who",
            Topic::Able => "able",
            Topic::How => "how",
            Topic::Nothing => "nothing",
            Topic::Talk => "talk",
        }
    }

    /// the sentence, for a machine that has `table`; `kind` is the action type that `How` is about.
    pub fn say(self, table: &CapabilityTable, kind: Option<&str>) -> String {
        match self {
            Topic::Greeting => "Hello. Say what should be done, in your own words.".to_owned(),
            Topic::Thanks => "You are welcome.".to_owned(),
            Topic::Goodbye => {
                "Goodbye. The machine stays on; say `power off` to switch it off.".to_owned()
            }
            Topic::Who => "I am the planner of llm-os. I turn your words into a plan; the machine \
                           shows it to you and runs it only if you agree."
                .to_owned(),
            Topic::Able => able(table),
            Topic::How => kind
                .and_then(|kind| how(table, kind))
                .unwrap_or_else(|| able(table)),
            Topic::Nothing => "Nothing was done.".to_owned(),
            Topic::Talk => {
                "I only look after this machine. Say what should be done on it, or type `help`."
                    .to_owned()
            }
        }
    }
}

fn able(table: &CapabilityTable) -> String {
    let mut text = String::from("Ask for any of these, in your own words. ");
    let known = table
        .capabilities
        .iter()
        .filter(|spec| spec.for_model && spec.available);
    for (at, spec) in known.enumerate() {
        if text.len() + spec.name.len() + spec.summary.len() + 64 > SAY_MAX_BYTES {
            break;
        }
        let between = if at == 0 { "" } else { "; " };
        text.push_str(&format!("{between}{}: {}", spec.name, spec.summary));
    }
    text.push_str(". Type `help` for the direct commands.");
    text
}

fn how(table: &CapabilityTable, kind: &str) -> Option<String> {
    let spec = table.get(kind)?;
    let mut text = format!("Say it in your own words, or type `{}", spec.name);
    for arg in spec.args.iter().filter(|arg| !arg.question.is_empty()) {
        text.push_str(&format!(" {}", arg.name.to_uppercase()));
    }
    text.push('`');
    if let Some(short) = spec.short.first() {
        text.push_str(&format!(" (short: `{}`)", short.name));
    }
    text.push_str(&format!(": {}. Nothing was done now.", spec.summary));
    Some(text)
}

/// why something must not or cannot be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// a thing that machines do, which this one does not do yet.
    Unavailable,
    /// nothing that this machine is for.
    Outside,
    /// it would destroy the machine or get round its checks.
    Harm,
    /// no sense could be made of it.
    Unclear,
}

impl Reason {
    /// all reasons, in the order of their symbols.
    pub const ALL: [Reason; 4] = [
        Reason::Unavailable,
        Reason::Outside,
        Reason::Harm,
        Reason::Unclear,
    ];

    /// as written in a symbol.
    pub fn name(self) -> &'static str {
        match self {
            Reason::Unavailable => "unavailable",
            Reason::Outside => "outside",
            Reason::Harm => "harm",
            Reason::Unclear => "unclear",
        }
    }

    /// the sentence.
    pub fn say(self) -> String {
        match self {
            Reason::Unavailable => {
                "This machine cannot do that yet. Type `help` for what it can do."
            }
            Reason::Outside => {
                "That is nothing this machine can do: it looks after files, services, logs and \
                 itself. Type `help` for what it can do."
            }
            Reason::Harm => {
                "I do not propose that: it would destroy the machine or get round its checks."
            }
            Reason::Unclear => "I did not understand that. Say it in other words, or type `help`.",
        }
        .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_is_short_enough_and_ends() {
        let table = crate::automaton::tests::table();
        let topics = Topic::ALL.map(|topic| topic.say(&table, Some("exec")));
        for text in topics.into_iter().chain(Reason::ALL.map(Reason::say)) {
            assert!(text.len() <= SAY_MAX_BYTES && text.ends_with('.'), "{text}");
        }
        assert!(Topic::How.say(&table, Some("exec")).contains("`exec ARGV`"));
    }

    #[test]
    fn a_table_of_any_size_is_told_within_the_limit() {
        let mut table = crate::automaton::tests::table();
        let more: Vec<_> = std::iter::repeat_n(table.capabilities[0].clone(), 500).collect();
        table.capabilities.extend(more);
        assert!(Topic::Able.say(&table, None).len() <= SAY_MAX_BYTES);
    }
}
