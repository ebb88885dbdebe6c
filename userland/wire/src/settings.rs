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
    /// a file under `/data/models`: a bigger model, beside the embedded one.
    pub model_file: Option<String>,
    /// who is asked first.
    pub model_first: First,
    /// a model that runs elsewhere; none is ever asked unless the owner names it.
    pub endpoint: Option<Endpoint>,
    /// each a sentence with a line number, for the console and the log.
    pub warnings: Vec<String>,
}

/// which model is asked first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum First {
    #[default]
    Embedded,
    /// the one in `model_file`.
    Big,
}

impl First {
    /// as the file and the environment write it.
    pub fn word(self) -> &'static str {
        match self {
            First::Embedded => "embedded",
            First::Big => "big",
        }
    }
}

/// an OpenAI-compatible server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// in the one form that [`crate::url`] understands.
    pub url: String,
    pub model: String,
    /// the name of a file in `/data/secrets`; never what is in it.
    pub key: Option<String>,
    /// seconds for one request.
    pub timeout_s: u32,
}

impl Default for Endpoint {
    fn default() -> Self {
        Endpoint {
            url: String::new(),
            model: String::new(),
            key: None,
            timeout_s: 60,
        }
    }
}

impl Endpoint {
    /// whether every value has the form that a service may be given.
    pub fn is_good(&self) -> bool {
        crate::url::parse(&self.url).is_some()
            && is_model_name(&self.model)
            && self.key.as_deref().is_none_or(is_secret_name)
            && (1..=ENDPOINT_TIMEOUT_MAX_S).contains(&self.timeout_s)
    }
}

/// the longest time for one request, seconds.
pub const ENDPOINT_TIMEOUT_MAX_S: u32 = 600;

/// the name of a model at a server.
pub fn is_model_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/+@".contains(c);
    (1..=128).contains(&name.len()) && name.chars().all(plain)
}

/// the name of a secret: short, and without what keys themselves begin with or are full of.
pub fn is_secret_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
    let like_a_key = ["sk-", "sk_", "pk-", "gsk_", "hf_", "xai-", "ghp_", "key-"]
        .iter()
        .any(|begin| name.starts_with(begin));
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    (1..=32).contains(&name.len())
        && name.chars().all(plain)
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && !like_a_key
        && digits <= 6
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            hostname: "llm-os".to_owned(),
            timezone: "UTC".to_owned(),
            model_idle_s: 30,
            model_file: None,
            model_first: First::Embedded,
            endpoint: None,
            warnings: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_a_secret_is_no_key() {
        let check = |name: &str, good: bool| assert_eq!(is_secret_name(name), good, "{name}");
        check("openai", true);
        check("my-server_2", true);
        check("workshop-2026", true);
        check("", false);
        check("sk-proj-abc", false);
        check("hf_abcdefgh", false);
        check("8f14e45fceea167a5a36dedd4bea2543", false);
        check("a1b2c3d4e5f6a7b8c9", false);
        check("AbCd", false);
        check("../passwd", false);
        check(&"a".repeat(33), false);
    }

    #[test]
    fn an_endpoint_is_good_as_a_whole() {
        let good = Endpoint {
            url: "http://10.0.2.2:8080/v1".into(),
            model: "qwen2.5:7b".into(),
            ..Endpoint::default()
        };
        assert!(good.is_good());
        let check = |change: fn(&mut Endpoint)| {
            let mut bad = good.clone();
            change(&mut bad);
            assert!(!bad.is_good(), "{bad:?}");
        };
        check(|e| e.url = "10.0.2.2".into());
        check(|e| e.model = "a b".into());
        check(|e| e.model = "a\nB=1".into());
        check(|e| e.key = Some("sk-1".into()));
        check(|e| e.timeout_s = 0);
        check(|e| e.timeout_s = 601);
    }
}
