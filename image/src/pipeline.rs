//! from sources to an image: one function tells the whole story.

use std::fs;
use std::path::{Path, PathBuf};

use llm_os_qemu::{Image, Manifest, Scratch};

use crate::cache::Cache;
use crate::error::{Doing, Error, Result};
use crate::hash::{Key, file_sha256};
use crate::kernel::{self, Kernel};
use crate::root::{Content, Tree};
use crate::step::{Progress, fresh_log};
use crate::{cmdline, disk, filesystems, programs, root, sbom, setup, verity};

/// raise it when the steps below change what they make.
const RECIPE: &str = "image 1";
/// images are large; more old ones than this are removed.
const KEEP: usize = 4;

/// where the model's files stand in the root.
const MODEL: &str = "/usr/lib/llm-os/model/";

/// what to build.
#[derive(Clone, Copy, Default)]
pub struct Options {
    /// with the `debug` fragment.
    pub debug_kernel: bool,
}

/// builds the x86_64 image, or finds it in the cache: the folder holds disk, kernel, manifest and
/// SBOM.
///
/// # Errors
/// what any step says.
pub fn image(
    repo: &Path,
    cache: &Cache,
    options: Options,
    progress: &mut Progress,
) -> Result<Image> {
    let parts = Parts::build(repo, cache, options, progress)?;
    parts.image(repo, cache, progress)
}

/// assembles the same parts once more, elsewhere, and says whether the bytes are the same as the
/// image's.
///
/// # Errors
/// what any step says.
pub fn is_reproducible(repo: &Path, cache: &Cache, progress: &mut Progress) -> Result<bool> {
    // built once: somebody may be editing while the tests run.
    let parts = Parts::build(repo, cache, Options::default(), progress)?;
    let first = parts.image(repo, cache, progress)?;
    let again = Scratch::new().map_err(|error| Error::failed(error.to_string(), ""))?;
    let log = fresh_log(&cache.log("image-again"))?;
    progress.step("image: packing it once more", &log, || {
        parts.assemble(repo, again.path(), &log)
    })?;
    let (first, second) = (first.manifest, open(again.path())?.manifest);
    Ok(first == second)
}

fn open(folder: &Path) -> Result<Image> {
    Image::open(folder).map_err(|error| Error::failed(error.to_string(), "remove that folder"))
}

/// everything that an image is put together from.
struct Parts {
    kernel: Kernel,
    tree: Tree,
    build_id: String,
}

impl Parts {
    /// compiles what is not there yet.
    fn build(
        repo: &Path,
        cache: &Cache,
        options: Options,
        progress: &mut Progress,
    ) -> Result<Parts> {
        setup::ensure(setup::For::Image, progress)?;
        let kernel = kernel::build(repo, cache, options.debug_kernel, progress)?;
        let coreutils = programs::coreutils(cache, progress.next("our programs"))?;
        let tree = tree(repo, cache, &kernel, &coreutils, progress.next("the image"))?;
        let build_id = tree.key()?[..16].to_owned();
        Ok(Parts {
            kernel,
            tree,
            build_id,
        })
    }

    /// the image of these parts, from the cache where it is there.
    fn image(&self, repo: &Path, cache: &Cache, progress: &mut Progress) -> Result<Image> {
        let folder = cache.get_or("image", &self.key()?, |into| {
            let log = fresh_log(&cache.log("image"))?;
            progress.step("image: packing", &log, || self.assemble(repo, into, &log))
        })?;
        cache.prune("image", KEEP);
        open(&folder)
    }

    fn key(&self) -> Result<String> {
        let mut key = Key::new(RECIPE);
        key.text("root", &self.tree.key()?);
        key.text("kernel", &self.kernel.key);
        key.text("settings", filesystems::SETTINGS);
        key.text("tools", &setup::tool_versions());
        Ok(key.finish())
    }

    /// packs root, boot and data partition and lays them on a disk.
    fn assemble(&self, repo: &Path, into: &Path, log: &Path) -> Result<()> {
        let root_image = into.join("root.img");
        self.pack(&self.tree.without(MODEL), into, &root_image, log)?;
        verity::append(&root_image)?;
        let root_without_model_bytes = size(&root_image)?;
        fs::remove_file(&root_image).doing("remove", &root_image)?;
        self.pack(&self.tree, into, &root_image, log)?;
        let verity = verity::append(&root_image)?;
        let boot_image = into.join("boot.img");
        filesystems::boot(&boot_image)?;
        let data_image = into.join("data.img");
        filesystems::data(&data_image, log)?;

        let disk_name = "llm-os-x86_64.img";
        let contents: [(&str, &Path); 3] = [
            ("llm-os-esp", &boot_image),
            ("llm-os-root-a", &root_image),
            ("llm-os-data", &data_image),
        ];
        disk::write(&into.join(disk_name), &contents)?;
        let kernel = self.kernel.image();
        fs::copy(&kernel, into.join("bzImage")).doing("copy", &kernel)?;
        let manifest = Manifest {
            target: "x86_64".into(),
            build_id: self.build_id.clone(),
            disk: disk_name.into(),
            sha256: file_sha256(&into.join(disk_name))?,
            kernel: "bzImage".into(),
            kernel_version: self.kernel.source.version.clone(),
            cmdline: cmdline::verified(&verity, &disk::guid_of("llm-os-root-a")),
            root_hash: verity.root_hash,
            root_bytes: size(&root_image)?,
            model_bytes: self.tree.bytes_under(MODEL),
            root_without_model_bytes,
            partitions: disk::partitions(),
        };
        for (_, path) in contents {
            fs::remove_file(path).doing("remove", path)?;
        }
        let bill = sbom::bill(repo, &manifest, &self.kernel)?;
        write_json(&into.join("sbom.json"), &bill)?;
        let value = serde_json::to_value(&manifest)
            .map_err(|error| Error::failed(format!("cannot write the manifest: {error}"), ""))?;
        write_json(&into.join("image.json"), &value)
    }

    /// lays a tree out with the build id in it, and packs it.
    fn pack(&self, tree: &Tree, into: &Path, image: &Path, log: &Path) -> Result<()> {
        let folder = into.join("tree");
        tree.lay_out(&folder)?;
        let id = folder.join("usr/lib/llm-os/build-id");
        fs::write(&id, format!("{}\n", self.build_id)).doing("write", &id)?;
        root::pack(&folder, image, log)?;
        fs::remove_dir_all(&folder).doing("remove", &folder)
    }
}

/// everything that goes into the root, but the build id.
fn tree(
    repo: &Path,
    cache: &Cache,
    kernel: &Kernel,
    coreutils: &Path,
    progress: &mut Progress,
) -> Result<Tree> {
    let mut tree = Tree::new();
    let mut built = programs::build(repo, cache, progress)?;
    for (package, bin, place) in programs::PROGRAMS {
        let path = built.remove(*bin);
        let path =
            path.ok_or_else(|| Error::failed(format!("{package} has no program {bin}"), ""))?;
        tree.add(place, Content::Program(path));
    }
    tree.add(
        "/usr/bin/coreutils",
        Content::Program(coreutils.join("coreutils")),
    );
    for name in programs::utilities(coreutils)? {
        tree.add(
            &format!("/usr/bin/{name}"),
            Content::Link("coreutils".into()),
        );
    }
    // where people and scripts look for programs.
    tree.add("/bin", Content::Link("usr/bin".into()));
    for path in files_in(&repo.join("image/model/weights"))? {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        tree.add(&format!("{MODEL}{name}"), Content::File(path));
    }
    let table = repo.join("userland/capability/capabilities.json");
    tree.add("/usr/lib/llm-os/capabilities.json", Content::File(table));
    licences(repo, kernel, coreutils, &mut tree)?;
    Ok(tree)
}

/// the licence texts of what is in the image, and a list of the crates.
fn licences(repo: &Path, kernel: &Kernel, coreutils: &Path, tree: &mut Tree) -> Result<()> {
    let at = |name: &str| format!("/usr/share/licenses/{name}");
    for name in ["LICENSE-MIT", "LICENSE-APACHE"] {
        tree.add(
            &at(&format!("llm-os/{name}")),
            Content::File(repo.join(name)),
        );
    }
    for name in ["COPYING", "GPL-2.0"] {
        tree.add(
            &at(&format!("linux/{name}")),
            Content::File(kernel.folder.join(name)),
        );
    }
    tree.add(&at("crates.txt"), Content::Text(sbom::crates_text(repo)?));
    let texts = sbom::licence_texts(repo)?;
    tree.add(&at("crates-licences.txt"), Content::Text(texts));
    tree.add(
        &at("coreutils/LICENSE"),
        Content::File(coreutils.join("LICENSE")),
    );
    // what the embedded model was tuned from has the same licence as the model.
    let apache = repo.join("LICENSE-APACHE");
    tree.add(&at("model/LICENSE-APACHE"), Content::File(apache));
    let base =
        "the embedded model is tuned from sentence-transformers/all-MiniLM-L6-v2, Apache-2.0\n";
    tree.add(&at("model/NOTICE"), Content::Text(base.to_owned()));
    Ok(())
}

fn write_json(path: &Path, value: &serde_json::Value) -> Result<()> {
    fs::write(path, format!("{value:#}\n")).doing("write", path)
}

fn size(path: &Path) -> Result<u64> {
    Ok(fs::metadata(path).doing("look at", path)?.len())
}

/// the files of a folder, sorted; none when the folder is not there.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(folder).doing("list", folder)?;
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    Ok(files)
}
