use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use crushed_manifest::{AssetPath, BundleKey, Manifest, Markup, percent_encode};
use rayon::prelude::*;

use crate::bundle::key_of;
use crate::cache::Memo;
use crate::diagnostic::{Diagnostic, ErrorKind, SourceText};
use crate::discover::Project;
use crate::encode::Weight;
use crate::rust_scan::MacroCall;
use crate::scan::{Scanned, ScannedTemplate};
use crate::template::minify::{
    Apart, Changed, Exact, Options, Unsure, exact_uses, has_digests, minify_apart, minify_script,
};
use crate::template::prove::{Context, Difference, Equal, Recall, Template, prove};
use crate::template::rewrite::{Output, Segment, print, rewrite};
use crate::template::sheets::add_sheets;
use crate::template::styles::Styles;

/// How a template ships.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Shipped {
    /// Minified, and proven to mean the same.
    Minified,
    /// Rewritten only: it is no HTML, excluded, or nothing is minified.
    Rewritten,
    /// Rewritten only, since it cannot be followed; a warning says where.
    Unsure,
    /// Rewritten only, since what was made of it means something else; a warning says what.
    Different,
}

/// What becomes of the templates: each that ships, how, and what is to be said about it.
type Made = (
    BTreeMap<AssetPath, Vec<u8>>,
    BTreeMap<AssetPath, Shipped>,
    Vec<Diagnostic>,
);

/// Writes the complete template tree: blocks and calls replaced, and with compression on minified.
pub(crate) fn templates(
    project: &Project,
    scanned: &Scanned,
    manifest: &Manifest,
    files: &BTreeMap<String, Vec<u8>>,
    static_url: Option<&str>,
    memo: &Memo,
) -> Made {
    let output = Output {
        syntax: &project.askama.syntax,
        whitespace: project.askama.whitespace,
        static_url,
    };
    let rewritten: Vec<(&ScannedTemplate, Vec<Segment>)> = scanned
        .templates
        .par_iter()
        .map(|template| {
            let replacements = replacements(template, manifest);
            (
                template,
                rewrite(
                    &template.text.text,
                    &template.tokens,
                    &replacements,
                    &output,
                ),
            )
        })
        .collect();
    let originals: Vec<String> = rewritten
        .par_iter()
        .map(|(_, segments)| print(segments, &output))
        .collect();
    let finish = || {
        finished(
            project, scanned, files, &rewritten, &originals, &output, memo,
        )
    };
    let finished = match manifest.compression {
        true if memo.keeps() => {
            let state = state(project, scanned, files, &rewritten, &originals, &output);
            memo.sure("templates", &[state.as_bytes()], finish)
        }
        true => finish(),
        false => originals.iter().map(|_| Finished::default()).collect(),
    };
    let mut tree: BTreeMap<AssetPath, Vec<u8>> = project.other_files.iter().cloned().collect();
    let mut warnings = Vec::new();
    let mut how = BTreeMap::new();
    for (((template, _), original), finished) in rewritten.into_iter().zip(originals).zip(finished)
    {
        let Finished {
            minified,
            unsure,
            difference,
        } = finished;
        let text = &template.text;
        warnings.extend(template.warning.clone());
        warnings.extend(unsure.as_ref().map(|unsure| unsure_of(text, unsure)));
        warnings.extend(
            difference
                .as_ref()
                .map(|found| unproven(text, &original, found)),
        );
        let is = match (&difference, &minified, &unsure) {
            (Some(_), ..) => Shipped::Different,
            (None, Some(_), _) => Shipped::Minified,
            (None, None, Some(_)) => Shipped::Unsure,
            (None, None, None) => Shipped::Rewritten,
        };
        how.insert(template.path.clone(), is);
        let shipped = match difference {
            None => minified.unwrap_or(original),
            Some(_) => original,
        };
        tree.insert(template.path.clone(), shipped.into_bytes());
    }
    (tree, how, warnings)
}

type Rewritten<'a> = (&'a ScannedTemplate, Vec<Segment>);

/// What became of a template.
#[derive(Default, serde::Serialize, serde::Deserialize)]
struct Finished {
    minified: Option<String>,
    /// Why it was not minified.
    unsure: Option<Unsure>,
    /// Why what it was minified to must not ship.
    difference: Option<Difference>,
}

/// A digest of all that decides about what becomes of the templates.
fn state(
    project: &Project,
    scanned: &Scanned,
    files: &BTreeMap<String, Vec<u8>>,
    rewritten: &[Rewritten<'_>],
    originals: &[String],
    output: &Output<'_>,
) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    let mut add = |part: &[u8]| {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    };
    add(settings(project, scanned, output).as_bytes());
    for (name, bytes) in files.iter().filter(|(name, _)| name.ends_with(".css")) {
        add(name.as_bytes());
        add(bytes);
    }
    for ((template, _), original) in rewritten.iter().zip(originals) {
        let path = template.path.as_str();
        add(path.as_bytes());
        add(&[u8::from(project.keep.templates.is_match(path))]);
        add(template.text.text.as_bytes());
        add(original.as_bytes());
    }
    hasher.finalize()
}

/// What is asked of the minifier and the proof, as a text.
fn settings(project: &Project, scanned: &Scanned, output: &Output<'_>) -> String {
    let comments: Vec<&str> = project
        .keep
        .comments
        .iter()
        .map(|comment| comment.glob().glob())
        .collect();
    format!(
        "{:?}",
        (
            (output.syntax, output.whitespace, output.static_url),
            (comments, &project.keep.elements),
            (project.config.css(Weight::Page), project.config.js()),
            &scanned.fragments,
        )
    )
}

/// Minifies the templates, and compares each with what was made of it.
fn finished(
    project: &Project,
    scanned: &Scanned,
    files: &BTreeMap<String, Vec<u8>>,
    rewritten: &[Rewritten<'_>],
    originals: &[String],
    output: &Output<'_>,
    memo: &Memo,
) -> Vec<Finished> {
    let options = options(project, originals, files, output);
    let apart: Vec<Option<Apart<'_>>> = rewritten
        .par_iter()
        .map(|(template, segments)| is_html(&template.path).then(|| Apart::read(segments)))
        .collect();
    let exact = exact(rewritten, &apart, &scanned.fragments, &options);
    let made: Vec<(Finished, Vec<Changed>)> = rewritten
        .par_iter()
        .zip(apart)
        .map(|((template, segments), apart)| {
            let path = template.path.as_str();
            let mut finished = Finished::default();
            let mut changed = Vec::new();
            if project.keep.templates.is_match(path) {
                return (finished, changed);
            }
            if is_script(path) && !options.keeps_scripts && !exact.covers_script(path) {
                let made = minify_script(segments);
                finished.minified = made.map(|segments| print(&segments, output));
            }
            if let Some(apart) = apart.filter(|_| !exact.covers(path)) {
                match minify_apart(apart, &exact, &options) {
                    Ok(minified) => {
                        finished.minified = Some(print(&minified.segments, output));
                        changed = minified.changed;
                    }
                    Err(unsure) => finished.unsure = Some(unsure),
                }
            }
            (finished, changed)
        })
        .collect();
    let (mut finished, changed): (Vec<Finished>, Vec<Vec<Changed>>) = made.into_iter().unzip();
    let mut equal = Equal::default();
    for changed in changed.iter().flatten() {
        changed.note(&mut equal);
    }
    let templates: Vec<Template<'_>> = rewritten
        .iter()
        .zip(originals)
        .zip(&finished)
        .map(|(((template, _), original), finished)| Template {
            path: template.path.as_str(),
            original,
            minified: finished.minified.as_deref(),
        })
        .collect();
    let common = memo.keeps().then(|| {
        let settings = settings(project, scanned, output);
        format!("{settings} {:?} {changed:?}", options.styles)
    });
    let context = Context {
        syntax: output.syntax,
        whitespace: output.whitespace,
        styles: &options.styles,
        equal: &equal,
        fragments: &scanned.fragments,
        is_whole: false,
        recall: common.as_ref().map(|common| Recall {
            memo,
            state: common.as_bytes(),
        }),
    };
    let differences = prove(&templates, &context);
    for (finished, difference) in finished.iter_mut().zip(differences) {
        finished.difference = difference;
    }
    finished
}

/// What the minifier may do in the templates of this project.
fn options(
    project: &Project,
    originals: &[String],
    files: &BTreeMap<String, Vec<u8>>,
    output: &Output<'_>,
) -> Options {
    let originals = || originals.iter().map(String::as_str);
    Options {
        styles: styles(originals(), files, output),
        keep_comments: project.keep.comments.clone(),
        keep_elements: project.keep.elements.clone(),
        keeps_scripts: originals().any(has_digests),
        css: project.config.css(Weight::Page),
        js: project.config.js(),
        ..Options::default()
    }
}

/// What the stylesheets of the release and those in the templates do to the standing of elements.
fn styles<'t>(
    templates: impl Iterator<Item = &'t str>,
    files: &BTreeMap<String, Vec<u8>>,
    output: &Output<'_>,
) -> Styles {
    let mut styles = files
        .par_iter()
        .filter(|(name, _)| name.ends_with(".css"))
        .filter_map(|(_, bytes)| std::str::from_utf8(bytes).ok())
        .map(|css| {
            let mut styles = Styles::default();
            styles.add(css);
            styles
        })
        .reduce(Styles::default, Styles::and);
    let prefix = output.static_url.unwrap_or("crushed::static_url()");
    let is_known = |href: &str| href.contains(prefix);
    for template in templates {
        add_sheets(template, is_known, &mut styles);
    }
    styles
}

/// The warning about a template that cannot be followed.
fn unsure_of(text: &Arc<SourceText>, unsure: &Unsure) -> Diagnostic {
    let message = format!("is not minified: {}", unsure.message);
    let warning = match unsure.at {
        Some(at) => Diagnostic::at(ErrorKind::Template, text, at..at, message),
        None => Diagnostic::file(ErrorKind::Template, &text.file, message),
    };
    warning.warning()
}

/// The warning about a template that ships as it was.
fn unproven(text: &Arc<SourceText>, original: &str, difference: &Difference) -> Diagnostic {
    let at = place(&text.text, original, difference.at);
    let message = format!("is not minified, since {}", difference.message);
    Diagnostic::at(ErrorKind::Template, text, at..at, message).warning()
}

/// The place in the source of a place in what was written for it: the same words, counted from the start.
fn place(source: &str, written: &str, at: usize) -> usize {
    let line = written[at..].lines().next().unwrap_or("");
    let words: String = line.chars().take(40).collect();
    if source == written {
        return at;
    }
    let before = written[..at].matches(words.as_str()).count();
    let found = source.match_indices(words.as_str()).nth(before);
    found.map_or(0, |(at, _)| at)
}

/// Askama takes the escaper from the last extension but template-engine ones.
fn extension(name: &str) -> Option<&str> {
    let name = ["j2", "jinja", "jinja2", "askama"]
        .iter()
        .find_map(|engine| {
            name.strip_suffix(engine)
                .and_then(|name| name.strip_suffix('.'))
        })
        .unwrap_or(name);
    Some(name.rsplit_once('.')?.1)
}

pub(crate) fn is_html(path: &AssetPath) -> bool {
    matches!(extension(path.file_name()), Some("html" | "htm"))
}

pub(crate) fn is_script(path: &str) -> bool {
    matches!(extension(path), Some("js" | "mjs"))
}

/// Looks at all templates until what one makes exact has reached those that it uses.
fn exact(
    templates: &[(&ScannedTemplate, Vec<Segment>)],
    apart: &[Option<Apart<'_>>],
    fragments: &BTreeSet<String>,
    options: &Options,
) -> Exact {
    let paths = templates.iter().map(|(template, _)| template.path.as_str());
    let mut exact = Exact::new(fragments.clone(), paths);
    loop {
        let before = exact.clone();
        for ((template, segments), apart) in templates.iter().zip(apart) {
            let path = template.path.as_str();
            match apart {
                Some(apart) => exact_uses(path, segments, apart, &mut exact, options),
                None => exact.used_by_text(segments),
            }
        }
        if exact == before {
            return exact;
        }
    }
}

fn replacements(
    template: &ScannedTemplate,
    manifest: &Manifest,
) -> BTreeMap<usize, (Range<usize>, Markup)> {
    let bundle = |key: &BundleKey| {
        manifest
            .bundles
            .get(key)
            .map(|bundle| bundle.markup.clone())
    };
    let mut replacements = BTreeMap::new();
    for ((start, end), block) in &template.blocks {
        if let Some(markup) = bundle(&key_of(block)) {
            replacements.insert(*start, (*start..*end, markup));
        }
    }
    for (start, (range, call)) in &template.calls {
        let markup = match call {
            MacroCall::Asset(written) | MacroCall::Module(written) => {
                AssetPath::parse(written).ok().and_then(|path| {
                    let names = match call {
                        MacroCall::Module(_) => &manifest.modules,
                        _ => &manifest.sources,
                    };
                    let path = names.get(&path)?;
                    let mut markup = Markup::default();
                    markup.push_prefix();
                    markup.push_text(&percent_encode(path.as_str()));
                    Some(markup)
                })
            }
            MacroCall::Compress {
                kind,
                mode,
                name,
                sources,
            } => {
                let paths: Vec<AssetPath> = sources
                    .iter()
                    .filter_map(|path| AssetPath::parse(path).ok())
                    .collect();
                bundle(&BundleKey::of_sources(
                    *kind,
                    *mode,
                    name.as_deref(),
                    &paths,
                ))
            }
        };
        if let Some(markup) = markup {
            replacements.insert(*start, (range.clone(), markup));
        }
    }
    replacements
}
