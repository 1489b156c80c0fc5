use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{AssetPath, Digest, Markup};

/// What a bundle is made of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Stylesheets.
    Css,
    /// Scripts.
    Js,
}

impl Kind {
    /// `css` or `js`: the word in a template, the extension and the directory of the bundle's asset.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Css => "css",
            Self::Js => "js",
        }
    }
}

/// How a bundle reaches the page.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// A `<link>` or `<script src>` that names the asset.
    #[default]
    File,
    /// A `<style>` or `<script>` that holds the text.
    Inline,
    /// A `<link rel="preload">` that names the asset.
    Preload,
}

impl Mode {
    /// The word in a template.
    pub const fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Inline => "inline",
            Self::Preload => "preload",
        }
    }
}

/// What parsing a [`Kind`] or a [`Mode`] answers to another word.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnknownWord {
    /// The word that was given.
    pub given: String,
    /// The words that are known.
    pub known: &'static [&'static str],
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "unknown word {:?}, expected one of {}",
            self.given,
            self.known.join(", ")
        )
    }
}

impl std::error::Error for UnknownWord {}

impl FromStr for Kind {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text {
            "css" => Ok(Self::Css),
            "js" => Ok(Self::Js),
            _ => Err(UnknownWord {
                given: text.to_owned(),
                known: &["css", "js"],
            }),
        }
    }
}

impl FromStr for Mode {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text {
            "file" => Ok(Self::File),
            "inline" => Ok(Self::Inline),
            "preload" => Ok(Self::Preload),
            _ => Err(UnknownWord {
                given: text.to_owned(),
                known: &["file", "inline", "preload"],
            }),
        }
    }
}

/// What a bundle is asked for by: the same key from a template's block, a template's expression and Rust code.
///
/// Its text is readable and canonical, `css inline "css/a.css" "css/b.css"`; mode and name are part of it, so that file
/// and inline mode of the same sources never meet. A block whose tags carry attributes or inline fragments adds the
/// digest of them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BundleKey(String);

impl BundleKey {
    /// The key of a bundle that is nothing but sources in their order.
    pub fn of_sources<'a>(
        kind: Kind,
        mode: Mode,
        name: Option<&str>,
        sources: impl IntoIterator<Item = &'a AssetPath>,
    ) -> Self {
        let mut text = format!("{} {}", kind.word(), mode.word());
        if let Some(name) = name {
            text.push(' ');
            text.push_str(name);
        }
        for source in sources {
            text.push_str(&format!(" {:?}", source.as_str()));
        }
        Self(text)
    }

    /// The key of a block that holds more than plain sources: `contents` is the digest of all of it.
    pub fn of_block(kind: Kind, mode: Mode, name: Option<&str>, contents: Digest) -> Self {
        let mut key = Self::of_sources(kind, mode, name, []);
        key.0.push_str(&format!(" #{contents}"));
        key
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BundleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What one `compress` became.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Bundle {
    /// Stylesheets or scripts.
    pub kind: Kind,
    /// How it reaches the page.
    pub mode: Mode,
    /// The sources it was made of, in order.
    pub sources: Vec<AssetPath>,
    /// The assets its markup names, in order; in inline mode only those that could not stand in the page.
    pub assets: Vec<AssetPath>,
    /// The styles and scripts that stand in the markup itself, in order: what a Content-Security-Policy must allow.
    #[serde(default)]
    pub inline: Vec<InlineText>,
    /// What the page gets in place of the `compress`.
    pub markup: Markup,
}

/// The text between the tags of a `<style>` or `<script>`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct InlineText {
    /// A style or a script.
    pub kind: Kind,
    /// SHA-256 in standard base64 of the text as the browser sees it: line ends are line feeds. Of a text that depends on
    /// the prefix it is that under the prefix of the build, `/static/` if none was baked in.
    pub sha256: String,
    /// The text, if it depends on the prefix and the prefix is a run-time value; else empty.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub text: Markup,
}

fn is_empty(markup: &Markup) -> bool {
    markup.0.is_empty()
}
