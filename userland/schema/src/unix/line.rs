//! a command line taken apart: words with their quotes, `&&` and `;`, one output file.

/// one word, and what was seen of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Word {
    pub text: String,
    /// some of it was quoted.
    pub quoted: bool,
    /// it has a mark, not quoted, that a shell would make other words of.
    pub pattern: bool,
}

impl Word {
    /// a pattern, or quoted where no quotes are needed: nothing to be read as it stands.
    pub fn is_odd(&self) -> bool {
        self.pattern || (self.quoted && self.text.starts_with(['-', '~']))
    }
}

/// where the output goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Redirect {
    pub path: String,
    /// `>>`, not `>`.
    pub append: bool,
}

/// one command of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Command {
    /// the program and its arguments; at least one word.
    pub words: Vec<Word>,
    pub redirect: Option<Redirect>,
    /// `sudo` or `doas` stood in front.
    pub root: bool,
    /// `NAME=value` in front.
    pub env: Vec<(String, String)>,
    /// the directory of a `cd DIR &&` in front.
    pub cwd: Option<String>,
}

impl Command {
    /// the program, without the directory that programs lie in.
    pub fn name(&self) -> &str {
        let name = self.words[0].text.as_str();
        let place = PLACES.iter().find_map(|place| name.strip_prefix(place));
        place.filter(|rest| !rest.is_empty()).unwrap_or(name)
    }

    /// the program as typed.
    pub fn typed(&self) -> &str {
        &self.words[0].text
    }

    /// its arguments.
    pub fn args(&self) -> &[Word] {
        &self.words[1..]
    }

    /// nothing but words: no variables.
    pub fn plain(&self) -> bool {
        self.env.is_empty()
    }
}

/// where programs lie.
pub(super) const PLACES: [&str; 6] = [
    "/bin/",
    "/sbin/",
    "/usr/bin/",
    "/usr/sbin/",
    "/usr/local/bin/",
    "/usr/local/sbin/",
];

enum Token {
    Word(Word),
    Next,
    Redirect { append: bool },
}

/// the commands of `text`; `None` where a shell would do more than start programs one by one.
pub(super) fn commands(text: &str) -> Option<Vec<Command>> {
    let mut commands = Vec::new();
    let mut cwd = None;
    let tokens = tokens(text.trim().strip_prefix("$ ").unwrap_or(text.trim()))?;
    for part in tokens.split(|token| matches!(token, Token::Next)) {
        let mut command = command(part)?;
        if command.name() == "cd" {
            let [_, dir] = command.words.as_slice() else {
                return None;
            };
            // a second one would lie in the first.
            let odd = dir.is_odd() || dir.text.starts_with(['-', '~']);
            if odd || cwd.replace(dir.text.clone()).is_some() || command.redirect.is_some() {
                return None;
            }
            continue;
        }
        command.cwd.clone_from(&cwd);
        commands.push(command);
    }
    Some(commands)
}

fn command(tokens: &[Token]) -> Option<Command> {
    let (mut words, mut redirect) = (Vec::new(), None);
    let mut tokens = tokens.iter();
    while let Some(token) = tokens.next() {
        match token {
            Token::Word(word) => words.push(word.clone()),
            Token::Redirect { append } => {
                let Some(Token::Word(path)) = tokens.next() else {
                    return None;
                };
                // what follows the file is talk more often than words to be written.
                if path.is_odd() || path.text.ends_with(',') || tokens.clone().next().is_some() {
                    return None;
                }
                let here = Redirect {
                    path: path.text.clone(),
                    append: *append,
                };
                if redirect.replace(here).is_some() {
                    return None;
                }
            }
            Token::Next => return None,
        }
    }
    let (mut root, mut env) = (false, Vec::new());
    while let Some(word) = words.first() {
        match variable(word) {
            Some(set) => env.push(set),
            None if matches!(word.text.as_str(), "sudo" | "doas") => root = true,
            // an option of sudo's own: another user, another environment.
            None if word.text.starts_with('-') => return None,
            None => break,
        }
        words.remove(0);
    }
    (!words.is_empty()).then_some(Command {
        words,
        redirect,
        root,
        env,
        cwd: None,
    })
}

/// `NAME=value` in capitals.
fn variable(word: &Word) -> Option<(String, String)> {
    let (name, value) = word.text.split_once('=')?;
    let capital = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let begins = name.chars().next().is_some_and(|c| c.is_ascii_uppercase());
    (begins && name.chars().all(capital)).then(|| (name.to_owned(), value.to_owned()))
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut word: Option<Word> = None;
    let mut chars = text.chars().peekable();
    let open = |word: &mut Option<Word>, c: char| {
        let word = word.get_or_insert_default();
        word.pattern |= matches!(c, '*' | '?' | '[');
        word.text.push(c);
    };
    while let Some(c) = chars.next() {
        match c {
            '\'' | '"' => {
                // "john's" is no command line.
                let letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
                let inner = word.as_ref().and_then(|word| word.text.chars().next_back());
                if c == '\'' && letter(inner) && letter(chars.peek().copied()) {
                    return None;
                }
                let word = word.get_or_insert_default();
                word.quoted = true;
                loop {
                    match chars.next()? {
                        end if end == c => break,
                        '\\' if c == '"' => match chars.next()? {
                            // before anything else a shell leaves it where it is.
                            special @ ('$' | '`' | '"' | '\\') => word.text.push(special),
                            other => word.text.extend(['\\', other]),
                        },
                        // a shell would put something else here.
                        '$' | '`' if c == '"' => return None,
                        inner => word.text.push(inner),
                    }
                }
            }
            '\\' => {
                let word = word.get_or_insert_default();
                word.quoted = true;
                word.text.push(chars.next()?);
            }
            ' ' | '\t' => tokens.extend(word.take().map(Token::Word)),
            ';' => {
                tokens.extend(word.take().map(Token::Word));
                // `;` at the end begins nothing.
                if chars.clone().any(|c| !c.is_whitespace()) {
                    tokens.push(Token::Next);
                }
            }
            '&' if chars.peek() == Some(&'&') => {
                chars.next();
                tokens.extend(word.take().map(Token::Word));
                tokens.push(Token::Next);
            }
            '>' => {
                // `2>` is another stream.
                if word
                    .as_ref()
                    .is_some_and(|word| word.text.parse::<u8>().is_ok())
                {
                    return None;
                }
                tokens.extend(word.take().map(Token::Word));
                let append = chars.next_if_eq(&'>').is_some();
                if matches!(chars.peek(), Some('&' | '|' | '(')) {
                    return None;
                }
                tokens.push(Token::Redirect { append });
            }
            '|' | '&' | '<' | '$' | '`' | '(' | ')' | '{' | '}' | '\n' => return None,
            '#' if word.is_none() => return None,
            '~' if word.is_none() => return None,
            c => open(&mut word, c),
        }
    }
    tokens.extend(word.take().map(Token::Word));
    Some(tokens)
}
