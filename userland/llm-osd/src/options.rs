//! where things are: arguments, with defaults for the machine.

use crate::executor::Operator;
use std::ffi::OsString;
use std::path::PathBuf;

/// what this process is to be.
#[derive(Debug)]
pub enum Command {
    /// one job in a jail.
    Worker,
    Serve(Options),
}

/// where things are.
#[derive(Debug)]
pub struct Options {
    /// made here; `None`: inherited from pid 1.
    pub socket: Option<PathBuf>,
    /// holds `journal/`.
    pub state: PathBuf,
    /// pid 1's socket.
    pub init: PathBuf,
    /// the owner's rules; need not be there.
    pub policy: PathBuf,
    pub operator: Operator,
}

const USAGE: &str = "llm-osd [--socket FILE] [--state DIR] [--init FILE] [--policy FILE] \
    [--operator UID:GID] [--home DIR], or llm-osd --jailed";

impl Command {
    /// # Errors
    /// one sentence, and how it is used.
    pub fn parse(args: impl Iterator<Item = OsString>) -> Result<Self, String> {
        let mut args = args.map(|arg| {
            arg.into_string()
                .map_err(|_| "an argument is no text".to_owned())
        });
        let mut options = Options {
            socket: None,
            state: PathBuf::from("/data"),
            init: PathBuf::from("/run/llm-os/init.sock"),
            policy: PathBuf::from("/etc/llm-os/policy.toml"),
            operator: Operator {
                uid: 1000,
                gid: 1000,
                home: "/data/home/operator".to_owned(),
            },
        };
        while let Some(arg) = args.next() {
            let arg = arg?;
            if arg == "--jailed" {
                return Ok(Command::Worker);
            }
            let value = args
                .next()
                .transpose()?
                .ok_or_else(|| format!("`{arg}` needs a value: {USAGE}"));
            match arg.as_str() {
                "--socket" => options.socket = Some(PathBuf::from(value?)),
                "--state" => options.state = PathBuf::from(value?),
                "--init" => options.init = PathBuf::from(value?),
                "--policy" => options.policy = PathBuf::from(value?),
                "--home" => options.operator.home = value?,
                "--operator" => {
                    let ids = value?;
                    let parsed = ids
                        .split_once(':')
                        .and_then(|(uid, gid)| Some((uid.parse().ok()?, gid.parse().ok()?)));
                    (options.operator.uid, options.operator.gid) =
                        parsed.ok_or_else(|| format!("`{ids}` is no UID:GID: {USAGE}"))?;
                }
                _ => return Err(format!("there is no `{arg}`: {USAGE}")),
            }
        }
        if !options.operator.home.starts_with('/') {
            return Err(format!("the home has to be absolute: {USAGE}"));
        }
        Ok(Command::Serve(options))
    }
}
