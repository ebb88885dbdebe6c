//! accepts connections, within limits.

use crate::asker;
use crate::client::{Asker, Client};
use crate::clock::Kernel;
use crate::executor::{Executor, Operator};
use crate::options::Options;
use crate::real::Real;
use crate::{log, session, shut_in};
use llm_os_journal::{Disk, Journal};
use llm_os_policy::Rules;
use llm_os_wire::executor::Reply;
use std::fs;
use std::io;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// connections at once.
pub const CONNECTIONS_MAX: usize = 32;
/// whoever is turned away gets one sentence, if they take it at once.
const TURNED_AWAY_SEND_MAX: Duration = Duration::from_millis(100);
/// a wait after an accept that failed, so that a full descriptor table does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// serves until the machine stops.
///
/// # Errors
/// one sentence when it cannot begin.
pub fn run(options: &Options) -> Result<(), String> {
    let listener = listener(options)?;
    shut_in::shut_in()?;
    let executor = Arc::new(executor(options)?);
    executor.settle_interrupted();
    executor.sweep();
    executor.keep_within(None);
    log::line(&format!(
        "serving, {} actions",
        executor.table.capabilities.len()
    ));
    serve(&executor, &listener);
    Ok(())
}

/// a thread for each connection; never returns while the socket is good.
pub fn serve(executor: &Arc<Executor>, listener: &UnixListener) {
    let open = Arc::new(AtomicUsize::new(0));
    loop {
        let stream = match listener.accept() {
            Ok((stream, _)) => stream,
            Err(error) if is_fatal(&error) => {
                log::line(&format!("the socket is of no more use: {error}"));
                return;
            }
            Err(error) => {
                log::line(&format!("a connection was not accepted: {error}"));
                std::thread::sleep(ACCEPT_PAUSE);
                continue;
            }
        };
        let place = Place::take(&open);
        let Some(place) = place else {
            turn_away(&stream);
            continue;
        };
        let executor = Arc::clone(executor);
        let started = std::thread::Builder::new()
            .name("connection".to_owned())
            .spawn(move || {
                let _place = place;
                connection(&executor, stream);
            });
        if let Err(error) = started {
            log::line(&format!("no thread for a connection: {error}"));
        }
    }
}

fn connection(executor: &Executor, stream: UnixStream) {
    let asker = match llm_os_sys::peer::peer(&stream) {
        Ok(peer) => {
            let who = asker::who(peer.uid, peer.pid, &executor.operator);
            Asker { who, uid: peer.uid }
        }
        Err(error) => return log::line(&format!("the kernel does not say who connected: {error}")),
    };
    match Client::new(stream, asker) {
        Ok(mut client) => {
            // every connection ends as gone.
            let _ = session::serve(executor, &mut client);
        }
        Err(error) => log::line(&format!("a connection could not be served: {error}")),
    }
}

fn turn_away(stream: &UnixStream) {
    let message = format!("{CONNECTIONS_MAX} connections are open, which is the limit: close one");
    let _ = stream.set_write_timeout(Some(TURNED_AWAY_SEND_MAX));
    let _ = llm_os_wire::write(&mut &*stream, &Reply::Error { message });
}

/// one of [`CONNECTIONS_MAX`]; given back when dropped.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(open: &Arc<AtomicUsize>) -> Option<Place> {
        if open.fetch_add(1, Ordering::SeqCst) < CONNECTIONS_MAX {
            Some(Place(Arc::clone(open)))
        } else {
            open.fetch_sub(1, Ordering::SeqCst);
            None
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// errors after which accepting can never work again (accept(2)).
fn is_fatal(error: &io::Error) -> bool {
    matches!(
        error
            .raw_os_error()
            .map(rustix::io::Errno::from_raw_os_error),
        Some(rustix::io::Errno::BADF | rustix::io::Errno::INVAL | rustix::io::Errno::NOTSOCK)
    )
}

fn listener(options: &Options) -> Result<UnixListener, String> {
    match &options.socket {
        None => llm_os_sys::inherited::listener()
            .map_err(|error| error.to_string())?
            .ok_or_else(|| "no socket was handed over: give one with --socket".to_owned()),
        Some(path) => {
            // a file left by an earlier process; a live one still holds its own socket.
            let _ = fs::remove_file(path);
            UnixListener::bind(path).map_err(|error| format!("{}: {error}", path.display()))
        }
    }
}

fn executor(options: &Options) -> Result<Executor, String> {
    let boot = first_line("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let machine = first_line("/etc/machine-id").unwrap_or_else(|| "unknown".to_owned());
    let build = first_line("/usr/lib/llm-os/build-id")
        .unwrap_or_else(|| env!("CARGO_PKG_VERSION").to_owned());
    let folder = options.state.join("journal");
    let journal = open_journal(&folder, &machine, &boot);
    if let Err(why) = &journal {
        log::line(&format!("no journal, so nothing can be changed: {why}"));
    }
    let real = Real::new(&options.init, &folder.join("blobs"));
    let operator: Operator = options.operator.clone();
    let rules = rules(&options.policy);
    Ok(Executor::new(
        Box::new(real),
        Box::new(Kernel),
        journal,
        rules,
        operator,
        (build, boot),
    ))
}

/// opens the journal and logs what there is to say about it.
///
/// # Errors
/// one sentence: nothing can be changed then, but everything can still be looked at.
pub fn open_journal(folder: &Path, machine: &str, boot: &str) -> Result<Journal, String> {
    let disk = Disk::open(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let opened = Journal::open(Box::new(disk), machine, boot).map_err(|error| error.to_string())?;
    for note in &opened.notes {
        log::line(note);
    }
    Ok(opened.journal)
}

fn rules(path: &Path) -> Rules {
    let why = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Rules::default(),
        Err(error) => error.to_string(),
        Ok(text) => match Rules::parse(&text) {
            Ok(rules) => return rules,
            Err(error) => error.to_string(),
        },
    };
    log::line(&format!(
        "{}: {why}; until that is mended every change has to be typed",
        path.display()
    ));
    Rules::unreadable()
}

fn first_line(path: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    text.lines()
        .next()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
}
