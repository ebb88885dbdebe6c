//! the command line: text in, a command out. no effects.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::prelude::*;

use crate::error::{Error, Result};

/// what a person asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    Help,
    Run(Run),
    Build {
        debug_kernel: bool,
    },
    Test {
        parts: Vec<String>,
        list: bool,
    },
    Ask(Ask),
    Check(PathBuf),
    Doctor,
    Bench {
        what: String,
        json: bool,
        runs: usize,
    },
}

/// `cargo os run`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// a disk that keeps its state.
    pub data: Option<PathBuf>,
    /// a model of the owner's own.
    pub model: Option<PathBuf>,
    pub screen: bool,
    pub memory_mb: Option<u32>,
    /// with a network card, behind QEMU's own network.
    pub net: bool,
    /// a settings file for the boot partition.
    pub config: Option<PathBuf>,
}

/// `cargo os ask`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    pub text: Option<String>,
    pub batch: Option<PathBuf>,
    pub json: bool,
    pub model: Option<PathBuf>,
    pub world: Option<PathBuf>,
    /// a model elsewhere: its server's url and its name there.
    pub endpoint: Option<(String, String)>,
    /// a file with the key for it.
    pub endpoint_key: Option<PathBuf>,
}

/// what `cargo os help` prints.
pub const HELP: &str = "\
cargo os: builds, runs, tests and measures llm-os

  cargo os run                 build what is missing, and boot it here, in this terminal
      --data FILE              keep the machine's disk in FILE
      --model FILE.gguf        put a model of your own into /data/models
      --config llm-os.toml     start with these settings
      --screen                 with a window for the screen
      --memory MB              its memory (1024)
      --net                    with a network: this computer is 10.0.2.2 there
  cargo os test [PART…]        all tests, or some parts
      --list                   which parts there are
  cargo os build               the disk image, its SHA-256 and its SBOM
      --target x86_64          the only target so far
      --debug-kernel           with a kernel that can be looked into
  cargo os ask \"TEXT\"          the plan that the model makes of a request; nothing is run
      --json                   one JSON object a line
      --batch FILE             one request a line
      --model FILE.gguf        with another model
      --endpoint URL           with a model elsewhere, and what that server calls it:
      --endpoint-model NAME
      --endpoint-key FILE      the file that holds the key for it
      --world FILE.json        the names that exist
  cargo os check FILE          check a settings file
  cargo os bench boot|image|plan
                               measure; --json: one JSON object as the last line; --runs N
  cargo os doctor              what is installed, what is missing, which accelerator works

exit codes: 0 done, 1 failed, 2 wrong usage
";

/// reads the arguments (without the program's name).
///
/// # Errors
/// [`Error::Usage`] with what is wrong.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Command> {
    parse_inner(args).map_err(|error| Error::Usage(error.to_string()))
}

fn parse_inner(
    args: impl IntoIterator<Item = OsString>,
) -> std::result::Result<Command, lexopt::Error> {
    let mut parser = lexopt::Parser::from_args(args);
    let Some(first) = parser.next()? else {
        return Ok(Command::Help);
    };
    let name = match first {
        Short('h') | Long("help") => return Ok(Command::Help),
        Value(name) => name.string()?,
        other => return Err(other.unexpected()),
    };
    let command = match name.as_str() {
        "help" => Command::Help,
        "run" => run(&mut parser)?,
        "build" => build(&mut parser)?,
        "test" => test(&mut parser)?,
        "ask" => ask(&mut parser)?,
        "check" => check(&mut parser)?,
        "doctor" => Command::Doctor,
        "bench" => bench(&mut parser)?,
        other => return Err(format!("`{other}` is no command").into()),
    };
    match parser.next()? {
        None => Ok(command),
        Some(Short('h') | Long("help")) => Ok(Command::Help),
        Some(other) => Err(other.unexpected()),
    }
}

type Parsed = std::result::Result<Command, lexopt::Error>;

fn run(parser: &mut lexopt::Parser) -> Parsed {
    let mut run = Run::default();
    while let Some(arg) = parser.next()? {
        match arg {
            Long("data") => run.data = Some(file("--data", parser.value()?)?),
            Long("model") => run.model = Some(file("--model", parser.value()?)?),
            Long("config") => run.config = Some(file("--config", parser.value()?)?),
            Long("screen") => run.screen = true,
            Long("net") => run.net = true,
            Long("memory") => run.memory_mb = Some(memory(parser.value()?.parse()?)?),
            Long("target") => target(&parser.value()?.string()?)?,
            Short('h') | Long("help") => return Ok(Command::Help),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Command::Run(run))
}

/// a file's name, which is not nothing.
fn file(option: &str, name: OsString) -> std::result::Result<PathBuf, lexopt::Error> {
    if name.is_empty() {
        return Err(format!("{option} needs the name of a file").into());
    }
    Ok(name.into())
}

/// less does not hold kernel, root and model; more is a slip of the finger.
fn memory(mb: u32) -> std::result::Result<u32, lexopt::Error> {
    if (128..=65_536).contains(&mb) {
        return Ok(mb);
    }
    Err(format!("--memory {mb}: give 128 to 65536, in megabytes").into())
}

fn target(name: &str) -> std::result::Result<(), lexopt::Error> {
    if name == "x86_64" {
        return Ok(());
    }
    Err(format!("there is no target `{name}` yet; there is x86_64").into())
}

fn build(parser: &mut lexopt::Parser) -> Parsed {
    let mut debug_kernel = false;
    while let Some(arg) = parser.next()? {
        match arg {
            Long("target") => target(&parser.value()?.string()?)?,
            Long("debug-kernel") => debug_kernel = true,
            Short('h') | Long("help") => return Ok(Command::Help),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Command::Build { debug_kernel })
}

fn test(parser: &mut lexopt::Parser) -> Parsed {
    let (mut parts, mut list) = (Vec::new(), false);
    while let Some(arg) = parser.next()? {
        match arg {
            Long("list") => list = true,
            Value(part) => parts.push(part.string()?),
            Short('h') | Long("help") => return Ok(Command::Help),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Command::Test { parts, list })
}

fn ask(parser: &mut lexopt::Parser) -> Parsed {
    let mut ask = Ask::default();
    let (mut url, mut name) = (None, None);
    while let Some(arg) = parser.next()? {
        match arg {
            Long("json") => ask.json = true,
            Long("batch") => ask.batch = Some(parser.value()?.into()),
            Long("model") => ask.model = Some(parser.value()?.into()),
            Long("endpoint") => url = Some(parser.value()?.string()?),
            Long("endpoint-model") => name = Some(parser.value()?.string()?),
            Long("endpoint-key") => ask.endpoint_key = Some(parser.value()?.into()),
            Long("world") => ask.world = Some(parser.value()?.into()),
            Short('h') | Long("help") => return Ok(Command::Help),
            Value(word) => {
                // several words without quotes are one request.
                let word = word.string()?;
                ask.text = Some(match ask.text.take() {
                    Some(text) => format!("{text} {word}"),
                    None => word,
                });
            }
            other => return Err(other.unexpected()),
        }
    }
    ask.endpoint = match (url, name) {
        (Some(url), Some(name)) => Some((url, name)),
        (None, None) if ask.endpoint_key.is_none() => None,
        _ => return Err("an endpoint needs --endpoint URL and --endpoint-model NAME".into()),
    };
    if ask.endpoint.is_some() && ask.model.is_some() {
        return Err("take --model or --endpoint, not both".into());
    }
    let says_nothing = ask.text.as_ref().is_some_and(|text| text.trim().is_empty());
    if says_nothing || ask.text.is_some() == ask.batch.is_some() {
        return Err("ask needs a request, or --batch FILE".into());
    }
    Ok(Command::Ask(ask))
}

fn check(parser: &mut lexopt::Parser) -> Parsed {
    match parser.next()? {
        Some(Value(path)) => Ok(Command::Check(path.into())),
        _ => Err("check needs a settings file: `cargo os check llm-os.toml`".into()),
    }
}

fn bench(parser: &mut lexopt::Parser) -> Parsed {
    let (mut what, mut json, mut runs) = (None, false, 5);
    while let Some(arg) = parser.next()? {
        match arg {
            Long("json") => json = true,
            Long("runs") => {
                runs = parser.value()?.parse_with(|text| match text.parse() {
                    Ok(n @ 1..=100) => Ok(n),
                    _ => Err("give 1 to 100"),
                })?
            }
            Value(name) if what.is_none() => what = Some(name.string()?),
            Short('h') | Long("help") => return Ok(Command::Help),
            other => return Err(other.unexpected()),
        }
    }
    match what {
        Some(what) if ["boot", "image", "plan"].contains(&what.as_str()) => {
            Ok(Command::Bench { what, json, runs })
        }
        Some(other) => {
            Err(format!("there is no bench `{other}`; there are boot, image and plan").into())
        }
        None => Err("bench what? boot, image or plan".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Command> {
        parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn what_makes_sense() {
        fn check(line: &str, expect: Command) {
            assert_eq!(read(line).unwrap(), expect, "{line}");
        }
        check("", Command::Help);
        check("--help", Command::Help);
        check("run --help", Command::Help);
        check("run", Command::Run(Run::default()));
        check(
            "run --data d.img --memory 512 --screen --net",
            Command::Run(Run {
                data: Some("d.img".into()),
                memory_mb: Some(512),
                screen: true,
                net: true,
                ..Run::default()
            }),
        );
        check(
            "build --target x86_64",
            Command::Build {
                debug_kernel: false,
            },
        );
        check(
            "test unit boot",
            Command::Test {
                parts: vec!["unit".into(), "boot".into()],
                list: false,
            },
        );
        check(
            "test --list",
            Command::Test {
                parts: vec![],
                list: true,
            },
        );
        check(
            "ask --json list the files",
            Command::Ask(Ask {
                text: Some("list the files".into()),
                json: true,
                ..Ask::default()
            }),
        );
        check(
            "ask --endpoint http://h/v1 --endpoint-model m hello",
            Command::Ask(Ask {
                text: Some("hello".into()),
                endpoint: Some(("http://h/v1".into(), "m".into())),
                ..Ask::default()
            }),
        );
        check(
            "bench boot --json",
            Command::Bench {
                what: "boot".into(),
                json: true,
                runs: 5,
            },
        );
        check("check llm-os.toml", Command::Check("llm-os.toml".into()));
        check("doctor", Command::Doctor);
    }

    #[test]
    fn what_does_not_is_usage() {
        for line in [
            "frob",
            "run now",
            "run --memory 3",
            "run --memory lots",
            "run --target pi4",
            "build --fast",
            "ask",
            "ask --batch f and more",
            "ask --endpoint http://h hello",
            "ask --endpoint-key k hello",
            "ask --endpoint http://h --endpoint-model m --model f hello",
            "bench",
            "bench everything",
            "bench boot --runs 0",
            "check",
            "doctor who",
        ] {
            let error = read(line).expect_err(line);
            assert_eq!(error.exit_code(), 2, "{line}: {error}");
        }
    }

    #[test]
    fn help_names_every_command() {
        for name in ["run", "test", "build", "ask", "check", "bench", "doctor"] {
            assert!(HELP.contains(&format!("cargo os {name}")), "{name}");
        }
    }
}
