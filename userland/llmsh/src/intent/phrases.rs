//! the phrases that mean plan only, in lower case and without punctuation.

/// at the start of a line: the longest that fits wins, and what follows is the request.
#[rustfmt::skip]
pub(super) const LEADING: &[&str] = &[
    "dry run", "dry-run", "dryrun", "--dry-run", "plan", "plan only", "plan-only", "planonly",
    "just plan", "only plan", "make a plan", "make a plan to", "make a plan for",
    "give me a plan to", "give me a plan for", "show me a plan to", "show me a plan for",
    "show me the plan to", "show me the plan for", "just show me the plan to",
    "just show me the plan for", "what would you do", "what would you do to",
    "what would you do for", "what would you do if i asked you to", "what would you do if i said",
    "what would you do if", "what would you run to", "what would you change to",
    "what would happen if i", "what would happen if you", "what happens if i",
    "what happens if you", "how would you", "how do you plan to", "tell me how you would",
    "show me how you would", "just show me how you would", "show me what you would do to",
    "just show me what you would do to", "just show me what you would do",
    "tell me what you would do to", "show what would happen", "show me what would happen",
    "show what would happen if i", "show what would happen if you", "what would happen",
    "what would", "what will", "what does it take to", "what would it take to", "preview",
    "show a preview of", "hypothetically", "in theory", "rehearse", "suppose i asked you to",
    "suppose you had to", "imagine i asked you to", "what is the plan for", "what is the plan to",
    "what's the plan for", "what's the plan to", "what steps would you take to",
    "which steps would you take to", "what steps would it take to", "which steps would it take to",
    "describe how you would", "describe how you'd", "explain how you would", "explain how you'd",
    "tell me how you'd", "show me how you'd", "how'd you", "how would one", "what you'd do to",
    "what'd you do to", "walk me through how you would", "simulate", "pretend to",
    "without doing it",
    "without running it", "without executing it", "without executing anything",
    "without doing anything", "without running anything", "without changing anything",
];

/// the first words of what follows a leading phrase that belong to the phrase and not to the request.
pub(super) const LINKING: &[&str] = &["how to", "how you would", "to"];

/// anywhere in the words.
#[rustfmt::skip]
pub(super) const ANYWHERE: &[&str] = &[
    "dry run", "dry-run", "--dry-run", "plan only", "plan-only", "only the plan", "just the plan",
    "just a plan", "only a plan", "what would you do", "what you would do", "how you would do it",
    "without doing it", "without doing anything", "without doing so", "without running it",
    "without running anything", "without executing", "without actually",
    "without changing anything", "don't do it", "do not do it", "don't do anything",
    "do not do anything", "don't run it", "do not run it", "don't run anything",
    "do not run anything", "don't execute", "do not execute", "don't actually", "do not actually",
    "not actually do", "not really do", "dont do it", "dont run it", "dont do anything",
    "dont run anything", "dont execute", "dont actually", "just show me the plan",
    "just show me what you", "just show me how", "show me the plan", "no execution",
    "no executing", "without execution", "preview only", "only a preview", "only preview",
    "what you'd do", "how you'd do it", "not for real", "don't run this", "do not run this",
    "don't do this", "do not do this",
];

/// at the end of the words only: "just show me the log" wants the log.
#[rustfmt::skip]
pub(super) const TRAILING: &[&str] = &[
    "just show me", "just show it", "only show me", "only show it", "just plan", "just plan it",
    "only plan it", "as a plan", "but don't", "but do not", "but dont", "hypothetically",
];

/// before a leading phrase, and without meaning.
#[rustfmt::skip]
pub(super) const POLITE: &[&str] = &[
    "please", "ok", "okay", "so", "hey", "hi", "well", "now", "can you", "could you", "would you",
    "will you",
];

/// between a request and a trailing phrase, and without meaning.
pub(super) const JOINING: &[&str] = &["but", "and", "please", "-", "just", "then"];
