use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crushed_manifest::{AssetPath, Kind};
use encoding_rs::{Encoding, UTF_8};

use crate::bundle::{Input, Unit};
use crate::charset;
use crate::css::{self, Conditions};
use crate::diagnostic::{Diagnostic, ErrorKind, SourceText};
use crate::discover::Sources;
use crate::fault::Fault;
use crate::modules::World;
use crate::reference::{Target, target};
use crate::shipped::{self, Choice};
use crate::template::compress::position;
use crate::urls::{self, Reference};

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
    /// What is to be said about reading it.
    warnings: Vec<Diagnostic>,
    /// What a stylesheet names, once that was asked for.
    references: OnceLock<Vec<Reference>>,
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

    /// What a stylesheet names.
    pub(crate) fn references(&self) -> &[Reference] {
        self.references.get_or_init(|| urls::references(&self.text))
    }

    /// Its bytes, with those of the sheets it imports.
    pub(crate) fn length(&self) -> usize {
        let imported = self
            .imports
            .iter()
            .filter_map(|import| match &import.sheet {
                Sheet::Source(sheet) => Some(sheet.length()),
                Sheet::External | Sheet::Ignored(_) => None,
            });
        self.text.len() + imported.sum::<usize>()
    }

    /// What is to be said about reading it and the sheets it imports.
    pub(crate) fn said(&self) -> Vec<Diagnostic> {
        let mut said = self.warnings.clone();
        for import in &self.imports {
            if let Sheet::Source(sheet) = &import.sheet {
                said.extend(sheet.said());
            }
        }
        said
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
pub(crate) fn load(unit: &Unit, world: World<'_>) -> Result<Vec<Loaded>, Vec<Diagnostic>> {
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
                warnings: Vec::new(),
                references: OnceLock::new(),
            }),
            Input::Source { path, charset, at } => {
                let encoding = charset.as_deref().and_then(charset::named);
                let encoding = encoding.unwrap_or(UTF_8);
                source(path, unit.kind, encoding, world).map_err(|error| match (error, at) {
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
                let mut reader = Imports {
                    world,
                    open: input.path.iter().cloned().collect(),
                    sheets: 0,
                    bytes: 0,
                };
                reader.resolve(&mut input)?;
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

/// Reads a source that is referenced as being in this encoding, or by option the minified file beside it.
fn source(
    path: &AssetPath,
    kind: Kind,
    encoding: &'static Encoding,
    world: World<'_>,
) -> Result<Loaded, Error> {
    let sources = world.sources;
    let mut source = read(path, kind, encoding, sources)?;
    let beside = shipped::beside(path, kind)
        .filter(|beside| sources.prefer_min(kind) && sources.exists(beside));
    let Some(beside) = beside else {
        return Ok(source);
    };
    let minified = read(&beside, kind, encoding, sources)?;
    match world.memo.shipped(kind, &source.text, &minified.text) {
        Choice::Source => {}
        Choice::Refused(why) => source.warnings.push(
            minified
                .fault(
                    kind,
                    Fault::new(0, format!("is not taken for \"{path}\": {why}")),
                )
                .warning(),
        ),
        Choice::Shipped(licences) => {
            source.origin = std::iter::once((0, 0))
                .chain(
                    minified
                        .origin
                        .iter()
                        .map(|(at, in_file)| (at + licences.len(), *in_file)),
                )
                .collect();
            source.text = licences + &minified.text;
            source.file = minified.file;
        }
    }
    Ok(source)
}

fn read(
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
        warnings: Vec::new(),
        references: OnceLock::new(),
        file: SourceText::new(file, text),
    })
}

/// Imports in imports: each is a sheet put in place, and nobody writes so many levels.
const DEEPEST_IMPORT: usize = 64;

/// What one sheet may import, all levels together. A sheet is put in place as often as it is imported, so that a few
/// files that import each other twice would otherwise grow beyond any memory.
const MOST_SHEETS: usize = 2_000;
const MOST_BYTES: usize = 50_000_000;

/// The way through what a sheet imports.
struct Imports<'s> {
    world: World<'s>,
    /// The sheets that are being imported, the innermost last.
    open: Vec<AssetPath>,
    /// How many have been imported so far, and how long they are.
    sheets: usize,
    bytes: usize,
}

impl Imports<'_> {
    fn resolve(&mut self, sheet: &mut Loaded) -> Result<(), Diagnostic> {
        for import in css::imports(&sheet.text) {
            let fault = |message: String, help: Option<String>| {
                let mut fault = Fault::new(import.range.start, message);
                fault.help = help;
                sheet.fault(Kind::Css, fault)
            };
            let named = if import.late {
                Sheet::Ignored(
                    "`@import` behind a rule, or behind a `@layer` that follows an import, is ignored by browsers"
                        .to_owned(),
                )
            } else {
                match target(
                    &import.address,
                    sheet.path.as_ref(),
                    self.world.sources,
                    self.world.static_url,
                ) {
                    Target::Keep => Sheet::External,
                    Target::Source(path, _) if self.open.contains(&path) => Sheet::Ignored(
                        format!("\"{path}\" imports itself; browsers ignore the second import"),
                    ),
                    Target::Source(path, _) => {
                        let mut inner = source(&path, Kind::Css, sheet.encoding, self.world)
                            .map_err(|error| match error {
                                Error::Missing(message, help) => fault(message, help),
                                Error::Encoding(error) => error,
                            })?;
                        self.sheets += 1;
                        self.bytes += inner.text.len();
                        self.open.push(path);
                        if let Some(message) = self.excess() {
                            let help = "name the sheets in the bundle instead of importing them";
                            return Err(fault(message, Some(help.to_owned())));
                        }
                        self.resolve(&mut inner)?;
                        self.open.pop();
                        Sheet::Source(Box::new(inner))
                    }
                    // What cannot be found is one of the sources a bundle is made of, and not a mere address in it.
                    Target::Missing(message, help) => {
                        let mut error = fault(message, help);
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

    fn excess(&self) -> Option<String> {
        if self.open.len() > DEEPEST_IMPORT {
            Some(format!(
                "more than {DEEPEST_IMPORT} sheets import each other in a row"
            ))
        } else if self.sheets > MOST_SHEETS {
            Some(format!(
                "more than {MOST_SHEETS} sheets are imported, each time counted"
            ))
        } else if self.bytes > MOST_BYTES {
            Some(format!(
                "the imported sheets are longer than {MOST_BYTES} bytes, each time counted"
            ))
        } else {
            None
        }
    }
}
