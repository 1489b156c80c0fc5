//! Requests, one by one and as they are: no redirects, no decoding, an error status is an answer.

use std::time::Duration;

use ureq::Agent;
use ureq::http::{HeaderMap, StatusCode};

/// What a server answered.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body, as it was sent.
    pub body: Vec<u8>,
}

impl Reply {
    /// The body as text.
    ///
    /// # Panics
    ///
    /// If it is not UTF-8.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is UTF-8")
    }

    /// A header field, empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("a header is ASCII"))
    }
}

/// Asks for `url` with these header fields.
///
/// # Panics
///
/// If no answer comes.
pub fn get(url: &str, headers: &[(&str, &str)]) -> Reply {
    get_with(&agent(), url, headers)
}

/// The same with an agent that keeps its connections.
///
/// # Panics
///
/// If no answer comes.
pub(crate) fn get_with(agent: &Agent, url: &str, headers: &[(&str, &str)]) -> Reply {
    let mut request = agent.get(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut response = request
        .call()
        .unwrap_or_else(|error| panic!("{url}: {error}"));
    Reply {
        status: response.status(),
        headers: response.headers().clone(),
        body: response
            .body_mut()
            .read_to_vec()
            .unwrap_or_else(|error| panic!("{url}: {error}")),
    }
}

/// An agent that reports every answer as it is.
pub(crate) fn agent() -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_global(Some(Duration::from_secs(120)));
    config.build().into()
}
