use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::html::HtmlPiece;
use crate::{Assets, StaticUrl, static_url};

/// The sources of a Content-Security-Policy (CSP 3 §2.3.1) that one page needs, by [`Assets::csp`].
///
/// Bundles that stand in the page count by their hash, files by where they come from: `'self'`, or the prefix if it names a
/// host. What the build did not make is not allowed: an injected script has no hash here. A page's own scripts outside of
/// `compress` blocks and what it loads from elsewhere are for the app to add.
///
/// It displays as both directives, `style-src 'self' 'sha256-…'; script-src 'self'`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Csp {
    styles: Vec<String>,
    scripts: Vec<String>,
}

impl Csp {
    pub(crate) fn of(html: &str, assets: &Assets, inline: &'static [InlineText]) -> Self {
        let prefix = static_url();
        let mut csp = Self::default();
        let files = origin(prefix);
        let known = hashes(inline, prefix);
        for (name, sources) in [("style", &mut csp.styles), ("script", &mut csp.scripts)] {
            if names_a_file(html, prefix, assets, name) {
                sources.push(files.clone());
            }
            for text in texts(html, name) {
                let hash = hash(&html[text]);
                let source = format!("'sha256-{hash}'");
                if known.contains(&hash) && !sources.contains(&source) {
                    sources.push(source);
                }
            }
        }
        csp
    }

    /// The value of `style-src`: sources separated by spaces, `'none'` if the page needs none.
    pub fn style_src(&self) -> String {
        value(&self.styles)
    }

    /// The value of `script-src`.
    pub fn script_src(&self) -> String {
        value(&self.scripts)
    }

    /// The sources of `style-src` one by one, for a policy that has others too.
    pub fn styles(&self) -> impl Iterator<Item = &str> {
        self.styles.iter().map(String::as_str)
    }

    /// The sources of `script-src` one by one.
    pub fn scripts(&self) -> impl Iterator<Item = &str> {
        self.scripts.iter().map(String::as_str)
    }
}

impl fmt::Display for Csp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (styles, scripts) = (self.style_src(), self.script_src());
        write!(f, "style-src {styles}; script-src {scripts}")
    }
}

fn value(sources: &[String]) -> String {
    match sources.is_empty() {
        true => "'none'".to_owned(),
        false => sources.join(" "),
    }
}

/// Where files come from. A comma would end the policy in its header (CSP 3 §2.3.1), and a host-source has no user.
fn origin(prefix: StaticUrl) -> String {
    if prefix.is_same_origin() {
        return "'self'".to_owned();
    }
    let (scheme, rest) = prefix.as_str().split_once("//").unwrap_or_default();
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host.rsplit('@').next().unwrap_or_default();
    let scheme = match scheme {
        "" => String::new(),
        scheme => format!("{scheme}//"),
    };
    format!("{scheme}{host}/{}", path.replace(',', "%2C"))
}

/// Whether the page names an asset of this kind: of the release, or a source when compression is off.
fn names_a_file(html: &str, prefix: StaticUrl, assets: &Assets, name: &str) -> bool {
    let extensions: &[&str] = match name {
        "style" => &["css"],
        _ => &["js", "mjs"],
    };
    html.match_indices(prefix.as_str()).any(|(at, prefix)| {
        let rest = &html[at + prefix.len()..];
        let end = rest
            .find(|c: char| c.is_ascii_whitespace() || matches!(c, '"' | '\'' | '>' | '?' | '#'))
            .unwrap_or(rest.len());
        let path = &rest[..end];
        let of_kind = path
            .rsplit_once('.')
            .is_some_and(|(_, extension)| extensions.contains(&extension));
        of_kind && assets.names(path)
    })
}

/// The texts of the page's elements of this name, `style` or `script`, that hold any.
fn texts(html: &str, name: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = html[at..].find('<') {
        at += open + 1;
        if !is_name(html, at, name) {
            continue;
        }
        let Some(start) = tag_end(html, at) else {
            break;
        };
        let mut end = start;
        let close = loop {
            match html[end..].find("</") {
                None => break html.len(),
                Some(slash) if is_name(html, end + slash + 2, name) => break end + slash,
                Some(slash) => end += slash + 2,
            }
        };
        if close > start {
            found.push(start..close);
        }
        at = close;
    }
    found
}

/// Whether the name of a tag stands here.
fn is_name(html: &str, at: usize, name: &str) -> bool {
    let bytes = html.as_bytes();
    let end = at + name.len();
    bytes
        .get(at..end)
        .is_some_and(|text| text.eq_ignore_ascii_case(name.as_bytes()))
        && bytes
            .get(end)
            .is_some_and(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/'))
}

/// Behind the `>` of a tag; one in a quoted value is none.
fn tag_end(html: &str, at: usize) -> Option<usize> {
    let mut quote = None;
    for (offset, byte) in html[at..].bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at + offset + 1),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// SHA-256 in base64 of a text as a browser sees it (HTML §13.2.3.5: line ends are line feeds).
fn hash(text: &str) -> String {
    match text.contains('\r') {
        false => STANDARD.encode(Sha256::digest(text)),
        true => {
            let seen = text.replace("\r\n", "\n").replace('\r', "\n");
            STANDARD.encode(Sha256::digest(seen))
        }
    }
}

/// A style or script of a release that stands in pages. No part of the public interface.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum InlineText {
    /// The hash of one that is the same under every prefix.
    Hash(&'static str),
    /// One that is not.
    Text(&'static [HtmlPiece]),
}

/// The hashes of a release's texts. Some depend on the prefix, which is one for the life of the process: they are made
/// once.
fn hashes(texts: &'static [InlineText], prefix: StaticUrl) -> &'static BTreeSet<String> {
    static MADE: Mutex<BTreeMap<(usize, usize), &'static BTreeSet<String>>> =
        Mutex::new(BTreeMap::new());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (texts.as_ptr().addr(), texts.len());
    made.entry(key).or_insert_with(|| {
        let hashes = texts.iter().map(|text| match text {
            InlineText::Hash(hash) => (*hash).to_owned(),
            InlineText::Text(pieces) => {
                let text: String = pieces.iter().map(|piece| piece.text(prefix)).collect();
                hash(&text)
            }
        });
        Box::leak(Box::new(hashes.collect()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Coding, Representation, Route};

    static ROUTES: &[Route] = &[Route {
        path: "css/ä.0000000000000001.css",
        content_type: "text/css; charset=utf-8",
        variants: &[Representation {
            coding: Coding::Identity,
            etag: "\"1\"",
            bytes: b"a{}",
        }],
    }];
    /// Of `var a`.
    const SCRIPT: &str = "jWQ1+iQ9Wxok9DsvUqwcis7Ewkms07+pNFXRYkRddFs=";
    const INLINE: &[InlineText] = &[
        InlineText::Hash(SCRIPT),
        InlineText::Text(&[
            HtmlPiece::Text("a{b:url("),
            HtmlPiece::Prefix,
            HtmlPiece::Text("x.png)}"),
        ]),
    ];
    const ASSETS: Assets = Assets::compiled("00000000000000aa", ROUTES).with_inline(INLINE);

    #[test]
    fn only_what_the_build_made_is_allowed() {
        assert_eq!(hash("var a"), SCRIPT);
        let page = "<link rel=stylesheet href=\"/static/css/%C3%A4.0000000000000001.css\">\
            <STYLE media='>'>a{b:url(/static/x.png)}</STYLE><script nonce=x>var a</script >\
            <script>evil()</script><script>var a</script><script src=\"/static/js/evil.js\"></script>";
        let csp = ASSETS.csp(page);
        let style = hash("a{b:url(/static/x.png)}");
        assert_eq!(csp.style_src(), format!("'self' 'sha256-{style}'"));
        assert_eq!(csp.script_src(), format!("'sha256-{SCRIPT}'"));
        assert_eq!(
            csp.to_string(),
            format!("style-src 'self' 'sha256-{style}'; script-src 'sha256-{SCRIPT}'")
        );
        assert_eq!((csp.styles().count(), csp.scripts().count()), (2, 1));
        assert_eq!(
            ASSETS.csp("<p>").to_string(),
            "style-src 'none'; script-src 'none'"
        );
    }

    #[test]
    fn files_come_from_the_prefix() {
        for (prefix, want) in [
            ("/static/", "'self'"),
            ("//cdn.example.test/", "cdn.example.test/"),
            (
                "https://cdn.example.test:8443/a,b/",
                "https://cdn.example.test:8443/a%2Cb/",
            ),
            (
                "https://user@cdn.example.test/",
                "https://cdn.example.test/",
            ),
        ] {
            assert_eq!(origin(StaticUrl::parse(prefix).unwrap()), want);
        }
    }

    #[test]
    fn texts_are_those_that_a_browser_reads() {
        let page = "<styles>x</styles><style>a</styles>b</style\n><script></script><script>c";
        let found = |name| {
            texts(page, name)
                .into_iter()
                .map(|text| &page[text])
                .collect::<Vec<_>>()
        };
        assert_eq!(found("style"), ["a</styles>b"]);
        assert_eq!(found("script"), ["c"]);
    }
}
