//! words that stand in text files, one entry a line: `corpus/pools/*.txt`. a line may have a second
//! column, behind a tab: what the words are the name of.

use std::sync::LazyLock;

/// entries of one file.
pub type Lines = LazyLock<Vec<&'static str>>;

macro_rules! lines {
    ($($name:ident $file:literal $doc:literal)*) => {$(
        #[doc = $doc]
        pub static $name: Lines = LazyLock::new(|| {
            include_str!(concat!("../../pools/", $file, ".txt"))
                .lines()
                .filter(|line| !line.trim().is_empty())
                .collect()
        });
    )*};
}

lines! {
    ABOUTS "abouts" "what one searches for."
    AGENTS "agents" "names of agents."
    CHATTER "chatter" "said before a request, and no part of it."
    COMMANDS "commands" "programs with arguments, as people run them."
    CLOCKS "clocks" "times and dates."
    DEVICES "devices" "block devices."
    DOES "does" "what a tool does."
    EFIVARS "efivars" "firmware variables."
    FACTS "facts" "what is to be remembered."
    GOALS "goals" "what should become better."
    HOSTNAMES "hostnames" "names of machines."
    HOSTS "hosts" "hosts and addresses."
    INTERFACES "interfaces" "network interfaces."
    INTERFACE_WORDS "interface_words" "what people call them, and how their names begin."
    INTERJECTIONS "interjections" "the same, a word or two."
    LAYOUTS "layouts" "keyboard layouts."
    MESSAGES "messages" "what is told to an agent."
    MOUNTS "mounts" "where file systems are mounted."
    NOTES "notes" "texts that are written into files."
    OUTPUTS "outputs" "screens."
    PACKAGES "packages" "software."
    PATTERNS "patterns" "parts of file names."
    PROCESSES "processes" "programs that run."
    PROCESS_WORDS "process_words" "what people call them, and their names."
    REASONS "reasons" "said after a request, and no part of it."
    RESOLUTIONS "resolutions" "sizes of a screen."
    SECRETS "secrets" "passwords."
    SSIDS "ssids" "wireless networks."
    TASKS "tasks" "what an agent should do."
    TOOLS_MADE "tools" "names of tools that people made."
    WORDS "words" "arguments of a tool."
    ZONES "zones" "time zones."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_entry_stands_twice_or_has_spaces_around_it() {
        for list in [&*FACTS, &*NOTES, &*PACKAGES, &*PROCESS_WORDS, &*HOSTS] {
            let set: std::collections::HashSet<_> = list.iter().collect();
            assert_eq!(set.len(), list.len());
            assert!(list.iter().all(|line| line.trim() == *line));
        }
    }
}
