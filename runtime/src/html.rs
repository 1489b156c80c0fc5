use std::fmt;

use askama::filters::HtmlSafe;
use askama::{FastWritable, Values};

use crate::{StaticUrl, static_url};

/// The markup of a bundle, as [`compress!`](crate::compress) gives it. It displays as HTML that is not to be escaped again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Html {
    pieces: &'static [HtmlPiece],
}

/// A stretch of [`Html`]. No part of the public interface.
#[doc(hidden)]
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum HtmlPiece {
    /// Text as it stands.
    Text(&'static str),
    /// The prefix.
    Prefix,
    /// Text that is there if the prefix is a path.
    SameOrigin(&'static str),
    /// Text that is there if the prefix names a host.
    OtherOrigin(&'static str),
}

impl HtmlPiece {
    /// The text under a prefix.
    pub(crate) fn text(self, prefix: StaticUrl) -> &'static str {
        match self {
            Self::Text(text) => text,
            Self::Prefix => prefix.as_str(),
            Self::SameOrigin(text) if prefix.is_same_origin() => text,
            Self::OtherOrigin(text) if !prefix.is_same_origin() => text,
            Self::SameOrigin(_) | Self::OtherOrigin(_) => "",
        }
    }
}

impl Html {
    /// What `compress!` expands to. No part of the public interface.
    #[doc(hidden)]
    pub const fn __new(pieces: &'static [HtmlPiece]) -> Self {
        Self { pieces }
    }

    fn write(&self, dest: &mut dyn fmt::Write) -> fmt::Result {
        let prefix = static_url();
        self.pieces
            .iter()
            .try_for_each(|piece| dest.write_str(piece.text(prefix)))
    }
}

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f)
    }
}

/// For template engines that take pre-escaped text as a string: `maud::PreEscaped(compress!(…))`.
impl From<Html> for String {
    fn from(html: Html) -> Self {
        html.to_string()
    }
}

impl HtmlSafe for Html {}

impl FastWritable for Html {
    fn write_into(&self, dest: &mut dyn fmt::Write, _: &dyn Values) -> askama::Result<()> {
        Ok(self.write(dest)?)
    }
}

#[cfg(test)]
mod tests {
    use askama::Template;

    use super::*;
    use crate::{Asset, Digest};

    #[test]
    fn the_prefix_goes_in_at_run_time() {
        const LINK: Html = Html::__new(&[
            HtmlPiece::Text("<link href=\""),
            HtmlPiece::Prefix,
            HtmlPiece::Text("css/a.css\""),
            HtmlPiece::SameOrigin(" here"),
            HtmlPiece::OtherOrigin(" there"),
            HtmlPiece::Text(">"),
        ]);
        assert_eq!(LINK.to_string(), "<link href=\"/static/css/a.css\" here>");
        let cdn = StaticUrl::parse("//cdn.example.test/").unwrap();
        let texts = LINK.pieces.iter().map(|piece| piece.text(cdn));
        assert_eq!(
            texts.collect::<String>(),
            "<link href=\"//cdn.example.test/css/a.css\" there>"
        );
    }

    #[test]
    fn askama_does_not_escape_what_is_safe() {
        // From the third on these are what the pipeline writes into templates.
        #[derive(Template)]
        #[template(
            source = "{{ html }} {{ mark }} {{ crate::static_url()|safe }} {{ crate::static_url() }}\
                {% if crate::static_url().is_same_origin() %} here{% endif %}\
                {% if !crate::static_url().is_same_origin() %} there{% endif %}",
            ext = "html"
        )]
        struct Page {
            html: Html,
            mark: Asset,
        }
        let page = Page {
            html: Html::__new(&[HtmlPiece::Text("<b>&amp;</b>")]),
            mark: Asset::__new("a&b.png", "a%26b.png", Digest::from_u64(0), ""),
        };
        assert_eq!(
            page.render().unwrap(),
            "<b>&amp;</b> /static/a%26b.png /static/ /static/ here"
        );
    }
}
