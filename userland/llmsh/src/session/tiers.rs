//! which models there are, who is asked first, and when another is asked. pure policy; pid 1 tells
//! what there is through the environment.
//!
//! the embedded model is always there, and its word is taken unless it is unsure of it. then the
//! owner's own bigger model on this machine is asked, and last a model elsewhere, where the owner
//! named one: what leaves the machine does so as seldom as can be, and never unsaid.

use crate::escape;
use llm_os_wire::url;
use std::time::Duration;

/// below this confidence of the embedded model another one is asked. the runner has already made a
/// question of what changes the machine on a guess; that question carries the guess's confidence.
const SURE: f64 = 0.67;
/// how long the embedded model may take where another can be asked instead: it may run on an
/// emulated processor.
const EMBEDDED_MAX: Duration = Duration::from_secs(300);
/// how long the big model may take.
const BIG_MAX: Duration = Duration::from_secs(600);
/// `llm-remoted` keeps the endpoint's time itself; this is for the case that it does not.
const GRACE: Duration = Duration::from_secs(5);
const ENDPOINT_S: u64 = 60;

/// one kind of model, behind a socket of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// small, always there.
    Embedded,
    /// the owner's own file, on this machine.
    Big,
    /// on another machine.
    Endpoint,
}

/// the models that there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tiers {
    /// the file's name.
    big: Option<String>,
    endpoint: Option<Endpoint>,
    /// the big one is asked before the embedded one.
    big_first: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Endpoint {
    host: String,
    /// model, host and port.
    name: String,
    timeout: Duration,
}

impl Tiers {
    /// what the environment says. what is not understood is not there.
    pub fn told(env: impl Fn(&str) -> Option<String>) -> Self {
        let env = |name: &str| env(name).filter(|value| !value.is_empty());
        let big = env("LLM_OS_MODEL_FILE").map(|path| {
            let name = path.rsplit('/').next().unwrap_or_default();
            escape::line(name)
        });
        let endpoint = env("LLM_OS_ENDPOINT_URL").and_then(|text| {
            let url = url::parse(&text)?;
            let model = env("LLM_OS_ENDPOINT_MODEL")?;
            let timeout = env("LLM_OS_ENDPOINT_TIMEOUT_S").and_then(|text| text.parse().ok());
            Some(Endpoint {
                host: url.host.to_owned(),
                name: format!("{} at {}", escape::line(&model), url.place),
                timeout: Duration::from_secs(timeout.unwrap_or(ENDPOINT_S)),
            })
        });
        let first = env("LLM_OS_MODEL_FIRST");
        Tiers {
            big_first: big.is_some() && first.as_deref() == Some("big"),
            big,
            endpoint,
        }
    }

    /// what a line is typed behind: where words may leave the machine, it says where to.
    pub fn prompt(&self) -> String {
        match &self.endpoint {
            Some(endpoint) => format!("llmsh ({})> ", endpoint.host),
            None => super::PROMPT.to_owned(),
        }
    }

    /// the first that was not asked yet.
    pub(super) fn next(&self, asked: &[Tier]) -> Option<Tier> {
        let order = match self.big_first {
            true => [Tier::Big, Tier::Embedded, Tier::Endpoint],
            false => [Tier::Embedded, Tier::Big, Tier::Endpoint],
        };
        order
            .into_iter()
            .find(|tier| self.is_there(*tier) && !asked.contains(tier))
    }

    fn is_there(&self, tier: Tier) -> bool {
        match tier {
            Tier::Embedded => true,
            Tier::Big => self.big.is_some(),
            Tier::Endpoint => self.endpoint.is_some(),
        }
    }

    /// whether a tier's word is taken without asking another.
    pub(super) fn is_sure(&self, tier: Tier, confidence: f64) -> bool {
        tier != Tier::Embedded || confidence >= SURE
    }

    /// how long a tier may take; `None`: as long as it likes, there is nobody else to ask.
    pub(super) fn patience(&self, tier: Tier) -> Option<Duration> {
        match tier {
            Tier::Embedded if self.big.is_none() && self.endpoint.is_none() => None,
            Tier::Embedded => Some(EMBEDDED_MAX),
            Tier::Big => Some(BIG_MAX),
            Tier::Endpoint => self
                .endpoint
                .as_ref()
                .map(|endpoint| endpoint.timeout + GRACE),
        }
    }

    /// who it is.
    pub(super) fn name(&self, tier: Tier) -> &str {
        match tier {
            Tier::Embedded => "the embedded model",
            Tier::Big => self.big.as_deref().unwrap_or_default(),
            Tier::Endpoint => self
                .endpoint
                .as_ref()
                .map_or("", |endpoint| endpoint.name.as_str()),
        }
    }

    /// who is asked next, and what that costs.
    pub(super) fn announce(&self, tier: Tier) -> String {
        let name = self.name(tier);
        match tier {
            Tier::Embedded => format!("asking {name}"),
            Tier::Big => format!("asking {name} on this machine, which takes longer"),
            Tier::Endpoint => format!(
                "asking {name}; your words and the names shown with them leave this machine"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(env: &[(&str, &str)]) -> Tiers {
        Tiers::told(|name| {
            let found = env.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    const FILE: (&str, &str) = ("LLM_OS_MODEL_FILE", "/data/models/a.gguf");
    const BIG: (&str, &str) = ("LLM_OS_MODEL_FIRST", "big");
    const URL: (&str, &str) = ("LLM_OS_ENDPOINT_URL", "http://10.0.2.2:8080/v1");
    const MODEL: (&str, &str) = ("LLM_OS_ENDPOINT_MODEL", "m");

    /// the order in which all of them would be asked.
    fn order(env: &[(&str, &str)]) -> Vec<Tier> {
        let tiers = told(env);
        let mut asked = Vec::new();
        while let Some(tier) = tiers.next(&asked) {
            asked.push(tier);
        }
        asked
    }

    #[test]
    fn what_is_nearest_is_asked_first() {
        use Tier::{Big, Embedded, Endpoint};
        assert_eq!(order(&[]), [Embedded]);
        assert_eq!(order(&[FILE]), [Embedded, Big]);
        assert_eq!(order(&[URL, MODEL]), [Embedded, Endpoint]);
        assert_eq!(order(&[URL, MODEL, FILE]), [Embedded, Big, Endpoint]);
        assert_eq!(order(&[URL, MODEL, FILE, BIG]), [Big, Embedded, Endpoint]);
        // nobody is asked whom the environment does not name whole.
        assert_eq!(order(&[BIG]), [Embedded]);
        assert_eq!(order(&[URL]), [Embedded]);
        assert_eq!(
            order(&[("LLM_OS_ENDPOINT_URL", "10.0.2.2"), MODEL]),
            [Embedded]
        );
        assert_eq!(order(&[("LLM_OS_ENDPOINT_URL", ""), MODEL]), [Embedded]);
    }

    #[test]
    fn the_prompt_says_where_words_may_go() {
        assert_eq!(told(&[FILE, BIG]).prompt(), "llmsh> ");
        assert_eq!(told(&[URL, MODEL]).prompt(), "llmsh (10.0.2.2)> ");
    }

    #[test]
    fn only_the_embedded_model_is_doubted_and_only_a_lone_one_has_all_the_time() {
        let tiers = told(&[URL, MODEL, ("LLM_OS_ENDPOINT_TIMEOUT_S", "9")]);
        assert!(tiers.is_sure(Tier::Embedded, SURE) && !tiers.is_sure(Tier::Embedded, 0.66));
        assert!(tiers.is_sure(Tier::Big, 0.1) && tiers.is_sure(Tier::Endpoint, 0.1));
        assert_eq!(
            tiers.patience(Tier::Endpoint),
            Some(Duration::from_secs(14))
        );
        assert!(tiers.patience(Tier::Embedded).is_some());
        assert_eq!(Tiers::default().patience(Tier::Embedded), None);
    }
}
