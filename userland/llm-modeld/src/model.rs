//! a model of either tier behind one face: a request in, one outcome out.

use crate::ModelError;
use crate::embedded::{Embedded, EmbeddedSession};
use crate::memory::Memory;
use crate::text::{Text, TextSession};
use llm_os_planner::{ground, told};
use llm_os_schema::limits::REQUEST_MAX_BYTES;
use llm_os_schema::{CapabilityTable, Names, Outcome};
use llm_os_wire::model::Stage;
use std::path::{Path, PathBuf};

/// requests that are answered together at most.
pub const BATCH_MAX: usize = 4;

/// where the model is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// a folder with `encoder.gguf`, `decoder.safetensors` and `model.json`.
    Embedded {
        folder: PathBuf,
        /// the file of what people taught; it need not be there.
        taught: Option<PathBuf>,
    },
    /// one gguf file of a model that writes text.
    File {
        path: PathBuf,
        /// a folder of this program's own, to keep what was read for the next start.
        cache: Option<PathBuf>,
        /// the file of what people taught; it need not be there.
        taught: Option<PathBuf>,
    },
}

impl Source {
    /// `embedded`, or the file's name.
    pub fn name(&self) -> String {
        match self {
            Source::Embedded { .. } => "embedded".to_owned(),
            Source::File { path, .. } => path
                .file_name()
                .map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        }
    }

    /// the file of what people taught.
    pub fn taught(&self) -> Option<&Path> {
        match self {
            Source::Embedded { taught, .. } | Source::File { taught, .. } => taught.as_deref(),
        }
    }
}

/// what is asked of a model.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    pub request: &'a str,
    pub names: &'a Names,
    pub table: &'a CapabilityTable,
}

/// what a model wrote.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    pub outcome: Outcome,
    /// symbols or tokens, forced ones included.
    pub tokens: u32,
    /// 0 to 1.
    pub confidence: f64,
    /// passes over the model's weights, from the prompt's last token on; forced runs share one.
    pub passes: u32,
    /// tokens of the prompt that were computed; those kept from before are not.
    pub read: u32,
}

impl Written {
    /// what no model had to be asked for.
    pub fn known(outcome: Outcome) -> Self {
        Written {
            outcome,
            tokens: 0,
            confidence: 1.0,
            passes: 0,
            read: 0,
        }
    }
}

/// says whether to stop; asked between passes.
pub type Stop<'a> = &'a mut dyn FnMut() -> bool;

/// an [`Ask`] and its place in the list of those that are answered together.
pub type Placed<'a> = (usize, Ask<'a>);

/// whoever waits for the outcomes of requests that are answered together. `at` is a request's place
/// in the list.
pub trait Watch {
    /// what goes on now.
    fn stage(&mut self, _stage: Stage) {}

    /// called between passes: time to look after everything else.
    fn look(&mut self);

    /// whether this one still wants its outcome; who wants none any more is dropped, and the others
    /// go on.
    fn wants(&self, at: usize) -> bool;

    /// its outcome, or one sentence why there is none; said as soon as it is known.
    fn done(&mut self, at: usize, written: Result<Written, ModelError>);
}

/// one that waits alone.
struct Alone<'a> {
    stop: Stop<'a>,
    stopped: bool,
    written: Option<Result<Written, ModelError>>,
}

impl Watch for Alone<'_> {
    fn look(&mut self) {
        self.stopped = self.stopped || (self.stop)();
    }

    fn wants(&self, _at: usize) -> bool {
        !self.stopped
    }

    fn done(&mut self, _at: usize, written: Result<Written, ModelError>) {
        self.written = Some(written);
    }
}

/// a loaded model.
pub enum Model {
    Embedded(Box<Embedded>),
    Text(Box<Text>),
}

impl Model {
    /// # Errors
    /// what is wrong with the model's files.
    pub fn load(source: &Source, memory: &mut Memory) -> Result<Self, ModelError> {
        match source {
            Source::Embedded { folder, taught } => {
                Embedded::load(folder, taught.as_deref(), memory)
                    .map(|model| Model::Embedded(Box::new(model)))
            }
            Source::File {
                path,
                cache,
                taught,
            } => Text::load(path, cache.as_deref(), taught.as_deref(), memory)
                .map(|model| Model::Text(Box::new(model))),
        }
    }

    /// buffers to compute in; kept from request to request.
    ///
    /// # Errors
    /// `Compute` when there is no memory for them.
    pub fn open(&self) -> Result<Session<'_>, ModelError> {
        Ok(match self {
            Model::Embedded(model) => Session::Embedded(Box::new(model.open()?)),
            Model::Text(model) => Session::Text(Box::new(model.open()?)),
        })
    }
}

/// a model that is ready to answer.
pub enum Session<'m> {
    Embedded(Box<EmbeddedSession<'m>>),
    Text(Box<TextSession<'m>>),
}

impl Session<'_> {
    /// one outcome for one request. a plan is in canonical form.
    ///
    /// # Errors
    /// one sentence why there is none; `Cancelled` after `stop` said so.
    pub fn write(&mut self, ask: Ask<'_>, stop: Stop<'_>) -> Result<Written, ModelError> {
        let mut alone = Alone {
            stop,
            stopped: false,
            written: None,
        };
        self.write_all(&[ask], &mut alone)?;
        alone.written.unwrap_or(Err(ModelError::Cancelled))
    }

    /// one outcome for each of some requests, told to `watch`. how many of them are computed at once
    /// is the model's affair.
    ///
    /// # Errors
    /// what ends all those that nothing was said of yet.
    pub fn write_all(&mut self, asks: &[Ask<'_>], watch: &mut dyn Watch) -> Result<(), ModelError> {
        let mut hard = Vec::new();
        for (at, &ask) in asks.iter().enumerate() {
            match easy(ask) {
                Ok(None) => hard.push((at, ask)),
                Ok(Some(outcome)) => watch.done(at, Ok(Written::known(outcome))),
                Err(error) => watch.done(at, Err(error)),
            }
        }
        let mut checked = Checked { asks, watch };
        match self {
            Session::Embedded(session) => session.write_all(&hard, &mut checked),
            Session::Text(session) => session.write_all(&hard, &mut checked),
        }
    }
}

/// the outcome that needs no model, if there is one.
fn easy(ask: Ask<'_>) -> Result<Option<Outcome>, ModelError> {
    if ask.request.len() > REQUEST_MAX_BYTES {
        return Err(ModelError::Request(format!(
            "the request is longer than {REQUEST_MAX_BYTES} bytes: say it shorter"
        )));
    }
    if ask.request.trim().is_empty() {
        return Err(ModelError::Request(
            "the request is empty: say what should be done".to_owned(),
        ));
    }
    Ok(llm_os_planner::written_out(
        ask.table,
        ask.request,
        ask.names,
    ))
}

/// nothing goes out as the model wrote it.
struct Checked<'a> {
    asks: &'a [Ask<'a>],
    watch: &'a mut dyn Watch,
}

impl Watch for Checked<'_> {
    fn stage(&mut self, stage: Stage) {
        self.watch.stage(stage);
    }

    fn look(&mut self) {
        self.watch.look();
    }

    fn wants(&self, at: usize) -> bool {
        self.watch.wants(at)
    }

    fn done(&mut self, at: usize, written: Result<Written, ModelError>) {
        let checked = written.and_then(|written| checked(self.asks[at], written));
        self.watch.done(at, checked);
    }
}

fn checked(ask: Ask<'_>, mut written: Written) -> Result<Written, ModelError> {
    written.outcome = match written.outcome {
        Outcome::Plan(actions) => ask
            .table
            .canonical_plan(&actions)
            // whoever wrote it: what the request leaves open is asked, what must not be is refused.
            .map(|plan| {
                let plan = Outcome::Plan(plan);
                ground::checked(ask.table, ask.request, ask.names, plan)
            })
            .map_err(|error| ModelError::NotAPlan {
                why: error.to_string(),
            })?,
        Outcome::Ask(text) => Outcome::Ask(told::harmless(&text)),
        Outcome::Answer(text) => Outcome::Answer(told::harmless(&text)),
        Outcome::Refuse(text) => Outcome::Refuse(told::harmless(&text)),
    };
    Ok(written)
}
