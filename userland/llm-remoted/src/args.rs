//! the command line.

use crate::endpoint::Endpoint;
use std::path::PathBuf;
use std::time::Duration;

/// printed by `--help`; `cargo os ask` relies on it.
pub const HELP: &str = "\
llm-remoted: asks a model behind an OpenAI-compatible server for plans; runs none

  llm-remoted                    serves the socket in LLM_OS_SOCKET_FD until idle
  llm-remoted --ask              requests on stdin, one outcome a line on stdout, as llm-modeld --ask

which model
  --url URL                      up to the version: http://10.0.2.2:8080/v1  [LLM_OS_ENDPOINT_URL]
  --model NAME                   its name at that server                     [LLM_OS_ENDPOINT_MODEL]
  --key FILE                     a file that holds the key                   [LLM_OS_ENDPOINT_KEY]
  --timeout SECONDS              for one request; 60                         [LLM_OS_ENDPOINT_TIMEOUT_S]
  --table FILE                   the capability table   [/usr/lib/llm-os/capabilities.json]
  --json                         one object a line

environment of the daemon besides: LLM_OS_SOCKET_FD, LLM_OS_MODEL_IDLE_S (seconds without a request; 30)

exit codes: 0 done, 1 it failed, 2 wrong usage
";

const TABLE: &str = "/usr/lib/llm-os/capabilities.json";
/// a bare name of a key is a secret's.
const SECRETS: &str = "/data/secrets";
const IDLE_S: u64 = 30;
const TIMEOUT_S: u64 = 60;

/// what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    Help,
    Serve {
        endpoint: Endpoint,
        idle: Duration,
    },
    Ask {
        endpoint: Endpoint,
        table: PathBuf,
        json: bool,
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
    let env = |name: &str| env(name).filter(|value| !value.is_empty());
    let mut args = args.into_iter();
    let (mut ask, mut json, mut table) = (false, false, PathBuf::from(TABLE));
    let mut url = env("LLM_OS_ENDPOINT_URL");
    let mut model = env("LLM_OS_ENDPOINT_MODEL");
    let mut key = env("LLM_OS_ENDPOINT_KEY").map(|name| PathBuf::from(SECRETS).join(name));
    let mut timeout = env("LLM_OS_ENDPOINT_TIMEOUT_S");
    while let Some(arg) = args.next() {
        let mut value = || {
            args.next()
                .ok_or_else(|| format!("`{arg}` needs a value: see --help"))
        };
        match arg.as_str() {
            "--help" | "-h" => return Ok(Command::Help),
            "--ask" => ask = true,
            "--json" => json = true,
            "--url" => url = Some(value()?),
            "--model" => model = Some(value()?),
            "--key" => key = Some(value()?.into()),
            "--timeout" => timeout = Some(value()?),
            "--table" => table = value()?.into(),
            _ => {
                return Err(format!(
                    "`{}` is not understood: see --help",
                    arg.escape_debug()
                ));
            }
        }
    }
    let (Some(url), Some(model)) = (url, model) else {
        return Err("which endpoint? give --url and --model".to_owned());
    };
    let timeout = match timeout {
        Some(text) => seconds("the timeout", &text, 1..=600)?,
        None => Duration::from_secs(TIMEOUT_S),
    };
    let endpoint = Endpoint::new(&url, &model, key, timeout)?;
    if ask {
        return Ok(Command::Ask {
            endpoint,
            table,
            json,
        });
    }
    let idle = match env("LLM_OS_MODEL_IDLE_S") {
        Some(text) => seconds("LLM_OS_MODEL_IDLE_S", &text, 1..=86_400)?,
        None => Duration::from_secs(IDLE_S),
    };
    Ok(Command::Serve { endpoint, idle })
}

fn seconds(
    name: &str,
    text: &str,
    range: std::ops::RangeInclusive<u64>,
) -> Result<Duration, String> {
    let number = text.trim().parse().ok().filter(|n| range.contains(n));
    number.map(Duration::from_secs).ok_or_else(|| {
        let (from, to) = range.into_inner();
        format!("{name} has to be a number of seconds from {from} to {to}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(line: &str, env: &[(&str, &str)]) -> Result<Command, String> {
        parse(line.split_whitespace().map(str::to_owned), |name| {
            let found = env.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_daemon_takes_its_orders_from_the_environment() {
        let env = [
            ("LLM_OS_ENDPOINT_URL", "http://h:1/v1"),
            ("LLM_OS_ENDPOINT_MODEL", "m"),
            ("LLM_OS_ENDPOINT_KEY", "mine"),
            ("LLM_OS_ENDPOINT_TIMEOUT_S", "9"),
            ("LLM_OS_MODEL_IDLE_S", "2"),
        ];
        let key = Some("/data/secrets/mine".into());
        let endpoint = Endpoint::new("http://h:1/v1", "m", key, Duration::from_secs(9)).unwrap();
        let idle = Duration::from_secs(2);
        assert_eq!(run("", &env), Ok(Command::Serve { endpoint, idle }));
    }

    #[test]
    fn people_and_cargo_os_give_options() {
        let endpoint = Endpoint::new("https://h", "m", None, Duration::from_secs(60)).unwrap();
        assert_eq!(
            run("--ask --url https://h --model m --table t --json", &[]),
            Ok(Command::Ask {
                endpoint,
                table: "t".into(),
                json: true
            })
        );
        assert_eq!(run("--help --what", &[]), Ok(Command::Help));
        for bad in [
            "",
            "--ask",
            "--ask --url https://h",
            "--ask --url h --model m",
            "--ask --url https://h --model m --timeout soon",
            "--url",
            "--what",
        ] {
            assert!(run(bad, &[]).is_err(), "{bad}");
        }
    }
}
