//! The styles and scripts that stand in finished markup itself.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crushed_manifest::{AssetPath, InlineText, Kind, Markup, Piece, percent_encode};
use sha2::{Digest as _, Sha256};

use crate::rust_scan::MacroCall;
use crate::template::compress::text_call;
use crate::template::html::{Node, nodes};
use crate::template::mime::is_data;

/// The prefix of every address of an asset.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Prefix<'a> {
    /// Known at build time.
    Baked(&'a str),
    /// From the environment of the process.
    AtRunTime,
}

impl Prefix<'_> {
    /// The prefix, or what it is where nothing else is said.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Baked(url) => url,
            Self::AtRunTime => "/static/",
        }
    }
}

/// The markup with `asset!` in it replaced by the address. `sources` says which asset a source became.
pub(crate) fn resolved(markup: &Markup, sources: &BTreeMap<AssetPath, AssetPath>) -> Markup {
    let asset = |tag: &str| match text_call(tag) {
        Some(MacroCall::Asset(written)) => sources.get(&AssetPath::parse(&written).ok()?),
        _ => None,
    };
    let mut made = Markup::default();
    for piece in &markup.0 {
        match piece {
            Piece::Text(text) => made.push_text(text),
            Piece::Template(tag) => match asset(tag) {
                Some(path) => {
                    made.push_prefix();
                    made.push_text(&percent_encode(path.as_str()));
                }
                None => made.push_template(tag),
            },
            other => made.0.push(other.clone()),
        }
    }
    made
}

/// The text of each `<style>` and `<script>` of the markup that a Content-Security-Policy must allow. One that holds
/// template source is left out: nobody knows its text before it is rendered.
pub(crate) fn inline_texts(markup: &Markup, prefix: Prefix<'_>) -> Vec<InlineText> {
    let mut html = String::new();
    let mut pieces: Vec<(usize, &Piece)> = Vec::new();
    for piece in &markup.0 {
        match piece {
            Piece::Text(text) => html.push_str(text),
            other => {
                pieces.push((html.len(), other));
                html.push('-');
            }
        }
    }
    let mut found = Vec::new();
    // The markup was read before, or made here.
    for node in nodes(&html).unwrap_or_default() {
        let Node::Element(element) = node else {
            continue;
        };
        let value = |name: &str| {
            let value = element.attribute(name)?.value.clone()?;
            Some(html[value].to_owned())
        };
        let kind = match element.name.as_str() {
            "style" => Kind::Css,
            "script"
                if element.attribute("src").is_none() && !is_data(value("type").as_deref()) =>
            {
                Kind::Js
            }
            _ => continue,
        };
        let Some(range) = element.text.clone().filter(|range| !range.is_empty()) else {
            continue;
        };
        let mut text = Markup::default();
        let mut from = range.start;
        for (at, piece) in pieces.iter().filter(|(at, _)| range.contains(at)) {
            text.push_text(&html[from..*at]);
            text.0.push((*piece).clone());
            from = at + 1;
        }
        text.push_text(&html[from..range.end]);
        if text
            .0
            .iter()
            .any(|piece| matches!(piece, Piece::Template(_)))
        {
            continue;
        }
        let seen = as_seen(&text.with_prefix(prefix.text()));
        found.push(InlineText {
            kind,
            sha256: STANDARD.encode(Sha256::digest(seen)),
            text: match prefix == Prefix::AtRunTime && text.has_prefix() {
                true => text,
                false => Markup::default(),
            },
        });
    }
    found
}

/// The text after HTML's parser has read it (HTML §13.2.3.5).
fn as_seen(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sha256(text: &str) -> String {
        STANDARD.encode(Sha256::digest(text))
    }

    #[test]
    fn every_style_and_script_that_a_policy_asks_about_is_found() {
        let mut markup = Markup::default();
        markup.push_text("<style media=print>a{b:url(");
        markup.push_prefix();
        markup.push_text("x.png)}</style><script src=\"");
        markup.push_prefix();
        markup.push_text("a.js\"></script><script>a\r\nb</script><script type=application/json>{}</script><script nonce=\"");
        markup.push_template("{{ nonce }}");
        markup.push_text("\">c</script><script>");
        markup.push_template("{{ data }}");
        markup.push_text("</script><script type=importmap>{}</script><style></style>");

        let found = inline_texts(&markup, Prefix::AtRunTime);
        let shown: Vec<(Kind, &str)> = found.iter().map(|i| (i.kind, i.sha256.as_str())).collect();
        let style = sha256("a{b:url(/static/x.png)}");
        let (lines, with_nonce, map) = (sha256("a\nb"), sha256("c"), sha256("{}"));
        assert_eq!(
            shown,
            [
                (Kind::Css, style.as_str()),
                (Kind::Js, &lines),
                (Kind::Js, &with_nonce),
                (Kind::Js, &map)
            ]
        );
        assert_eq!(found[0].text.with_prefix("/x/"), "a{b:url(/x/x.png)}");
        assert!(found[1].text.0.is_empty());

        let baked = inline_texts(&markup, Prefix::Baked("//cdn.test/"));
        assert_eq!(baked[0].sha256, sha256("a{b:url(//cdn.test/x.png)}"));
        assert!(baked[0].text.0.is_empty());
    }
}
