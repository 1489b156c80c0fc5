//! Requests for assets: what is decided about them, and how it is said.
#![no_main]

#[path = "../../tests/src/generate/mod.rs"]
#[allow(dead_code)]
mod generate;

use crushed::http::{Body, Name, Reply, Request, Resource, decide, decode_path};
use crushed::{Assets, Coding, Representation, Route};
use generate::{Choices, request};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let made = made(data);
    let fields = &made.fields;
    let path = made.target.split(['?', '#']).next().unwrap_or_default();
    let Ok(path) = decode_path(path.strip_prefix('/').unwrap_or(path)) else {
        return;
    };
    assert!(!path.chars().any(char::is_control) && !path.split('/').any(|part| part == ".."));
    let resource = ASSETS.route(&path).map(|route| Resource {
        // Half of the releases have a time.
        modified: (data.len() % 2 == 0).then_some(1_767_225_600),
        ..Resource::of_route(route)
    });
    let resource = resource.as_ref();
    let ask = |method: &str, fields: &Vec<(String, Vec<u8>)>| {
        decide(&Request { method, fields }, resource).reply(resource)
    };
    let reply = ask(&made.method, fields);
    check(&reply, &made.method, resource);
    refused_codings(&reply, fields);
    // The same request has the same answer, and a HEAD the fields of the GET without ranges.
    assert_eq!(shown(&reply), shown(&ask(&made.method, fields)));
    if made.method == "HEAD" {
        let mut whole = fields.clone();
        whole.retain(|(name, _)| !name.eq_ignore_ascii_case("range"));
        assert_eq!(shown(&reply), shown(&ask("GET", &whole)));
    }
});

const VARIANTS: &[Representation] = &[
    Representation {
        coding: Coding::Identity,
        etag: "\"00000000000000a0\"",
        bytes: &[b'i'; 300],
    },
    Representation {
        coding: Coding::Br,
        etag: "\"00000000000000a1\"",
        bytes: b"--crushed-00000000000000a1-0 is in here",
    },
    Representation {
        coding: Coding::Gzip,
        etag: "\"00000000000000a2\"",
        bytes: &[b'g'; 40],
    },
];

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

/// Sorted, as `assets!` makes it: with variants, without, empty, and one whose name has to be encoded.
static ROUTES: &[Route] = &[
    route(
        "css/a.00000000000000aa.css",
        "text/css; charset=utf-8",
        VARIANTS,
    ),
    route(
        "empty.00000000000000ab.txt",
        "text/plain; charset=utf-8",
        &[Representation {
            coding: Coding::Identity,
            etag: "\"00000000000000ab\"",
            bytes: b"",
        }],
    ),
    route("favicon.ico", "image/x-icon", VARIANTS.split_at(1).0),
    route(
        "img/ä b.00000000000000ac.png",
        "image/png",
        VARIANTS.split_at(1).0,
    ),
];
static ASSETS: Assets = Assets::compiled("00000000000000ff", ROUTES);

/// Three of four requests are made up, the rest is read from the bytes as a server would.
fn made(data: &[u8]) -> request::Request {
    const PATHS: &[&str] = &[
        "/css/a.00000000000000aa.css",
        "/favicon.ico",
        "/empty.00000000000000ab.txt",
        "/img/%c3%a4%20b.00000000000000ac.png",
        "/x",
    ];
    const ETAGS: &[&str] = &[
        "\"00000000000000a0\"",
        "\"00000000000000a1\"",
        "\"00000000000000ab\"",
    ];
    let mut choices = Choices::new(data);
    if choices.below(4) > 0 {
        return request::request(&mut choices, PATHS, ETAGS);
    }
    let mut lines = choices.rest().split(|byte| *byte == b'\n');
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let first = text(lines.next().unwrap_or_default());
    let (method, target) = first.split_once(' ').unwrap_or((&first, ""));
    let fields = lines.filter_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        Some((text(&line[..colon]), line[colon + 1..].to_vec()))
    });
    request::Request {
        method: method.to_owned(),
        target: target.to_owned(),
        fields: fields.collect(),
    }
}

fn check(reply: &Reply<'_>, method: &str, resource: Option<&Resource<'_>>) {
    let field = |name| reply.headers.get(name);
    let mut names: Vec<Name> = reply.headers.iter().map(|(name, _)| name).collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count, "a field twice");
    for (name, value) in reply.headers.iter() {
        assert!(
            !value.as_str().is_empty() && !value.as_str().contains(['\r', '\n', '\0']),
            "{name}"
        );
    }
    let exists = resource.is_some();
    match reply.status {
        200 | 206 | 304 => assert!(exists && matches!(method, "GET" | "HEAD")),
        204 => assert!(exists && method == "OPTIONS" && field(Name::Allow).is_some()),
        404 => assert!(!exists),
        405 => {
            assert!(!matches!(method, "GET" | "HEAD" | "OPTIONS") && field(Name::Allow).is_some())
        }
        406 | 412 | 416 => assert!(exists),
        status => panic!("{status}"),
    }
    let varies = resource.is_some_and(|resource| resource.route.variants.len() > 1);
    if matches!(reply.status, 200 | 206 | 304 | 406) {
        assert_eq!(field(Name::Vary), varies.then_some("Accept-Encoding"));
    }
    if reply.status >= 400 {
        assert_eq!(field(Name::CacheControl), Some("no-store"));
        assert_eq!(
            (field(Name::Etag), field(Name::ContentEncoding)),
            (None, None)
        );
        assert!(matches!(reply.body, Body::Text(_)));
    }
    let variants = resource.map_or(&[][..], |resource| resource.route.variants);
    let variant = variants
        .iter()
        .find(|variant| field(Name::Etag) == Some(variant.etag));
    match (reply.status, variant) {
        (200, Some(variant)) => {
            assert_eq!(reply.body.as_bytes(), variant.bytes);
            encoded(reply, variant);
        }
        (206, Some(variant)) => {
            assert_eq!(method, "GET");
            encoded(reply, variant);
            match field(Name::ContentRange) {
                Some(range) => assert_eq!(stretch(range, variant.bytes), reply.body.as_bytes()),
                None => parts(reply, variant.bytes),
            }
        }
        (304, Some(_)) => {
            assert_eq!(reply.body, Body::None);
            for name in [Name::ContentType, Name::ContentEncoding, Name::ContentRange] {
                assert_eq!(field(name), None);
            }
            assert!(field(Name::CacheControl).is_some());
        }
        (200 | 206 | 304, None) => panic!("no ETag"),
        (416, _) => {
            assert_eq!(method, "GET");
            let of = |variant: &Representation| {
                field(Name::ContentRange) == Some(&format!("bytes */{}", variant.bytes.len()))
            };
            assert!(variants.iter().any(of));
        }
        _ => {}
    }
}

fn encoded(reply: &Reply<'_>, variant: &Representation<'_>) {
    let coding = (variant.coding != Coding::Identity).then_some(variant.coding.token());
    assert_eq!(reply.headers.get(Name::ContentEncoding), coding);
}

/// The bytes that a `Content-Range` names.
fn stretch<'b>(range: &str, bytes: &'b [u8]) -> &'b [u8] {
    let (range, length) = range
        .strip_prefix("bytes ")
        .and_then(|range| range.split_once('/'))
        .expect("a range");
    assert_eq!(length.parse(), Ok(bytes.len()));
    let (first, last) = range.split_once('-').expect("two ends");
    let (first, last): (usize, usize) = (
        first.parse().expect("a place"),
        last.parse().expect("a place"),
    );
    &bytes[first..=last]
}

/// A `multipart/byteranges` body: few parts, each what its header says, together no longer than the whole.
fn parts(reply: &Reply<'_>, bytes: &[u8]) {
    let content_type = reply.headers.get(Name::ContentType).expect("a type");
    let boundary = content_type
        .strip_prefix("multipart/byteranges; boundary=")
        .expect("a boundary");
    let delimiter = format!("\r\n--{boundary}");
    let body = reply.body.as_bytes();
    assert!(body.len() <= bytes.len() + 17 * 200, "{} bytes", body.len());
    let mut rest = body
        .strip_prefix(delimiter.as_bytes())
        .expect("a first part");
    let (mut count, mut total) = (0, 0);
    while let Some(part) = rest.strip_prefix(b"\r\n") {
        let end = part
            .windows(delimiter.len())
            .position(|window| window == delimiter.as_bytes())
            .expect("an end");
        let head = part
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .expect("a head");
        let range = str::from_utf8(&part[..head])
            .expect("a head is text")
            .rsplit_once(": ")
            .expect("a field")
            .1;
        let content = &part[head + 4..end];
        assert_eq!(content, stretch(range, bytes));
        total += content.len();
        count += 1;
        rest = &part[end + delimiter.len()..];
    }
    assert_eq!(rest, b"--\r\n");
    assert!((2..=16).contains(&count) && total <= bytes.len());
}

/// A coding that no line names, nor `*`, is not sent.
fn refused_codings(reply: &Reply<'_>, fields: &[(String, Vec<u8>)]) {
    let Some(sent) = reply.headers.get(Name::ContentEncoding) else {
        return;
    };
    let named = fields.iter().any(|(name, value)| {
        let value = value.to_ascii_lowercase();
        name.eq_ignore_ascii_case("accept-encoding")
            && (value.contains(&b'*')
                || value
                    .windows(sent.len())
                    .any(|window| window == sent.as_bytes()))
    });
    assert!(named, "{sent} was not asked for");
}

fn shown(reply: &Reply<'_>) -> String {
    let fields: Vec<_> = reply
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.as_str()))
        .collect();
    format!("{} {fields:?} {:?}", reply.status, reply.body)
}
