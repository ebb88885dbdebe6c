//! a store in memory that fails and loses power on request.

use crate::store::Store;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

/// shared with the test that looks into it.
#[derive(Clone, Default)]
pub struct Fake(pub Arc<Mutex<Inside>>);

#[derive(Clone, Default)]
pub struct Inside {
    /// what a process sees.
    pub files: BTreeMap<String, Vec<u8>>,
    /// what is certainly on the disk.
    pub durable: BTreeMap<String, Vec<u8>>,
    /// renamed since names were last flushed.
    renamed: BTreeMap<String, Vec<u8>>,
    /// operations so far.
    pub count: usize,
    /// the operation that fails, counted from 1.
    pub fail_at: Option<usize>,
    /// every later one fails as well: the power is gone.
    pub dead_from: Option<usize>,
    /// half of a failing write arrives.
    pub torn: bool,
    /// no more room than is reserved.
    pub full: bool,
}

impl Fake {
    fn step(&self) -> io::Result<std::sync::MutexGuard<'_, Inside>> {
        let mut inside = self.0.lock().unwrap();
        inside.count += 1;
        let count = inside.count;
        if inside.fail_at == Some(count) || inside.dead_from.is_some_and(|from| count >= from) {
            return Err(io::Error::other(format!("operation {count} fails")));
        }
        Ok(inside)
    }

    /// the store after the power came back: what was flushed, or, if the disk had taken everything
    /// in time, all of it.
    pub fn restarted(&self, everything: bool) -> Fake {
        let inside = self.0.lock().unwrap();
        let files = if everything {
            inside.files.clone()
        } else {
            inside.durable.clone()
        };
        let inside = Inside {
            durable: files.clone(),
            files,
            ..Inside::default()
        };
        Fake(Arc::new(Mutex::new(inside)))
    }
}

fn not_found() -> io::Error {
    io::Error::from(io::ErrorKind::NotFound)
}

impl Store for Fake {
    fn read(&mut self, name: &str, _max_bytes: u64) -> io::Result<Option<Vec<u8>>> {
        Ok(self.step()?.files.get(name).cloned())
    }

    fn write_at(&mut self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let put = |inside: &mut Inside, bytes: &[u8]| {
            let file = inside.files.entry(name.to_owned()).or_default();
            let end = offset as usize + bytes.len();
            file.resize(file.len().max(end), 0);
            file[offset as usize..end].copy_from_slice(bytes);
        };
        match self.step() {
            Ok(mut inside) => {
                put(&mut inside, bytes);
                Ok(())
            }
            Err(error) => {
                let mut inside = self.0.lock().unwrap();
                let first = inside.dead_from.is_none_or(|from| inside.count == from);
                if inside.torn && first {
                    put(&mut inside, &bytes[..bytes.len() / 2]);
                }
                Err(error)
            }
        }
    }

    fn reserve(&mut self, _name: &str, _bytes: u64) -> io::Result<()> {
        let inside = self.step()?;
        if inside.full {
            Err(io::Error::from(io::ErrorKind::StorageFull))
        } else {
            Ok(())
        }
    }

    fn truncate(&mut self, name: &str, bytes: u64) -> io::Result<()> {
        let mut inside = self.step()?;
        inside
            .files
            .get_mut(name)
            .ok_or_else(not_found)?
            .resize(bytes as usize, 0);
        Ok(())
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        let mut inside = self.step()?;
        let bytes = inside.files.get(name).cloned().ok_or_else(not_found)?;
        inside.durable.insert(name.to_owned(), bytes);
        Ok(())
    }

    fn link(&mut self, name: &str, second: &str) -> io::Result<()> {
        let mut inside = self.step()?;
        if inside.files.contains_key(second) {
            return Err(io::Error::from(io::ErrorKind::AlreadyExists));
        }
        let bytes = inside.files.get(name).cloned().ok_or_else(not_found)?;
        inside.files.insert(second.to_owned(), bytes);
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let mut inside = self.step()?;
        let bytes = inside.files.remove(from).ok_or_else(not_found)?;
        inside.renamed.insert(to.to_owned(), bytes.clone());
        inside.files.insert(to.to_owned(), bytes);
        Ok(())
    }

    fn sync_names(&mut self) -> io::Result<()> {
        let mut inside = self.step()?;
        // names alone; a file's bytes need their own flush, which every file here had.
        let files = inside.files.clone();
        inside.durable.retain(|name, _| files.contains_key(name));
        let renamed = std::mem::take(&mut inside.renamed);
        inside.durable.extend(renamed);
        for (name, bytes) in files {
            inside.durable.entry(name.clone()).or_insert(bytes);
        }
        Ok(())
    }
}
