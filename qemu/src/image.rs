//! a built image: the folder that `cargo os build` leaves, and its manifest.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Doing, Error, Result};
use crate::{Accel, Disk};

/// the name of the manifest in an image's folder.
pub const MANIFEST: &str = "image.json";

/// what is known of an image. written by the builder, read by the harness and by tests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// `x86_64`.
    pub target: String,
    /// 16 hexadecimal digits over everything in the root; also in the root, as its build-id.
    pub build_id: String,
    /// the disk image's file name in the folder.
    pub disk: String,
    /// of the disk image.
    pub sha256: String,
    /// the kernel's file name in the folder.
    pub kernel: String,
    /// the version of the kernel's source package.
    pub kernel_version: String,
    /// the kernel's command line: verified root, init, consoles.
    pub cmdline: String,
    /// dm-verity's root hash.
    pub root_hash: String,
    /// bytes of the packed root, hash tree included.
    pub root_bytes: u64,
    /// bytes of model files that went into the root, as files.
    pub model_bytes: u64,
    /// what the same root packs to without the model.
    pub root_without_model_bytes: u64,
    pub partitions: Vec<Partition>,
}

/// one partition of the disk image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Partition {
    /// its GPT name: `llm-os-esp`, `llm-os-root-a`, `llm-os-root-b`, `llm-os-data`.
    pub name: String,
    pub guid: String,
    pub start_bytes: u64,
    pub size_bytes: u64,
}

/// a built image on this computer.
#[derive(Clone, Debug)]
pub struct Image {
    pub folder: PathBuf,
    pub manifest: Manifest,
}

impl Image {
    /// opens the folder of a built image.
    ///
    /// # Errors
    /// when there is no manifest, or it is of another version of the builder.
    pub fn open(folder: &Path) -> Result<Self> {
        let path = folder.join(MANIFEST);
        let text = fs::read_to_string(&path).doing("read", &path)?;
        let manifest = serde_json::from_str(&text).map_err(|error| Error::Image {
            why: format!("{}: {error}", path.display()),
        })?;
        Ok(Image {
            folder: folder.to_owned(),
            manifest,
        })
    }

    /// the image that `cargo os test` built, by `LLM_OS_IMAGE`.
    ///
    /// # Errors
    /// when the variable is not set, or points at no image.
    pub fn from_env() -> Result<Self> {
        match env::var_os("LLM_OS_IMAGE") {
            Some(folder) => Self::open(Path::new(&folder)),
            None => Err(Error::Image {
                why: "LLM_OS_IMAGE is not set: boot tests are run by `cargo os test boot`".into(),
            }),
        }
    }

    /// the accelerator that was found to work, by `LLM_OS_ACCEL`; TCG always works.
    pub fn accel_from_env() -> Accel {
        match env::var("LLM_OS_ACCEL").as_deref() {
            Ok("kvm") => Accel::Kvm,
            _ => Accel::Tcg,
        }
    }

    /// a private copy of the disk, removed when dropped. boots of one test share it.
    ///
    /// # Errors
    /// when the copy cannot be made.
    pub fn scratch_disk(&self) -> Result<Disk> {
        Disk::scratch(self)
    }

    pub fn disk(&self) -> PathBuf {
        self.folder.join(&self.manifest.disk)
    }

    pub fn kernel(&self) -> PathBuf {
        self.folder.join(&self.manifest.kernel)
    }
}

impl Manifest {
    /// a partition by its GPT name.
    ///
    /// # Errors
    /// when there is none of that name.
    pub fn partition(&self, name: &str) -> Result<&Partition> {
        self.partitions
            .iter()
            .find(|partition| partition.name == name)
            .ok_or_else(|| Error::Image {
                why: format!("the image has no partition {name}"),
            })
    }
}
