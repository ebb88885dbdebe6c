//! what people taught, as this process sees it: the file is read anew whenever it has changed.

use llm_os_planner::library::Library;
use llm_os_schema::CapabilityTable;
use llm_os_schema::lesson::{self, FILE_MAX_BYTES};
use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// states of taught requests that are kept.
const STATES_MAX: usize = 256;

/// the file, what was in it, and what was computed of it.
#[derive(Default)]
pub struct Taught {
    path: Option<PathBuf>,
    seen: Option<Version>,
    library: Library,
    /// the mean states of taught requests.
    pub states: HashMap<String, Vec<f32>>,
}

/// a version of the file: inode, bytes and time of its last change.
pub type Version = (u64, u64, i64, i64);

/// the version of the file at `path`; `None` where there is none.
pub fn version(path: &Path) -> Option<Version> {
    std::fs::metadata(path).ok().map(|meta| version_of(&meta))
}

fn version_of(meta: &Metadata) -> Version {
    (meta.ino(), meta.len(), meta.mtime(), meta.mtime_nsec())
}

impl Taught {
    /// what is in the file at `path`; nothing where there is none.
    pub fn new(path: Option<&Path>) -> Self {
        Taught {
            path: path.map(Path::to_owned),
            ..Taught::default()
        }
    }

    /// the library as it is now.
    pub fn library(&mut self, table: &CapabilityTable) -> &Library {
        let file = self.path.as_ref().and_then(|path| File::open(path).ok());
        let meta = file.as_ref().and_then(|file| file.metadata().ok());
        let now = meta.as_ref().map(version_of);
        if now != self.seen {
            let mut bytes = Vec::new();
            if let Some(file) = file {
                // what could be read of a broken file still counts.
                let _ = file.take(FILE_MAX_BYTES).read_to_end(&mut bytes);
            }
            let text = String::from_utf8_lossy(&bytes);
            let (lessons, strange) = lesson::read(&text);
            if !strange.is_empty() {
                eprintln!(
                    "llm-modeld: {} lines of what was taught are not understood and left out",
                    strange.len()
                );
            }
            self.library = Library::new(table, &lessons);
            self.states.clear();
            self.seen = now;
        }
        &self.library
    }

    /// keeps the state of a taught request.
    pub fn keep(&mut self, request: &str, state: Vec<f32>) {
        if self.states.len() >= STATES_MAX {
            self.states.clear();
        }
        self.states.insert(request.to_owned(), state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use llm_os_schema::Names;
    use llm_os_schema::lesson::Lesson;

    #[test]
    fn the_file_is_read_when_it_changes() {
        let table: CapabilityTable =
            serde_json::from_str(include_str!("../../capability/capabilities.json")).unwrap();
        let folder = std::env::temp_dir().join(format!("taught-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("taught.jsonl");
        let mut taught = Taught::new(Some(&path));
        assert!(taught.library(&table).is_empty());
        let lesson = Lesson {
            request: "tidy up".to_owned(),
            means: "ls".to_owned(),
        };
        std::fs::write(&path, format!("{}nonsense\n", lesson.line())).unwrap();
        let library = taught.library(&table);
        assert!(
            library
                .recall(&table, "tidy up", &Names::default())
                .is_some()
        );
        taught.keep("tidy up", vec![1.0]);
        let _ = taught.library(&table);
        assert_eq!(taught.states.len(), 1);
        std::fs::remove_file(&path).unwrap();
        assert!(taught.library(&table).is_empty() && taught.states.is_empty());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
