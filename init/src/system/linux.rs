//! the calls, made.

use super::{Flags, Kind, Mount, Owner, Priority, Signal, System, helper};
use crate::supervisor::{Exit, Millis, Power};
use crate::units::Socket;
use llm_os_sys::watchdog::Watchdog;
use rustix::fs::OFlags;
use rustix::mount::{MountFlags, UnmountFlags};
use rustix::process::{Pid, WaitOptions};
use rustix::system::RebootCommand;
use rustix::time::{ClockId, Timespec};
use std::ffi::CString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt, chown, symlink};
use std::os::unix::net::UnixListener;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// bytes that are read of a file.
const READ_MAX_BYTES: u64 = 64 * 1024;
/// seconds asked of the watchdog: the first that it takes.
const WATCHDOG_S: [u32; 3] = [30, 15, 10];
/// SIGHUP, SIGINT, SIGUSR1, SIGUSR2, SIGTERM, SIGCHLD; 2, 10, 12 and 15 ask for a way down.
const TAKEN: [i32; 6] = [1, 2, 10, 12, 15, 17];

/// this machine.
#[derive(Debug, Default)]
pub struct Linux {
    kmsg: Option<File>,
    watchdog: Option<Watchdog>,
}

impl System for Linux {
    fn pid(&self) -> u32 {
        std::process::id()
    }

    fn settle(&mut self) -> io::Result<OwnedFd> {
        rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
        rustix::process::chdir("/")?;
        // pid 1 may lead its session already.
        let _ = rustix::process::setsid();
        llm_os_sys::signals::take(&TAKEN)
    }

    fn read(&mut self, path: &str) -> io::Result<String> {
        let mut text = Vec::new();
        File::open(path)?
            .take(READ_MAX_BYTES)
            .read_to_end(&mut text)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    fn write(&mut self, path: &str, text: &str) -> io::Result<()> {
        let nofollow = OFlags::NOFOLLOW.bits() as i32;
        let mut options = OpenOptions::new();
        options
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o644)
            .custom_flags(nofollow);
        options.open(path)?.write_all(text.as_bytes())
    }

    fn list(&mut self, path: &str) -> io::Result<Vec<String>> {
        let name = |entry: io::Result<fs::DirEntry>| entry.map(|one| one.file_name());
        let names: Vec<_> = fs::read_dir(path)?.map(name).collect::<io::Result<_>>()?;
        let mut names: Vec<_> = names
            .into_iter()
            .filter_map(|name| name.into_string().ok())
            .collect();
        names.sort();
        Ok(names)
    }

    fn kind(&mut self, path: &str) -> Option<Kind> {
        let kind = fs::symlink_metadata(path).ok()?.file_type();
        Some(if kind.is_dir() {
            Kind::Folder
        } else if kind.is_file() {
            Kind::File
        } else {
            Kind::Other
        })
    }

    fn folder(&mut self, path: &str, owner: Owner) -> io::Result<()> {
        // closed until it has its owner.
        match fs::DirBuilder::new().mode(0o700).create(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        chown(path, Some(owner.uid), Some(owner.gid))?;
        fs::set_permissions(path, fs::Permissions::from_mode(owner.mode))
    }

    fn own(&mut self, path: &str, owner: Owner) -> io::Result<()> {
        let nofollow = OFlags::NOFOLLOW.bits() as i32;
        let file = OpenOptions::new()
            .read(true)
            .custom_flags(nofollow)
            .open(path)?;
        // closed before it has its owner.
        file.set_permissions(fs::Permissions::from_mode(owner.mode))?;
        std::os::unix::fs::fchown(&file, Some(owner.uid), Some(owner.gid))
    }

    fn link(&mut self, target: &str, path: &str) -> io::Result<()> {
        symlink(target, path)
    }

    fn read_link(&mut self, path: &str) -> io::Result<String> {
        Ok(fs::read_link(path)?.to_string_lossy().into_owned())
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&mut self, path: &str) -> io::Result<()> {
        match self.kind(path) {
            Some(Kind::Folder) => fs::remove_dir_all(path),
            _ => fs::remove_file(path),
        }
    }

    fn listen(&mut self, socket: &Socket) -> io::Result<OwnedFd> {
        // one of an earlier life; nobody else may write in this folder.
        let _ = fs::remove_file(socket.path);
        let listener = UnixListener::bind(socket.path)?;
        chown(socket.path, Some(socket.uid), Some(socket.gid))?;
        fs::set_permissions(socket.path, fs::Permissions::from_mode(socket.mode))?;
        Ok(OwnedFd::from(listener))
    }

    fn mount(&mut self, mount: &Mount) -> io::Result<()> {
        let data = CString::new(mount.data)?;
        let data = (!mount.data.is_empty()).then_some(data.as_c_str());
        let flags = mount_flags(mount.flags);
        Ok(rustix::mount::mount(
            mount.source,
            mount.target,
            mount.kind,
            flags,
            data,
        )?)
    }

    fn unmount(&mut self, target: &str) -> io::Result<()> {
        Ok(rustix::mount::unmount(target, UnmountFlags::NOFOLLOW)?)
    }

    fn remount_read_only(&mut self, target: &str) -> io::Result<()> {
        Ok(rustix::mount::mount_remount(
            target,
            MountFlags::RDONLY,
            c"",
        )?)
    }

    fn sync(&mut self) {
        rustix::fs::sync();
    }

    fn set_hostname(&mut self, name: &str) -> io::Result<()> {
        Ok(rustix::system::sethostname(name.as_bytes())?)
    }

    fn loopback_up(&mut self) -> io::Result<()> {
        llm_os_sys::loopback::up()
    }

    fn take_ctrl_alt_del(&mut self) -> io::Result<()> {
        Ok(rustix::system::reboot(RebootCommand::CadOff)?)
    }

    fn power(&mut self, kind: Power) -> io::Error {
        if let Err(error) = self.only_as_pid_1() {
            return error;
        }
        let command = match kind {
            Power::Reboot => RebootCommand::Restart,
            Power::Poweroff => RebootCommand::PowerOff,
        };
        match rustix::system::reboot(command) {
            Ok(()) => io::Error::other("the kernel came back from it"),
            Err(error) => error.into(),
        }
    }

    fn start_watchdog(&mut self) -> Option<u32> {
        // a test must never start the watchdog of the machine that it runs on.
        self.only_as_pid_1().ok()?;
        let watchdog = Watchdog::start("/dev/watchdog", &WATCHDOG_S).ok()?;
        let seconds = watchdog.timeout_s();
        self.watchdog = Some(watchdog);
        Some(seconds)
    }

    fn feed_watchdog(&mut self) {
        if let Some(watchdog) = &mut self.watchdog {
            let _ = watchdog.feed();
        }
    }

    fn now(&self) -> Millis {
        let now = rustix::time::clock_gettime(ClockId::Boottime);
        now.tv_sec.unsigned_abs() * 1000 + now.tv_nsec.unsigned_abs() / 1_000_000
    }

    fn clock(&self) -> u64 {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs())
    }

    fn set_clock(&mut self, unix_s: u64) -> io::Result<()> {
        let tv_sec = i64::try_from(unix_s).map_err(io::Error::other)?;
        let time = Timespec { tv_sec, tv_nsec: 0 };
        Ok(rustix::time::clock_settime(ClockId::Realtime, time)?)
    }

    fn pause(&mut self, ms: Millis) {
        std::thread::sleep(Duration::from_millis(ms));
    }

    fn random(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        let _ = rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::INSECURE);
        bytes
    }

    fn reap(&mut self) -> io::Result<Option<(u32, Exit)>> {
        let Some((pid, status)) = rustix::process::wait(WaitOptions::NOHANG)? else {
            return Ok(None);
        };
        let exit = match (status.exit_status(), status.terminating_signal()) {
            (Some(code), _) => Exit::Code(code),
            (None, signal) => Exit::Signal(signal.unwrap_or_default()),
        };
        Ok(Some((pid.as_raw_nonzero().get().unsigned_abs(), exit)))
    }

    fn signal_all(&mut self, signal: Signal) -> io::Result<()> {
        self.only_as_pid_1()?;
        // kill(-1): "every process for which the caller may, except process 1".
        Ok(rustix::process::kill_process_group(
            Pid::INIT,
            to_rustix(signal),
        )?)
    }

    fn signal(&mut self, pid: u32, signal: Signal) -> io::Result<()> {
        // only this process reaps, so the number is still that child's.
        let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
        let pid = pid.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(rustix::process::kill_process(pid, to_rustix(signal))?)
    }

    fn ask_helper(&mut self, program: &str, input: &str, limit_ms: Millis) -> io::Result<Vec<u8>> {
        helper::ask(program, input, Duration::from_millis(limit_ms))
    }

    fn log(&mut self, priority: Priority, text: &str) {
        if self.kmsg.is_none() {
            self.kmsg = open_without_waiting("/dev/kmsg").ok();
        }
        if let Some(kmsg) = &mut self.kmsg {
            // one write is one record; a line break would forge a second one.
            let text = text.replace(['\n', '\r'], " ");
            let _ = kmsg.write_all(format!("<{}>llminit: {text}\n", priority as u8).as_bytes());
        }
    }

    fn console(&mut self, name: &str, text: &str) {
        if let Ok(mut terminal) = open_without_waiting(&format!("/dev/{name}")) {
            let _ = terminal.write_all(text.as_bytes());
        }
    }
}

impl Linux {
    /// the calls that would end the machine of whoever runs this by mistake.
    fn only_as_pid_1(&self) -> io::Result<()> {
        match self.pid() {
            1 => Ok(()),
            _ => Err(io::Error::from(io::ErrorKind::PermissionDenied)),
        }
    }
}

/// a terminal or log that must not hold pid 1 up.
fn open_without_waiting(path: &str) -> io::Result<File> {
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let mut options = OpenOptions::new();
    options
        .write(true)
        .custom_flags(flags.bits() as i32)
        .open(path)
}

fn mount_flags(flags: Flags) -> MountFlags {
    let mut all = MountFlags::empty();
    all.set(MountFlags::NOSUID, flags.nosuid);
    all.set(MountFlags::NODEV, flags.nodev);
    all.set(MountFlags::NOEXEC, flags.noexec);
    all.set(MountFlags::RDONLY, flags.read_only);
    all
}

fn to_rustix(signal: Signal) -> rustix::process::Signal {
    match signal {
        Signal::Terminate => rustix::process::Signal::TERM,
        Signal::Kill => rustix::process::Signal::KILL,
    }
}
