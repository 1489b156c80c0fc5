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
            })
            .collect()
    }
}
