//! from sources to an image: one function tells the whole story.

use std::fs;
use std::path::{Path, PathBuf};

use llm_os_qemu::{Image, Manifest};

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
    setup::ensure(setup::For::Image, progress)?;
    let kernel = kernel::build(repo, cache, options.debug_kernel, progress)?;
    let (_, coreutils) = programs::coreutils(cache, progress.next("our programs"))?;
    let tree = tree(repo, cache, &kernel, &coreutils, progress.next("the image"))?;
    let build_id = tree.key()?;

    let mut key = Key::new(RECIPE);
    key.text("root", &build_id);
    key.text("kernel", &kernel.key);
    key.text("settings", filesystems::SETTINGS);
    key.text("tools", &setup::tool_versions());
    let key = key.finish();
    let folder = cache.get_or("image", &key, |into| {
        let log = fresh_log(&cache.log("image"))?;
        progress.step("image: packing", &log, || {
            assemble(repo, &tree, &build_id, &kernel, into, &log)
        })
    })?;
    cache.prune("image", KEEP);
    Image::open(&folder).map_err(|error| Error::failed(error.to_string(), "remove that folder"))
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
    licences(repo, kernel, &mut tree)?;
    Ok(tree)
}

/// the licence texts of what is in the image, and a list of the crates with theirs.
fn licences(repo: &Path, kernel: &Kernel, tree: &mut Tree) -> Result<()> {
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
    Ok(())
}

/// packs root, boot and data partition and lays them on a disk.
fn assemble(
    repo: &Path,
    tree: &Tree,
    build_id: &str,
    kernel: &Kernel,
    into: &Path,
    log: &Path,
) -> Result<()> {
    let short_id = &build_id[..16];
    let root_image = into.join("root.img");
    let packed = |tree: &Tree, image: &Path| -> Result<()> {
        let folder = into.join("tree");
        tree.lay_out(&folder)?;
        let id = folder.join("usr/lib/llm-os/build-id");
        fs::write(&id, format!("{short_id}\n")).doing("write", &id)?;
        root::pack(&folder, image, log)?;
        fs::remove_dir_all(&folder).doing("remove", &folder)
    };
    packed(&tree.without(MODEL), &root_image)?;
    verity::append(&root_image)?;
    let root_without_model_bytes = size(&root_image)?;
    fs::remove_file(&root_image).doing("remove", &root_image)?;
    packed(tree, &root_image)?;
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
    fs::copy(kernel.image(), into.join("bzImage")).doing("copy", &kernel.image())?;
    let partitions = disk::partitions();
    let root_guid = partitions
        .iter()
        .find(|p| p.name == "llm-os-root-a")
        .map(|p| p.guid.clone());
    let manifest = Manifest {
        target: "x86_64".into(),
        build_id: short_id.to_owned(),
        disk: disk_name.into(),
        sha256: file_sha256(&into.join(disk_name))?,
        kernel: "bzImage".into(),
        kernel_version: kernel.source.version.clone(),
        cmdline: cmdline::verified(&verity, &root_guid.unwrap_or_default()),
        root_hash: verity.root_hash,
        root_bytes: size(&root_image)?,
        model_bytes: tree.bytes_under(MODEL),
        root_without_model_bytes,
        partitions,
    };
    for (_, path) in contents {
        fs::remove_file(path).doing("remove", path)?;
    }
    let bill = sbom::bill(repo, &manifest, kernel)?;
    write_json(&into.join("sbom.json"), &bill)?;
    let value = serde_json::to_value(&manifest)
        .map_err(|error| Error::failed(format!("cannot write the manifest: {error}"), ""))?;
    write_json(&into.join("image.json"), &value)
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
