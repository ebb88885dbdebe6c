//! llama.cpp, started once for the process, and the loading of a file.

use crate::gguf::{self, Header};
use crate::memory::Memory;
use crate::{ModelError, processor};
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::{LogOptions, send_logs_to_tracing};
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// parameters up to which one thread is faster than several: the pool's spinning costs more than
/// the work (measured at 7 to 48 million).
const ONE_THREAD_MAX_PARAMS: u64 = 100_000_000;
/// threads that help at most; the small boards have four cores.
const THREADS_MAX: usize = 4;

/// the library, started by the first caller.
///
/// # Errors
/// `Processor` where it would die with SIGILL, `Compute` when it does not start.
pub fn backend() -> Result<&'static LlamaBackend, ModelError> {
    static BACKEND: OnceLock<Result<LlamaBackend, String>> = OnceLock::new();
    processor::check()?;
    BACKEND
        .get_or_init(|| {
            // its messages name addresses and tensors; what a person needs, this program says.
            send_logs_to_tracing(LogOptions::default().with_logs_enabled(false));
            LlamaBackend::init().map_err(|error| error.to_string())
        })
        .as_ref()
        .map_err(|why| ModelError::compute("start", why))
}

/// a loaded file.
pub struct Loaded {
    pub model: Arc<LlamaModel>,
    pub header: Header,
}

/// maps the file at `path`, after looking at it and at the memory that is left.
///
/// # Errors
/// whatever is wrong with the file, the memory or the processor.
pub fn load(path: &Path, positions: u64, memory: &mut Memory) -> Result<Loaded, ModelError> {
    let backend = backend()?;
    let header = gguf::check(path)?;
    memory.check(path, &header, positions)?;
    // mapped, so that two starts in a row read the disk once.
    let params = LlamaModelParams::default()
        .with_n_gpu_layers(0)
        .with_use_mmap(true);
    let model = LlamaModel::load_from_file(backend, path, &params).map_err(|_| {
        ModelError::unusable(
            path,
            format!(
                "llama.cpp does not load this kind of model (`{}`)",
                header.architecture
            ),
        )
    })?;
    Ok(Loaded {
        model: Arc::new(model),
        header,
    })
}

/// threads for a model of this size.
pub fn threads(model: &LlamaModel) -> i32 {
    if model.n_params() <= ONE_THREAD_MAX_PARAMS {
        return 1;
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    i32::try_from(cores.min(THREADS_MAX)).unwrap_or(1)
}
