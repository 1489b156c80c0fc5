use std::ops::Range;
use std::sync::Arc;

use crushed_manifest::{AssetPath, Kind};
use encoding_rs::{Encoding, UTF_8};

use crate::bundle::{Input, Unit};
use crate::charset;
use crate::css::{self, Conditions};
use crate::diagnostic::{Diagnostic, ErrorKind, SourceText};
use crate::discover::Sources;
use crate::fault::Fault;
use crate::reference::{Target, target};
use crate::template::compress::position;

/// An input of a unit, read and decoded.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    /// The text without byte order mark.
    pub(crate) text: String,
    /// Where references in it are relative to; none for a fragment.
    pub(crate) path: Option<AssetPath>,
    /// The encoding it was in.
    encoding: &'static Encoding,
    /// The sheets that a stylesheet imports.
    pub(crate) imports: Vec<Imported>,
    /// The file that messages show.
    file: Arc<SourceText>,
    /// Where each stretch of the text begins, in the text and in the file.
    origin: Vec<(usize, usize)>,
}

/// An `@import` of a stylesheet.
#[derive(Clone, Debug)]
pub(crate) struct Imported {
    /// The rule in the text.
    pub(crate) range: Range<usize>,
    pub(crate) conditions: Conditions,
    pub(crate) sheet: Sheet,
}

/// What an `@import` names.
#[derive(Clone, Debug)]
pub(crate) enum Sheet {
    /// A source, to be put in its place.
    Source(Box<Loaded>),
    /// A sheet of another host.
    External,
    /// Nothing that a browser would load: an import behind a rule, or of a sheet that is importing this one.
    Ignored(String),
}

impl Loaded {
    /// What it is called in messages about another input.
    pub(crate) fn name(&self) -> String {
        match &self.path {
            Some(path) => format!("\"{path}\""),
            None => "a fragment".to_owned(),
        }
    }

    /// A message about what a parser found in this input.
    pub(crate) fn fault(&self, kind: Kind, fault: Fault) -> Diagnostic {
        let error = match kind {
            Kind::Css => ErrorKind::Css,
            Kind::Js => ErrorKind::Js,
        };
        let offset = position(&self.origin, fault.offset.min(self.text.len()));
        Diagnostic::fault(error, &self.file, 0, Fault { offset, ..fault })
    }
}

/// Reads the inputs of a unit, and what its stylesheets import.
pub(crate) fn load(
    unit: &Unit,
    sources: &Sources,
    static_url: &str,
) -> Result<Vec<Loaded>, Vec<Diagnostic>> {
    let mut loaded = Vec::new();
    let mut errors = Vec::new();
    for input in &unit.inputs {
        let read = match input {
            Input::Fragment {
                text,
                template,
                origin,
            } => Ok(Loaded {
                text: text.clone(),
                path: None,
                encoding: UTF_8,
                imports: Vec::new(),
                file: template.clone(),
                origin: origin.clone(),
            }),
            Input::Source { path, charset, at } => {
                let encoding = charset.as_deref().and_then(charset::named);
                let encoding = encoding.unwrap_or(UTF_8);
                source(path, unit.kind, encoding, sources).map_err(|error| match (error, at) {
                    (Error::Missing(message, help), Some((text, range))) => {
                        Diagnostic::at(ErrorKind::Reference, text, range.clone(), message)
                            .maybe_help(help)
                    }
                    (Error::Missing(message, help), None) => {
                        Diagnostic::file(ErrorKind::Reference, path.as_str(), message)
                            .maybe_help(help)
                    }
                    (Error::Encoding(error), _) => error,
                })
            }
        };
        let resolved = read.and_then(|mut input| {
            if unit.kind == Kind::Css {
                let mut open = input.path.iter().cloned().collect();
                resolve_imports(&mut input, sources, static_url, &mut open)?;
            }
            Ok(input)
        });
        match resolved {
            Ok(input) => loaded.push(input),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() {
        Ok(loaded)
    } else {
        Err(errors)
    }
}

enum Error {
    Missing(String, Option<String>),
    Encoding(Diagnostic),
}

/// Reads a source that is referenced as being in this encoding.
fn source(
    path: &AssetPath,
    kind: Kind,
    encoding: &'static Encoding,
    sources: &Sources,
) -> Result<Loaded, Error> {
    let (file, bytes) = sources.read(path).map_err(|missing| {
        let (message, help) = missing.explain(path.as_str());
        Error::Missing(message, help)
    })?;
    let (text, encoding) =
        charset::decode(&file, &bytes, kind, encoding).map_err(Error::Encoding)?;
    Ok(Loaded {
        text: text.clone(),
        path: Some(path.clone()),
        encoding,
        imports: Vec::new(),
        origin: vec![(0, 0)],
        file: SourceText::new(file, text),
    })
}

/// Reads what a sheet imports. `open` holds the sheets that are being imported, this one last.
fn resolve_imports(
    sheet: &mut Loaded,
    sources: &Sources,
    static_url: &str,
    open: &mut Vec<AssetPath>,
) -> Result<(), Diagnostic> {
    for import in css::imports(&sheet.text) {
        let named = if import.late {
            Sheet::Ignored(
                "`@import` behind a rule, or behind a `@layer` that follows an import, is ignored by browsers"
                    .to_owned(),
            )
        } else {
            match target(&import.address, sheet.path.as_ref(), sources, static_url) {
                Target::Keep => Sheet::External,
                Target::Source(path, _) if open.contains(&path) => Sheet::Ignored(format!(
                    "\"{path}\" imports itself; browsers ignore the second import"
                )),
                Target::Source(path, _) => {
                    let fault = |message: String, help: Option<String>| {
                        let mut fault = Fault::new(import.range.start, message);
                        fault.help = help;
                        sheet.fault(Kind::Css, fault)
                    };
                    let mut inner =
                        source(&path, Kind::Css, sheet.encoding, sources).map_err(|error| {
                            match error {
                                Error::Missing(message, help) => fault(message, help),
                                Error::Encoding(error) => error,
                            }
                        })?;
                    open.push(path);
                    resolve_imports(&mut inner, sources, static_url, open)?;
                    open.pop();
                    Sheet::Source(Box::new(inner))
                }
                // What cannot be found is one of the sources a bundle is made of, and not a mere address in it.
                Target::Missing(message, help) => {
                    let mut fault = Fault::new(import.range.start, message);
                    fault.help = help;
                    let mut error = sheet.fault(Kind::Css, fault);
                    error.kind = ErrorKind::Reference;
                    return Err(error);
                }
            }
        };
        sheet.imports.push(Imported {
            range: import.range,
            conditions: import.conditions,
            sheet: named,
        });
    }
    Ok(())
}
