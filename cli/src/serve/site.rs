use std::collections::BTreeSet;

use crushed::http::{Caching, Resource};
use crushed::{Assets, Digest, Representation, Route, StaticUrl};
use crushed_build::manifest::{AssetPath, Manifest, content_type};
use crushed_build::{Diagnostic, Failure};
use rayon::prelude::*;

use super::tree::{Files, Tree};
use super::variants::{Variant, digest, original, variants};

/// All that is answered, in memory until the process ends.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) prefix: StaticUrl,
    pub(crate) assets: Assets,
    /// Assets whose name does not tell what they hold.
    changing: BTreeSet<&'static str>,
    pages: Assets,
    pub(crate) page_count: usize,
    pub(crate) unfinished: usize,
}

/// What a path names.
pub(crate) enum Found {
    Resource(Resource<'static>),
    /// A directory with an index, without the slash behind it.
    Directory,
    /// Nothing; the page that says so, if a page was asked for.
    Nothing(Option<&'static Route<'static>>),
}

/// Where an origin answers whatever the pages name, so that a CDN can pull from it.
const ALWAYS: &str = "static/";

impl Site {
    /// Makes missing variants, and checks those that are there.
    pub(crate) fn load(
        tree: Tree,
        prefix: StaticUrl,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<&'static Self, Failure> {
        let manifest = tree.manifest.as_ref();
        if let Some(missing) = manifest
            .into_iter()
            .flat_map(|manifest| manifest.assets.keys())
            .find(|path| !tree.assets.contains_key(*path))
        {
            let file = tree.directory.join("static").join(missing.as_str());
            return Err(Diagnostic::file(
                crushed_build::ErrorKind::Io,
                file,
                "is missing: manifest.json names it",
            )
            .help("compile again")
            .into());
        }
        let mut changing = BTreeSet::new();
        let mut assets = Vec::new();
        for (route, digest) in routes(&tree.assets, manifest, warnings)? {
            let listed = manifest.is_some_and(|manifest| manifest.assets.contains_key(route.path));
            if !listed && !tells(route.path, digest) {
                changing.insert(route.path);
            }
            assets.push(route);
        }
        let mut pages: Vec<Route<'static>> = routes(&tree.pages, None, warnings)?
            .into_iter()
            .map(|(route, _)| route)
            .collect();
        let page_count = pages.len();
        let indexes: Vec<Route<'static>> = pages.iter().filter_map(as_directory).collect();
        pages.extend(indexes);
        pages.sort_by_key(|route| route.path);
        let release = manifest.map_or_else(String::new, |manifest| manifest.release.to_string());
        Ok(Box::leak(Box::new(Self {
            prefix,
            assets: Assets::compiled(release.leak(), assets.leak()),
            changing,
            pages: Assets::compiled("", pages.leak()),
            page_count,
            unfinished: tree.unfinished,
        })))
    }

    /// What a path names, decoded and without its first slash.
    pub(crate) fn find(&self, path: &str) -> Found {
        let own = self.prefix.path().trim_start_matches('/');
        for mount in [own, ALWAYS] {
            // Assets and pages at the root: the names decide.
            if let Some(rest) = path.strip_prefix(mount) {
                match self.asset(rest) {
                    Some(asset) => return Found::Resource(asset),
                    None if mount.is_empty() => {}
                    None => return Found::Nothing(None),
                }
            }
        }
        if let Some(page) = self.pages.resource(path) {
            return Found::Resource(Resource {
                caching: Caching::Revalidate,
                ..page
            });
        }
        if self.pages.route(&format!("{path}/")).is_some() {
            return Found::Directory;
        }
        let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
        let is_page = !name.contains('.') || name.ends_with(".html") || name.ends_with(".htm");
        Found::Nothing(self.pages.route("404.html").filter(|_| is_page))
    }

    fn asset(&self, path: &str) -> Option<Resource<'static>> {
        let asset = self.assets.resource(path)?;
        Some(match self.changing.contains(path) {
            true => Resource {
                caching: Caching::Revalidate,
                ..asset
            },
            false => asset,
        })
    }
}

/// Whether a name carries the digest of the bytes.
fn tells(path: &str, digest: Digest) -> bool {
    let digest = digest.to_string();
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    name.split('.').skip(1).any(|part| part == digest)
}

/// `docs/` for `docs/index.html`, and nothing for the one at the top.
fn as_directory(page: &Route<'static>) -> Option<Route<'static>> {
    let path = page.path.strip_suffix("index.html")?;
    (path.is_empty() || path.ends_with('/')).then_some(Route { path, ..*page })
}

/// The table of these files, and the digest of each; all in memory until the process ends.
fn routes(
    files: &Files,
    manifest: Option<&Manifest>,
    warnings: &mut Vec<Diagnostic>,
) -> Result<Vec<(Route<'static>, Digest)>, Failure> {
    let listed = |path: &AssetPath| manifest.and_then(|manifest| manifest.assets.get(path));
    let own: Vec<&AssetPath> = files
        .keys()
        .filter(|path| listed(path).is_some() || original(path, files).is_none())
        .collect();
    let made: Vec<_> = own
        .into_par_iter()
        .map(|path| Ok((path, variants(path, files, listed(path))?)))
        .collect::<Result<_, Diagnostic>>()?;
    let mut routes = Vec::with_capacity(made.len());
    for (path, (variants, more)) in made {
        warnings.extend(more);
        let content_type = match listed(path) {
            Some(asset) => asset.content_type.clone(),
            None => type_of(path, files.get(path)),
        };
        let route = Route {
            path: path.to_string().leak(),
            content_type: content_type.leak(),
            variants: representations(variants).leak(),
        };
        routes.push((route, digest(files.get(path).map_or(&[], Vec::as_slice))));
    }
    Ok(routes)
}

fn representations(variants: Vec<Variant>) -> Vec<Representation<'static>> {
    let representation = |variant: Variant| Representation {
        coding: variant.coding,
        etag: format!("\"{}\"", variant.digest).leak(),
        bytes: variant.bytes.leak(),
    };
    variants.into_iter().map(representation).collect()
}

/// A header would count more than what a text that is not UTF-8 says of itself.
fn type_of(path: &AssetPath, bytes: Option<&Vec<u8>>) -> String {
    let with_charset = content_type(path.as_str());
    let is_utf8 = bytes.is_none_or(|bytes| std::str::from_utf8(bytes).is_ok());
    match with_charset.split_once(';') {
        Some((bare, _)) if !is_utf8 => bare.to_owned(),
        _ => with_charset,
    }
}
