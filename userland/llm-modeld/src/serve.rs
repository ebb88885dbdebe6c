//! the daemon: requests over the socket that pid 1 holds, those that wait together in one batch, until
//! nobody asks.
//!
//! one thread and one `poll`. all clients are heard between passes: a cancel or a closed connection
//! takes its request out of the batch at once, what was answered before is answered again in between,
//! and a person does not wait for what runs in the background.

/// all clients, and whose turn it is.
mod desk;
/// one client's connection.
mod line;
/// who is next.
mod queue;

use crate::memory::Memory;
use crate::model::{Ask, Model, Session, Source, Watch};
use crate::remembered::Remembered;
use crate::{ModelError, shut_in};
use desk::{Desk, Thinker};
use llm_os_wire::model::Stage;
use std::cell::OnceCell;
use std::io;
use std::os::unix::net::UnixListener;
use std::time::Duration;

/// serves until `idle` passes without a request.
///
/// # Errors
/// when the socket fails, or the process cannot be shut in.
pub fn run(listener: &UnixListener, source: &Source, idle: Duration) -> io::Result<()> {
    let memory = Memory::open();
    shut_in::enter(source)?;
    let model = OnceCell::new();
    let mut mind = Mind {
        source,
        memory,
        model: &model,
        session: None,
    };
    let mut desk = Desk::new(listener, Remembered::of(source), source.name())?;
    while let Some(left) = idle.checked_sub(desk.last.elapsed()) {
        desk.look(left)?;
        desk.serve(&mut mind)?;
    }
    Ok(())
}

/// the model, loaded by the first request.
struct Mind<'m> {
    source: &'m Source,
    memory: Memory,
    model: &'m OnceCell<Model>,
    session: Option<Session<'m>>,
}

impl Thinker for Mind<'_> {
    fn think(&mut self, asks: &[Ask<'_>], watch: &mut dyn Watch) -> Result<(), ModelError> {
        if self.session.is_none() {
            watch.stage(Stage::Waking);
            if self.model.get().is_none() {
                let loaded = Model::load(self.source, &mut self.memory)?;
                let _ = self.model.set(loaded);
            }
        }
        let Some(loaded) = self.model.get() else {
            return Err(ModelError::compute("load", "the model is gone"));
        };
        let open = match self.session.take() {
            Some(open) => open,
            None => loaded.open()?,
        };
        watch.stage(Stage::Thinking);
        self.session.insert(open).write_all(asks, watch)
    }
}
