//! where the model is, and as whom to ask.

use crate::RemoteError;
use llm_os_wire::url;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// bytes of a key.
const KEY_MAX_BYTES: u64 = 4096;

/// an OpenAI-compatible server and a model of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// up to the version: `http://10.0.2.2:8080/v1`.
    url: String,
    /// host and port, for people.
    place: String,
    pub model: String,
    /// the file that holds the key.
    pub key: Option<PathBuf>,
    /// for one request, from the first byte to the last.
    pub timeout: Duration,
}

/// a key; not shown by accident.
pub struct Key(String);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    /// the value of the header `authorization`.
    pub fn header(&self) -> String {
        format!("Bearer {}", self.0)
    }
}

impl Endpoint {
    /// # Errors
    /// one sentence when the url has another form, or there is no model.
    pub fn new(
        url: &str,
        model: &str,
        key: Option<PathBuf>,
        timeout: Duration,
    ) -> Result<Self, String> {
        let parsed = url::parse(url).ok_or_else(|| {
            format!(
                "`{}` is no url of an endpoint: write one such as http://10.0.2.2:8080/v1",
                url.escape_debug()
            )
        })?;
        if model.trim().is_empty() {
            return Err("the endpoint's model has no name: give one".to_owned());
        }
        Ok(Endpoint {
            url: url.trim_end_matches('/').to_owned(),
            place: parsed.place.to_owned(),
            model: model.to_owned(),
            key,
            timeout,
        })
    }

    /// where completions are asked for.
    pub fn completions(&self) -> String {
        format!("{}/chat/completions", self.url)
    }

    /// host and port.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// who answers, for people.
    pub fn name(&self) -> String {
        format!("{} at {}", self.model, self.place)
    }

    /// the key out of its file, read anew each time: it may have been changed.
    ///
    /// # Errors
    /// when there should be one and it cannot be read or is none.
    pub fn read_key(&self) -> Result<Option<Key>, RemoteError> {
        self.key.as_deref().map(read_key).transpose()
    }
}

fn read_key(path: &Path) -> Result<Key, RemoteError> {
    let bad = |why: String| RemoteError::Key {
        path: path.to_owned(),
        why,
    };
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(KEY_MAX_BYTES + 1).read_to_string(&mut text))
        .map_err(|error| bad(error.to_string()))?;
    let key = text.trim();
    let plain = |b: u8| b.is_ascii_graphic();
    if key.is_empty() || text.len() as u64 > KEY_MAX_BYTES || !key.bytes().all(plain) {
        return Err(bad("it is no single word of plain letters".to_owned()));
    }
    Ok(Key(key.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(key: Option<PathBuf>) -> Endpoint {
        Endpoint::new("http://h:81/v1/", "m", key, Duration::from_secs(1)).unwrap()
    }

    #[test]
    fn an_endpoint_has_a_url_and_a_model() {
        let one = endpoint(None);
        assert_eq!(one.completions(), "http://h:81/v1/chat/completions");
        assert_eq!(one.name(), "m at h:81");
        assert!(one.read_key().unwrap().is_none());
        let bad = |url, model| Endpoint::new(url, model, None, Duration::from_secs(1)).unwrap_err();
        assert!(bad("h:81", "m").contains("no url of an endpoint"));
        assert!(bad("http://h", " ").contains("no name"));
    }

    #[test]
    fn a_key_is_one_word_and_never_shown() {
        let path = std::env::temp_dir().join(format!("llm-remoted-key-{}", std::process::id()));
        let with = |text: &str| {
            std::fs::write(&path, text).unwrap();
            endpoint(Some(path.clone())).read_key()
        };
        let key = with("k-123\n").unwrap().unwrap();
        assert_eq!(key.header(), "Bearer k-123");
        assert!(!format!("{key:?}").contains("123"));
        for bad in ["", "\n", "two words", "a\r\nx-evil: 1", &"k".repeat(5000)] {
            let error = with(bad).unwrap_err().to_string();
            assert!(error.contains("no single word"), "{bad}: {error}");
        }
        std::fs::remove_file(&path).unwrap();
        let gone = endpoint(Some(path)).read_key().unwrap_err().to_string();
        assert!(gone.contains("cannot be read"), "{gone}");
    }
}
