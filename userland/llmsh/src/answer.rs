//! what the line after a question is: yes, nothing any more, or no answer at all but a request.

/// words that a request begins with and an answer hardly ever does.
#[rustfmt::skip]
const BEGINNINGS: &[&str] = &[
    "how", "what", "what's", "who", "why", "when", "where", "is", "are", "does", "do", "can", "could",
    "would", "will", "please", "show", "list", "tell", "give", "find", "look", "check", "create", "make",
    "write", "add", "append", "delete", "remove", "erase", "rename", "move", "copy", "read", "open",
    "print", "display", "run", "execute", "start", "stop", "restart", "enable", "disable", "kill",
    "reboot", "shutdown", "shut", "turn", "power", "install", "update", "set", "change", "undo", "plan",
    "dry-run", "help", "instead",
];

/// ways to say that nothing is wanted any more.
#[rustfmt::skip]
const NOTHING: &[&str] = &[
    "", "no", "n", "none", "nothing", "never mind", "nevermind", "forget it", "cancel", "stop",
];

/// whether it is yes.
pub fn is_yes(line: &str) -> bool {
    matches!(line.trim().to_lowercase().as_str(), "y" | "yes")
}

/// whether it says that nothing is wanted any more.
pub fn is_none(line: &str) -> bool {
    let line = line.trim_end_matches(['.', '!', ' ']).to_lowercase();
    NOTHING.contains(&line.as_str())
}

/// whether a line that follows a question is rather a request of its own. a single word never is.
pub fn is_request(line: &str) -> bool {
    let Some((first, _)) = line.trim().split_once(char::is_whitespace) else {
        return false;
    };
    let first = first.trim_end_matches([',', ':']).to_lowercase();
    line.trim_end().ends_with('?') || BEGINNINGS.contains(&first.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_and_requests_are_told_apart() {
        for line in [
            "notes.txt",
            "restart",
            "hm?",
            "the big one",
            "call it x.txt",
            "in /tmp",
            "'show me'",
            "with the text hello there",
            "both of them",
        ] {
            assert!(!is_request(line), "{line}");
        }
        for line in [
            "how much memory is free?",
            "create a file a.txt",
            "Delete the other file",
            "really all of them?",
            "show me the log",
        ] {
            assert!(is_request(line), "{line}");
        }
    }

    #[test]
    fn yes_and_nothing() {
        for line in ["y", " Yes ", "YES"] {
            assert!(is_yes(line), "{line}");
        }
        for line in ["", "yes please", "yep", "n", "y y"] {
            assert!(!is_yes(line), "{line}");
        }
        for line in ["", "no.", "Never mind", "cancel"] {
            assert!(is_none(line), "{line}");
        }
        assert!(!is_none("none.txt"));
    }
}
