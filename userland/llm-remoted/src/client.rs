//! one request to the server, which can be given up.

use crate::RemoteError;
use crate::answer::{self, Ask, REPLY_MAX_BYTES, Written};
use crate::body::{Form, body};
use crate::endpoint::Endpoint;
use crate::hosts::Hosts;
use serde_json::Value;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::{Duration, Instant};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Timeout};

/// a server that does not take a connection for this long is not there.
const CONNECT_MAX: Duration = Duration::from_secs(10);

/// a client for one request; [`Agent::shutdown`] from another thread ends what it is doing.
pub fn agent(endpoint: &Endpoint, hosts: Arc<Hosts>) -> Agent {
    let config = Agent::config_builder()
        .timeout_global(Some(endpoint.timeout))
        .timeout_connect(Some(CONNECT_MAX.min(endpoint.timeout)))
        .http_status_as_error(false)
        // words go where the owner said, nowhere else, whatever server or environment say.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .user_agent("llm-os")
        .accept("application/json")
        .build();
    Agent::with_parts(config, DefaultConnector::new(), hosts.resolver())
}

/// asks, waits, and reads the outcome.
///
/// # Errors
/// one sentence why there is none.
pub fn ask(agent: &Agent, endpoint: &Endpoint, ask: Ask<'_>) -> Result<Written, RemoteError> {
    let began = Instant::now();
    let call = Call {
        agent,
        endpoint,
        began,
    };
    let (status, reply) = call.send(ask, Form::Held)?;
    // a server that knows no schemas says so; its model may know the form all the same.
    let (status, reply) = match status {
        400 | 422 => call.send(ask, Form::Plain)?,
        _ => (status, reply),
    };
    match status {
        200 => answer::read(&reply, endpoint, ask),
        status => Err(call.refused(status, &reply)),
    }
}

struct Call<'a> {
    agent: &'a Agent,
    endpoint: &'a Endpoint,
    began: Instant,
}

impl Call<'_> {
    /// status and body.
    fn send(&self, ask: Ask<'_>, form: Form) -> Result<(u16, Vec<u8>), RemoteError> {
        let key = self.endpoint.read_key()?;
        let text = body(
            &self.endpoint.model,
            ask.request,
            ask.names,
            ask.table,
            form,
        )
        .to_string();
        // both attempts together have the time of one.
        let left = self.endpoint.timeout.saturating_sub(self.began.elapsed());
        if left.is_zero() {
            return Err(self.slow());
        }
        let mut request = self
            .agent
            .post(self.endpoint.completions())
            .config()
            .timeout_global(Some(left))
            .build()
            .content_type("application/json");
        if let Some(key) = &key {
            request = request.header("authorization", key.header());
        }
        let mut response = request.send(text).map_err(|error| self.failed(error))?;
        let status = response.status().as_u16();
        let bytes = response
            .body_mut()
            .with_config()
            .limit(REPLY_MAX_BYTES as u64)
            .read_to_vec()
            .map_err(|error| self.failed(error))?;
        Ok((status, bytes))
    }

    fn place(&self) -> String {
        self.endpoint.place().to_owned()
    }

    fn slow(&self) -> RemoteError {
        RemoteError::Slow {
            place: self.place(),
            seconds: self.endpoint.timeout.as_secs(),
        }
    }

    /// what went wrong on the way.
    fn failed(&self, error: ureq::Error) -> RemoteError {
        let unreachable = |why: &str| RemoteError::Unreachable {
            place: self.place(),
            why: why.to_owned(),
        };
        let foreign = |why: String| RemoteError::Foreign {
            place: self.place(),
            why: answer::shown(&why),
        };
        match error {
            ureq::Error::HostNotFound => unreachable("there is no host of that name"),
            ureq::Error::Timeout(Timeout::Connect | Timeout::Resolve)
                if self.began.elapsed() < self.endpoint.timeout =>
            {
                unreachable("no answer")
            }
            ureq::Error::Timeout(_) => self.slow(),
            ureq::Error::BodyExceedsLimit(_) => RemoteError::TooLong {
                place: self.place(),
                most: REPLY_MAX_BYTES,
            },
            ureq::Error::Io(error) => match error.kind() {
                ErrorKind::UnexpectedEof
                | ErrorKind::ConnectionReset
                | ErrorKind::ConnectionAborted
                | ErrorKind::BrokenPipe
                | ErrorKind::NotConnected => RemoteError::Half {
                    place: self.place(),
                },
                ErrorKind::TimedOut | ErrorKind::WouldBlock => self.slow(),
                _ => unreachable(&answer::shown(&error.to_string())),
            },
            ureq::Error::Tls(why) => unreachable(why),
            ureq::Error::Rustls(why) => unreachable(&answer::shown(&why.to_string())),
            other => foreign(other.to_string()),
        }
    }

    /// what a status other than 200 means.
    fn refused(&self, status: u16, reply: &[u8]) -> RemoteError {
        let place = self.place();
        match status {
            401 | 403 => RemoteError::NotAllowed {
                place,
                status,
                had_key: self.endpoint.key.is_some(),
            },
            404 => RemoteError::NotThere {
                place,
                model: self.endpoint.model.clone(),
            },
            _ => RemoteError::Status {
                place,
                status,
                said: word_of(reply),
            },
        }
    }
}

/// the sentence in `{"error":{"message":"…"}}`, as far as there is one.
fn word_of(reply: &[u8]) -> String {
    let value: Value = serde_json::from_slice(reply).unwrap_or_default();
    let said = value["error"]["message"]
        .as_str()
        .or_else(|| value["error"].as_str());
    answer::shown(said.unwrap_or_default())
}
