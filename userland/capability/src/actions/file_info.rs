//! `file_info`: says what a file is: kind, size, owner, permissions, times.

use crate::capability::{Assessment, Capability, CapabilityError, Look, Output, Rights};
use crate::clock::date_time;
use crate::finish::done;
use crate::guard;
use crate::target::{Now, Target, path_argument};
use crate::users;
use crate::words::{bytes, failure, shown, shown_bytes};
use llm_os_schema::result::StepResult;
use llm_os_schema::{Action, ArgKind, ArgSpec, CapabilitySpec, Risk, ShortForm};
use llm_os_sys::beneath;
use llm_os_wire::executor::Stream;
use llm_os_wire::worker::Job;
use rustix::fs::FileType;
use std::path::Path;

/// see the module.
pub struct FileInfo;

impl Capability for FileInfo {
    fn spec(&self) -> CapabilitySpec {
        CapabilitySpec {
            name: "file_info".to_owned(),
            family: "files".to_owned(),
            summary: "says what a file is: kind, size, owner, permissions, when it changed"
                .to_owned(),
            args: vec![ArgSpec::always(
                "path",
                ArgKind::Path,
                "the file or directory to look at",
                "which file should I look at?",
            )],
            risk: Risk::Observe,
            short: vec![ShortForm::new("stat", &["path"])],
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
        Ok(Assessment::observe(format!("say what {} is", target.shown)))
    }

    fn rights(&self, _job: &Job) -> Rights {
        Rights::reading(&["/etc/passwd"])
    }

    fn run(&self, job: &Job, output: &mut dyn Output) -> Result<StepResult, CapabilityError> {
        let path = path_argument(&job.action, "path")?;
        let failed = |error: std::io::Error| failure("look at", &path, &error);
        let stat = beneath::stat(Path::new(&path)).map_err(failed)?;
        let kind = match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => "file",
            FileType::Directory => "directory",
            FileType::Symlink => "link",
            FileType::Fifo => "pipe",
            FileType::Socket => "socket",
            FileType::CharacterDevice | FileType::BlockDevice => "device",
            _ => "unknown kind",
        };
        let mut lines = format!("path         {}\nkind         {kind}\n", shown(&path));
        match Now::of(&stat) {
            Now::File { bytes: count } => lines += &format!("size         {}\n", bytes(count)),
            Now::Link => {
                let place = beneath::open_place(Path::new(&path)).map_err(failed)?;
                let target = rustix::fs::readlinkat(&place.dir, &place.name, Vec::new());
                let target = target.map_err(|error| failed(error.into()))?;
                lines += &format!("leads to     {}\n", shown_bytes(target.as_bytes()));
            }
            _ => {}
        }
        lines += &format!(
            "owner        {}\npermissions  {:04o}\nchanged      {}\n",
            users::name(stat.st_uid),
            stat.st_mode & 0o7777,
            date_time(stat.st_mtime),
        );
        output.write(Stream::Out, lines.as_bytes());
        let summary = format!("{} is a {kind}", shown(&path));
        Ok(done(summary, format!("file {}", shown(&path)), output))
    }
}
