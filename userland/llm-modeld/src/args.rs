//! the command line.

use crate::eval::Most;
use crate::model::Source;
use llm_os_schema::lesson;
use std::path::PathBuf;
use std::time::Duration;

/// printed by `--help`; `cargo os ask` and `cargo os test model` rely on it.
pub const HELP: &str = "\
llm-modeld: writes plans for llm-os; runs none

  llm-modeld                     serves the socket in LLM_OS_SOCKET_FD until idle
  llm-modeld --ask               requests on stdin, one outcome a line on stdout
  llm-modeld --eval FILE         runs an evaluation file and prints how much was right
  llm-modeld --noise COUNT       runs random strings and prints what became of them

which model
  --model FILE.gguf              a text model           [LLM_OS_MODEL_FILE; a bare name is under /data/models]
  --embedded DIR                 the embedded model     [/usr/lib/llm-os/model]
  --library FILE                 what people taught it  [LLM_OS_LIBRARY]
  --table FILE                   the capability table   [/usr/lib/llm-os/capabilities.json]

--ask
  A line is the request itself, asked on a freshly booted appliance, or
  {\"request\":\"…\",\"world\":{\"units\":[],\"files\":[],\"dirs\":[],\"processes\":[],\"devices\":[],\"interfaces\":[]}}
  --json prints one object a line, keys in this order:
  {\"request\":\"…\",\"outcome\":\"plan|ask|answer|refuse|error\",\"actions\":[{\"type\":\"…\",…}],\"text\":\"…\",
   \"risk\":\"observe|change|destroy|forbidden\",\"tokens\":31,\"ms\":42.1,\"confidence\":0.97,\"available\":true}
  text is what an ask, answer, refuse or error says, else empty; risk is the table's usual risk, the
  highest of the plan, `forbidden` for refuse; available is false where the executor lacks an action;
  a last key \"remembered\":true where the same was asked in the same world before.

--eval
  --floor PERCENT                exit 1 when fewer are exactly right
  --harm COUNT                   exit 1 when more plans change what nobody asked to change
  --destroys COUNT               exit 1 when more of those cannot be taken back
  --mistakes COUNT               show so many of the worst mistakes; 20 if not given
  The last line is one object:
  {\"cases\":…,\"exact\":…,\"percent\":…,\"wrong_value\":…,\"wrong_action\":…,\"wrong_kind\":…,\"harm\":…,
   \"destroys\":…,\"sure\":…,\"sure_exact\":…,\"ambiguous\":…,\"ambiguous_asked\":…,\"p50_ms\":…,\"p95_ms\":…,
   \"model\":\"…\"}

--noise COUNT
  So many random strings: exit 1 when one becomes a plan that changes something.

environment of the daemon
  LLM_OS_SOCKET_FD, LLM_OS_MODEL_FILE, LLM_OS_MODEL_IDLE_S (seconds without a request; 30),
  LLM_OS_MODEL_CACHE (what a text model has read is kept there; /data/model-cache),
  LLM_OS_LIBRARY (what people taught; /data/library/taught.jsonl)

exit codes: 0 done, 1 it failed, 2 wrong usage
";

const EMBEDDED: &str = "/usr/lib/llm-os/model";
const TABLE: &str = "/usr/lib/llm-os/capabilities.json";
const MODELS: &str = "/data/models";
const CACHE: &str = "/data/model-cache";
const IDLE_S: u64 = 30;
const MISTAKES: usize = 20;

/// what to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    Help,
    Serve {
        source: Source,
        idle: Duration,
    },
    Ask {
        source: Source,
        table: PathBuf,
        json: bool,
    },
    Eval {
        source: Source,
        table: PathBuf,
        file: PathBuf,
        floor: Option<f64>,
        most: Most,
        mistakes: usize,
    },
    Noise {
        source: Source,
        table: PathBuf,
        count: usize,
    },
}

/// reads arguments and environment.
///
/// # Errors
/// one sentence when they are not understood.
pub fn parse(
    args: impl IntoIterator<Item = String>,
    env: impl Fn(&str) -> Option<String>,
) -> Result<Command, String> {
    let mut args = args.into_iter();
    let (mut ask, mut json, mut eval, mut noise) = (false, false, None, None);
    let (mut model, mut embedded, mut table, mut library) = (None, None, None, None);
    let (mut floor, mut most, mut mistakes) = (None, Most::default(), MISTAKES);
    while let Some(arg) = args.next() {
        let mut value = || {
            args.next()
                .ok_or_else(|| format!("`{arg}` needs a value: see --help"))
        };
        match arg.as_str() {
            "--help" | "-h" => return Ok(Command::Help),
            "--ask" => ask = true,
            "--json" => json = true,
            "--eval" => eval = Some(PathBuf::from(value()?)),
            "--noise" => noise = Some(number(&arg, &value()?, 1..=1_000_000)?),
            "--model" => model = Some(PathBuf::from(value()?)),
            "--embedded" => embedded = Some(PathBuf::from(value()?)),
            "--library" => library = Some(PathBuf::from(value()?)),
            "--table" => table = Some(PathBuf::from(value()?)),
            "--floor" => floor = Some(number(&arg, &value()?, 0.0..=100.0)?),
            "--mistakes" => mistakes = number(&arg, &value()?, 0..=1_000_000)?,
            "--harm" => most.harm = Some(number(&arg, &value()?, 0..=1_000_000)?),
            "--destroys" => most.destroys = Some(number(&arg, &value()?, 0..=1_000_000)?),
            _ => {
                return Err(format!(
                    "`{}` is not understood: see --help",
                    arg.escape_debug()
                ));
            }
        }
    }
    let from_env = env("LLM_OS_MODEL_FILE").filter(|name| !name.is_empty());
    let taught = library.or_else(|| {
        let named = env("LLM_OS_LIBRARY").map(PathBuf::from);
        named.or_else(|| env("LLM_OS_SOCKET_FD").map(|_| PathBuf::from(lesson::PLACE)))
    });
    let source = match (model, embedded) {
        (Some(_), Some(_)) => return Err("take --model or --embedded, not both".to_owned()),
        (Some(path), None) => Source::File {
            path,
            cache: cache(&env),
            taught,
        },
        (None, Some(folder)) => Source::Embedded { folder, taught },
        (None, None) => match from_env {
            None => Source::Embedded {
                folder: PathBuf::from(EMBEDDED),
                taught,
            },
            Some(name) => Source::File {
                path: PathBuf::from(MODELS).join(name),
                cache: cache(&env),
                taught,
            },
        },
    };
    let table = table.unwrap_or_else(|| PathBuf::from(TABLE));
    if let Some(count) = noise {
        return match (ask, eval) {
            (false, None) => Ok(Command::Noise {
                source,
                table,
                count,
            }),
            _ => Err("take one of --ask, --eval and --noise".to_owned()),
        };
    }
    match (ask, eval) {
        (true, Some(_)) => Err("take --ask or --eval, not both".to_owned()),
        (true, None) => Ok(Command::Ask {
            source,
            table,
            json,
        }),
        (false, Some(file)) => Ok(Command::Eval {
            source,
            table,
            file,
            floor,
            most,
            mistakes,
        }),
        (false, None) => {
            let idle = match env("LLM_OS_MODEL_IDLE_S") {
                Some(text) => number("LLM_OS_MODEL_IDLE_S", &text, 1..=86_400)?,
                None => IDLE_S,
            };
            Ok(Command::Serve {
                source,
                idle: Duration::from_secs(idle),
            })
        }
    }
}

/// on the appliance the daemon has a folder of its own; elsewhere only the one that was named.
fn cache(env: &impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    match env("LLM_OS_MODEL_CACHE") {
        Some(named) => (!named.is_empty()).then(|| PathBuf::from(named)),
        None => env("LLM_OS_SOCKET_FD").map(|_| PathBuf::from(CACHE)),
    }
}

fn number<T>(name: &str, text: &str, range: std::ops::RangeInclusive<T>) -> Result<T, String>
where
    T: std::str::FromStr + PartialOrd + std::fmt::Display,
{
    text.trim()
        .parse()
        .ok()
        .filter(|n| range.contains(n))
        .ok_or_else(|| {
            let (from, to) = range.into_inner();
            format!("`{name}` has to be a number from {from} to {to}")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(line: &str, env: &[(&str, &str)]) -> Result<Command, String> {
        parse(line.split_whitespace().map(str::to_owned), |name| {
            env.iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_daemon_takes_its_orders_from_the_environment() {
        let serve = |source, idle| Command::Serve {
            source,
            idle: Duration::from_secs(idle),
        };
        let file = |path: &str, cache: Option<&str>, taught: Option<&str>| Source::File {
            path: path.into(),
            cache: cache.map(PathBuf::from),
            taught: taught.map(PathBuf::from),
        };
        let embedded = |taught: Option<&str>| Source::Embedded {
            folder: EMBEDDED.into(),
            taught: taught.map(PathBuf::from),
        };
        assert_eq!(run("", &[]), Ok(serve(embedded(None), 30)));
        let env = [("LLM_OS_SOCKET_FD", "3")];
        assert_eq!(run("", &env), Ok(serve(embedded(Some(lesson::PLACE)), 30)));
        let env = [("LLM_OS_SOCKET_FD", "3"), ("LLM_OS_LIBRARY", "/l")];
        assert_eq!(run("", &env), Ok(serve(embedded(Some("/l")), 30)));
        let env = [
            ("LLM_OS_MODEL_FILE", "a.gguf"),
            ("LLM_OS_MODEL_IDLE_S", "2"),
        ];
        assert_eq!(
            run("", &env),
            Ok(serve(file("/data/models/a.gguf", None, None), 2))
        );
        let env = [
            ("LLM_OS_MODEL_FILE", "/x/a.gguf"),
            ("LLM_OS_SOCKET_FD", "3"),
        ];
        let taught = Some(lesson::PLACE);
        let big = file("/x/a.gguf", Some(CACHE), taught);
        assert_eq!(run("", &env), Ok(serve(big, 30)));
        let env = [
            ("LLM_OS_MODEL_FILE", "/x/a.gguf"),
            ("LLM_OS_MODEL_CACHE", "/y"),
        ];
        assert_eq!(
            run("", &env),
            Ok(serve(file("/x/a.gguf", Some("/y"), None), 30))
        );
        assert!(run("", &[("LLM_OS_MODEL_IDLE_S", "soon")]).is_err());
    }

    #[test]
    fn people_and_cargo_os_give_options() {
        let source = Source::File {
            path: "m.gguf".into(),
            cache: None,
            taught: None,
        };
        assert_eq!(
            run("--ask --model m.gguf --table t.json --json", &[]),
            Ok(Command::Ask {
                source: source.clone(),
                table: "t.json".into(),
                json: true
            })
        );
        assert_eq!(
            run(
                "--eval e.jsonl --model m.gguf --floor 75 --harm 2 --destroys 0",
                &[]
            ),
            Ok(Command::Eval {
                source,
                table: TABLE.into(),
                file: "e.jsonl".into(),
                floor: Some(75.0),
                most: Most {
                    harm: Some(2),
                    destroys: Some(0)
                },
                mistakes: MISTAKES,
            })
        );
        assert_eq!(run("--help --what", &[]), Ok(Command::Help));
        for bad in [
            "--what",
            "--model",
            "--ask --eval f",
            "--model a --embedded b",
            "--eval f --floor x",
        ] {
            assert!(run(bad, &[]).is_err(), "{bad}");
        }
    }
}
