//! names of users, out of `/etc/passwd`.

use std::io::Read;
use std::path::Path;

/// bytes of the file that are looked at.
const PASSWD_MAX_BYTES: u64 = 64 * 1024;

/// `operator (1000)`, or the number alone where no name is known.
pub(crate) fn name(uid: u32) -> String {
    let mut text = String::new();
    if let Ok(file) = llm_os_sys::beneath::open_read(Path::new("/etc/passwd")) {
        // a file that is no text names nobody.
        let _ = file.take(PASSWD_MAX_BYTES).read_to_string(&mut text);
    }
    match find(&text, uid) {
        Some(name) => format!("{name} ({uid})"),
        None => uid.to_string(),
    }
}

/// passwd(5).
fn find(passwd: &str, uid: u32) -> Option<&str> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_number() {
        let passwd = "root:x:0:0::/:/bin/sh\nbroken\noperator:x:1000:1000::/data:/x\n";
        assert_eq!(find(passwd, 1000), Some("operator"));
        assert_eq!(find(passwd, 0), Some("root"));
        assert_eq!(find(passwd, 5), None);
    }
}
