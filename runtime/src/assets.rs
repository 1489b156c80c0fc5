use std::fs;
use std::io;
use std::path::Path;

use crushed_manifest::AssetPath;

use crate::Route;
use crate::csp::{Csp, InlineText};
use crate::http::Resource;
use crate::preload::Preload;

/// All that a release serves: a static table in the binary, or the sources on disk when compression is off.
///
/// [`assets!()`](crate::assets) makes one; [`actix::service`](crate::actix::service) answers requests from it.
#[derive(Clone, Copy, Debug)]
pub struct Assets {
    release: &'static str,
    origin: Origin,
    modified: Option<u64>,
    inline: &'static [InlineText],
}

/// Where the bytes come from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Origin {
    /// The table, sorted by path.
    Compiled(&'static [Route<'static>]),
    /// What gives the table, made when it is first asked for.
    Made(fn() -> &'static [Route<'static>]),
    /// Directories, the first that has a source wins.
    Sources(&'static [&'static str]),
}

impl Assets {
    /// A release whose assets are in memory. `routes` is sorted by the bytes of its paths, `release` is the release's id.
    pub const fn compiled(release: &'static str, routes: &'static [Route<'static>]) -> Self {
        Self {
            release,
            origin: Origin::Compiled(routes),
            modified: None,
            inline: &[],
        }
    }

    /// The same with a table that is made when it is first asked for. Only `assets!` does that.
    #[doc(hidden)]
    pub const fn made(release: &'static str, routes: fn() -> &'static [Route<'static>]) -> Self {
        Self {
            release,
            origin: Origin::Made(routes),
            modified: None,
            inline: &[],
        }
    }

    /// A build with compression off: sources are read from these directories on each request.
    pub const fn sources(release: &'static str, roots: &'static [&'static str]) -> Self {
        Self {
            release,
            origin: Origin::Sources(roots),
            modified: None,
            inline: &[],
        }
    }

    /// Gives the release what stands in pages itself, for their policies. Only `assets!` does that.
    #[doc(hidden)]
    pub const fn with_inline(mut self, texts: &'static [InlineText]) -> Self {
        self.inline = texts;
        self
    }

    /// What a Content-Security-Policy must allow for this page, or for these bundles: HTML as it is sent.
    ///
    /// ```ignore
    /// let page = template.render()?;
    /// let policy = format!("default-src 'self'; {}", assets.csp(&page));
    /// HttpResponse::Ok().insert_header((CONTENT_SECURITY_POLICY, policy)).body(page)
    /// ```
    ///
    /// See [`Csp`].
    pub fn csp(&self, html: &str) -> Csp {
        Csp::of(html, self, self.inline)
    }

    /// What a browser may fetch before it reads this page: the release's stylesheets, scripts and modules that the page's tags
    /// name, and what it preloads already. HTML as it is sent.
    ///
    /// ```ignore
    /// let page = template.render()?;
    /// let preload = assets.preload(&page);
    /// HttpResponse::Ok().insert_header((LINK, preload.to_string())).body(page)
    /// ```
    ///
    /// See [`Preload`].
    pub fn preload(&self, html: &str) -> Preload {
        Preload::of(html, self)
    }

    /// Whether a percent-encoded path of a page names an asset of the release, or may name a source.
    pub(crate) fn names(&self, path: &str) -> bool {
        !self.is_compiled() || self.route(&decoded(path)).is_some()
    }

    /// Gives the release a time, in seconds since 1970, that is sent as `Last-Modified`.
    ///
    /// It has to be the same on every machine that serves the release: the time of the commit, never that of a file or of
    /// the deploy (RFC 9110 §8.8.2.1). Without it no `Last-Modified` is sent, and ETags alone validate.
    pub const fn modified_at(mut self, seconds: u64) -> Self {
        self.modified = Some(seconds);
        self
    }

    /// The release's id, 16 hex digits.
    pub const fn release(&self) -> &'static str {
        self.release
    }

    /// Whether the assets were compiled into the binary.
    pub const fn is_compiled(&self) -> bool {
        !matches!(self.origin, Origin::Sources(_))
    }

    /// The whole table, sorted by path; empty when compression is off.
    pub fn routes(&self) -> impl ExactSizeIterator<Item = &'static Route<'static>> + use<> {
        self.table().iter()
    }

    /// The asset with this hashed path.
    pub fn route(&self, path: &str) -> Option<&'static Route<'static>> {
        self.find(path).map(|(route, _)| route)
    }

    /// What is answered under this path; nothing when compression is off.
    pub fn resource(&self, path: &str) -> Option<Resource<'static>> {
        let (route, behind) = self.find(path)?;
        Some(Resource {
            modified: self.modified,
            source_map: source_map(route, behind),
            ..Resource::of_route(route)
        })
    }

    fn table(&self) -> &'static [Route<'static>] {
        match self.origin {
            Origin::Compiled(routes) => routes,
            Origin::Made(routes) => routes(),
            Origin::Sources(_) => &[],
        }
    }

    /// The asset with this hashed path, and those behind it in the table.
    fn find(&self, path: &str) -> Option<(&'static Route<'static>, &'static [Route<'static>])> {
        let routes = self.table();
        let index = routes
            .binary_search_by(|route| route.path.as_bytes().cmp(path.as_bytes()))
            .ok()?;
        routes.get(index..)?.split_first()
    }

    /// Writes every variant of every asset below `directory`: the static tree, ready for a CDN, from a deployed binary.
    ///
    /// A coded variant has the asset's name with `.br`, `.zst` or `.gz` appended. Files that are there already are replaced,
    /// others stay.
    ///
    /// # Errors
    ///
    /// If a file cannot be written, or if compression is off: there is nothing in the binary then.
    pub fn extract(&self, directory: &Path) -> io::Result<()> {
        if !self.is_compiled() {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "this binary holds no assets, since it was built with compression off; build it with CRUSHED=on",
            ));
        }
        for route in self.routes() {
            let path = AssetPath::parse(route.path)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            for variant in route.variants {
                let file = directory.join(format!("{path}{}", variant.coding.suffix()));
                write(&file, variant.bytes).map_err(|error| {
                    io::Error::new(error.kind(), format!("{}: {error}", file.display()))
                })?;
            }
        }
        Ok(())
    }

    pub(crate) const fn origin(&self) -> Origin {
        self.origin
    }
}

/// The source map that ships beside an asset, under the asset's name with `.map` behind it.
///
/// One with another name is not its map: that tells of the bytes of one file, and a minified script is another than its
/// source.
fn source_map(route: &Route<'static>, behind: &'static [Route<'static>]) -> Option<&'static str> {
    if !has_source_map(route.content_type) {
        return None;
    }
    // Names that begin with this one follow it in the table.
    let longer = behind.iter().map(|other| other.path);
    longer
        .map_while(|path| Some((path, path.strip_prefix(route.path)?)))
        .find_map(|(path, rest)| (rest == ".map").then_some(path))
}

/// Whether a source map can tell of content of this type (ECMA-426).
pub(crate) fn has_source_map(content_type: &str) -> bool {
    ["text/javascript", "text/css", "application/wasm"]
        .iter()
        .any(|essence| content_type.starts_with(essence))
}

/// A path without its percent-encoding.
fn decoded(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hex = path.get(at + 1..at + 3).filter(|_| *byte == b'%');
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn write(file: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(directory) = file.parent() {
        fs::create_dir_all(directory)?;
    }
    fs::write(file, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Coding, Representation};

    static ROUTES: &[Route] = &[
        Route {
            path: "a.0000000000000001.css",
            content_type: "text/css; charset=utf-8",
            variants: &[
                Representation {
                    coding: Coding::Identity,
                    etag: "\"1\"",
                    bytes: b"aaaa",
                },
                Representation {
                    coding: Coding::Br,
                    etag: "\"2\"",
                    bytes: b"a",
                },
            ],
        },
        Route {
            path: "img/b.0000000000000002.png",
            content_type: "image/png",
            variants: &[Representation {
                coding: Coding::Identity,
                etag: "\"3\"",
                bytes: b"b",
            }],
        },
    ];
    const ASSETS: Assets = Assets::compiled("00000000000000aa", ROUTES);

    #[test]
    fn routes_are_found_by_their_path() {
        for route in ROUTES {
            assert_eq!(ASSETS.route(route.path), Some(route));
        }
        for path in ["", "a", "a.0000000000000001.css.br", "z", "img"] {
            assert_eq!(ASSETS.route(path), None);
        }
        assert_eq!(ASSETS.routes().len(), 2);
    }

    #[test]
    fn a_map_is_that_of_the_very_file() {
        const fn route(path: &'static str, content_type: &'static str) -> Route<'static> {
            Route {
                path,
                content_type,
                variants: &[],
            }
        }
        const JS: &str = "text/javascript; charset=utf-8";
        const JSON: &str = "application/json";
        static ROUTES: &[Route] = &[
            route("a.js", JS),
            route("a.js-old", JS),
            route("a.js.0000000000000001.map", JSON),
            route("a.js.map", JSON),
            route("b.js", JS),
            route("b.json.map", JSON),
            route("c.txt", "text/plain"),
            route("c.txt.map", JSON),
        ];
        let assets = Assets::compiled("00000000000000aa", ROUTES);
        let map = |path: &str| assets.resource(path).unwrap().source_map;
        assert_eq!(map("a.js"), Some("a.js.map"));
        for path in ["a.js-old", "a.js.map", "b.js", "c.txt", "c.txt.map"] {
            assert_eq!(map(path), None, "{path}");
        }
    }

    #[test]
    fn the_binary_gives_its_tree_back() {
        let directory =
            std::env::temp_dir().join(format!("crushed-extract-{}", std::process::id()));
        ASSETS.extract(&directory).unwrap();
        let read = |name: &str| fs::read(directory.join(name)).unwrap();
        assert_eq!(read("a.0000000000000001.css"), b"aaaa");
        assert_eq!(read("a.0000000000000001.css.br"), b"a");
        assert_eq!(read("img/b.0000000000000002.png"), b"b");
        fs::remove_dir_all(&directory).unwrap();
        let off = Assets::sources("00000000000000bb", &["/nonexistent"]);
        assert_eq!(
            off.extract(&directory).unwrap_err().kind(),
            io::ErrorKind::Unsupported
        );
    }
}
