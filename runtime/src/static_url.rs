use std::env;
use std::fmt;
use std::sync::OnceLock;

use askama::filters::HtmlSafe;
use askama::{FastWritable, Values};
use crushed_manifest::is_same_origin;

/// The environment variable that holds the prefix.
const VARIABLE: &str = "STATIC_URL";

/// The prefix when the variable is not set.
const DEFAULT: &str = "/static/";

/// What every asset's URL starts with: `/static/`, `//cdn.example.test/a/` or `https://host/x/`.
///
/// It ends in `/` and holds nothing that HTML, an unquoted `url()` in CSS or a JavaScript string would have escaped, so it
/// may be written into any of them as it stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct StaticUrl(&'static str);

static STATIC_URL: OnceLock<StaticUrl> = OnceLock::new();

/// The prefix of this process, read from the environment variable `STATIC_URL` once; `/static/` if it is not set.
///
/// In a template: `{{ crushed::static_url() }}`.
///
/// # Panics
///
/// If the variable holds something else than a prefix. An app that calls [`init`] when it starts has that as an error.
pub fn static_url() -> StaticUrl {
    // A panic, since a page with wrong URLs would only hide an operator's mistake.
    *STATIC_URL.get_or_init(|| match from_environment() {
        Ok(url) => url,
        Err(error) => panic!("{error}"),
    })
}

/// Reads the environment variable `STATIC_URL`. To be called when an app starts, so that a wrong value ends it there.
///
/// # Errors
///
/// If the value is no prefix. The message names the variable, the value and the mend.
pub fn init() -> Result<(), StaticUrlError> {
    let url = from_environment()?;
    STATIC_URL.get_or_init(|| url);
    Ok(())
}

/// Sets the prefix in place of the environment variable, for a program that has it from elsewhere.
///
/// # Errors
///
/// If the value is no prefix, or if another one is already in use.
pub fn init_with(url: &str) -> Result<(), StaticUrlError> {
    let url = StaticUrl::parse(url)?;
    if *STATIC_URL.get_or_init(|| url) == url {
        Ok(())
    } else {
        Err(StaticUrlError::new(url.0, Fault::AlreadySet))
    }
}

/// The prefix that pages of this process are rendered with, without a word where there is none.
pub(crate) fn in_use() -> Option<StaticUrl> {
    let set = STATIC_URL.get().copied();
    set.or_else(|| from_environment().ok())
}

fn from_environment() -> Result<StaticUrl, StaticUrlError> {
    match env::var_os(VARIABLE) {
        Some(value) => StaticUrl::parse(&value.to_string_lossy()),
        None => Ok(StaticUrl(DEFAULT)),
    }
}

impl StaticUrl {
    /// Checks a prefix. It is kept for the life of the process.
    ///
    /// # Errors
    ///
    /// If the text is no prefix.
    pub fn parse(text: &str) -> Result<Self, StaticUrlError> {
        match check(text) {
            Ok(()) => Ok(Self(Box::leak(text.into()))),
            Err(fault) => Err(StaticUrlError::new(text, fault)),
        }
    }

    /// The prefix as text.
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// Whether it is a path, so that assets have the origin of the page. A prefix that names a host may name the page's own,
    /// which cannot be told from here.
    pub fn is_same_origin(self) -> bool {
        is_same_origin(self.0)
    }

    /// The path in it, under which an origin answers: `/a/` of `//cdn.example.test/a/`.
    pub fn path(self) -> &'static str {
        let rest = match self.0.find("//") {
            Some(slashes) => &self.0[slashes + 2..],
            None => return self.0,
        };
        // `check` saw to it that there is one.
        rest.find('/').map_or("/", |slash| &rest[slash..])
    }
}

fn check(text: &str) -> Result<(), Fault> {
    if text.is_empty() {
        return Err(Fault::Empty);
    }
    let harmless = |c: &char| c.is_ascii_alphanumeric() || "-._~/:@%+=,".contains(*c);
    if let Some(c) = text.chars().find(|c| !harmless(c)) {
        return Err(Fault::Character(c));
    }
    let path = match text.split_once("//") {
        Some(("" | "http:" | "https:", rest)) => match rest.split_once('/') {
            Some(("", _)) => return Err(Fault::Host),
            Some((_, path)) => path,
            None => return Err(Fault::Slash),
        },
        _ => text.strip_prefix('/').ok_or(Fault::Start)?,
    };
    if path.split('/').any(|part| matches!(part, "." | ".."))
        || path.starts_with('/')
        || path.contains("//")
    {
        return Err(Fault::Segment);
    }
    if !text.ends_with('/') {
        return Err(Fault::Slash);
    }
    Ok(())
}

impl fmt::Display for StaticUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl HtmlSafe for StaticUrl {}

impl FastWritable for StaticUrl {
    fn write_into(&self, dest: &mut dyn fmt::Write, _: &dyn Values) -> askama::Result<()> {
        Ok(dest.write_str(self.0)?)
    }
}

/// A value that is no prefix. Its text names the variable, the value and the mend.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StaticUrlError {
    value: String,
    fault: Fault,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fault {
    Empty,
    Character(char),
    Start,
    Host,
    Segment,
    Slash,
    AlreadySet,
}

impl StaticUrlError {
    fn new(value: &str, fault: Fault) -> Self {
        Self {
            value: value.to_owned(),
            fault,
        }
    }
}

impl fmt::Display for StaticUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = &self.value;
        write!(f, "{VARIABLE} is {value:?}: ")?;
        match self.fault {
            Fault::Empty => write!(
                f,
                "it must not be empty; unset it, or set it to {DEFAULT:?}"
            ),
            Fault::Character(c) => {
                write!(
                    f,
                    "it must not contain {c:?}, which HTML, CSS or JavaScript would have escaped; "
                )?;
                match c.is_control() || c == char::REPLACEMENT_CHARACTER || "?#".contains(c) {
                    true => write!(f, "remove it"),
                    false => {
                        let mut utf8 = [0; 4];
                        f.write_str("write it as ")?;
                        let mut bytes = c.encode_utf8(&mut utf8).bytes();
                        bytes.try_for_each(|byte| write!(f, "%{byte:02X}"))
                    }
                }
            }
            Fault::Start => {
                let first = value.split('/').next().unwrap_or_default();
                let start = if first.contains('.') { "https://" } else { "/" };
                let path = value
                    .split_once("://")
                    .map_or(value.as_str(), |(_, rest)| rest);
                let slash = if value.ends_with('/') { "" } else { "/" };
                write!(
                    f,
                    "it must start with \"/\", \"//\", \"http://\" or \"https://\"; set it to \"{start}{path}{slash}\""
                )
            }
            Fault::Host => write!(
                f,
                "it names no host behind \"//\"; set it to \"https://host/path/\" or {DEFAULT:?}"
            ),
            Fault::Segment => write!(
                f,
                "its path must not hold \"//\", \".\" or \"..\"; set it to the path that it means"
            ),
            Fault::Slash => write!(f, "it must end in \"/\"; set it to \"{value}/\""),
            Fault::AlreadySet => write!(
                f,
                "the process already uses another one; set it before the first page is rendered"
            ),
        }
    }
}

impl std::error::Error for StaticUrlError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_and_their_paths() {
        for (text, path) in [
            ("/static/", "/static/"),
            ("/", "/"),
            ("/a/b/", "/a/b/"),
            ("//cdn.example.test/a/", "/a/"),
            ("//cdn.example.test/", "/"),
            ("https://host/x/", "/x/"),
            ("http://127.0.0.1:8080/", "/"),
            ("https://host:8443/x/%C3%A4/", "/x/%C3%A4/"),
        ] {
            let url = StaticUrl::parse(text).unwrap();
            assert_eq!((url.as_str(), url.path()), (text, path));
            assert_eq!(url.to_string(), text);
        }
    }

    #[test]
    fn errors_name_the_variable_the_value_and_the_mend() {
        for (text, want) in [
            (
                "",
                r#"STATIC_URL is "": it must not be empty; unset it, or set it to "/static/""#,
            ),
            (
                "/static",
                r#"STATIC_URL is "/static": it must end in "/"; set it to "/static/""#,
            ),
            (
                "https://cdn.example.test",
                r#"STATIC_URL is "https://cdn.example.test": it must end in "/"; set it to "https://cdn.example.test/""#,
            ),
            (
                "static",
                r#"STATIC_URL is "static": it must start with "/", "//", "http://" or "https://"; set it to "/static/""#,
            ),
            (
                "cdn.example.test/a/",
                r#"STATIC_URL is "cdn.example.test/a/": it must start with "/", "//", "http://" or "https://"; set it to "https://cdn.example.test/a/""#,
            ),
            (
                "/a\"b/",
                r#"STATIC_URL is "/a\"b/": it must not contain '"', which HTML, CSS or JavaScript would have escaped; write it as %22"#,
            ),
            (
                "/ä/",
                r#"STATIC_URL is "/ä/": it must not contain 'ä', which HTML, CSS or JavaScript would have escaped; write it as %C3%A4"#,
            ),
            (
                "/a?b/",
                r#"STATIC_URL is "/a?b/": it must not contain '?', which HTML, CSS or JavaScript would have escaped; remove it"#,
            ),
            (
                "///x/",
                r#"STATIC_URL is "///x/": it names no host behind "//"; set it to "https://host/path/" or "/static/""#,
            ),
            (
                "/a/../b/",
                r#"STATIC_URL is "/a/../b/": its path must not hold "//", "." or ".."; set it to the path that it means"#,
            ),
        ] {
            let error = StaticUrl::parse(text).unwrap_err();
            assert_eq!(error.to_string(), want);
        }
        for text in [
            "javascript:x/",
            "ftp://host/",
            "/a b/",
            "/a(b)/",
            "/a'/",
            "/a\\b/",
            "/<x>/",
            "/a&b/",
            "/a\n/",
            "/a//b/",
            "https://h//a/",
        ] {
            assert!(StaticUrl::parse(text).is_err(), "{text}");
        }
    }
}
