//! A case file as values.

use std::path::Path;

use std::net::IpAddr;
use std::time::Duration;

use crushed::cache::{ExtraStatus, PageCacheOptions, Reload};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// What the cases of the file have in common; for readers.
    #[serde(rename = "about")]
    _about: String,
    pub case: Vec<Case>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub name: String,
    /// One run per item, with `{each}` in statuses, paths and headers replaced by it.
    #[serde(default)]
    pub each: Vec<String>,
    #[serde(default)]
    pub view: View,
    /// What the view renders; the last one repeats.
    #[serde(default)]
    pub answers: Vec<Answer>,
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct View {
    /// Seconds; 60 if absent, negative for a view that is not cached.
    pub ttl: Option<f64>,
    pub session_cookies: Vec<String>,
    pub ignore_sessions: bool,
    pub hosts: Vec<String>,
    pub proxies: Vec<IpAddr>,
    pub only_params: Vec<String>,
    pub ignore_params: Vec<String>,
    pub sort_query: bool,
    pub honour_reload: bool,
    /// Seconds.
    pub not_found_ttl: Option<u64>,
    pub max_body: Option<usize>,
    /// Seconds.
    pub stale_while_revalidate: f64,
    /// Seconds.
    pub stale_if_error: f64,
    pub render_timeout_ms: Option<u64>,
    pub jitter: f64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Answer {
    /// A number, or `panic`.
    pub status: String,
    pub tags: Vec<String>,
    pub headers: Vec<String>,
    pub body: String,
    /// Bytes of filler in place of a body.
    pub size: Option<usize>,
    pub stream: Option<Stream>,
    pub delay_ms: u64,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stream {
    Complete,
    Broken,
    /// Of a length that is known in advance.
    BrokenSized,
}

impl Default for Answer {
    fn default() -> Answer {
        Answer {
            status: "200".to_owned(),
            tags: Vec::new(),
            headers: Vec::new(),
            body: "page {n}".to_owned(),
            size: None,
            stream: None,
            delay_ms: 0,
        }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Step {
    /// `METHOD path`.
    pub ask: String,
    pub with: Vec<String>,
    pub body: String,
    /// As many requests at once.
    pub times: Option<usize>,
    /// Seconds that pass before the step.
    pub after: f64,
    /// `all`, a path, a path with query after `page `, a path after `prefix `, or a tag after `tag `.
    pub purge: Option<String>,

    pub status: Option<u16>,
    /// How often the view has rendered since the case began.
    pub renders: Option<usize>,
    /// `hit`, `stale`, `miss`, `shared` or `bypass`; several with `|`.
    pub cache: Option<String>,
    pub text: Option<String>,
    /// Text that is neither in the body nor in a header.
    pub lacks: Option<String>,
    pub has: Vec<String>,
    pub without: Vec<String>,
    /// All answers to the step differ from each other.
    pub distinct: bool,
    /// The body stops short with an error.
    pub broken: bool,
}

impl Case {
    /// The case, once for every item of `each`.
    pub fn spread(self) -> Vec<Case> {
        if self.each.is_empty() {
            return vec![self];
        }
        let fill = |text: &mut String, item: &str| *text = text.replace("{each}", item);
        let filled = |item: &String| {
            let mut case = self.clone();
            case.name = format!("{} [{item}]", case.name);
            for answer in &mut case.answers {
                fill(&mut answer.status, item);
                answer
                    .headers
                    .iter_mut()
                    .for_each(|header| fill(header, item));
            }
            for step in &mut case.steps {
                fill(&mut step.ask, item);
                step.purge.iter_mut().for_each(|scope| fill(scope, item));
                step.with
                    .iter_mut()
                    .chain(&mut step.has)
                    .for_each(|header| fill(header, item));
            }
            case
        };
        self.each.iter().map(filled).collect()
    }
}

impl View {
    pub fn options(&self) -> PageCacheOptions {
        let mut options = PageCacheOptions::default().cache_status("test");
        let ttl = self.ttl.unwrap_or(60.0);
        if ttl >= 0.0 {
            options = options.ttl(Duration::from_secs_f64(ttl));
        }
        for name in &self.session_cookies {
            options = options.session_cookie(name);
        }
        if self.ignore_sessions {
            options = options.ignore_sessions();
        }
        for host in &self.hosts {
            options = options.host(host);
        }
        for &proxy in &self.proxies {
            options = options.trust_proxy(proxy);
        }
        if !self.only_params.is_empty() {
            options = options.only_params(&self.only_params);
        }
        if !self.ignore_params.is_empty() {
            options = options.ignore_params(&self.ignore_params);
        }
        if self.sort_query {
            options = options.sort_query();
        }
        if self.honour_reload {
            options = options.reload(Reload::Honour);
        }
        if let Some(secs) = self.not_found_ttl {
            options = options.also(ExtraStatus::NotFound, Duration::from_secs(secs));
        }
        if let Some(millis) = self.render_timeout_ms {
            options = options.render_timeout(Duration::from_millis(millis));
        }
        options = options
            .stale_while_revalidate(Duration::from_secs_f64(self.stale_while_revalidate))
            .stale_if_error(Duration::from_secs_f64(self.stale_if_error))
            .jitter(self.jitter);
        if let Some(bytes) = self.max_body {
            options = options.max_body(bytes);
        }
        options
    }
}

/// `Name: value` as a pair; the value is not trimmed on the right.
pub fn field(line: &str) -> (String, String) {
    let (name, value) = line.split_once(':').expect("a header line has a colon");
    (
        name.to_ascii_lowercase(),
        value.strip_prefix(' ').unwrap_or(value).to_owned(),
    )
}

/// All cases of all files, with their names.
pub fn cases() -> Vec<(String, Case)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/page_cache_cases");
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let file: File =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{stem}.toml: {error}"));
        for case in file.case {
            cases.extend(
                case.spread()
                    .into_iter()
                    .map(|case| (format!("{stem}: {}", case.name), case)),
            );
        }
    }
    assert!(cases.len() > 100, "only {} cases were found", cases.len());
    cases
}
