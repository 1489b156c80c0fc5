use serde::{Deserialize, Serialize};

/// HTML with places where the run-time prefix (`STATIC_URL`) goes.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Markup(pub Vec<Piece>);

/// A stretch of [`Markup`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    /// Text as it stands.
    Text(String),
    /// The prefix.
    Prefix,
    /// Text that is there if the prefix is a path, so that assets have the origin of the page.
    SameOrigin(String),
    /// Text that is there if the prefix names a host.
    OtherOrigin(String),
    /// Template source that the pipeline passes on, `{{ nonce }}` in an attribute. Only in a template's own markup.
    Template(String),
}

impl Markup {
    /// Appends text, joined to a text before it.
    pub fn push_text(&mut self, text: &str) {
        match self.0.last_mut() {
            Some(Piece::Text(last)) => last.push_str(text),
            _ if text.is_empty() => {}
            _ => self.0.push(Piece::Text(text.to_owned())),
        }
    }

    /// Appends a place for the prefix.
    pub fn push_prefix(&mut self) {
        self.0.push(Piece::Prefix);
    }

    /// Appends text for a prefix that is a path.
    pub fn push_same_origin(&mut self, text: &str) {
        self.0.push(Piece::SameOrigin(text.to_owned()));
    }

    /// Appends text for a prefix that names a host.
    pub fn push_other_origin(&mut self, text: &str) {
        self.0.push(Piece::OtherOrigin(text.to_owned()));
    }

    /// Appends template source.
    pub fn push_template(&mut self, source: &str) {
        self.0.push(Piece::Template(source.to_owned()));
    }

    /// Appends another markup.
    pub fn append(&mut self, other: &Markup) {
        for piece in &other.0 {
            match piece {
                Piece::Text(text) => self.push_text(text),
                other => self.0.push(other.clone()),
            }
        }
    }

    /// The markup with a known prefix.
    pub fn with_prefix(&self, prefix: &str) -> String {
        self.0
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) | Piece::Template(text) => text.as_str(),
                Piece::Prefix => prefix,
                Piece::SameOrigin(text) if is_same_origin(prefix) => text.as_str(),
                Piece::OtherOrigin(text) if !is_same_origin(prefix) => text.as_str(),
                Piece::SameOrigin(_) | Piece::OtherOrigin(_) => "",
            })
            .collect()
    }

    /// Whether it reads differently under another prefix.
    pub fn has_prefix(&self) -> bool {
        let plain = |piece: &Piece| matches!(piece, Piece::Text(_) | Piece::Template(_));
        !self.0.iter().all(plain)
    }
}

/// Whether a prefix is a path. One that names a host may still be the page's own origin, which nobody can tell from here.
pub fn is_same_origin(prefix: &str) -> bool {
    !prefix.starts_with("//") && !prefix.contains("://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_text_depends_on_the_origin_of_the_prefix() {
        let mut markup = Markup::default();
        markup.push_text("<link href=");
        markup.push_prefix();
        markup.push_text("a.css");
        assert!(markup.has_prefix());
        markup.push_same_origin(" a");
        markup.push_other_origin(" b");
        markup.push_text(">");
        for (prefix, want) in [
            ("/static/", "<link href=/static/a.css a>"),
            ("/", "<link href=/a.css a>"),
            ("//cdn.test/", "<link href=//cdn.test/a.css b>"),
            (
                "https://cdn.test/a/",
                "<link href=https://cdn.test/a/a.css b>",
            ),
        ] {
            assert_eq!(markup.with_prefix(prefix), want);
        }
    }
}
