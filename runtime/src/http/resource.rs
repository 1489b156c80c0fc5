use crate::Route;

/// What a path names, and how long its answer keeps.
#[derive(Clone, Copy, Debug)]
pub struct Resource<'r> {
    /// The asset.
    pub route: &'r Route<'r>,
    /// How long an answer keeps.
    pub caching: Caching,
    /// When the release was made, in seconds since 1970, if it has a time.
    pub modified: Option<u64>,
    /// The path of its source map below the prefix, not percent-encoded, if there is one beside it: `js/app.js.map`.
    pub source_map: Option<&'r str>,
}

/// Types that pages of other origins read with CORS, besides those of fonts.
const SHARED: [&str; 6] = [
    "text/css",
    "text/javascript",
    "application/json",
    "application/manifest+json",
    "application/wasm",
    "application/vnd.ms-fontobject",
];

/// How long an answer keeps in a cache (RFC 9111 §4.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Caching {
    /// The name carries the digest: for ever (RFC 8246).
    Immutable,
    /// The bytes under this name may change: asked again each time, with the ETag.
    Revalidate,
}

impl Caching {
    /// The value of `Cache-Control`.
    pub const fn directives(self) -> &'static str {
        match self {
            Self::Immutable => "public, max-age=31536000, immutable",
            Self::Revalidate => "no-cache",
        }
    }
}

impl<'r> Resource<'r> {
    /// An asset of a release: its answer keeps if its name carries a digest.
    pub fn of_route(route: &'r Route<'r>) -> Self {
        let caching = match route.is_hashed() {
            true => Caching::Immutable,
            false => Caching::Revalidate,
        };
        Self {
            route,
            caching,
            modified: None,
            source_map: None,
        }
    }

    /// Whether the answer depends on `Accept-Encoding`.
    pub(super) fn has_variants(&self) -> bool {
        self.route.variants.len() > 1
    }

    /// Whether pages of other origins read it with CORS: fonts always (CSS Fonts §4.9), module scripts always, stylesheets
    /// and scripts when they carry `integrity`.
    pub(super) fn is_shared(&self) -> bool {
        let whole = self.route.content_type;
        // What follows the type and subtype are parameters (RFC 9110 §8.3.1).
        let is_of = |essence| {
            let rest = whole.strip_prefix(essence);
            rest.is_some_and(|rest| rest.is_empty() || rest.trim_start().starts_with(';'))
        };
        whole.starts_with("font/") || SHARED.into_iter().any(is_of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fonts_and_modules_are_shared_and_pages_are_not() {
        for (content_type, want) in [
            ("font/woff2", true),
            ("text/css; charset=utf-8", true),
            ("text/javascript; charset=utf-8", true),
            ("application/wasm", true),
            ("application/json ; charset=utf-8", true),
            ("application/json-seq", false),
            ("text/html; charset=utf-8", false),
            ("image/png", false),
            ("", false),
        ] {
            let route = Route {
                path: "",
                content_type,
                variants: &[],
            };
            assert_eq!(
                Resource::of_route(&route).is_shared(),
                want,
                "{content_type}"
            );
        }
    }
}
