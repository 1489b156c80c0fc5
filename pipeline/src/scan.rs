use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use crushed_manifest::AssetPath;
use rayon::prelude::*;

use crate::bundle::misspelt;
use crate::diagnostic::{Diagnostic, ErrorKind, SourceText, gather};
use crate::discover::Project;
use crate::rust_scan::{self, MacroCall};
use crate::template::compress::{self, Block, Place};
use crate::template::minify::{Plain, cut};
use crate::template::module;
use crate::template::scan::{Token, TokenKind, scan as tokens};
use crate::templates::is_html;
use crate::watch::digest;

/// What the templates and Rust files of a project ask for.
#[derive(Debug)]
pub(crate) struct Scanned {
    pub(crate) templates: Vec<ScannedTemplate>,
    pub(crate) rust: Vec<(Arc<SourceText>, MacroCall)>,
    /// Blocks that a Rust file renders alone, `#[template(…, block = "name")]`.
    pub(crate) fragments: BTreeSet<String>,
}

/// A template and the places in it that will be replaced.
#[derive(Debug)]
pub(crate) struct ScannedTemplate {
    pub(crate) path: AssetPath,
    pub(crate) text: Arc<SourceText>,
    pub(crate) tokens: Vec<Token>,
    /// `{% compress … %}…{% endcompress %}` by the range it covers.
    pub(crate) blocks: BTreeMap<RangeKey, Block>,
    /// `{{ asset!(…) }}`, `{{ compress!(…) }}` and addresses in plain attributes by where they begin.
    pub(crate) calls: BTreeMap<usize, (Range<usize>, MacroCall)>,
    pub(crate) warning: Option<Diagnostic>,
}

/// Start and end of a range; sorts by place.
pub(crate) type RangeKey = (usize, usize);

/// Looks into every template and Rust file.
pub(crate) fn scan(project: &Project, static_url: &str) -> Result<Scanned, Vec<Diagnostic>> {
    let templates = || {
        let templates = project.templates.par_iter();
        let read = templates.map(|(path, text)| template(project, path, text, static_url));
        gather(read.collect())
    };
    let (templates, (rust, fragments)) = rayon::join(templates, || rust(&project.rust));
    Ok(Scanned {
        templates: templates?,
        rust,
        fragments,
    })
}

type InRust = (Vec<(Arc<SourceText>, MacroCall)>, BTreeSet<String>);

/// What the Rust files name: calls, and blocks that are rendered alone.
fn rust(files: &[Arc<SourceText>]) -> InRust {
    let (mut calls, mut fragments) = (Vec::new(), BTreeSet::new());
    for file in files {
        let found = rust_scan::scan(file).into_iter();
        calls.extend(found.map(|call| (file.clone(), call)));
        fragments.extend(rust_scan::fragments(file));
    }
    (calls, fragments)
}

/// A digest of what the Rust files name, wherever they do.
pub(crate) fn rust_state(files: &[Arc<SourceText>]) -> String {
    let (calls, fragments) = rust(files);
    let calls: Vec<&MacroCall> = calls.iter().map(|(_, call)| call).collect();
    digest(format!("{:?}", (calls, fragments)).as_bytes())
}

fn template(
    project: &Project,
    path: &AssetPath,
    text: &Arc<SourceText>,
    static_url: &str,
) -> Result<ScannedTemplate, Vec<Diagnostic>> {
    let source = &text.text;
    let tokens = tokens(source, &project.askama.syntax)
        .map_err(|fault| vec![Diagnostic::fault(ErrorKind::Template, text, 0, fault)])?;
    let place = Place {
        text,
        static_url,
        exists: &|path| project.sources.exists(path),
    };
    let mut errors = Vec::new();
    let mut blocks = BTreeMap::new();
    let mut calls = BTreeMap::new();
    let mut open: Option<usize> = None;
    // Blocks inside of the open one, which is not read then.
    let (mut nested, mut spoilt) = (0, false);
    for (index, token) in tokens.iter().enumerate() {
        let at =
            |message: &str| Diagnostic::at(ErrorKind::Template, text, token.range.clone(), message);
        match token.name(source) {
            "compress" => match open {
                Some(first) => {
                    nested += 1;
                    spoilt = true;
                    let (line, _) =
                        crate::diagnostic::line_column(source, tokens[first].range.start);
                    errors.push(at("`compress` inside a `compress` block").help(format!(
                        "close the block of line {line} with `endcompress` first"
                    )));
                }
                None => open = Some(index),
            },
            "endcompress" if nested > 0 => nested -= 1,
            "endcompress" => match open.take() {
                Some(_) if std::mem::take(&mut spoilt) => {}
                None => errors.push(
                    at("`endcompress` closes nothing")
                        .help("remove it, or open a `compress` block before it"),
                ),
                Some(first) => {
                    let block = compress::header(text, &tokens[first])
                        .map_err(|error| vec![*error])
                        .and_then(|header| {
                            compress::block(&place, header, &tokens[first + 1..index])
                        });
                    match block {
                        Ok(block) => {
                            blocks.insert((tokens[first].range.start, token.range.end), block);
                        }
                        Err(found) => errors.extend(found),
                    }
                }
            },
            "" => {}
            word => {
                if let Some(meant) = misspelt(word).filter(|meant| *meant != word) {
                    errors.push(
                        at(&format!("unknown block `{word}`"))
                            .help(format!("did you mean `{meant}`?")),
                    );
                }
            }
        }
        if token.kind == TokenKind::Expr
            && open.is_none()
            && let Some(call) = rust_scan::parse_call(token.content(source))
        {
            let call = match call {
                MacroCall::Asset(written) if module::loads(source, &tokens, index, &written) => {
                    MacroCall::Module(written)
                }
                other => other,
            };
            calls.insert(token.range.start, (token.range.clone(), call));
        }
    }
    if let Some(first) = open {
        errors.push(
            Diagnostic::at(
                ErrorKind::Template,
                text,
                tokens[first].range.clone(),
                "`compress` block is never closed",
            )
            .help("add `{% endcompress %}`"),
        );
    }
    let mut tokens = tokens;
    let mut warning = None;
    if project.config.html.rewrite_attributes && is_html(path) {
        let plain = Plain {
            static_url,
            exists: place.exists,
        };
        match plain.find(source, &tokens) {
            Ok(found) => {
                tokens = cut(tokens, &found);
                calls.extend(
                    found
                        .into_iter()
                        .map(|(range, call)| (range.start, (range, call))),
                );
            }
            Err(unsure) => {
                let at = unsure.at.unwrap_or(0);
                let message = format!("attributes are not rewritten: {}", unsure.message);
                let fault = Diagnostic::at(ErrorKind::Template, text, at..at, message);
                warning = Some(fault.warning());
            }
        }
    }
    match errors.is_empty() {
        true => Ok(ScannedTemplate {
            path: path.clone(),
            text: text.clone(),
            tokens,
            blocks,
            calls,
            warning,
        }),
        false => Err(errors),
    }
}
