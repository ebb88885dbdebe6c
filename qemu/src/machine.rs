//! a running machine.

use std::fs;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::error::{Doing, Error, Result, tail_of};
use crate::{Console, Profile, Qmp, Scratch, Serial};

/// how long QEMU may take to come up and connect.
const START: Duration = Duration::from_secs(30);

/// a QEMU with its consoles and its monitor. dropping it kills it.
pub struct Machine {
    child: Child,
    consoles: Vec<Console>,
    qmp: Qmp,
    /// holds the sockets.
    _dir: Scratch,
}

impl Machine {
    /// starts a machine: one [`Console`] for each serial console on its command line, and a
    /// monitor. what `profile` says about serial ports and monitor is replaced.
    ///
    /// # Errors
    /// when QEMU is not there, refuses the profile, or does not connect.
    pub fn boot(mut profile: Profile) -> Result<Self> {
        let dir = Scratch::new()?;
        let serial_paths: Vec<PathBuf> = (0..profile.consoles())
            .map(|n| dir.join(&format!("serial{n}")))
            .collect();
        let qmp_path = dir.join("qmp");
        let listen =
            |at: &Path| -> Result<UnixListener> { UnixListener::bind(at).doing("listen on", at) };
        let serial_listeners = serial_paths
            .iter()
            .map(|at| listen(at))
            .collect::<Result<Vec<_>>>()?;
        let qmp_listener = listen(&qmp_path)?;
        profile.serials = serial_paths.iter().cloned().map(Serial::Socket).collect();
        profile.qmp = Some(qmp_path.clone());

        let stderr_path = dir.join("stderr");
        let stderr = fs::File::create(&stderr_path).doing("make", &stderr_path)?;
        let mut child = Command::new("qemu-system-x86_64")
            .args(profile.argv())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(stderr)
            .spawn()
            .map_err(|error| Error::NotStarted {
                why: error.to_string(),
            })?;

        let connect = |child: &mut Child| {
            let mut consoles = Vec::new();
            for (listener, at) in serial_listeners.iter().zip(&serial_paths) {
                await_peer(child, listener, at)?;
                consoles.push(Console::accept(listener, at)?);
            }
            await_peer(child, &qmp_listener, &qmp_path)?;
            Ok((consoles, Qmp::accept(&qmp_listener, &qmp_path)?))
        };
        match connect(&mut child) {
            Ok((consoles, qmp)) => Ok(Machine {
                child,
                consoles,
                qmp,
                _dir: dir,
            }),
            Err(error) => Err(why_not(&mut child, &stderr_path, error)),
        }
    }
}

impl Machine {
    /// [`Console::expect`] at the first console.
    ///
    /// # Errors
    /// as there.
    pub fn expect(&mut self, text: &str, timeout: Duration) -> Result<String> {
        self.consoles[0].expect(text, timeout)
    }

    /// [`Console::expect_any`] at the first console.
    ///
    /// # Errors
    /// as there.
    pub fn expect_any(&mut self, texts: &[&str], timeout: Duration) -> Result<(usize, String)> {
        self.consoles[0].expect_any(texts, timeout)
    }

    /// [`Console::type_line`] at the first console.
    ///
    /// # Errors
    /// as there.
    pub fn type_line(&mut self, line: &str) -> Result<()> {
        self.consoles[0].type_line(line)
    }

    /// [`Console::send`] at the first console.
    ///
    /// # Errors
    /// as there.
    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.consoles[0].send(bytes)
    }

    /// a console by its number: 0 is `ttyS0`.
    ///
    /// # Panics
    /// when the profile had fewer consoles: a mistake in the test.
    pub fn console(&mut self, number: usize) -> &mut Console {
        &mut self.consoles[number]
    }

    /// everything that the first console said.
    pub fn text(&self) -> String {
        self.consoles[0].text()
    }

    /// presses the power button.
    ///
    /// # Errors
    /// when the machine is gone.
    pub fn power_button(&mut self) -> Result<()> {
        self.qmp.command("system_powerdown", json!({})).map(drop)
    }

    /// presses the reset button.
    ///
    /// # Errors
    /// when the machine is gone.
    pub fn reset(&mut self) -> Result<()> {
        self.qmp.command("system_reset", json!({})).map(drop)
    }

    /// writes what is on the screen as a picture: PNG where QEMU can (7.1 and later).
    ///
    /// # Errors
    /// when the machine is gone, or the file cannot be written.
    pub fn screendump(&mut self, png: &Path) -> Result<()> {
        let arguments = json!({"filename": png.to_string_lossy(), "format": "png"});
        self.qmp.command("screendump", arguments).map(drop)
    }

    /// [`Qmp::wait_event`].
    ///
    /// # Errors
    /// as there.
    pub fn wait_event(&mut self, name: &str, timeout: Duration) -> Result<Value> {
        self.qmp.wait_event(name, timeout)
    }

    /// the monitor, for whatever has no word of its own here.
    pub fn qmp(&mut self) -> &mut Qmp {
        &mut self.qmp
    }

    /// ends QEMU in an orderly way: its own caches are written, the guest knows nothing of it.
    ///
    /// # Errors
    /// when it does not end.
    pub fn quit(&mut self) -> Result<()> {
        // the answer may be lost with the connection.
        let _ = self.qmp.command("quit", json!({}));
        self.wait_exit(START).map(drop)
    }

    /// a power cut: SIGKILL.
    ///
    /// # Errors
    /// when the process cannot be waited for.
    pub fn kill(&mut self) -> Result<()> {
        let doing = |result: std::io::Result<()>| result.doing("kill", Path::new("QEMU"));
        doing(self.child.kill())?;
        doing(self.child.wait().map(drop))
    }

    /// waits until QEMU ends by itself, as it does when the guest powers off.
    ///
    /// # Errors
    /// when it does not end in time, with the console's last lines.
    pub fn wait_exit(&mut self, timeout: Duration) -> Result<ExitStatus> {
        let deadline = Instant::now() + timeout;
        loop {
            if let Some(status) = self.child.try_wait().doing("wait for", Path::new("QEMU"))? {
                return Ok(status);
            }
            if Instant::now() >= deadline {
                return Err(Error::Timeout {
                    wanted: "the machine's end".into(),
                    after: timeout,
                    tail: tail_of(&self.text()),
                });
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// waits until QEMU connects to a socket, or ends before.
fn await_peer(child: &mut Child, listener: &UnixListener, at: &Path) -> Result<()> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let deadline = Instant::now() + START;
    let tick = Timespec {
        tv_sec: 0,
        tv_nsec: 100_000_000,
    };
    loop {
        let mut fds = [PollFd::new(listener, PollFlags::IN)];
        match poll(&mut fds, Some(&tick)) {
            Ok(n) if n > 0 => return Ok(()),
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()).doing("wait on", at),
        }
        let ended = child
            .try_wait()
            .doing("wait for", Path::new("QEMU"))?
            .is_some();
        if ended || Instant::now() >= deadline {
            return Err(Error::NotStarted {
                why: "it did not connect".into(),
            });
        }
    }
}

/// ends a QEMU that did not come up. what it said itself explains more than what we saw of it.
fn why_not(child: &mut Child, stderr: &Path, seen: Error) -> Error {
    // it may be about to end by itself: its last words come before that.
    let deadline = Instant::now() + Duration::from_secs(1);
    while matches!(child.try_wait(), Ok(None)) && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(20));
    }
    let _ = child.kill();
    let _ = child.wait();
    match fs::read_to_string(stderr) {
        Ok(said) if !said.trim().is_empty() => Error::NotStarted {
            why: said.trim().to_owned(),
        },
        _ => seen,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_profile_says_why_at_once() {
        if Command::new("qemu-system-x86_64")
            .arg("--version")
            .output()
            .is_err()
        {
            return; // nothing to test against on this computer
        }
        let started = Instant::now();
        let profile = Profile::bare("/no/such/kernel".into(), "console=ttyS0".into());
        let Err(error) = Machine::boot(profile) else {
            panic!("it booted without a kernel")
        };
        assert!(error.to_string().contains("/no/such/kernel"), "{error}");
        assert!(started.elapsed() < START / 2);
    }
}
