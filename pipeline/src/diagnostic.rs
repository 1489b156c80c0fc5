use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde::Serialize;

use crate::fault::Fault;

/// A text file as it was read, and the name under which messages speak of it.
#[derive(PartialEq, Eq, Debug)]
pub struct SourceText {
    /// The path for messages.
    pub file: PathBuf,
    /// Its contents.
    pub text: String,
}

impl SourceText {
    /// Holds a text under its name.
    pub fn new(file: impl Into<PathBuf>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self {
            file: file.into(),
            text: text.into(),
        })
    }
}

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing is written.
    Error,
    /// The output is right, but not what was hoped for. An error under `strict`.
    Warning,
}

/// Which part of the input is at fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// A file or directory cannot be read or written.
    Io,
    /// `crushed.toml` or `askama.toml`.
    Config,
    /// A template's tags.
    Template,
    /// A reference that names no source.
    Reference,
    /// A text that is not UTF-8.
    Encoding,
    /// A stylesheet's syntax.
    Css,
    /// A script's syntax.
    Js,
    /// More than is read or written.
    Limit,
    /// A key or password that would be public.
    Secret,
    /// An image that runs scripts.
    Script,
}

/// One message: where, what is wrong, and the mend.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// Which part of the input.
    pub kind: ErrorKind,
    /// The file, for messages; none for what has no file.
    pub file: Option<PathBuf>,
    /// The text around, if it is text, and the place in it as a range of bytes.
    pub place: Option<(Arc<SourceText>, Range<usize>)>,
    /// What is wrong: lower case, no final period.
    pub message: String,
    /// The mend.
    pub help: Option<String>,
}

/// The text of a file that must be UTF-8, its byte order mark included.
///
/// # Errors
/// Points at the first byte that is no UTF-8.
pub fn decode(file: &Path, bytes: Vec<u8>) -> Result<String, Diagnostic> {
    String::from_utf8(bytes).map_err(|error| {
        let (at, bytes) = (error.utf8_error().valid_up_to(), error.into_bytes());
        let valid = String::from_utf8_lossy(&bytes[..at]).into_owned();
        let shown = SourceText::new(file, format!("{valid}\u{fffd}"));
        let byte = bytes.get(at).copied().unwrap_or_default();
        Diagnostic::at(
            ErrorKind::Encoding,
            &shown,
            at..at + 3,
            format!("byte 0x{byte:02x} is not UTF-8"),
        )
        .help("save the file as UTF-8")
    })
}

impl Diagnostic {
    /// An error about a file as a whole.
    pub fn file(kind: ErrorKind, file: impl AsRef<Path>, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            kind,
            file: Some(file.as_ref().to_owned()),
            place: None,
            message: message.into(),
            help: None,
        }
    }

    /// An error at a place in a text.
    pub fn at(
        kind: ErrorKind,
        text: &Arc<SourceText>,
        range: Range<usize>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Error,
            kind,
            file: Some(text.file.clone()),
            place: Some((text.clone(), range)),
            message: message.into(),
            help: None,
        }
    }

    /// An error that a parser found in a text which begins at `base` of `text`.
    pub fn fault(kind: ErrorKind, text: &Arc<SourceText>, base: usize, fault: Fault) -> Self {
        let start = (base + fault.offset).min(text.text.len());
        Self {
            help: fault.help,
            ..Self::at(kind, text, start..start, fault.message)
        }
    }

    /// Adds the mend.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the mend if there is one.
    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    /// Makes a warning of it.
    pub fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// Line and column, both from 1; the column counts characters. `None` if the message has no place in a text.
    pub fn line_column(&self) -> Option<(usize, usize)> {
        let (text, range) = self.place.as_ref()?;
        Some(line_column(&text.text, range.start))
    }

    /// The message in one line: `file:line:column: message; mend`.
    pub fn one_line(&self) -> String {
        let mut line = String::new();
        if let Some(file) = &self.file {
            line += &in_a_line(&file.display().to_string());
            if let Some((row, column)) = self.line_column() {
                line += &format!(":{row}:{column}");
            }
            line += ": ";
        }
        line += &in_a_line(&self.message);
        if let Some(help) = &self.help {
            line += "; ";
            line += &in_a_line(help);
        }
        line
    }
}

/// A text without what would end its line or turn its direction: the name of a file can hold anything, and cargo takes
/// each line of a build script for an instruction.
fn in_a_line(text: &str) -> Cow<'_, str> {
    let is_harmful = |c: char| {
        c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}')
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match is_harmful(c) {
            true => shown.extend(c.escape_default()),
            false => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// All results, or all errors.
pub(crate) fn gather<T>(
    results: Vec<Result<T, Vec<Diagnostic>>>,
) -> Result<Vec<T>, Vec<Diagnostic>> {
    let mut values = Vec::with_capacity(results.len());
    let mut errors = Vec::new();
    for result in results {
        match result {
            Ok(value) => values.push(value),
            Err(found) => errors.extend(found),
        }
    }
    if errors.is_empty() {
        Ok(values)
    } else {
        Err(errors)
    }
}

/// Line and column of a byte offset, both from 1; the column counts characters.
pub(crate) fn line_column(text: &str, offset: usize) -> (usize, usize) {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    (line, before[line_start..].chars().count() + 1)
}

/// A line longer than this (a minified file) is not shown as an excerpt, only its place.
const LONGEST_EXCERPT: usize = 400;

impl fmt::Display for Diagnostic {
    /// In the style of rustc: message, place, excerpt with a caret, mend.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let file = self.file.as_ref();
        let file = file.map(|file| in_a_line(&file.display().to_string()).into_owned());
        let (message, help) = (
            in_a_line(&self.message),
            self.help.as_deref().map(in_a_line),
        );
        let title = level.primary_title(message.as_ref());
        let mut origin = None;
        let mut group = match (&self.place, &file) {
            (Some((text, range)), Some(file)) if fits_an_excerpt(&text.text, range) => {
                let snippet = Snippet::source(text.text.as_str())
                    .path(file.as_str())
                    .annotation(AnnotationKind::Primary.span(visible(&text.text, range)));
                title.element(snippet)
            }
            (_, Some(file)) => {
                origin = Some(match self.line_column() {
                    Some((line, column)) => format!(" --> {file}:{line}:{column}"),
                    None => format!(" --> {file}"),
                });
                Group::with_title(title)
            }
            (_, None) => {
                origin = Some(String::new());
                Group::with_title(title)
            }
        };
        if origin.is_none()
            && let Some(help) = &help
        {
            group = group.element(Level::HELP.message(help.as_ref()));
        }
        f.write_str(&Renderer::plain().render(&[group]))?;
        if let Some(origin) = origin {
            if !origin.is_empty() {
                write!(f, "\n{origin}")?;
            }
            if let Some(help) = &help {
                write!(f, "\n  = help: {help}")?;
            }
        }
        Ok(())
    }
}

fn fits_an_excerpt(text: &str, range: &Range<usize>) -> bool {
    let start = text[..floor(text, range.start)]
        .rfind('\n')
        .map_or(0, |newline| newline + 1);
    let end = text[floor(text, range.start)..]
        .find('\n')
        .map_or(text.len(), |newline| range.start + newline);
    end.saturating_sub(start) <= LONGEST_EXCERPT
}

/// The part of a range that lies on its first line, at least one character wide where there is one.
fn visible(text: &str, range: &Range<usize>) -> Range<usize> {
    let start = floor(text, range.start);
    let line_end = text[start..]
        .find('\n')
        .map_or(text.len(), |newline| start + newline);
    let one = text[start..].chars().next().map_or(0, char::len_utf8);
    let end = floor(text, range.end)
        .clamp(start, line_end)
        .max((start + one).min(line_end));
    start..end
}

fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

impl Serialize for Diagnostic {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Row<'a> {
            severity: Severity,
            kind: ErrorKind,
            file: Option<String>,
            line: Option<usize>,
            column: Option<usize>,
            message: &'a str,
            help: Option<&'a str>,
        }
        let place = self.line_column();
        Row {
            severity: self.severity,
            kind: self.kind,
            file: self.file.as_ref().map(|file| file.display().to_string()),
            line: place.map(|(line, _)| line),
            column: place.map(|(_, column)| column),
            message: &self.message,
            help: self.help.as_deref(),
        }
        .serialize(serializer)
    }
}

/// Why a run of the pipeline gave no release: at least one error, with all that was found.
#[derive(Debug)]
pub struct Failure(pub Vec<Diagnostic>);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n\n")?;
            }
            diagnostic.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_place_excerpt_and_mend() {
        let text = SourceText::new("a/b.html", "one\n  tw\u{e9} three\n");
        let diagnostic =
            Diagnostic::at(ErrorKind::Template, &text, 11..16, "it is wrong").help("mend it");
        assert_eq!(diagnostic.line_column(), Some((2, 7)));
        assert_eq!(diagnostic.one_line(), "a/b.html:2:7: it is wrong; mend it");
        let shown = diagnostic.to_string();
        for part in [
            "error: it is wrong",
            "a/b.html:2:7",
            "tw\u{e9} three",
            "^^^^^",
            "help: mend it",
        ] {
            assert!(shown.contains(part), "{part} in {shown}");
        }
    }

    #[test]
    fn a_name_stays_in_its_line() {
        let text = SourceText::new("a\ncargo:warning=\u{202e}b.css", "x");
        let diagnostic = Diagnostic::at(ErrorKind::Css, &text, 0..1, "m\nn").help("h\r");
        let name = "a\\ncargo:warning=\\u{202e}b.css";
        assert_eq!(diagnostic.one_line(), format!("{name}:1:1: m\\nn; h\\r"));
        let shown = diagnostic.to_string();
        assert!(
            shown.contains(&format!("{name}:1:1")) && shown.contains("error: m\\nn"),
            "{shown}"
        );
    }

    #[test]
    fn a_minified_line_is_not_dumped() {
        let text = SourceText::new("a.css", "x".repeat(100_000));
        let shown = Diagnostic::at(ErrorKind::Css, &text, 5_000..5_001, "wrong")
            .help("mend")
            .to_string();
        assert!(shown.len() < 200, "{shown}");
        assert!(
            shown.contains("a.css:1:5001") && shown.contains("mend"),
            "{shown}"
        );
    }

    #[test]
    fn any_range_is_shown_without_a_panic() {
        let text = SourceText::new("a", "\u{e9}\n\u{e9}");
        for start in 0..8 {
            for end in start..9 {
                let _ = Diagnostic::at(ErrorKind::Css, &text, start..end, "m").to_string();
            }
        }
    }
}
