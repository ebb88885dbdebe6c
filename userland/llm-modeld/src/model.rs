//! a model of either tier behind one face: a request in, one outcome out.

use crate::ModelError;
use crate::embedded::{Embedded, EmbeddedSession};
use crate::memory::Memory;
use crate::text::{Text, TextSession};
use llm_os_schema::limits::{REQUEST_MAX_BYTES, SAY_MAX_BYTES};
use llm_os_schema::{CapabilityTable, Names, Outcome};
use std::path::PathBuf;

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
    },
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

/// says whether to stop; asked between passes.
pub type Stop<'a> = &'a mut dyn FnMut() -> bool;

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
            Source::File { path, cache } => {
                Text::load(path, cache.as_deref(), memory).map(|model| Model::Text(Box::new(model)))
            }
        }
    }

    /// `embedded`, or the file's name.
    pub fn name(&self) -> &str {
        match self {
            Model::Embedded(_) => "embedded",
            Model::Text(text) => text.name(),
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
    /// one sentence why there is none.
    pub fn write(&mut self, ask: Ask<'_>, stop: Stop<'_>) -> Result<Written, ModelError> {
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
        let mut written = match self {
            Session::Embedded(session) => session.write(ask, stop)?,
            Session::Text(session) => session.write(ask, stop)?,
        };
        written.outcome = match written.outcome {
            Outcome::Plan(actions) => ask
                .table
                .canonical_plan(&actions)
                .map(Outcome::Plan)
                .map_err(|error| ModelError::NotAPlan {
                    why: error.to_string(),
                })?,
            Outcome::Ask(text) => Outcome::Ask(spoken(&text)),
            Outcome::Answer(text) => Outcome::Answer(spoken(&text)),
            Outcome::Refuse(text) => Outcome::Refuse(spoken(&text)),
        };
        Ok(written)
    }
}

/// one line of bounded length, without what a terminal might obey: controls, and marks that turn
/// the direction of writing or cannot be seen.
fn spoken(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let shown: String = text
        .chars()
        .map(|c| if hidden(c) { ' ' } else { c })
        .collect();
    let shown = shown.trim();
    let mut end = shown.len().min(SAY_MAX_BYTES);
    while !shown.is_char_boundary(end) {
        end -= 1;
    }
    shown[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_one_harmless_line() {
        let check = |text: &str, expect: &str| assert_eq!(spoken(text), expect);
        check("which file?", "which file?");
        check(" a\u{1b}[2Jb\u{202e}c\n\u{9b}", "a [2Jb c");
        assert_eq!(spoken(&"ß".repeat(3000)).len(), SAY_MAX_BYTES);
    }
}
