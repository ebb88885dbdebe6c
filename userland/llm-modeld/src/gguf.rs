//! the header of a gguf file, read before llama.cpp sees the file.
//!
//! llama.cpp says `null` for whatever is wrong with a file, and trusts much of what a header says.
//! this reader is bounded, walks every key and tensor, and knows how long the file has to be.
//! source: ggml/docs/gguf.md.

use crate::ModelError;
use std::collections::HashSet;
use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::path::Path;

/// keys, and tensors, that one file may have.
const COUNT_MAX: u64 = 65_536;
/// bytes of one key or tensor name.
const NAME_MAX_BYTES: u64 = 65_535;
/// bytes of one text value; chat templates run to tens of kilobytes.
const TEXT_MAX_BYTES: u64 = 16 * 1024 * 1024;
/// the texts of the tokens; llama.cpp aborts where two are the same.
const TOKENS: &str = "tokenizer.ggml.tokens";
/// entries of one array; vocabularies run to a few hundred thousand.
const ARRAY_MAX: u64 = 16 * 1024 * 1024;

/// what the header says that is needed before loading.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Header {
    /// such as `llama` or `bert`.
    pub architecture: String,
    /// layers.
    pub blocks: u64,
    /// entries of one state.
    pub width: u64,
    /// positions that the model was trained for.
    pub context: u64,
    pub heads: u64,
    pub heads_kv: u64,
    /// how texts become tokens, such as `gpt2`; empty where the file does not say.
    pub tokenizer: String,
    /// bytes of the whole file.
    pub bytes: u64,
}

/// reads and checks the header of the file at `path`.
///
/// # Errors
/// `Open`, `NotGguf`, `CutShort` or `Damaged`.
pub fn check(path: &Path) -> Result<Header, ModelError> {
    let open = |why| ModelError::Open {
        path: path.to_owned(),
        why,
    };
    let file = File::open(path).map_err(open)?;
    let meta = file.metadata().map_err(open)?;
    if !meta.is_file() {
        return Err(ModelError::NotGguf {
            path: path.to_owned(),
        });
    }
    read(BufReader::new(file), meta.len()).map_err(|fault| match fault {
        Fault::NotGguf => ModelError::NotGguf {
            path: path.to_owned(),
        },
        Fault::Short { want } => ModelError::CutShort {
            path: path.to_owned(),
            have_bytes: meta.len(),
            want_bytes: want,
        },
        Fault::Damaged(why) => ModelError::Damaged {
            path: path.to_owned(),
            why,
        },
        Fault::Io(why) => open(why),
    })
}

#[derive(Debug)]
enum Fault {
    NotGguf,
    Short { want: u64 },
    Damaged(String),
    Io(std::io::Error),
}

struct Reader<R> {
    from: R,
    at: u64,
    bytes: u64,
}

fn read(from: impl Read, bytes: u64) -> Result<Header, Fault> {
    let mut reader = Reader { from, at: 0, bytes };
    // a file shorter than the mark is whatever it is, but no gguf.
    if bytes < 4 || reader.array::<4>()? != *b"GGUF" {
        return Err(Fault::NotGguf);
    }
    let version = reader.u32()?;
    if !(2..=3).contains(&version) {
        return Err(Fault::Damaged(format!("version {version} of the format")));
    }
    let tensors = reader.count("tensors")?;
    let keys = reader.count("keys")?;
    let mut header = Header {
        bytes,
        ..Header::default()
    };
    let mut alignment = 32;
    for _ in 0..keys {
        let key = reader.text(NAME_MAX_BYTES)?;
        let kind = reader.u32()?;
        let value = reader.value(kind, key == TOKENS)?;
        match (
            key.as_str(),
            key.split_once('.').map(|(_, rest)| rest),
            value,
        ) {
            ("general.architecture", _, Value::Text(text)) => header.architecture = text,
            ("general.alignment", _, Value::Whole(n)) => alignment = n,
            ("tokenizer.ggml.model", _, Value::Text(text)) => header.tokenizer = text,
            (_, Some("block_count"), Value::Whole(n)) => header.blocks = n,
            (_, Some("embedding_length"), Value::Whole(n)) => header.width = n,
            (_, Some("context_length"), Value::Whole(n)) => header.context = n,
            (_, Some("attention.head_count"), Value::Whole(n)) => header.heads = n,
            (_, Some("attention.head_count_kv"), Value::Whole(n)) => header.heads_kv = n,
            _ => {}
        }
    }
    if !(1..=65_536).contains(&alignment) {
        return Err(Fault::Damaged(format!("alignment {alignment}")));
    }
    let mut data_bytes = 0;
    for _ in 0..tensors {
        data_bytes = data_bytes.max(reader.tensor()?);
    }
    let want = reader
        .at
        .next_multiple_of(alignment)
        .saturating_add(data_bytes);
    // the last tensor's padding may be missing.
    if want > bytes {
        Err(Fault::Short { want })
    } else {
        Ok(header)
    }
}

enum Value {
    Whole(u64),
    Text(String),
    Other,
}

impl<R: Read> Reader<R> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let mut bytes = [0; N];
        self.from
            .read_exact(&mut bytes)
            .map_err(|error| self.fault(error, N as u64))?;
        self.at += N as u64;
        Ok(bytes)
    }

    fn fault(&self, error: std::io::Error, wanted: u64) -> Fault {
        match error.kind() {
            ErrorKind::UnexpectedEof => Fault::Short {
                want: self.at.saturating_add(wanted),
            },
            _ => Fault::Io(error),
        }
    }

    fn u32(&mut self) -> Result<u32, Fault> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, Fault> {
        self.array().map(u64::from_le_bytes)
    }

    fn count(&mut self, what: &str) -> Result<u64, Fault> {
        let count = self.u64()?;
        if count > COUNT_MAX {
            return Err(Fault::Damaged(format!("{count} {what}")));
        }
        Ok(count)
    }

    fn text(&mut self, most: u64) -> Result<String, Fault> {
        let bytes = self.raw(most)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn raw(&mut self, most: u64) -> Result<Vec<u8>, Fault> {
        let length = self.u64()?;
        if length > most {
            return Err(Fault::Damaged(format!("a text of {length} bytes")));
        }
        let mut bytes = Vec::new();
        let got = (&mut self.from)
            .take(length)
            .read_to_end(&mut bytes)
            .map_err(Fault::Io)?;
        if (got as u64) < length {
            return Err(Fault::Short {
                want: self.at.saturating_add(length),
            });
        }
        self.at += length;
        Ok(bytes)
    }

    fn skip(&mut self, bytes: u64) -> Result<(), Fault> {
        // checked against the file's length first, so that a promise of petabytes ends at once.
        if self.at.saturating_add(bytes) > self.bytes {
            return Err(Fault::Short {
                want: self.at.saturating_add(bytes),
            });
        }
        std::io::copy(&mut (&mut self.from).take(bytes), &mut std::io::sink())
            .map_err(Fault::Io)?;
        self.at += bytes;
        Ok(())
    }

    /// `different`: of a list of texts, no two may be the same.
    fn value(&mut self, kind: u32, different: bool) -> Result<Value, Fault> {
        Ok(match kind {
            0 | 1 | 7 => Value::Whole(u64::from(self.array::<1>()?[0])),
            2 | 3 => Value::Whole(u64::from(u16::from_le_bytes(self.array()?))),
            4 | 5 => Value::Whole(u64::from(self.u32()?)),
            10 | 11 => Value::Whole(self.u64()?),
            6 => self.skip(4).map(|()| Value::Other)?,
            12 => self.skip(8).map(|()| Value::Other)?,
            8 => Value::Text(self.text(TEXT_MAX_BYTES)?),
            9 => {
                let of = self.u32()?;
                let count = self.u64()?;
                if count > ARRAY_MAX {
                    return Err(Fault::Damaged(format!("a list of {count} entries")));
                }
                match of {
                    0 | 1 | 7 => self.skip(count)?,
                    2 | 3 => self.skip(2 * count)?,
                    4..=6 => self.skip(4 * count)?,
                    10..=12 => self.skip(8 * count)?,
                    8 if different => {
                        let mut seen = HashSet::new();
                        for _ in 0..count {
                            if !seen.insert(self.raw(NAME_MAX_BYTES)?) {
                                let why = "two tokens of its vocabulary are the same".to_owned();
                                return Err(Fault::Damaged(why));
                            }
                        }
                    }
                    8 => {
                        for _ in 0..count {
                            let length = self.u64()?;
                            self.skip(length)?;
                        }
                    }
                    _ => return Err(Fault::Damaged(format!("a list of unknown kind {of}"))),
                }
                Value::Other
            }
            _ => return Err(Fault::Damaged(format!("a value of unknown kind {kind}"))),
        })
    }

    /// the place after this tensor's data, counted from where data begins.
    fn tensor(&mut self) -> Result<u64, Fault> {
        let name = self.text(NAME_MAX_BYTES)?;
        let dimensions = self.u32()?;
        if dimensions > 4 {
            return Err(Fault::Damaged(format!(
                "`{name}` has {dimensions} dimensions"
            )));
        }
        let mut entries: u64 = 1;
        for _ in 0..dimensions {
            entries = entries.saturating_mul(self.u64()?);
        }
        let kind = self.u32()?;
        let offset = self.u64()?;
        // one byte at least for kinds that this list does not know.
        let (block, bytes) = block(kind).unwrap_or((u64::MAX, 1));
        Ok(offset.saturating_add((entries / block).saturating_mul(bytes)))
    }
}

/// entries and bytes of one block of a tensor kind; ggml/src/ggml.c, `type_traits`.
fn block(kind: u32) -> Option<(u64, u64)> {
    Some(match kind {
        0 => (1, 4),
        1 | 30 => (1, 2),
        2 => (32, 18),
        3 => (32, 20),
        6 => (32, 22),
        7 => (32, 24),
        8 => (32, 34),
        9 => (32, 36),
        10 => (256, 84),
        11 => (256, 110),
        12 => (256, 144),
        13 => (256, 176),
        14 => (256, 210),
        15 => (256, 292),
        16 => (256, 66),
        17 => (256, 74),
        18 => (256, 98),
        19 => (256, 50),
        20 => (32, 18),
        21 => (256, 110),
        22 => (256, 82),
        23 => (256, 136),
        24 => (1, 1),
        25 => (1, 2),
        26 => (1, 4),
        27 | 28 => (1, 8),
        29 => (256, 56),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(out: &mut Vec<u8>, text: &str) {
        out.extend((text.len() as u64).to_le_bytes());
        out.extend(text.as_bytes());
    }

    /// one key, and one tensor of 32 floats.
    fn small() -> Vec<u8> {
        let mut out = b"GGUF".to_vec();
        out.extend(3u32.to_le_bytes());
        out.extend(1u64.to_le_bytes());
        out.extend(1u64.to_le_bytes());
        text(&mut out, "general.architecture");
        out.extend(8u32.to_le_bytes());
        text(&mut out, "llama");
        text(&mut out, "a.weight");
        out.extend(1u32.to_le_bytes());
        out.extend(32u64.to_le_bytes());
        out.extend(0u32.to_le_bytes());
        out.extend(0u64.to_le_bytes());
        out.resize(out.len().next_multiple_of(32) + 128, 0);
        out
    }

    #[test]
    fn a_whole_file_is_fine_and_every_cut_is_seen() {
        let whole = small();
        let length = whole.len() as u64;
        assert_eq!(read(&whole[..], length).unwrap().architecture, "llama");
        for cut in 4..whole.len() {
            match read(&whole[..cut], cut as u64) {
                Err(Fault::Short { want }) => assert!(want <= length, "{cut}: {want}"),
                other => panic!("{cut}: {other:?}"),
            }
        }
    }

    #[test]
    fn other_files_are_no_gguf() {
        for bytes in [b"".as_slice(), b"GG", b"PK\x03\x04 and so on"] {
            assert!(matches!(
                read(bytes, bytes.len() as u64),
                Err(Fault::NotGguf)
            ));
        }
        let mut future = small();
        future[4] = 9;
        assert!(matches!(
            read(&future[..], future.len() as u64),
            Err(Fault::Damaged(_))
        ));
    }

    proptest! {
        #[test]
        fn a_changed_byte_never_makes_it_panic(at in 0usize..100, byte in any::<u8>()) {
            let mut bytes = small();
            bytes[at] = byte;
            let _ = read(&bytes[..], bytes.len() as u64);
        }
    }
}
