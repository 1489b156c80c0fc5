use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use crate::css;
use crate::diagnostic::{Diagnostic, ErrorKind, SourceText};
use crate::encode::{Effort, Weight};
use crate::js::{self, Ecma};
use crate::limits::Limits;
use crate::template::syntax::{Syntax, Whitespace};
use crushed_manifest::{Coding, Kind, nearest};

/// The asset roots of a project whose configuration names none: those of them that exist.
pub(crate) const DEFAULT_ASSETS: [&str; 2] = ["assets", "static"];

/// `crushed.toml`: every key is optional.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// Template directories; without it those of `askama.toml`, or `templates`.
    pub(crate) templates: Option<Vec<String>>,
    /// Asset roots, searched in order; without it those of `assets` and `static` that exist.
    pub(crate) assets: Option<Vec<String>>,
    /// Globs of sources that ship although nothing references them.
    pub(crate) ship: Vec<String>,
    /// Makes every warning an error.
    pub(crate) strict: bool,
    /// What becomes of licence comments.
    pub(crate) licences: Licences,
    /// How far bundles are joined.
    pub(crate) join: Join,
    /// Which tags get an `integrity`; without it those whose own tags in the template have one.
    pub(crate) integrity: Option<Integrity>,
    /// How hard a release is squeezed; without it as [`Options`](crate::Options) say.
    pub(crate) effort: Option<Effort>,
    /// Takes `x.min.js` and `x.min.css` that lie beside a source where that is smaller.
    prefer_min: bool,
    /// Globs of sources and templates in which what looks like a secret is none.
    pub(crate) allow_secrets_in: Vec<String>,
    /// Globs of SVG images whose scripts are wanted.
    pub(crate) svg_scripts: Vec<String>,
    /// How much of the tree is read.
    pub(crate) limits: Limits,
    /// The variants that are made; without it all.
    pub(crate) codings: Option<BTreeSet<Coding>>,
    pub(crate) js: JsConfig,
    pub(crate) html: HtmlConfig,
}

/// What is done to the HTML of templates.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct HtmlConfig {
    pub(crate) keep_comments: KeepComments,
    /// Names of elements that are written as they stand.
    pub(crate) keep_elements: Vec<String>,
    /// Globs of templates that are not minified.
    pub(crate) exclude: Vec<String>,
    /// Whether addresses in plain attributes that name a source become those of its asset.
    pub(crate) rewrite_attributes: bool,
}

/// Comments that stay, besides those that mean something to a browser or server.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(untagged, expecting = "expected true, false or a list of globs")]
pub(crate) enum KeepComments {
    All(bool),
    /// Globs of their trimmed text.
    Some(Vec<String>),
}

impl Default for KeepComments {
    fn default() -> Self {
        Self::All(false)
    }
}

/// How far the sources and fragments of a bundle become one text.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Join {
    /// Each has a tag of its own.
    Never,
    /// A new tag begins where one text could not do what the separate ones do.
    #[default]
    Safe,
    /// Only the attributes of tags begin a new one.
    Always,
}

/// Which tags of files say what the file must hold (Subresource Integrity).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Integrity {
    /// All, if the prefix is a path; none, if it names a host.
    Auto,
    /// All.
    Always,
    /// None.
    Never,
}

/// What becomes of `/*! … */`, `@license` and `@preserve` comments.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Licences {
    /// Each stays once at the top of the bundle or source that it came in.
    #[default]
    Inline,
    /// All of the release go into one text file that ships.
    File,
    /// They are left out.
    None,
}

/// What the minifier of scripts may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct JsConfig {
    /// The newest syntax that it may use where the source does not.
    pub(crate) ecma: Ecma,
    /// Whether functions and classes keep their `name`.
    pub(crate) keep_names: bool,
}

impl Config {
    /// The options of the stylesheet stage for texts that are compressed in this way.
    pub(crate) fn css(&self, weight: Weight) -> css::Options {
        css::Options {
            licences: match self.licences {
                Licences::None => css::Licences::Drop,
                Licences::Inline | Licences::File => css::Licences::Keep,
            },
            effort: self.effort(),
            weight,
        }
    }

    /// The kinds of sources for which a minified file beside them may be taken. The names of functions that are to be kept
    /// are gone from such a script.
    pub(crate) fn prefer_min(&self) -> BTreeSet<Kind> {
        let scripts = (!self.js.keep_names).then_some(Kind::Js);
        let kinds = scripts.into_iter().chain([Kind::Css]);
        kinds.filter(|_| self.prefer_min).collect()
    }

    /// How hard a release is squeezed.
    pub(crate) fn effort(&self) -> Effort {
        self.effort.unwrap_or_default()
    }

    /// The options of the script stage.
    pub(crate) fn js(&self) -> js::Options {
        js::Options {
            ecma: self.js.ecma,
            keep_names: self.js.keep_names,
            licences: match self.licences {
                Licences::None => js::Licences::Drop,
                Licences::Inline | Licences::File => js::Licences::Keep,
            },
            effort: self.effort(),
            ..js::Options::default()
        }
    }
}

/// What crushed takes from the app's own `askama.toml`, and the file itself to be passed on.
#[derive(Clone, Debug, Default)]
pub(crate) struct AskamaConfig {
    pub(crate) dirs: Option<Vec<String>>,
    pub(crate) syntax: Syntax,
    pub(crate) whitespace: Whitespace,
    pub(crate) table: toml::Table,
}

/// Reads a configuration file; `None` if there is none.
fn read(path: &Path) -> Result<Option<Arc<SourceText>>, Diagnostic> {
    if path
        .symlink_metadata()
        .is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
    {
        return Ok(None);
    }
    match String::from_utf8(Limits::default().read(path)?) {
        Ok(text) => Ok(Some(SourceText::new(path, text))),
        Err(_) => Err(Diagnostic::file(
            ErrorKind::Encoding,
            path,
            "the file is not UTF-8",
        )),
    }
}

fn toml_error(text: &Arc<SourceText>, error: &toml::de::Error) -> Diagnostic {
    let span = error.span().unwrap_or(0..0);
    let message = error.message().trim().replace('\n', " ");
    let help = did_you_mean(&message);
    // "variant" is a word of Rust.
    let message = message.replace("unknown variant ", "unknown value ");
    Diagnostic::at(ErrorKind::Config, text, span, message).maybe_help(help)
}

/// serde names the unknown key or value and all known ones between backticks.
fn did_you_mean(message: &str) -> Option<String> {
    let (what, rest) = match message.strip_prefix("unknown field ") {
        Some(rest) => ("keys", rest),
        None => ("values", message.strip_prefix("unknown variant ")?),
    };
    let mut words = rest.split('`').skip(1).step_by(2);
    let given = words.next()?;
    let known: Vec<&str> = words.collect();
    Some(match nearest(given, known.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("known {what} are {}", known.join(", ")),
    })
}

impl Config {
    /// Reads `crushed.toml` of a project; its path and text come along for messages about single keys.
    pub(crate) fn load(root: &Path) -> Result<(Self, Option<Arc<SourceText>>), Diagnostic> {
        let Some(text) = read(&root.join("crushed.toml"))? else {
            return Ok((Self::default(), None));
        };
        let config: Self = toml::from_str(&text.text).map_err(|error| toml_error(&text, &error))?;
        let asks_for_zstd = config
            .codings
            .as_ref()
            .is_some_and(|codings| codings.contains(&Coding::Zstd));
        if asks_for_zstd && !cfg!(feature = "zstd") {
            let place = place_of(&text, "zstd");
            let message =
                "`codings` names \"zstd\", and the feature `zstd` of crushed-build is off";
            return Err(Diagnostic::at(ErrorKind::Config, &text, place, message)
                .help("add \"zstd\" to the features of crushed-build in Cargo.toml, or leave it out here"));
        }
        Ok((config, Some(text)))
    }

    /// The asset roots as written, or those of the default ones that exist.
    pub(crate) fn asset_roots(&self, root: &Path) -> Vec<String> {
        match &self.assets {
            Some(roots) => roots.clone(),
            None => DEFAULT_ASSETS
                .into_iter()
                .filter(|name| root.join(name).is_dir())
                .map(str::to_owned)
                .collect(),
        }
    }
}

/// Where a value stands in a configuration file, for messages about it.
pub(crate) fn place_of(text: &SourceText, value: &str) -> Range<usize> {
    let quoted = format!("\"{value}\"");
    match text.text.find(&quoted) {
        Some(start) => start..start + quoted.len(),
        None => 0..0,
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct AskamaFile {
    general: General,
    syntax: Vec<SyntaxEntry>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct General {
    dirs: Option<Vec<String>>,
    default_syntax: Option<String>,
    whitespace: Option<String>,
}

#[derive(Deserialize)]
struct SyntaxEntry {
    name: String,
    block_start: Option<String>,
    block_end: Option<String>,
    expr_start: Option<String>,
    expr_end: Option<String>,
    comment_start: Option<String>,
    comment_end: Option<String>,
}

impl AskamaConfig {
    /// Reads `askama.toml` of a project; its path and text come along.
    pub(crate) fn load(root: &Path) -> Result<(Self, Option<Arc<SourceText>>), Diagnostic> {
        let Some(text) = read(&root.join("askama.toml"))? else {
            return Ok((Self::default(), None));
        };
        let table: toml::Table =
            toml::from_str(&text.text).map_err(|error| toml_error(&text, &error))?;
        let file: AskamaFile =
            toml::from_str(&text.text).map_err(|error| toml_error(&text, &error))?;
        let whitespace = match file.general.whitespace.as_deref() {
            None | Some("preserve") => Whitespace::Preserve,
            Some("suppress") => Whitespace::Suppress,
            Some("minimize") => Whitespace::Minimize,
            Some(other) => {
                let known = ["preserve", "suppress", "minimize"];
                let message = format!("unknown `whitespace` \"{other}\"");
                return Err(Diagnostic::at(
                    ErrorKind::Config,
                    &text,
                    place_of(&text, other),
                    message,
                )
                .help(match nearest(other, known) {
                    Some(name) => format!("did you mean \"{name}\"?"),
                    None => format!("known values are {}", known.join(", ")),
                }));
            }
        };
        let mut syntax = Syntax::default();
        if let Some(name) = &file.general.default_syntax
            && name != "default"
        {
            let Some(entry) = file.syntax.iter().find(|entry| entry.name == *name) else {
                let message =
                    format!("`default_syntax` names \"{name}\", which no [[syntax]] defines");
                let help = nearest(name, file.syntax.iter().map(|entry| entry.name.as_str()))
                    .map(|name| format!("did you mean \"{name}\"?"));
                return Err(Diagnostic::at(
                    ErrorKind::Config,
                    &text,
                    place_of(&text, name),
                    message,
                )
                .maybe_help(help));
            };
            for (to, from) in [
                (&mut syntax.block_start, &entry.block_start),
                (&mut syntax.block_end, &entry.block_end),
                (&mut syntax.expr_start, &entry.expr_start),
                (&mut syntax.expr_end, &entry.expr_end),
                (&mut syntax.comment_start, &entry.comment_start),
                (&mut syntax.comment_end, &entry.comment_end),
            ] {
                if let Some(delimiter) = from {
                    to.clone_from(delimiter);
                }
            }
        }
        let config = Self {
            dirs: file.general.dirs,
            syntax,
            whitespace,
            table,
        };
        Ok((config, Some(text)))
    }

    /// The configuration for the generated tree: the app's own with `dirs` replaced.
    pub(crate) fn with_dir(&self, dir: &str) -> String {
        let mut table = self.table.clone();
        let general = table
            .entry("general")
            .or_insert_with(|| toml::Value::Table(toml::Table::new()));
        if let toml::Value::Table(general) = general {
            general.insert("dirs".into(), toml::Value::Array(vec![dir.into()]));
        }
        // A table of strings and arrays always has a TOML form.
        toml::to_string(&table).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_names_the_nearest() {
        let text = SourceText::new("crushed.toml", "asets = []\n");
        let error = toml::from_str::<Config>(&text.text).unwrap_err();
        let line = toml_error(&text, &error).one_line();
        assert!(
            line.starts_with("crushed.toml:1:1: unknown field `asets`"),
            "{line}"
        );
        assert!(line.ends_with("did you mean `assets`?"), "{line}");
    }

    #[test]
    fn an_unknown_value_names_the_nearest_or_all() {
        for (toml, want) in [
            (
                "join = \"save\"",
                "crushed.toml:1:8: unknown value `save`, expected one of `never`, `safe`, `always`; did you mean `safe`?",
            ),
            (
                "\nintegrity = \"sometimes\"",
                "crushed.toml:2:13: unknown value `sometimes`, expected one of `auto`, `always`, `never`; known values are auto, always, never",
            ),
        ] {
            let text = SourceText::new("crushed.toml", toml);
            let error = toml::from_str::<Config>(&text.text).unwrap_err();
            assert_eq!(toml_error(&text, &error).one_line(), want);
        }
    }

    #[test]
    fn the_askama_configuration_is_passed_on() {
        let mut config = AskamaConfig {
            table: toml::from_str("[general]\ndirs = [\"x\"]\nwhitespace = \"suppress\"\n[[escaper]]\npath = \"a::B\"\nextensions = [\"tex\"]\n").unwrap(),
            ..AskamaConfig::default()
        };
        let text = config.with_dir("/out/templates");
        let table: toml::Table = toml::from_str(&text).unwrap();
        assert_eq!(table["general"]["dirs"][0].as_str(), Some("/out/templates"));
        assert_eq!(table["general"]["whitespace"].as_str(), Some("suppress"));
        assert_eq!(table["escaper"][0]["extensions"][0].as_str(), Some("tex"));
        config.table = toml::Table::new();
        assert!(config.with_dir("t").contains("dirs = [\"t\"]"));
    }
}
