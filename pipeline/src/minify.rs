use std::collections::BTreeSet;
use std::path::Path;

use crate::css;
use crate::diagnostic::{Diagnostic, ErrorKind, Failure, SourceText};
use crate::encode::{Effort, Weight};
use crate::fault::Fault;
use crate::js::{self, Goal};
use crate::template::minify::{Exact, Options, minify as minify_template};
use crate::template::prove::{Context, Difference, Equal, Template, prove};
use crate::template::rewrite::{Output, print, rewrite};
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
        move |fault: Fault| Failure::from(Diagnostic::fault(kind, &shown, mark, fault))
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
            let text = match css::ascii(&minified.text, PREFIX) {
                Some(escaped)
                    if effort == Effort::Best
                        && Weight::Asset.of(&escaped) < Weight::Asset.of(&minified.text) =>
                {
                    escaped
                }
                _ => minified.text,
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
                // In a finished page nothing is a tag: delimiters that no page holds.
                Language::Html => Syntax::none(),
                _ => Syntax::default(),
            };
            let output = Output {
                syntax: &syntax,
                whitespace: Whitespace::Preserve,
                static_url: None,
            };
            let tokens = scan(body, &syntax).map_err(failed(ErrorKind::Template))?;
            let segments = rewrite(body, &tokens, &Default::default(), &output);
            let original = print(&segments, &output);
            let options = Options::of_text(&segments, language == Language::Html);
            match minify_template(&segments, &Exact::default(), &options) {
                Ok(made) => {
                    let minified = print(&made.segments, &output);
                    let mut equal = Equal::default();
                    for changed in &made.changed {
                        changed.note(&mut equal);
                    }
                    let context = Context {
                        syntax: output.syntax,
                        whitespace: output.whitespace,
                        styles: &options.styles,
                        equal: &equal,
                        fragments: &BTreeSet::new(),
                        recall: None,
                    };
                    Ok(match difference(&original, &minified, &context) {
                        None => (minified, Vec::new()),
                        Some(found) => {
                            let at = mark + found.at.min(body.len());
                            let message = format!("is not minified, since {}", found.message);
                            let warning =
                                Diagnostic::at(ErrorKind::Template, &shown, at..at, message);
                            (body.to_owned(), vec![warning.warning()])
                        }
                    })
                }
                Err(unsure) => {
                    let message = format!("is not minified: {}", unsure.message);
                    let warning = match unsure.at {
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
    }
}

/// By what a minified template or page differs from the original.
fn difference(original: &str, minified: &str, context: &Context<'_>) -> Option<Difference> {
    let template = Template {
        path: "",
        original,
        minified: Some(minified),
    };
    prove(&[template], context).into_iter().flatten().next()
}
