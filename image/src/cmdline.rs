//! the kernel's command line. pure.

use crate::verity::Verity;

/// the command line that boots a verified root.
///
/// the last `console=` is where the kernel's own messages and `/dev/console` go: the serial line,
/// because it can be read afterwards. a screen has a shell too, because it is named.
pub fn verified(verity: &Verity, partuuid: &str) -> String {
    let root = verity.dm_mod_create(partuuid);
    format!("{root} root=/dev/dm-0 rootfstype=erofs ro init=/sbin/llminit {COMMON}")
}

/// what every boot says: where the consoles are, that only errors fill the screen,
/// that a panic ends in a restart after ten seconds.
pub const COMMON: &str = "console=tty0 console=ttyS0,115200 loglevel=4 panic=10";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_there_once() {
        let verity = Verity {
            data_blocks: 8,
            root_hash: "ab".repeat(32),
        };
        let line = verified(&verity, "1234");
        for word in [
            "root=/dev/dm-0",
            "init=/sbin/llminit",
            "console=ttyS0",
            "ro",
            "panic=10",
        ] {
            assert_eq!(line.matches(word).count().min(1), 1, "{word} in {line}");
        }
        // the kernel takes at most 2048 bytes on x86.
        assert!(line.len() < 1024, "{} bytes", line.len());
        assert!(
            line.contains("dm-mod.create=\"root,,,ro,0 64 verity 1 PARTUUID=1234 "),
            "{line}"
        );
    }
}
