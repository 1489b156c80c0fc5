use std::fs;
use std::io;
use std::path::Path;

use crushed_manifest::AssetPath;

use crate::Route;
use crate::csp::{Csp, InlineText};

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
        matches!(self.origin, Origin::Compiled(_))
    }

    /// The whole table, sorted by path; empty when compression is off.
    pub fn routes(&self) -> impl ExactSizeIterator<Item = &'static Route<'static>> + use<> {
        match self.origin {
            Origin::Compiled(routes) => routes.iter(),
            Origin::Sources(_) => [].iter(),
        }
    }

    /// The asset with this hashed path.
    pub fn route(&self, path: &str) -> Option<&'static Route<'static>> {
        match self.origin {
            Origin::Compiled(routes) => {
                let index = routes
                    .binary_search_by(|route| route.path.as_bytes().cmp(path.as_bytes()))
                    .ok()?;
                routes.get(index)
            }
            Origin::Sources(_) => None,
        }
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

    pub(crate) const fn modified(&self) -> Option<u64> {
        self.modified
    }
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
            integrity: "",
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
            integrity: "",
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
