//! what can go wrong, each as one sentence: what, where, what to do.

use std::fmt;
use std::path::{Path, PathBuf};

/// why there is no outcome.
#[derive(Debug)]
pub enum ModelError {
    /// the processor lacks instructions that this program was built with.
    Processor { missing: Vec<&'static str> },
    /// the file is not there or cannot be read.
    Open { path: PathBuf, why: std::io::Error },
    /// the file does not begin like a gguf file.
    NotGguf { path: PathBuf },
    /// the file ends before what its header promises.
    CutShort {
        path: PathBuf,
        have_bytes: u64,
        want_bytes: u64,
    },
    /// the header makes no sense.
    Damaged { path: PathBuf, why: String },
    /// more memory than the machine has left.
    TooBig {
        path: PathBuf,
        needs_mib: u64,
        free_mib: u64,
    },
    /// llama.cpp does not know this kind of model, or found it damaged.
    Unusable { path: PathBuf, why: String },
    /// the decoder or `model.json` of the embedded model does not load.
    Planner { path: PathBuf, why: String },
    /// the request cannot be read as it is.
    Request(String),
    /// table and names leave too little room for the model's context.
    NoRoom { tokens: usize, room: usize },
    /// no end in sight after this many tokens.
    NoEnd { tokens: u32 },
    /// computing failed inside llama.cpp.
    Compute { what: &'static str, why: String },
    /// the grammar could not be built or followed.
    Grammar { why: String },
    /// what came out is not a plan of this machine; a fault of this program, never run.
    NotAPlan { why: String },
    /// the person gave up.
    Cancelled,
}

impl ModelError {
    pub(crate) fn unusable(path: &Path, why: impl fmt::Display) -> Self {
        ModelError::Unusable {
            path: path.to_owned(),
            why: why.to_string(),
        }
    }

    pub(crate) fn compute(what: &'static str, why: impl fmt::Display) -> Self {
        ModelError::Compute {
            what,
            why: why.to_string(),
        }
    }
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ModelError::Processor { missing } => write!(
                f,
                "this processor lacks {}, which the model runner needs: use a newer one, or an emulated one with `-cpu max`",
                missing.join(", ")
            ),
            ModelError::Open { path, why } => {
                write!(
                    f,
                    "{} cannot be read: {why}; check the name and its permissions",
                    path.display()
                )
            }
            ModelError::NotGguf { path } => {
                write!(
                    f,
                    "{} is not a GGUF file, whatever its name says: is the download whole?",
                    path.display()
                )
            }
            ModelError::CutShort {
                path,
                have_bytes,
                want_bytes,
            } => write!(
                f,
                "{} is cut short: it has {have_bytes} bytes and needs {want_bytes}; copy it again",
                path.display()
            ),
            ModelError::Damaged { path, why } => {
                write!(f, "{} is damaged ({why}); copy it again", path.display())
            }
            ModelError::TooBig {
                path,
                needs_mib,
                free_mib,
            } => write!(
                f,
                "{} needs about {needs_mib} MiB of memory and {free_mib} MiB are free: take a smaller model",
                path.display()
            ),
            ModelError::Unusable { path, why } => {
                write!(
                    f,
                    "{} cannot be used: {why}; take another model",
                    path.display()
                )
            }
            ModelError::Planner { path, why } => write!(f, "{}: {why}", path.display()),
            ModelError::Request(why) => f.write_str(why),
            ModelError::NoRoom { tokens, room } => write!(
                f,
                "request and names take {tokens} tokens and this model has room for {room}: say it shorter, or take a model with a longer context"
            ),
            ModelError::NoEnd { tokens } => write!(
                f,
                "the model found no end after {tokens} tokens: say it in smaller steps, or take another model"
            ),
            ModelError::Compute { what, why } => {
                write!(
                    f,
                    "the model could not be run ({what}: {why}): try again, or take another model"
                )
            }
            ModelError::Grammar { why } => {
                write!(
                    f,
                    "the grammar for this request cannot be used: {why}; say it in other words"
                )
            }
            ModelError::NotAPlan { why } => {
                write!(
                    f,
                    "the model wrote something that is no plan of this machine ({why}): say it in other words"
                )
            }
            ModelError::Cancelled => write!(f, "cancelled; nothing was planned"),
        }
    }
}

impl std::error::Error for ModelError {}
