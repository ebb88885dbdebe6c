//! reading and writing one frame.

use llm_os_schema::limits::DEPTH_MAX;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::io::{self, Read, Write};

/// bytes of json in one frame.
pub const FRAME_MAX_BYTES: usize = 1024 * 1024;

/// why a frame could not be read or written.
#[derive(Debug)]
pub enum FrameError {
    /// the other side closed before a frame began.
    Closed,
    /// reading or writing failed; also a close inside a frame.
    Io(io::Error),
    TooLong {
        bytes: usize,
    },
    TooDeep,
    /// not json, or not a message that is expected here.
    Malformed {
        why: String,
    },
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            FrameError::Closed => write!(f, "the other side closed the connection"),
            FrameError::Io(error) => write!(f, "the connection failed: {error}"),
            FrameError::TooLong { bytes } => {
                write!(
                    f,
                    "a frame of {bytes} bytes is over the limit of {FRAME_MAX_BYTES}"
                )
            }
            FrameError::TooDeep => write!(f, "a frame is nested deeper than {DEPTH_MAX} levels"),
            FrameError::Malformed { why } => write!(f, "a frame is not understood: {why}"),
        }
    }
}

impl std::error::Error for FrameError {}

impl From<io::Error> for FrameError {
    fn from(error: io::Error) -> Self {
        FrameError::Io(error)
    }
}

/// reads one frame. a length over the limit is refused before anything is allocated for it.
///
/// # Errors
/// see [`FrameError`]; after any but `Malformed` and `TooDeep` the stream is of no more use.
pub fn read<T: DeserializeOwned>(from: &mut impl Read) -> Result<T, FrameError> {
    decode(&read_bytes(from)?)
}

/// writes one frame with one call to `write_all`.
///
/// # Errors
/// `TooLong` if the message does not fit (nothing was written then), `Io` if writing failed.
pub fn write<T: Serialize>(to: &mut impl Write, message: &T) -> Result<(), FrameError> {
    to.write_all(&encode(message)?)?;
    to.flush()?;
    Ok(())
}

/// a frame's bytes, length first.
///
/// # Errors
/// `TooLong` if the message does not fit, `Malformed` if it cannot be written as json.
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, FrameError> {
    let mut bytes = vec![0; 4];
    serde_json::to_writer(&mut bytes, message).map_err(|error| FrameError::Malformed {
        why: error.to_string(),
    })?;
    let length = bytes.len() - 4;
    if length > FRAME_MAX_BYTES {
        return Err(FrameError::TooLong { bytes: length });
    }
    bytes[..4].copy_from_slice(&(length as u32).to_le_bytes());
    Ok(bytes)
}

/// a message out of a frame's json.
///
/// # Errors
/// `TooLong`, `TooDeep` or `Malformed`.
pub fn decode<T: DeserializeOwned>(json: &[u8]) -> Result<T, FrameError> {
    if json.len() > FRAME_MAX_BYTES {
        return Err(FrameError::TooLong { bytes: json.len() });
    }
    if depth(json) > DEPTH_MAX {
        return Err(FrameError::TooDeep);
    }
    serde_json::from_slice(json).map_err(|error| FrameError::Malformed {
        why: error.to_string(),
    })
}

fn read_bytes(from: &mut impl Read) -> Result<Vec<u8>, FrameError> {
    let mut head = [0; 4];
    let mut have = 0;
    while have < 4 {
        match from.read(&mut head[have..]) {
            Ok(0) if have == 0 => return Err(FrameError::Closed),
            Ok(0) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
            Ok(count) => have += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    let length = u32::from_le_bytes(head) as usize;
    if length > FRAME_MAX_BYTES {
        return Err(FrameError::TooLong { bytes: length });
    }
    // grows as bytes come, so that a length alone reserves nothing.
    let mut json = Vec::new();
    from.take(length as u64).read_to_end(&mut json)?;
    if json.len() < length {
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
    }
    Ok(json)
}

/// the deepest nesting of objects and arrays, strings skipped; no recursion.
fn depth(json: &[u8]) -> usize {
    let (mut now, mut most, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                now += 1;
                most = most.max(now);
            }
            b'}' | b']' if !in_string => now = now.saturating_sub(1),
            _ => {}
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};
    use std::io::Cursor;

    #[test]
    fn a_frame_reads_back() {
        let message = json!({"a": [1, "x\"]}"]});
        let mut bytes = Vec::new();
        write(&mut bytes, &message).unwrap();
        assert_eq!(read::<Value>(&mut Cursor::new(&bytes)).unwrap(), message);
    }

    #[test]
    fn half_frames_and_long_ones_are_errors() {
        let check = |bytes: &[u8], expect: &str| {
            let got = read::<Value>(&mut Cursor::new(bytes))
                .unwrap_err()
                .to_string();
            assert!(got.contains(expect), "{bytes:?}: {got}");
        };
        check(b"", "closed");
        check(b"\x01", "failed");
        check(b"\x05\0\0\0{}", "failed");
        check(b"\xff\xff\xff\xff", "over the limit");
        check(b"\x01\0\0\0x", "not understood");
        let deep = [b"\x22\0\0\0".as_slice(), &[b'['; 17], &[b']'; 17]].concat();
        check(&deep, "nested deeper");
    }

    #[test]
    fn brackets_in_strings_do_not_count() {
        assert_eq!(depth(br#"{"a":"[[[[\"[["}"#), 1);
        assert_eq!(depth(br#"[[{"a":[]}]]"#), 4);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read::<Value>(&mut Cursor::new(&bytes));
        }
    }
}
