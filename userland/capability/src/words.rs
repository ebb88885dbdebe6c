//! how names, sizes and failures are put to a person.

use crate::capability::CapabilityError;
use rustix::io::Errno;
use std::fmt::Write;
use std::io;

/// a name or path as it may stand in a sentence: characters that a terminal would act on, or that
/// would make the text read otherwise than it runs, are written as `\u{…}`; quoted where it holds
/// blanks.
pub fn shown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '\'' => {
                escaped.push('\\');
                escaped.push(c);
            }
            c if is_hidden(c) => {
                // writing to a string cannot fail.
                let _ = write!(escaped, "\\u{{{:x}}}", c as u32);
            }
            c => escaped.push(c),
        }
    }
    if escaped.is_empty() || escaped.contains(' ') || escaped != text {
        format!("'{escaped}'")
    } else {
        escaped
    }
}

/// bytes of a name that need not be text, `\xNN` for what is none.
pub fn shown_bytes(bytes: &[u8]) -> String {
    shown(&lossy(bytes))
}

/// text out of any bytes, `\xNN` for what is none.
pub fn lossy(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// whether a name can be read and typed as it is.
pub(crate) fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.trim() == text && !text.chars().any(is_hidden)
}

/// control characters, blanks that are not a space, and marks that turn the direction of writing or
/// have no width (unicode, categories cc, cf, zl, zp, zs).
fn is_hidden(c: char) -> bool {
    c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}' | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}')
}

/// `1 byte`, `5 bytes`.
pub fn bytes(count: u64) -> String {
    counted(count, "byte")
}

/// `1 file`, `5 files`.
pub fn counted(count: u64, what: &str) -> String {
    if count == 1 {
        format!("1 {what}")
    } else {
        format!("{count} {what}s")
    }
}

/// bytes in the largest unit that leaves a number of at least 1: `5 bytes`, `812 MiB`, `1.4 GiB`.
pub fn size(count: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if count < 1024 {
        return bytes(count);
    }
    let mut value = count as f64 / 1024.0;
    let mut unit = UNITS[0];
    for next in &UNITS[1..] {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = next;
    }
    if value < 10.0 {
        format!("{value:.1} {unit}")
    } else {
        format!("{value:.0} {unit}")
    }
}

/// `cannot read /x: …`, with what to do about it.
pub fn failure(doing: &str, path: &str, error: &io::Error) -> CapabilityError {
    let path = shown(path);
    let why = match error.raw_os_error().map(Errno::from_raw_os_error) {
        Some(Errno::NOENT) => "it is not there".to_owned(),
        Some(Errno::LOOP) => {
            "it is a link or leads through one, and links are not followed: name the place itself"
                .to_owned()
        }
        Some(Errno::XDEV) => "it leads into another file system: name the place itself".to_owned(),
        Some(Errno::NOTDIR) => "a part of the path is a file, not a directory".to_owned(),
        Some(Errno::ISDIR) => "it is a directory".to_owned(),
        Some(Errno::EXIST) => "something has come to be there meanwhile: look again".to_owned(),
        Some(Errno::NOTEMPTY) => "it is not empty".to_owned(),
        Some(Errno::ACCESS | Errno::PERM) => "it is not permitted".to_owned(),
        Some(Errno::ROFS) => "the file system is read-only".to_owned(),
        Some(Errno::NOSPC | Errno::DQUOT) => "the disk is full: delete something first".to_owned(),
        Some(Errno::BUSY) => "it is in use".to_owned(),
        Some(Errno::NAMETOOLONG) => "the name is too long".to_owned(),
        _ => error.to_string(),
    };
    CapabilityError::new(format!("cannot {doing} {path}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_show_what_they_are() {
        let check = |name: &str, expect: &str| assert_eq!(shown(name), expect, "{name:?}");
        check("/data/a.txt", "/data/a.txt");
        check("größe.txt", "größe.txt");
        check("a b", "'a b'");
        check("a\x1b[2Jb", "'a\\u{1b}[2Jb'");
        check("a\nb", "'a\\u{a}b'");
        check("x\u{202e}txt.exe", "'x\\u{202e}txt.exe'");
        check("it's", "'it\\'s'");
        check("", "''");
        assert_eq!(shown_bytes(b"a\xff"), "'a\\\\xff'");
    }

    #[test]
    fn sizes_read_well() {
        let check = |count: u64, expect: &str| assert_eq!(size(count), expect);
        check(0, "0 bytes");
        check(1, "1 byte");
        check(1023, "1023 bytes");
        check(1536, "1.5 KiB");
        check(96 << 20, "96 MiB");
        check(3 << 39, "1.5 TiB");
    }

    proptest! {
        /// no shown name can move a cursor or be taken for another.
        #[test]
        fn nothing_hidden_gets_out(one in any::<String>(), two in any::<String>()) {
            prop_assert!(!shown(&one).chars().any(is_hidden));
            prop_assert_eq!(shown(&one) == shown(&two), one == two);
        }
    }
}
