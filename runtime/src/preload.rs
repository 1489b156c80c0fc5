use std::fmt;

use crushed_manifest::content_type;

use crate::tag::{Tag, tags};
use crate::{Asset, Assets, StaticUrl, static_url};

/// The bundles and files of a page as the browser may hear of them before it reads the page, by [`Assets::preload`].
///
/// It displays as the value of a `Link` field (RFC 8288 §3), `</static/css/a.3f9a1c0d5e7b2a64.css>; rel=preload; as=style`,
/// and is empty if the page names none: a `Link` field without a value is then better left out.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Preload {
    links: Vec<String>,
}

impl Preload {
    pub(crate) fn of(html: &str, assets: &Assets) -> Self {
        let prefix = static_url();
        let mut preload = Self::default();
        for tag in tags(html) {
            if let Some(link) = link(&tag, prefix, assets)
                && !preload.links.contains(&link)
            {
                preload.links.push(link);
            }
        }
        preload
    }

    /// Whether the page names nothing that could be preloaded.
    pub fn is_empty(&self) -> bool {
        self.links.is_empty()
    }

    /// The links one by one, for a field line or an early hint each (RFC 8297).
    pub fn links(&self) -> impl Iterator<Item = &str> {
        self.links.iter().map(String::as_str)
    }
}

impl fmt::Display for Preload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.links.join(", "))
    }
}

impl Asset {
    /// The value of a `Link` field that has a browser fetch this asset before it reads of it, for what no tag of the page
    /// names: a font of a stylesheet, the picture of a background.
    ///
    /// ```ignore
    /// let font = asset!("fonts/text.woff2").preload();
    /// assert!(font.ends_with("; rel=preload; as=font; type=\"font/woff2\"; crossorigin"));
    /// ```
    ///
    /// Fonts, modules and data are fetched with CORS, and so they are preloaded (Fetch §3.2.5); a script or stylesheet whose
    /// tag carries `crossorigin` or `integrity` is for [`Assets::preload`], which reads the tag.
    pub fn preload(&self) -> String {
        let essence = content_type(self.path);
        let essence = essence.split(';').next().unwrap_or_default();
        let module = self.path.ends_with(".mjs");
        let rest = match essence.split_once('/') {
            _ if module => "rel=modulepreload".to_owned(),
            Some(("text", "css")) => "rel=preload; as=style".to_owned(),
            Some(("text", "javascript")) => "rel=preload; as=script".to_owned(),
            Some(("font", _)) => format!("rel=preload; as=font; type=\"{essence}\"; crossorigin"),
            Some(("image", _)) => format!("rel=preload; as=image; type=\"{essence}\""),
            _ => "rel=preload; as=fetch; crossorigin".to_owned(),
        };
        format!("<{self}>; {rest}")
    }
}

/// What a tag has the browser fetch from the release. How it is fetched is part of what is preloaded: where the two differ,
/// it is fetched twice (HTML §4.6.7.19).
fn link(tag: &Tag<'_>, prefix: StaticUrl, assets: &Assets) -> Option<String> {
    let (url, relation) = if tag.is("script") {
        let relation = match tag.value("type").unwrap_or_default().trim() {
            "" => "rel=preload; as=script",
            kind if kind.eq_ignore_ascii_case("module") => "rel=modulepreload",
            kind if is_script(kind) => "rel=preload; as=script",
            _ => return None,
        };
        // Browsers that have modules do not fetch it.
        if tag.has("nomodule") {
            return None;
        }
        (tag.value("src")?, relation.to_owned())
    } else if tag.is("link") {
        let rel = tag.value("rel")?.to_ascii_lowercase();
        let rels: Vec<&str> = rel.split_ascii_whitespace().collect();
        let is = |name| rels.contains(&name);
        let relation = if is("modulepreload") {
            "rel=modulepreload".to_owned()
        } else if is("preload") {
            let kind = tag.value("as")?.to_ascii_lowercase();
            if !kind.bytes().all(|byte| byte.is_ascii_lowercase()) || kind.is_empty() {
                return None;
            }
            format!("rel=preload; as={kind}")
        } else if is("stylesheet") && !is("alternate") && !tag.has("disabled") {
            "rel=preload; as=style".to_owned()
        } else {
            return None;
        };
        (tag.value("href")?, relation)
    } else {
        return None;
    };
    // An address with more than a URL may hold is none of the release's.
    let path = url.strip_prefix(prefix.as_str())?;
    let ours = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'"');
    if !path.bytes().all(ours) || !assets.names(path) {
        return None;
    }
    let mut link = format!("<{url}>; {relation}");
    match tag.value("crossorigin").as_deref().map(str::trim) {
        None => {}
        Some(value) if value.eq_ignore_ascii_case("use-credentials") => {
            link += "; crossorigin=use-credentials";
        }
        Some(_) => link += "; crossorigin",
    }
    for name in ["integrity", "nonce", "media", "type"] {
        // Of a script it is said already.
        let value = match name {
            "type" if tag.is("script") => None,
            _ => tag.value(name).filter(|value| !value.is_empty()),
        };
        if let Some(value) = value {
            if !value.bytes().all(is_quotable) {
                return None;
            }
            link += &format!("; {name}=\"{value}\"");
        }
    }
    Some(link)
}

/// Whether a byte stands for itself in a quoted string (RFC 9110 §5.6.4).
fn is_quotable(byte: u8) -> bool {
    (byte.is_ascii_graphic() || byte == b' ') && !matches!(byte, b'"' | b'\\')
}

/// The types of classic scripts in use (HTML §4.12.1, WHATWG MIME Sniffing §4.6).
fn is_script(kind: &str) -> bool {
    [
        "text/javascript",
        "application/javascript",
        "application/x-javascript",
        "text/ecmascript",
        "application/ecmascript",
    ]
    .iter()
    .any(|known| kind.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Digest, Route};

    const fn route(path: &'static str) -> Route<'static> {
        Route {
            path,
            content_type: "",
            variants: &[],
        }
    }

    const HASHED: &[Route] = &[
        route("a.0000000000000001.css"),
        route("b.0000000000000002.js"),
        route("c.0000000000000003.mjs"),
        route("d.0000000000000004.woff2"),
        route("\u{e4}.0000000000000005.css"),
    ];
    const ASSETS: Assets = Assets::compiled("00000000000000aa", HASHED);

    #[test]
    fn a_link_is_fetched_as_its_tag_is() {
        for (tag, want) in [
            (
                "<link rel=stylesheet href=/static/a.0000000000000001.css>",
                "</static/a.0000000000000001.css>; rel=preload; as=style",
            ),
            (
                "<link href='/static/a.0000000000000001.css' rel='Stylesheet' media=\"(min-width: 40em)\" crossorigin>",
                "</static/a.0000000000000001.css>; rel=preload; as=style; crossorigin; media=\"(min-width: 40em)\"",
            ),
            (
                "<link rel=stylesheet href=/static/%C3%A4.0000000000000005.css>",
                "</static/%C3%A4.0000000000000005.css>; rel=preload; as=style",
            ),
            (
                "<script src=/static/b.0000000000000002.js defer nonce=n0nce></script>",
                "</static/b.0000000000000002.js>; rel=preload; as=script; nonce=\"n0nce\"",
            ),
            (
                "<script type=text/javascript src=/static/b.0000000000000002.js integrity=sha384-A/+= crossorigin=anonymous></script>",
                "</static/b.0000000000000002.js>; rel=preload; as=script; crossorigin; integrity=\"sha384-A/+=\"",
            ),
            (
                "<script type=module src=/static/c.0000000000000003.mjs crossorigin=use-credentials></script>",
                "</static/c.0000000000000003.mjs>; rel=modulepreload; crossorigin=use-credentials",
            ),
            (
                "<link rel=modulepreload href=/static/c.0000000000000003.mjs>",
                "</static/c.0000000000000003.mjs>; rel=modulepreload",
            ),
            (
                "<link rel=preload as=font type=font/woff2 crossorigin href=/static/d.0000000000000004.woff2>",
                "</static/d.0000000000000004.woff2>; rel=preload; as=font; crossorigin; type=\"font/woff2\"",
            ),
            // None of the release, not fetched, or not by that tag.
            ("<script src=/static/z.0000000000000002.js></script>", ""),
            ("<script src=/js/b.0000000000000002.js></script>", ""),
            (
                "<script nomodule src=/static/b.0000000000000002.js></script>",
                "",
            ),
            (
                "<script type=text/html src=/static/b.0000000000000002.js></script>",
                "",
            ),
            (
                "<script>'<script src=/static/b.0000000000000002.js>'</script>",
                "",
            ),
            (
                "<!--<script src=/static/b.0000000000000002.js></script>-->",
                "",
            ),
            (
                "<link rel='alternate stylesheet' href=/static/a.0000000000000001.css>",
                "",
            ),
            ("<link rel=icon href=/static/a.0000000000000001.css>", ""),
            (
                "<link rel=stylesheet disabled href=/static/a.0000000000000001.css>",
                "",
            ),
            ("<link rel=preload href=/static/a.0000000000000001.css>", ""),
            ("<img src=/static/a.0000000000000001.css>", ""),
            // Nothing gets out of its place in the field.
            (
                "<link rel=preload as='style, x' href=/static/a.0000000000000001.css>",
                "",
            ),
            (
                "<link rel=stylesheet media='a&quot;; x=\"' href=/static/a.0000000000000001.css>",
                "",
            ),
            (
                "<link rel=stylesheet href='/static/a.0000000000000001.css>; x'>",
                "",
            ),
        ] {
            assert_eq!(ASSETS.preload(tag).to_string(), want, "{tag}");
        }
    }

    #[test]
    fn a_page_names_each_once_and_in_order() {
        let page = "<link rel=stylesheet href=/static/a.0000000000000001.css>\
            <script src=/static/b.0000000000000002.js></script>\
            <script src=/static/b.0000000000000002.js></script>";
        let preload = ASSETS.preload(page);
        assert_eq!(preload.links().count(), 2);
        assert_eq!(
            preload.to_string(),
            "</static/a.0000000000000001.css>; rel=preload; as=style, \
             </static/b.0000000000000002.js>; rel=preload; as=script"
        );
        assert!(ASSETS.preload("<p>").is_empty());
        let off = Assets::sources("00000000000000bb", &[]);
        assert_eq!(
            off.preload("<script src=/static/js/x.js></script>")
                .to_string(),
            "</static/js/x.js>; rel=preload; as=script"
        );
    }

    #[test]
    fn an_asset_is_fetched_as_its_kind_is() {
        for (path, want) in [
            ("a.css", "</static/a.css>; rel=preload; as=style"),
            ("a.js", "</static/a.js>; rel=preload; as=script"),
            ("a.mjs", "</static/a.mjs>; rel=modulepreload"),
            (
                "a.woff2",
                "</static/a.woff2>; rel=preload; as=font; type=\"font/woff2\"; crossorigin",
            ),
            (
                "a.avif",
                "</static/a.avif>; rel=preload; as=image; type=\"image/avif\"",
            ),
            (
                "a.json",
                "</static/a.json>; rel=preload; as=fetch; crossorigin",
            ),
        ] {
            let asset = Asset::__new(path, path, Digest::from_u64(1), "");
            assert_eq!(asset.preload(), want);
        }
    }
}
