//! copies that leave holes where there are only zeros: images are mostly nothing.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::error::{Doing, Result};

const BLOCK: usize = 64 << 10;

/// copies a file, leaving holes for zeros. the copy is a new file of the same length.
///
/// # Errors
/// when reading or writing fails.
pub fn sparse_copy(from: &Path, to: &Path) -> Result<()> {
    let length = std::fs::metadata(from).doing("look at", from)?.len();
    let mut target = File::create(to).doing("make", to)?;
    target.set_len(length).doing("size", to)?;
    copy_into(from, &mut target, to, 0)
}

/// copies a file into another at an offset, skipping blocks of zeros: the target must be zero there.
///
/// # Errors
/// when reading or writing fails; `name` is the target's path for the message.
pub fn copy_into(from: &Path, target: &mut File, name: &Path, offset: u64) -> Result<()> {
    let mut source = File::open(from).doing("open", from)?;
    let mut block = vec![0u8; BLOCK];
    let mut at = offset;
    loop {
        let n = read_full(&mut source, &mut block).doing("read", from)?;
        if n == 0 {
            return Ok(());
        }
        if block[..n].iter().any(|&byte| byte != 0) {
            target.seek(SeekFrom::Start(at)).doing("seek in", name)?;
            target.write_all(&block[..n]).doing("write", name)?;
        }
        at += n as u64;
    }
}

/// reads until the buffer is full or the file ends.
fn read_full(file: &mut File, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut n = 0;
    while n < buffer.len() {
        match file.read(&mut buffer[n..])? {
            0 => break,
            more => n += more,
        }
    }
    Ok(n)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;
    use crate::Scratch;

    #[test]
    fn holes_stay_holes_and_bytes_stay() {
        let dir = Scratch::new().unwrap();
        let (from, to) = (dir.join("a"), dir.join("b"));
        let mut file = File::create(&from).unwrap();
        file.set_len(8 << 20).unwrap();
        file.seek(SeekFrom::Start((5 << 20) + 7)).unwrap();
        file.write_all(b"here").unwrap();
        sparse_copy(&from, &to).unwrap();
        assert!(std::fs::read(&from).unwrap() == std::fs::read(&to).unwrap());
        let on_disk = std::fs::metadata(&to).unwrap().blocks() * 512;
        assert!(on_disk < 1 << 20, "{on_disk} bytes are allocated");
    }
}
