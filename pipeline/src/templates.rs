use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crushed_manifest::{AssetPath, BundleKey, Manifest, Markup, percent_encode};
use rayon::prelude::*;

use crate::bundle::key_of;
use crate::diagnostic::{Diagnostic, ErrorKind};
use crate::discover::Project;
use crate::rust_scan::MacroCall;
use crate::scan::{Scanned, ScannedTemplate};
use crate::template::minify::{Exact, exact_uses, minify};
use crate::template::rewrite::{Output, Segment, print, rewrite};

/// Writes the complete template tree: blocks and calls replaced, and with compression on minified.
pub(crate) fn templates(
    project: &Project,
    scanned: &Scanned,
    manifest: &Manifest,
    static_url: Option<&str>,
) -> (BTreeMap<AssetPath, Vec<u8>>, Vec<Diagnostic>) {
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
    let exact = match manifest.compression {
        true => exact(&rewritten, &scanned.fragments),
        false => Exact::default(),
    };
    let results: Vec<(AssetPath, Vec<u8>, Option<Diagnostic>)> = rewritten
        .into_par_iter()
        .map(|(template, segments)| {
            let minifiable = manifest.compression
                && is_html(&template.path)
                && !exact.covers(template.path.as_str());
            let (text, warning) = match minifiable {
                false => (print(&segments, &output), None),
                true => match minify(segments.clone(), &exact) {
                    Ok(minified) => (print(&minified, &output), None),
                    Err(unsure) => {
                        let warning = Diagnostic::file(
                            ErrorKind::Template,
                            &template.text.file,
                            format!("is not minified: {}", unsure.0),
                        )
                        .warning();
                        (print(&segments, &output), Some(warning))
                    }
                },
            };
            (template.path.clone(), text.into_bytes(), warning)
        })
        .collect();
    let mut tree: BTreeMap<AssetPath, Vec<u8>> = project.other_files.iter().cloned().collect();
    let mut warnings = Vec::new();
    for (path, text, warning) in results {
        tree.insert(path, text);
        warnings.extend(warning);
    }
    (tree, warnings)
}

/// Askama takes the escaper from the last extension but template-engine ones.
fn is_html(path: &AssetPath) -> bool {
    let name = path.file_name();
    let name = ["j2", "jinja", "jinja2", "askama"]
        .iter()
        .find_map(|engine| {
            name.strip_suffix(engine)
                .and_then(|name| name.strip_suffix('.'))
        })
        .unwrap_or(name);
    matches!(name.rsplit_once('.'), Some((_, "html" | "htm")))
}

/// Looks at all templates until what one makes exact has reached those that it uses.
fn exact(templates: &[(&ScannedTemplate, Vec<Segment>)], fragments: &BTreeSet<String>) -> Exact {
    let mut exact = Exact {
        moved_blocks: fragments.clone(),
        ..Exact::default()
    };
    loop {
        let before = exact.clone();
        for (template, segments) in templates {
            if is_html(&template.path) {
                exact_uses(template.path.as_str(), segments, &mut exact);
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
