//! `read_file`: shows what is in a file.

use crate::capability::{
    Access, Assessment, Capability, CapabilityError, Look, Output, Right, Rights,
};
use crate::finish::{done, number};
use crate::guard;
use crate::target::{Now, Target, path_argument};
use crate::words::{bytes, failure, shown};
use llm_os_schema::result::StepResult;
use llm_os_schema::{Action, ArgKind, ArgSpec, CapabilitySpec, Risk, ShortForm};
use llm_os_sys::beneath;
use llm_os_wire::executor::Stream;
use llm_os_wire::worker::Job;
use std::io::Read;
use std::path::Path;

/// bytes that one reading may ask for.
const MAX_BYTES: i64 = 16 * 1024 * 1024;

/// see the module.
pub struct ReadFile;

impl Capability for ReadFile {
    fn spec(&self) -> CapabilitySpec {
        CapabilitySpec {
            name: "read_file".to_owned(),
            family: "files".to_owned(),
            summary: "shows what is in a file".to_owned(),
            args: vec![
                ArgSpec::always(
                    "path",
                    ArgKind::Path,
                    "the file to read",
                    "which file should I read?",
                ),
                ArgSpec::optional(
                    "max_bytes",
                    ArgKind::integer(1, MAX_BYTES, "bytes"),
                    "stop after this many bytes",
                ),
            ],
            risk: Risk::Observe,
            short: vec![ShortForm::new("cat", &["path"])],
            for_model: true,
            available: true,
        }
    }

    fn assess(&self, action: &Action, look: &Look) -> Result<Assessment, CapabilityError> {
        let text = path_argument(action, "path")?;
        if let Some(reason) = guard::read_reason(Path::new(&text)) {
            return Ok(Assessment::forbidden(reason));
        }
        let target = Target::of(action, "path", look)?;
        target.must_exist()?;
        let sentence = match target.now {
            Now::File { bytes: count } if count > 0 && !target.planned => {
                format!("show {} ({})", target.shown, bytes(count))
            }
            // the kernel's own files say 0 and hold something.
            Now::File { .. } | Now::Absent => format!("show {}", target.shown),
            Now::Dir => {
                return Err(CapabilityError::new(format!(
                    "{0} is a directory: `ls {0}` lists it",
                    target.shown
                )));
            }
            Now::Link => {
                return Err(CapabilityError::new(format!(
                    "{} is a link, and links are not followed: name the file itself",
                    target.shown
                )));
            }
            Now::Other => {
                return Err(CapabilityError::new(format!(
                    "{} is a device, pipe or socket, not a file to read",
                    target.shown
                )));
            }
        };
        Ok(match number(action, "max_bytes") {
            Some(most) => Assessment::observe(format!("{sentence}, at most {}", bytes(most))),
            None => Assessment::observe(sentence),
        })
    }

    fn rights(&self, job: &Job) -> Rights {
        let access = job
            .action
            .text("path")
            .map(|path| Access::new(path, Right::Read));
        Rights {
            access: access.into_iter().collect(),
            as_operator: true,
            ..Rights::default()
        }
    }

    fn run(&self, job: &Job, output: &mut dyn Output) -> Result<StepResult, CapabilityError> {
        let text = path_argument(&job.action, "path")?;
        let failed = |error: std::io::Error| failure("read", &text, &error);
        let file = beneath::open_read(Path::new(&text)).map_err(failed)?;
        let stat = rustix::fs::fstat(&file).map_err(|error| failed(error.into()))?;
        if Now::of(&stat) == Now::Other {
            return Err(failed(rustix::io::Errno::INVAL.into()));
        }
        let most = number(&job.action, "max_bytes").unwrap_or(u64::MAX);
        let mut file = file.take(most);
        let mut buffer = vec![0; 64 * 1024];
        let mut count = 0;
        while !output.was_cut() {
            let read = match file.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(failed(error)),
            };
            output.write(Stream::Out, &buffer[..read]);
            count += read as u64;
        }
        let whole = stat.st_size.unsigned_abs();
        let summary = if count < whole {
            format!(
                "read the first {} of {} of {}",
                count,
                bytes(whole),
                shown(&text)
            )
        } else {
            format!("read {} of {}", bytes(count), shown(&text))
        };
        Ok(done(summary, format!("file {}", shown(&text)), output))
    }
}
