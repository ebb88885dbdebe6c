//! `list_dir`: lists what is in a directory.

use crate::capability::{
    Access, Assessment, Capability, CapabilityError, Look, Output, Right, Rights,
};
use crate::finish::{done, listing};
use crate::guard;
use crate::target::{Now, Target, path_argument};
use crate::words::{failure, shown, shown_bytes, size};
use llm_os_schema::result::StepResult;
use llm_os_schema::{Action, ArgKind, ArgSpec, CapabilitySpec, Risk, ShortForm};
use llm_os_sys::beneath;
use llm_os_wire::executor::Stream;
use llm_os_wire::worker::Job;
use rustix::fs::{AtFlags, statat};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// see the module.
pub struct ListDir;

impl Capability for ListDir {
    fn spec(&self) -> CapabilitySpec {
        CapabilitySpec {
            name: "list_dir".to_owned(),
            family: "files".to_owned(),
            summary: "lists what is in a directory".to_owned(),
            args: vec![ArgSpec::always(
                "path",
                ArgKind::Path,
                "the directory to list",
                "which directory should I list?",
            )],
            risk: Risk::Observe,
            short: vec![ShortForm::new("ls", &["path"]).preset("path", ".")],
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
        match target.now {
            Now::Dir | Now::Absent => Ok(Assessment::observe(format!(
                "list the directory {}",
                target.shown
            ))),
            Now::Link => Err(CapabilityError::new(format!(
                "{} is a link, and links are not followed: name the directory itself",
                target.shown
            ))),
            _ => Err(CapabilityError::new(format!(
                "{0} is no directory: `stat {0}` says what it is",
                target.shown
            ))),
        }
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
        let path = path_argument(&job.action, "path")?;
        let failed = |error: std::io::Error| failure("list", &path, &error);
        let dir = beneath::open_dir(Path::new(&path)).map_err(failed)?;
        let names = crate::state::names(&dir).map_err(failed)?;
        for name in &names {
            let shown = shown_bytes(name.as_bytes());
            // what vanishes while it is listed is left out.
            let Ok(stat) = statat(&dir, name, AtFlags::SYMLINK_NOFOLLOW) else {
                continue;
            };
            let line = match Now::of(&stat) {
                Now::Dir => format!("{shown}/\n"),
                Now::File { bytes } => format!("{shown:<32} {:>10}\n", size(bytes)),
                Now::Link => format!("{shown:<32} {:>10}\n", "link"),
                _ => format!("{shown:<32} {:>10}\n", "device"),
            };
            output.write(Stream::Out, line.as_bytes());
        }
        let summary = match names.len() {
            0 => format!("{} is empty", shown(&path)),
            1 => format!("1 entry in {}", shown(&path)),
            count => format!("{count} entries in {}", shown(&path)),
        };
        let result = done(summary, format!("directory {}", shown(&path)), output);
        let inside = names.iter().filter_map(|name| {
            let path = Path::new(&path).join(name);
            path.to_str().map(str::to_owned)
        });
        Ok(listing(result, inside))
    }
}
