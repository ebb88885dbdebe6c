//! the text tier: any gguf file whose model writes text, held to a grammar built for the request.

/// outcomes, token by token.
pub mod generate;
/// the grammar of one request.
pub mod grammar;
/// what the model has read, in memory and on disk.
pub mod past;
/// the model's tokens.
pub mod vocabulary;

/// what the model reads, and what a plan may mention: the endpoint's tier has the same.
pub use llm_os_planner::{grounds, prompt};

use crate::ModelError;
use crate::library::Taught;
use crate::memory::Memory;
use crate::model::{Ask, Placed, Watch, Written};
use crate::runtime::{self, Loaded};
use generate::Task;
use grounds::Grounds;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::model::{LlamaChatMessage, LlamaChatTemplate, LlamaModel};
use llguidance::api::TopLevelGrammar;
use llguidance::earley::SlicedBiasComputer;
use llguidance::{Matcher, ParserFactory};
use llm_os_schema::{CapabilityTable, Outcome};
use past::{Past, Prompt};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use toktrie::{InferenceCapabilities, TokEnv, TokenId};
use vocabulary::Vocabulary;

/// tokens of prompts and outcomes together; more would only cost memory.
const POSITIONS: u32 = 4096;
/// stand for the two contents while a chat template is applied; no file's template has them.
const MARKS: [&str; 2] = ["\u{1}system\u{1}", "\u{1}user\u{1}"];

/// a loaded text model.
pub struct Text {
    pub(crate) loaded: Loaded,
    pub(crate) tokens: TokEnv,
    factory: ParserFactory,
    template: Option<LlamaChatTemplate>,
    /// the file that keeps what was read; one for each model file.
    kept: Option<PathBuf>,
    /// the file of what was taught.
    taught: Option<PathBuf>,
}

impl Text {
    /// # Errors
    /// what is wrong with the file.
    pub fn load(
        path: &Path,
        cache: Option<&Path>,
        taught: Option<&Path>,
        memory: &mut Memory,
    ) -> Result<Self, ModelError> {
        let loaded = runtime::load(path, u64::from(POSITIONS), memory)?;
        // llama-cpp-2 panics when it is asked for a vocabulary of no kind.
        if matches!(loaded.header.tokenizer.as_str(), "" | "no_vocab" | "none") {
            let why = "it has no vocabulary, so it is no model that writes text";
            return Err(ModelError::unusable(path, why));
        }
        let vocabulary = Vocabulary::new(&loaded.model, path)?;
        let tokens: TokEnv = Arc::new(vocabulary);
        let able = InferenceCapabilities {
            ff_tokens: true,
            ..InferenceCapabilities::default()
        };
        let mut factory = ParserFactory::new(&tokens, able, &SlicedBiasComputer::json_slices())
            .map_err(|why| ModelError::unusable(path, why))?;
        factory.quiet();
        let template = loaded.model.chat_template(None).ok();
        let kept = cache
            .zip(identity(path))
            .map(|(folder, of)| folder.join(format!("{of}.state")));
        Ok(Text {
            loaded,
            tokens,
            factory,
            template,
            kept,
            taught: taught.map(Path::to_owned),
        })
    }

    /// # Errors
    /// `Compute` when there is no memory for the buffers.
    pub fn open(&self) -> Result<TextSession<'_>, ModelError> {
        let model = &self.loaded.model;
        let threads = runtime::threads(model);
        let params = past::with_sequences(LlamaContextParams::default())
            .with_n_ctx(NonZeroU32::new(POSITIONS.min(model.n_ctx_train().max(256))))
            .with_n_threads(threads)
            .with_n_threads_batch(threads);
        let context = model
            .new_context(runtime::backend()?, params)
            .map_err(|why| ModelError::compute("buffers", why))?;
        Ok(TextSession {
            owner: self,
            past: Past::new(context, self.kept.clone()),
            taught: Taught::new(self.taught.as_deref()),
        })
    }

    /// the tokens of the whole prompt. only the template's own parts may name special tokens: a
    /// request or a file name that looks like one stays text.
    fn prompt(&self, ask: Ask<'_>, table: &CapabilityTable) -> Prompt {
        let vocab = self.loaded.model.vocab();
        let contents = [prompt::system(table), prompt::user(ask.request, ask.names)];
        let frame = self
            .template
            .as_ref()
            .and_then(|template| framed(&self.loaded.model, template));
        let frame = frame.unwrap_or_else(|| format!("{}\n{}\n", MARKS[0], MARKS[1]));
        let mut tokens = Vec::new();
        // a template that writes the beginning itself must not get a second one.
        let begins = vocab.tokenize(frame.as_bytes(), false, true).first() == Some(&vocab.bos());
        if vocab.should_add_bos() && !begins {
            tokens.push(vocab.bos());
        }
        let mut rest = frame.as_str();
        let mut constant = 0;
        for (mark, content) in MARKS.iter().zip(&contents) {
            if let Some((before, after)) = rest.split_once(mark) {
                tokens.extend(vocab.tokenize(before.as_bytes(), false, true));
                constant = tokens.len();
                tokens.extend(vocab.tokenize(content.as_bytes(), false, false));
                rest = after;
            }
        }
        tokens.extend(vocab.tokenize(rest.as_bytes(), false, true));
        let tokens = tokens
            .iter()
            .filter_map(|token| TokenId::try_from(token.0).ok())
            .collect();
        Prompt { tokens, constant }
    }

    pub(crate) fn matcher(
        &self,
        table: &CapabilityTable,
        grounds: &Grounds<'_>,
    ) -> Result<Matcher, ModelError> {
        let lark = grammar::lark(table, grounds);
        let parser = self.factory.create_parser(TopLevelGrammar::from_lark(lark));
        let matcher = Matcher::new(parser);
        match matcher.get_error() {
            None => Ok(matcher),
            Some(why) => Err(ModelError::Grammar {
                why: why.lines().next().unwrap_or_default().to_owned(),
            }),
        }
    }
}

/// a text model with buffers to compute in.
pub struct TextSession<'m> {
    owner: &'m Text,
    pub(crate) past: Past<'m>,
    taught: Taught,
}

impl TextSession<'_> {
    /// one outcome for each of some requests.
    ///
    /// # Errors
    /// what ends all those that nothing was said of yet.
    pub fn write_all(
        &mut self,
        asks: &[Placed<'_>],
        watch: &mut dyn Watch,
    ) -> Result<(), ModelError> {
        let mut tasks = Vec::new();
        for &(at, ask) in asks {
            let known = self.taught.library(ask.table);
            if let Some(plan) = known.recall(ask.table, ask.request, ask.names) {
                watch.done(at, Ok(Written::known(Outcome::Plan(plan))));
                continue;
            }
            match self.task(at, ask) {
                Ok(task) => tasks.push(task),
                Err(error) => watch.done(at, Err(error)),
            }
        }
        let trie = self.owner.tokens.tok_trie();
        generate::write_all(&mut self.past, trie, tasks, watch)
    }

    /// what is to be written for one request.
    pub(crate) fn task(&self, at: usize, ask: Ask<'_>) -> Result<Task, ModelError> {
        let grounds = Grounds::new(ask.request, ask.names);
        Ok(Task {
            at,
            prompt: self.prompt(ask),
            matcher: self.owner.matcher(ask.table, &grounds)?,
        })
    }

    /// the prompt, as short as the context needs it.
    pub(crate) fn prompt(&self, ask: Ask<'_>) -> Prompt {
        let prompt = self.owner.prompt(ask, ask.table);
        if prompt.tokens.len() <= generate::room(&self.past) {
            return prompt;
        }
        // a model with a short context reads of what this machine can do, and of nothing else.
        let there = ask.table.capabilities.iter().filter(|spec| spec.available);
        let capabilities = there.cloned().collect();
        self.owner.prompt(ask, &CapabilityTable { capabilities })
    }
}

/// a name for exactly this file as it is now: inode, length and time of its last change.
fn identity(path: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let meta = std::fs::metadata(path).ok()?;
    Some(format!(
        "{:x}-{:x}-{:x}.{:x}",
        meta.ino(),
        meta.len(),
        meta.mtime(),
        meta.mtime_nsec()
    ))
}

/// the file's chat template around the marks; `None` where llama.cpp does not know its form, or
/// where it loses a content.
fn framed(model: &LlamaModel, template: &LlamaChatTemplate) -> Option<String> {
    let system = LlamaChatMessage::new("system".to_owned(), MARKS[0].to_owned()).ok()?;
    let user = LlamaChatMessage::new("user".to_owned(), MARKS[1].to_owned()).ok()?;
    let frame = model
        .apply_chat_template(template, &[system, user], true)
        .ok()?;
    let first = frame.find(MARKS[0])?;
    let second = frame.find(MARKS[1])?;
    (first < second).then_some(frame)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::made::{self, Shape, Weights};
    use crate::bench::pieces::Pieces;
    use llm_os_schema::Names;

    /// a made model in a folder of its own, and the folder.
    fn made_in(name: &str) -> (PathBuf, PathBuf) {
        let folder = std::env::temp_dir().join(format!("llm-modeld-{}-{name}", std::process::id()));
        std::fs::create_dir_all(folder.join("cache")).unwrap();
        let path = folder.join("made.gguf");
        let shape = Shape {
            width: 32,
            inner: 64,
            blocks: 1,
            heads: 2,
            weights: Weights::F32,
            own_output: true,
        };
        let bytes = made::gguf(&Pieces::of_words(&["plan", "type"]), shape, 6, None);
        std::fs::write(&path, bytes).unwrap();
        (path, folder)
    }

    fn table() -> CapabilityTable {
        serde_json::from_str(include_str!("../../capability/capabilities.json")).unwrap()
    }

    #[test]
    fn of_a_kept_beginning_no_token_is_computed_again() {
        let (path, folder) = made_in("head");
        let table = table();
        // each start loads the file anew: the tokens of the prompt before the last, those of its
        // constant head, and those that were computed.
        let start = |request: &str| {
            let cache = folder.join("cache");
            let text = Text::load(&path, Some(&cache), None, &mut Memory::open()).unwrap();
            let ask = Ask {
                request,
                names: &Names::default(),
                table: &table,
            };
            let mut session = text.open().unwrap();
            let prompt = session.prompt(ask);
            let begun = session.past.begin(&prompt, &[], &mut || false);
            (prompt.tokens.len() - 1, prompt.constant, begun.unwrap().1)
        };
        let (prompt, constant, read) = start("read a.txt");
        assert!(constant > 1000, "{constant}");
        assert_eq!(read, prompt);
        for request in ["read a.txt", "how much memory is free?"] {
            let (prompt, constant, read) = start(request);
            assert_eq!(read, prompt - constant, "{request}");
        }
        let _ = std::fs::remove_dir_all(&folder);
    }

    #[test]
    fn a_head_that_was_broken_off_goes_on_where_it_was() {
        let (path, folder) = made_in("broken-off");
        let cache = folder.join("cache");
        let text = Text::load(&path, Some(&cache), None, &mut Memory::open()).unwrap();
        // of another table or cut short: it is no use, now and later.
        std::fs::write(text.kept.as_ref().unwrap(), b"stale").unwrap();
        let ask = Ask {
            request: "read a.txt",
            names: &Names::default(),
            table: &table(),
        };
        let mut session = text.open().unwrap();
        let prompt = session.prompt(ask);
        let mut looks = 0;
        let stopped = session.past.begin(&prompt, &[], &mut || {
            looks += 1;
            looks > 2
        });
        assert!(matches!(stopped, Err(ModelError::Cancelled)));
        let (_, read) = session.past.begin(&prompt, &[], &mut || false).unwrap();
        // two passes of 128 tokens were done by then.
        assert_eq!(read, prompt.tokens.len() - 1 - 2 * 128);
        let _ = std::fs::remove_dir_all(&folder);
    }
}
