//! the disk image: a GPT with `esp | root-a | root-b | data`, everything at a fixed place with a
//! fixed id, so that the same parts give the same bytes.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use gpt::disk::LogicalBlockSize;
use gpt::partition::Partition as GptPartition;
use gpt::partition_types::{EFI, LINUX_FS, Type};
use llm_os_qemu::{Partition, copy_into};
use uuid::{Uuid, uuid};

use crate::error::{Doing, Error, Result};

const MIB: u64 = 1 << 20;
const SECTOR: u64 = 512;
/// at both ends: the table and room for alignment.
const MARGIN: u64 = MIB;
const DISK: Uuid = uuid!("6c6c6d2d-6f73-4000-8000-000000000000");

/// what the table says about one partition.
struct Slot {
    name: &'static str,
    size: u64,
    kind: Type,
    guid: Uuid,
}

/// in the order on the disk. the sizes leave room for twice what goes in today, because a slot
/// cannot grow once disks are out there. data is last and grows at the first boot.
fn layout() -> [Slot; 4] {
    let slot = |name, mib: u64, kind, guid| Slot {
        name,
        size: mib * MIB,
        kind,
        guid,
    };
    [
        slot(
            "llm-os-esp",
            64,
            EFI,
            uuid!("6c6c6d2d-6f73-4000-8000-000000000001"),
        ),
        slot(
            "llm-os-root-a",
            192,
            LINUX_FS,
            uuid!("6c6c6d2d-6f73-4000-8000-000000000002"),
        ),
        slot(
            "llm-os-root-b",
            192,
            LINUX_FS,
            uuid!("6c6c6d2d-6f73-4000-8000-000000000003"),
        ),
        slot(
            "llm-os-data",
            256,
            LINUX_FS,
            uuid!("6c6c6d2d-6f73-4000-8000-000000000004"),
        ),
    ]
}

/// the partitions as the manifest names them.
pub fn partitions() -> Vec<Partition> {
    let mut start_bytes = MARGIN;
    layout()
        .into_iter()
        .map(|slot| {
            let partition = Partition {
                name: slot.name.to_owned(),
                guid: slot.guid.hyphenated().to_string(),
                start_bytes,
                size_bytes: slot.size,
            };
            start_bytes += slot.size;
            partition
        })
        .collect()
}

/// the size of a partition, in bytes; 0 when there is none of that name.
pub fn size_of(name: &str) -> u64 {
    layout()
        .iter()
        .find(|slot| slot.name == name)
        .map_or(0, |slot| slot.size)
}

/// the id of a partition, as the kernel's command line names it; empty when there is none.
pub fn guid_of(name: &str) -> String {
    let slot = layout().into_iter().find(|slot| slot.name == name);
    slot.map(|slot| slot.guid.hyphenated().to_string())
        .unwrap_or_default()
}

/// whether the file is a disk as [`write`] makes them: with this table, these partitions and ids.
pub fn is_ours(path: &Path) -> bool {
    let config = gpt::GptConfig::new().writable(false);
    let Ok(disk) = config.open(path) else {
        return false;
    };
    let ids = disk.partitions().values().map(|part| part.part_guid);
    let mut found: Vec<Uuid> = ids.collect();
    let mut wanted: Vec<Uuid> = layout().iter().map(|slot| slot.guid).collect();
    found.sort();
    wanted.sort();
    *disk.guid() == DISK && found == wanted
}

/// writes a disk with these files as contents of the partitions of these names; a partition that
/// is not named is left empty. zeros become holes.
///
/// # Errors
/// when a content is larger than its partition, or writing fails.
pub fn write(path: &Path, contents: &[(&str, &Path)]) -> Result<()> {
    let file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(path);
    let mut file = file.doing("make", path)?;
    let partitions = partitions();
    let end = partitions
        .last()
        .map_or(MARGIN, |last| last.start_bytes + last.size_bytes);
    file.set_len(end + MARGIN).doing("size", path)?;
    write_table(&mut file, end + MARGIN)
        .map_err(|why| Error::failed(format!("cannot write the partition table: {why}"), ""))?;
    for (name, content) in contents {
        let Some(partition) = partitions.iter().find(|partition| partition.name == *name) else {
            return Err(Error::failed(format!("there is no partition {name}"), ""));
        };
        let length = content.metadata().doing("look at", content)?.len();
        if length > partition.size_bytes {
            return Err(Error::failed(
                format!(
                    "{name} needs {} MiB and has {}",
                    length / MIB,
                    partition.size_bytes / MIB
                ),
                "make what goes in smaller, or the partition larger in image/src/disk.rs",
            ));
        }
        copy_into(content, &mut file, path, partition.start_bytes)
            .map_err(|error| Error::failed(error.to_string(), ""))?;
    }
    file.sync_all().doing("write", path)
}

fn write_table(file: &mut File, length: u64) -> std::result::Result<(), String> {
    let sectors = u32::try_from(length / SECTOR).unwrap_or(u32::MAX);
    file.seek(SeekFrom::Start(0))
        .map_err(|error| error.to_string())?;
    gpt::mbr::ProtectiveMBR::with_lb_size(sectors - 1)
        .overwrite_lba0(file)
        .map_err(|error| error.to_string())?;
    let mut table = gpt::GptConfig::new()
        .writable(true)
        .logical_block_size(LogicalBlockSize::Lb512)
        .create_from_device(&mut *file, Some(DISK))
        .map_err(|error| error.to_string())?;
    let mut entries = BTreeMap::new();
    let mut start = MARGIN;
    for (n, slot) in (1..).zip(layout()) {
        let entry = GptPartition {
            part_type_guid: slot.kind,
            part_guid: slot.guid,
            first_lba: start / SECTOR,
            last_lba: (start + slot.size) / SECTOR - 1,
            flags: 0,
            name: slot.name.to_owned(),
        };
        entries.insert(n, entry);
        start += slot.size;
    }
    table
        .update_partitions(entries)
        .map_err(|error| error.to_string())?;
    table.write().map_err(|error| error.to_string())?;
    file.flush().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Read;

    use super::*;

    #[test]
    fn the_table_reads_back_and_is_the_same_twice() {
        let dir = llm_os_qemu::Scratch::new().unwrap();
        let content = dir.join("root");
        fs::write(&content, b"root's first bytes").unwrap();
        let (first, second) = (dir.join("1"), dir.join("2"));
        for path in [&first, &second] {
            write(path, &[("llm-os-root-a", &content)]).unwrap();
        }
        // everything but data, which nothing was put into: hashing holes is slow.
        let head = |path: &Path| {
            let mut bytes = vec![0; usize::try_from(MARGIN + 70 * MIB).unwrap()];
            File::open(path).unwrap().read_exact(&mut bytes).unwrap();
            bytes
        };
        let bytes = head(&first);
        assert!(bytes == head(&second), "two disks of the same parts differ");

        assert!(is_ours(&first));
        let other = dir.join("other");
        std::fs::write(&other, vec![0; 1 << 20]).unwrap();
        assert!(!is_ours(&other));
        let table = gpt::GptConfig::new().open(&first).unwrap();
        let found: Vec<_> = table
            .partitions()
            .values()
            .map(|entry| {
                (
                    entry.name.clone(),
                    entry.part_guid.to_string(),
                    entry.first_lba * SECTOR,
                )
            })
            .collect();
        let told: Vec<_> = partitions()
            .into_iter()
            .map(|partition| (partition.name, partition.guid, partition.start_bytes))
            .collect();
        assert_eq!(found, told);
        assert_eq!(bytes[510..512], [0x55, 0xaa]);
        let at = usize::try_from(found[1].2).unwrap();
        assert!(bytes[at..].starts_with(b"root's first bytes"));
    }

    #[test]
    fn too_much_is_refused() {
        let dir = llm_os_qemu::Scratch::new().unwrap();
        let content = dir.join("root");
        File::create(&content).unwrap().set_len(193 * MIB).unwrap();
        let error = write(&dir.join("1"), &[("llm-os-root-a", &content)]).unwrap_err();
        assert!(
            error.to_string().contains("needs 193 MiB and has 192"),
            "{error}"
        );
    }
}
