//! the settings helper's one frame to pid 1.

use serde::{Deserialize, Serialize};

/// what pid 1 needs of `llm-os.toml`, already checked; the defaults where the file was silent or bad.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub hostname: String,
    /// such as `Europe/Berlin`; kept for programs, the kernel runs in utc.
    pub timezone: String,
    /// seconds without a request after which the model runner exits.
    pub model_idle_s: u32,
    /// a file under `/data/models` to use instead of the embedded model.
    pub model_file: Option<String>,
    /// each a sentence with a line number, for the console and the log.
    pub warnings: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            hostname: "llm-os".to_owned(),
            timezone: "UTC".to_owned(),
            model_idle_s: 30,
            model_file: None,
            warnings: Vec::new(),
        }
    }
}
