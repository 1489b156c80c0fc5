//! A release as the build would embed it, small and made by hand.

use crushed::{Assets, Coding, Representation, Route};

/// Bytes that look like no other stretch, so that a slice of them is recognised anywhere.
const fn noise<const N: usize>(seed: u32) -> [u8; N] {
    let mut bytes = [0; N];
    let mut state = seed;
    let mut place = 0;
    while place < N {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        bytes[place] = b'A' + (state >> 24) as u8 % 26;
        place += 1;
    }
    bytes
}

static SCRIPT: [u8; 2000] = noise(1);
static SCRIPT_BR: [u8; 400] = noise(2);
static SCRIPT_ZSTD: [u8; 450] = noise(3);
static SCRIPT_GZIP: [u8; 500] = noise(4);
static STYLE: [u8; 600] = noise(5);
static STYLE_BR: [u8; 200] = noise(6);
static BINARY: [u8; 300] = noise(7);

const fn identity<'a>(etag: &'a str, bytes: &'a [u8]) -> Representation<'a> {
    coded(Coding::Identity, etag, bytes)
}

const fn coded<'a>(coding: Coding, etag: &'a str, bytes: &'a [u8]) -> Representation<'a> {
    Representation {
        coding,
        etag,
        bytes,
    }
}

const fn route<'a>(
    path: &'a str,
    content_type: &'a str,
    variants: &'a [Representation<'a>],
) -> Route<'a> {
    Route {
        path,
        content_type,
        variants,
    }
}

/// Sorted by path.
pub static ROUTES: &[Route] = &[
    route(
        "css/site.1111111111111111.css",
        "text/css; charset=utf-8",
        &[
            identity("\"1111111111111111\"", &STYLE),
            coded(Coding::Br, "\"1111111111111112\"", &STYLE_BR),
        ],
    ),
    route(
        "fonts/text.2222222222222222.woff2",
        "font/woff2",
        &[identity("\"2222222222222222\"", &BINARY)],
    ),
    route(
        "img/ä b.3333333333333333.png",
        "image/png",
        &[identity("\"3333333333333333\"", &BINARY)],
    ),
    route(
        "js/app.4444444444444444.js",
        "text/javascript; charset=utf-8",
        &[
            identity("\"4444444444444444\"", &SCRIPT),
            coded(Coding::Br, "\"4444444444444445\"", &SCRIPT_BR),
            coded(Coding::Zstd, "\"4444444444444446\"", &SCRIPT_ZSTD),
            coded(Coding::Gzip, "\"4444444444444447\"", &SCRIPT_GZIP),
        ],
    ),
    route(
        "js/app.4444444444444444.js.map",
        "application/json",
        &[identity("\"4444444444444448\"", &BINARY)],
    ),
    route(
        "js/empty.5555555555555555.js",
        "text/javascript; charset=utf-8",
        &[identity("\"5555555555555555\"", b"")],
    ),
    route(
        "js/module.6666666666666666.mjs",
        "text/javascript; charset=utf-8",
        &[identity("\"6666666666666666\"", &BINARY)],
    ),
    route(
        "js/tiny.7777777777777777.js",
        "text/javascript; charset=utf-8",
        &[identity("\"7777777777777777\"", b"x()")],
    ),
    route(
        "robots.txt",
        "text/plain; charset=utf-8",
        &[identity("\"8888888888888888\"", &STYLE)],
    ),
    route(
        "site.9999999999999999.webmanifest",
        "application/manifest+json",
        &[identity("\"9999999999999999\"", &BINARY)],
    ),
    route(
        "sum.aaaaaaaaaaaaaaaa.wasm",
        "application/wasm",
        &[identity("\"aaaaaaaaaaaaaaaa\"", &BINARY)],
    ),
];

/// The whole release.
pub const ASSETS: Assets = Assets::compiled("00000000000000aa", ROUTES);

/// What a placeholder stands for.
pub fn path(name: &str) -> Option<&'static str> {
    Some(match name {
        "style" => "/static/css/site.1111111111111111.css",
        "font" => "/static/fonts/text.2222222222222222.woff2",
        "image" => "/static/img/%C3%A4%20b.3333333333333333.png",
        "script" => "/static/js/app.4444444444444444.js",
        "file" => "js/app.4444444444444444.js",
        "map" => "/static/js/app.4444444444444444.js.map",
        "empty" => "/static/js/empty.5555555555555555.js",
        "module" => "/static/js/module.6666666666666666.mjs",
        "tiny" => "/static/js/tiny.7777777777777777.js",
        "unhashed" => "/static/robots.txt",
        "webmanifest" => "/static/site.9999999999999999.webmanifest",
        "wasm" => "/static/sum.aaaaaaaaaaaaaaaa.wasm",
        "missing" => "/static/js/app.0000000000000000.js",
        "directory" => "/static/js/",
        _ => return None,
    })
}

/// The script, which most cases ask for.
pub fn script() -> &'static Route<'static> {
    ASSETS.route("js/app.4444444444444444.js").unwrap()
}
