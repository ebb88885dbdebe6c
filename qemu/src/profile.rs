//! a machine as data, and the arguments of QEMU that make it. pure.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::{Disk, Image};

/// what runs the guest's instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accel {
    /// the processor itself. only where a trial showed that it really runs a guest.
    Kvm,
    /// QEMU's translator: everywhere, and some twenty times slower.
    Tcg,
}

impl Accel {
    /// its name for QEMU, and in `LLM_OS_ACCEL`.
    pub fn name(self) -> &'static str {
        match self {
            Accel::Kvm => "kvm",
            Accel::Tcg => "tcg",
        }
    }
}

/// what happens to writes to a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskMode {
    /// they stay in the file.
    Keep,
    /// they go to an overlay that is gone when the machine ends.
    Forget,
    /// there are none.
    ReadOnly,
}

/// where a serial port of the machine ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Serial {
    /// this terminal, with QEMU's monitor behind ctrl-a. ^C goes to the guest.
    Terminal,
    /// a listening unix socket that QEMU connects to, so that no byte is lost at start.
    Socket(PathBuf),
}

/// the machine's screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// there is a graphics card, seen by `screendump` only.
    Hidden,
    /// a window on this desktop.
    Window,
}

/// a machine. [`Profile::for_image`] gives the usual one, the methods change it.
#[derive(Clone, Debug)]
pub struct Profile {
    pub accel: Accel,
    pub memory_mb: u32,
    pub cpus: u32,
    pub kernel: PathBuf,
    /// the kernel's command line.
    pub cmdline: String,
    pub disks: Vec<(PathBuf, DiskMode)>,
    pub serials: Vec<Serial>,
    pub screen: Screen,
    /// a network card behind QEMU's user network: this computer is 10.0.2.2 there.
    pub network: bool,
    /// a listening unix socket for the monitor.
    pub qmp: Option<PathBuf>,
    /// a guest that reboots ends the machine instead.
    pub no_reboot: bool,
}

impl Profile {
    /// the machine that an image is made for, with a private disk whose writes are kept. consoles
    /// and the monitor are added by [`crate::Machine::boot`].
    pub fn for_image(image: &Image, disk: &Disk) -> Self {
        let mut profile = Self::bare(image.kernel(), image.manifest.cmdline.clone());
        profile.accel = Image::accel_from_env();
        profile.with_disk(disk.path(), DiskMode::Keep)
    }

    /// a kernel and its command line, nothing else.
    pub fn bare(kernel: PathBuf, cmdline: String) -> Self {
        Profile {
            accel: Accel::Tcg,
            memory_mb: 512,
            cpus: 1,
            kernel,
            cmdline,
            disks: Vec::new(),
            serials: Vec::new(),
            screen: Screen::Hidden,
            network: false,
            qmp: None,
            no_reboot: false,
        }
    }

    /// one more disk; the first is the machine's own.
    pub fn with_disk(mut self, path: &Path, mode: DiskMode) -> Self {
        self.disks.push((path.to_owned(), mode));
        self
    }

    /// more words on the kernel's command line.
    pub fn with_cmdline(mut self, words: &str) -> Self {
        self.cmdline.push(' ');
        self.cmdline.push_str(words);
        self
    }

    /// a second serial console, `ttyS1`, at `Machine::console(1)`. the kernel itself writes to one
    /// serial line only: of those named, to the first, while `/dev/console` is the last. so the
    /// first is named once more; pid 1 reads the whole line and puts a shell on each.
    pub fn second_console(self) -> Self {
        self.with_cmdline("console=ttyS1 console=ttyS0,115200")
    }

    /// a network card, and an address that the kernel gives it: nothing on the machine does yet. the
    /// last part is QEMU's name server.
    pub fn with_network(mut self) -> Self {
        self.network = true;
        self.with_cmdline("ip=10.0.2.15::10.0.2.2:255.255.255.0::eth0:off:10.0.2.3")
    }

    pub fn with_memory_mb(mut self, memory_mb: u32) -> Self {
        self.memory_mb = memory_mb;
        self
    }

    /// the serial consoles that the command line names (`ttyS0`, `ttyS1`, …), as a count.
    pub fn consoles(&self) -> usize {
        let mut names: Vec<&str> = self
            .cmdline
            .split_whitespace()
            .filter_map(|word| word.strip_prefix("console="))
            .map(|value| value.split(',').next().unwrap_or(value))
            .filter(|name| name.starts_with("ttyS"))
            .collect();
        names.sort_unstable();
        names.dedup();
        names.len().max(1)
    }

    /// the arguments for `qemu-system-x86_64`.
    pub fn argv(&self) -> Vec<OsString> {
        let mut argv = Argv::default();
        // nothing that was not asked for: no floppy, no network card, no default disk.
        argv.plain("-nodefaults").plain("-no-user-config");
        // a clock that the guest can use, and firmware that does not wait for a key.
        argv.pair(
            "-machine",
            format!("q35,accel={},usb=off", self.accel.name()),
        );
        argv.pair(
            "-cpu",
            if self.accel == Accel::Kvm {
                "host"
            } else {
                "max"
            },
        );
        argv.pair("-smp", self.cpus.to_string());
        argv.pair("-m", format!("{}M", self.memory_mb));
        argv.pair("-kernel", &self.kernel);
        argv.pair("-append", &self.cmdline);
        for (n, (file, mode)) in self.disks.iter().enumerate() {
            let options = match mode {
                DiskMode::Keep => "",
                DiskMode::Forget => ",snapshot=on",
                DiskMode::ReadOnly => ",read-only=on",
            };
            let file = escaped(file);
            argv.pair(
                "-drive",
                format!("if=none,id=disk{n},format=raw,file={file}{options}"),
            );
            argv.pair("-device", format!("virtio-blk-pci,drive=disk{n}"));
        }
        if self.network {
            argv.pair("-netdev", "user,id=net0");
            // nothing boots from it: without its rom, which is a package of its own.
            argv.pair("-device", "virtio-net-pci,netdev=net0,romfile=");
        }
        // entropy from the host: the first boot has none of its own.
        argv.pair("-device", "virtio-rng-pci");
        // an unfed watchdog resets, as on a board.
        argv.pair("-device", "i6300esb")
            .pair("-action", "watchdog=reset");
        for (n, serial) in self.serials.iter().enumerate() {
            let chardev = match serial {
                Serial::Terminal => format!("stdio,id=serial{n},mux=on,signal=off"),
                Serial::Socket(at) => format!("socket,id=serial{n},path={}", escaped(at)),
            };
            argv.pair("-chardev", chardev);
            argv.pair("-serial", format!("chardev:serial{n}"));
            if *serial == Serial::Terminal {
                argv.pair("-mon", format!("chardev=serial{n},mode=readline"));
            }
        }
        if let Some(at) = &self.qmp {
            argv.pair("-chardev", format!("socket,id=qmp,path={}", escaped(at)));
            argv.pair("-mon", "chardev=qmp,mode=control");
        }
        argv.pair("-vga", "std");
        if self.screen == Screen::Hidden {
            argv.pair("-display", "none");
        }
        if self.no_reboot {
            argv.plain("-no-reboot");
        }
        argv.0
    }
}

#[derive(Default)]
struct Argv(Vec<OsString>);

impl Argv {
    fn plain(&mut self, word: impl Into<OsString>) -> &mut Self {
        self.0.push(word.into());
        self
    }

    fn pair(&mut self, name: &str, value: impl AsRef<OsStr>) -> &mut Self {
        self.plain(name).plain(value.as_ref())
    }
}

/// in QEMU's option lists a comma in a value is written twice.
fn escaped(path: &Path) -> String {
    path.to_string_lossy().replace(',', ",,")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(profile: &Profile) -> String {
        let words: Vec<_> = profile
            .argv()
            .iter()
            .map(|w| w.to_string_lossy().into_owned())
            .collect();
        words.join(" ")
    }

    #[test]
    fn a_profile_becomes_arguments() {
        fn check(change: impl FnOnce(Profile) -> Profile, wanted: &str, unwanted: &str) {
            let line = line(&change(Profile::bare("/k".into(), "console=ttyS0".into())));
            assert!(line.contains(wanted), "{wanted:?} is not in {line}");
            assert!(
                unwanted.is_empty() || !line.contains(unwanted),
                "{unwanted:?} is in {line}"
            );
        }
        check(|p| p, "-kernel /k -append console=ttyS0", "-drive");
        check(|p| p, "accel=tcg", "kvm");
        check(|p| p.with_memory_mb(96), "-m 96M", "-netdev");
        check(
            Profile::with_network,
            "-netdev user,id=net0 -device virtio-net-pci,netdev=net0,romfile=",
            "",
        );
        check(Profile::with_network, "::eth0:off", "");
        check(
            |p| p.with_cmdline("quiet"),
            "-append console=ttyS0 quiet",
            "",
        );
        check(
            |p| p.with_disk(Path::new("/a,b"), DiskMode::Forget),
            "file=/a,,b,snapshot=on -device virtio-blk-pci,drive=disk0",
            "",
        );
        check(
            |mut p| {
                p.serials = vec![Serial::Terminal];
                p
            },
            "stdio,id=serial0,mux=on,signal=off -serial chardev:serial0 -mon chardev=serial0",
            "",
        );
        check(
            |mut p| {
                p.accel = Accel::Kvm;
                p.no_reboot = true;
                p.screen = Screen::Window;
                p
            },
            "accel=kvm",
            "-display none",
        );
    }

    #[test]
    fn a_second_console_is_not_the_kernels_own() {
        let profile = Profile::bare("/k".into(), "console=tty0 console=ttyS0".into());
        assert_eq!(profile.consoles(), 1);
        let profile = profile.second_console();
        assert_eq!(profile.consoles(), 2);
        assert_eq!(
            profile.cmdline,
            "console=tty0 console=ttyS0 console=ttyS1 console=ttyS0,115200"
        );
    }
}
