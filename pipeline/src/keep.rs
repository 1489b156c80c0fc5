use std::path::Path;
use std::sync::Arc;

use globset::{Glob, GlobMatcher, GlobSet, GlobSetBuilder};

use crate::config::{Config, KeepComments, place_of};
use crate::diagnostic::{Diagnostic, ErrorKind, SourceText};

/// What the minifier of templates leaves as it is: the `[html]` table of `crushed.toml`, read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keep {
    /// Comments, by their trimmed text.
    pub(crate) comments: Vec<GlobMatcher>,
    /// Elements, by name.
    pub(crate) elements: Vec<String>,
    /// Templates, by path.
    pub(crate) templates: GlobSet,
}

impl Keep {
    pub(crate) fn new(
        root: &Path,
        config: &Config,
        text: Option<&Arc<SourceText>>,
    ) -> Result<Self, Diagnostic> {
        let fault = |value: &str, message: String| match text {
            Some(text) => Diagnostic::at(ErrorKind::Config, text, place_of(text, value), message),
            None => Diagnostic::file(ErrorKind::Config, root, message),
        };
        let glob = |key: &str, pattern: &str| {
            Glob::new(pattern).map_err(|error| {
                fault(pattern, format!("`{key}` has a bad glob: {}", error.kind()))
            })
        };
        let comments: Vec<String> = match &config.html.keep_comments {
            KeepComments::All(true) => vec!["**".to_owned()],
            KeepComments::All(false) => Vec::new(),
            KeepComments::Some(patterns) => patterns.clone(),
        };
        let comments = comments
            .iter()
            .map(|pattern| Ok(glob("html.keep_comments", pattern)?.compile_matcher()))
            .collect::<Result<_, Diagnostic>>()?;
        let mut templates = GlobSetBuilder::new();
        for pattern in &config.html.exclude {
            templates.add(glob("html.exclude", pattern)?);
        }
        for name in &config.html.keep_elements {
            let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
                && !name.contains(|c: char| c.is_ascii_whitespace() || "<>/.#[=\"'".contains(c));
            if !is_name {
                let message =
                    format!("`html.keep_elements` holds \"{name}\", which names no element");
                return Err(fault(name, message).help("give names of elements: \"code\""));
            }
        }
        Ok(Self {
            comments,
            elements: config.html.keep_elements.clone(),
            templates: templates
                .build()
                .map_err(|error| fault("", error.to_string()))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(toml: &str) -> Result<Keep, String> {
        let text = SourceText::new("crushed.toml", toml);
        let config: Config = toml::from_str(&text.text).map_err(|error| error.to_string())?;
        Keep::new(Path::new("."), &config, Some(&text)).map_err(|error| error.one_line())
    }

    #[test]
    fn comments_elements_and_paths() {
        let keep = read("[html]\nkeep_comments = [\"ko *\"]\nkeep_elements = [\"code\"]\nexclude = [\"mail/**\"]\n").unwrap();
        assert!(keep.comments[0].is_match("ko if: a/b"));
        assert!(!keep.comments[0].is_match("x"));
        assert!(keep.templates.is_match("mail/a/b.html"));
        assert!(!keep.templates.is_match("b.html"));
        assert!(read("[html]\nkeep_comments = true\n").unwrap().comments[0].is_match("a/b c"));
        assert!(read("").unwrap().comments.is_empty());
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        for (toml, wanted) in [
            (
                "[html]\nexclude = [\"a[\"]\n",
                "crushed.toml:2:12: `html.exclude` has a bad glob",
            ),
            (
                "[html]\nkeep_elements = [\".a\"]\n",
                "crushed.toml:2:18: `html.keep_elements` holds \".a\", which names no element",
            ),
        ] {
            let line = read(toml).unwrap_err();
            assert!(line.starts_with(wanted), "{line}");
        }
        let line = read("[html]\nkeep_comment = true\n").unwrap_err();
        assert!(line.contains("unknown field `keep_comment`"), "{line}");
    }
}
