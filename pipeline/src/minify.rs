use std::collections::BTreeSet;
use std::path::Path;

use crate::css;
use crate::diagnostic::{Diagnostic, ErrorKind, Failure, SourceText};
use crate::encode::{Effort, Weight};
use crate::fault::Fault;
use crate::js::{self, Goal};
use crate::starved;
use crate::template::minify::{Exact, Options, Unsure, minify as minify_template};
use crate::template::prove::{Context, Difference, Equal, Template, prove};
use crate::template::rewrite::{Output, Segment, print, rewrite};
use crate::template::scan::scan;
use crate::template::syntax::{Syntax, Whitespace};
use crate::transform::PREFIX;

/// What a single text is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Language {
    /// A stylesheet.
    Css,
    /// A classic script.
    Script,
    /// A module.
    Module,
    /// A finished page.
    Html,
    /// An Askama template.
    Template,
}

impl Language {
    /// By the ending of a file; `None` if it says nothing.
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "css" => Some(Self::Css),
            "js" => Some(Self::Script),
            "mjs" => Some(Self::Module),
            "html" | "htm" => Some(Self::Html),
            "j2" | "jinja" | "jinja2" | "askama" => Some(Self::Template),
            _ => None,
        }
    }
}

/// Minifies one text, which messages call `file`. References in it are left as they are.
///
/// # Errors
/// A syntax error, with its place.
pub fn minify(
    file: &Path,
    text: &str,
    language: Language,
) -> Result<(String, Vec<Diagnostic>), Failure> {
    minify_with(file, text, language, Effort::default())
}

/// The same, with the effort chosen.
///
/// # Errors
/// A syntax error, with its place.
pub fn minify_with(
    file: &Path,
    text: &str,
    language: Language,
    effort: Effort,
) -> Result<(String, Vec<Diagnostic>), Failure> {
    let shown = SourceText::new(file, text);
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mark = text.len() - body.len();
    let failed = |kind: ErrorKind| {
        let shown = shown.clone();
        move |fault: Fault| {
            let error = || Diagnostic::fault(kind, &shown, mark, fault);
            Failure::from(starved::error().unwrap_or_else(error))
        }
    };
    let warnings = |kind: ErrorKind, faults: Vec<Fault>| {
        faults
            .into_iter()
            .map(|fault| Diagnostic::fault(kind, &shown, mark, fault).warning())
            .collect::<Vec<_>>()
    };
    match language {
        Language::Css => {
            let recovered = css::check(body).map_err(failed(ErrorKind::Css))?;
            let options = css::Options {
                effort,
                ..css::Options::default()
            };
            let minified = css::minify(body, &options).map_err(failed(ErrorKind::Css))?;
            let mut found = warnings(ErrorKind::Css, recovered);
            found.extend(warnings(ErrorKind::Css, minified.warnings));
            let text = match effort {
                Effort::Release => css::lighter(minified.text, PREFIX, Weight::Asset),
                Effort::Fast => minified.text,
            };
            Ok((text, found))
        }
        Language::Script | Language::Module => {
            let goal = match language {
                Language::Module => Goal::Module,
                _ => Goal::Script,
            };
            let options = js::Options {
                effort,
                ..js::Options::default()
            };
            let minified = js::minify(body, goal, &options).map_err(failed(ErrorKind::Js))?;
            Ok((minified.text, warnings(ErrorKind::Js, minified.warnings)))
        }
        Language::Html | Language::Template => {
            let syntax = match language {
                Language::Html => Syntax::none(),
                _ => Syntax::default(),
            };
            let is_page = language == Language::Html;
            let markup = Markup::read(body, &syntax, |segments| {
                Options::of_text(segments, is_page)
            })
            .map_err(failed(ErrorKind::Template))?;
            let (at, message) = match markup.minified() {
                Ok((minified, equal)) => match markup.difference(&minified, &equal) {
                    None => return Ok((minified, Vec::new())),
                    Some(found) => (
                        Some(found.at.min(body.len())),
                        format!("is not minified, since {}", found.message),
                    ),
                },
                Err(unsure) => (unsure.at, format!("is not minified: {}", unsure.message)),
            };
            let warning = match at {
                Some(at) => {
                    let at = mark + at;
                    Diagnostic::at(ErrorKind::Template, &shown, at..at, message)
                }
                None => Diagnostic::file(ErrorKind::Template, file, message),
            };
            Ok((body.to_owned(), vec![warning.warning()]))
        }
    }
}

/// Minifies a rendered page at run time, for `PageCacheOptions::transform`; `None` if it gets no smaller. `script`, `style` and
/// event handlers stay as they are: a content security policy in the page's header may know them by their digests.
///
/// In a debug build the page is also proven to mean the same, as templates are at build time, and left as it is where it
/// does not: a proof takes about ten times as long as the minifier does.
pub fn minify_page(html: &str) -> Option<String> {
    let syntax = Syntax::none();
    let options = |segments: &[Segment]| Options {
        keeps_scripts: true,
        ..Options::of_text(segments, true)
    };
    let markup = Markup::read(html, &syntax, options).ok()?;
    let (minified, equal) = markup.minified().ok()?;
    let is_sure = !cfg!(debug_assertions) || markup.difference(&minified, &equal).is_none();
    (is_sure && minified.len() < html.len()).then_some(minified)
}

/// A template, or a page as a template in which nothing is a tag.
struct Markup<'s> {
    output: Output<'s>,
    segments: Vec<Segment>,
    original: String,
    options: Options,
}

impl<'s> Markup<'s> {
    fn read(
        text: &str,
        syntax: &'s Syntax,
        options: impl FnOnce(&[Segment]) -> Options,
    ) -> Result<Self, Fault> {
        let output = Output {
            syntax,
            whitespace: Whitespace::Preserve,
            static_url: None,
        };
        let tokens = scan(text, syntax)?;
        let segments = rewrite(text, &tokens, &Default::default(), &output);
        Ok(Self {
            original: print(&segments, &output),
            options: options(&segments),
            segments,
            output,
        })
    }

    /// What it becomes, and which texts in it other stages have made.
    fn minified(&self) -> Result<(String, Equal), Unsure> {
        let made = minify_template(&self.segments, &Exact::default(), &self.options)?;
        let mut equal = Equal::default();
        for changed in &made.changed {
            changed.note(&mut equal);
        }
        Ok((print(&made.segments, &self.output), equal))
    }

    /// By what the minified text differs.
    fn difference(&self, minified: &str, equal: &Equal) -> Option<Difference> {
        let template = Template {
            path: "",
            original: &self.original,
            minified: Some(minified),
        };
        let context = Context {
            syntax: self.output.syntax,
            whitespace: self.output.whitespace,
            styles: &self.options.styles,
            equal,
            fragments: &BTreeSet::new(),
            is_whole: self.options.is_page,
            recall: None,
        };
        prove(&[template], &context).into_iter().flatten().next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rendered_page() {
        let page = "<!doctype html>\n<title>a</title>\n<p> b\n  {{ c }} </p>\n<script>\n  d( 1 )\n</script>\n";
        let made = minify_page(page).unwrap();
        assert_eq!(
            made,
            "<!doctype html><title>a</title><p>b {{ c }}</p><script>\n  d( 1 )\n</script>"
        );
        assert_eq!(minify_page(&made), None);
        assert_eq!(minify_page(""), None);
    }

    /// No tag says that the page ends.
    #[test]
    fn a_page_without_end() {
        let page = "<!doctype html>\n<title>a</title>\n<div>b</div>\n<p>c</p>\n";
        let file = Path::new("page.html");
        let (made, warnings) = minify(file, page, Language::Html).unwrap();
        assert!(warnings.is_empty(), "{warnings:?}");
        assert_eq!(made, "<!doctype html><title>a</title><div>b</div><p>c");
        // One that does not begin either may be a part of another.
        let part = "<div>b</div>\n<p>c</p>\n";
        let (made, warnings) = minify(file, part, Language::Html).unwrap();
        assert_eq!((made.as_str(), warnings.len()), (part, 1));
    }
}
