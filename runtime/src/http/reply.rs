use crushed_manifest::percent_encode;

use crate::{Coding, Representation};

use super::{Decision, Headers, Name, Resource, Value, multipart};

/// A decision in a status, fields and a body. `Date` and `Content-Length` are for the server to add.
#[derive(Clone, Debug)]
pub struct Reply<'r> {
    /// The status code.
    pub status: u16,
    /// The fields.
    pub headers: Headers<'r>,
    /// What a GET gets. A HEAD gets its length, and nothing of it.
    pub body: Body<'r>,
}

/// The content of a reply.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Body<'r> {
    /// No content, and no `Content-Length` either: of a 204 and a 304.
    None,
    /// A sentence for a person.
    Text(&'static str),
    /// Bytes of the resource.
    Borrowed(&'r [u8]),
    /// Bytes made for this reply.
    Made(Vec<u8>),
}

impl Body<'_> {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::None => &[],
            Self::Text(text) => text.as_bytes(),
            Self::Borrowed(bytes) => bytes,
            Self::Made(bytes) => bytes,
        }
    }
}

/// RFC 9110 §9.3: what there is to do with an asset.
const METHODS: &str = "GET, HEAD, OPTIONS";

/// Takes the fields of a reply one by one, in the order in which they are to be sent, each name once.
pub trait Sink<'r> {
    /// Takes the next one.
    fn field(&mut self, name: Name, value: Value<'r>);

    /// Takes one whose value is text of this crate.
    fn fixed(&mut self, name: Name, value: &'static str) {
        self.field(name, Value::Fixed(value));
    }
}

impl<'r> Sink<'r> for Headers<'r> {
    fn field(&mut self, name: Name, value: Value<'r>) {
        self.insert(name, value);
    }
}

impl<'r> Decision<'r> {
    /// Says the decision. `resource` is what was given to [`decide`](super::decide).
    pub fn reply(self, resource: Option<&Resource<'r>>) -> Reply<'r> {
        let mut headers = Headers::new();
        let (status, body) = self.say(resource, &mut headers);
        Reply {
            status,
            headers,
            body,
        }
    }

    /// The same, with the fields put where an adapter has its own at once. Gives the status and the body.
    pub fn say(
        self,
        resource: Option<&Resource<'r>>,
        fields: &mut impl Sink<'r>,
    ) -> (u16, Body<'r>) {
        match (self, resource) {
            (Self::Full(variant), Some(resource)) => {
                found(fields, resource, variant);
                content(fields, resource, variant);
                (200, Body::Borrowed(variant.bytes))
            }
            (Self::Part(variant, range), Some(resource)) => {
                found(fields, resource, variant);
                content(fields, resource, variant);
                let content_range = multipart::content_range(range, variant.bytes.len());
                fields.field(Name::ContentRange, Value::Made(content_range));
                (206, Body::Borrowed(range.of(variant.bytes)))
            }
            (Self::Parts(variant, ranges), Some(resource)) => {
                found(fields, resource, variant);
                let content_type = resource.route.content_type;
                let parts = multipart::write(variant.bytes, &ranges, content_type, variant.etag);
                fields.field(Name::ContentType, Value::Made(parts.content_type));
                encoding(fields, variant);
                guard(fields);
                (206, Body::Made(parts.body))
            }
            (Self::NotModified(variant), Some(resource)) => {
                found(fields, resource, variant);
                (304, Body::None)
            }
            (Self::Options, resource) => {
                fields.fixed(Name::Allow, METHODS);
                if resource.is_some_and(Resource::is_shared) {
                    fields.fixed(Name::AccessControlAllowOrigin, "*");
                    fields.fixed(Name::AccessControlAllowMethods, METHODS);
                }
                (204, Body::None)
            }
            (Self::MethodNotAllowed, _) => {
                refused(fields);
                fields.fixed(Name::Allow, METHODS);
                (405, Body::Text("method not allowed\n"))
            }
            (Self::NotAcceptable, resource) => {
                refused(fields);
                if let Some(resource) = resource {
                    vary(fields, resource);
                }
                (406, Body::Text("no acceptable content coding\n"))
            }
            (Self::PreconditionFailed, _) => {
                refused(fields);
                (412, Body::Text("precondition failed\n"))
            }
            (Self::RangeNotSatisfiable(variant), _) => {
                refused(fields);
                let length = format!("bytes */{}", variant.bytes.len());
                fields.field(Name::ContentRange, Value::Made(length));
                (416, Body::Text("range not satisfiable\n"))
            }
            (Self::BadRequest, _) => {
                refused(fields);
                (400, Body::Text("bad request\n"))
            }
            (Self::NotFound, _)
            | (Self::Full(_) | Self::Part(..) | Self::Parts(..) | Self::NotModified(_), None) => {
                refused(fields);
                (404, Body::Text("not found\n"))
            }
        }
    }
}

/// The fields of a 200, 206 and 304 alike (RFC 9110 §15.4.5).
fn found<'r>(fields: &mut impl Sink<'r>, resource: &Resource<'r>, variant: &'r Representation<'r>) {
    fields.field(Name::Etag, Value::Borrowed(variant.etag));
    fields.fixed(Name::CacheControl, resource.caching.directives());
    vary(fields, resource);
    if let Some(date) = resource.modified.and_then(http_date) {
        fields.field(Name::LastModified, Value::Made(date));
    }
    // The same for every request: an answer that named the asking origin would need `Vary: Origin`.
    if resource.is_shared() {
        fields.fixed(Name::AccessControlAllowOrigin, "*");
    }
}

/// The fields that tell of the content.
fn content<'r>(
    fields: &mut impl Sink<'r>,
    resource: &Resource<'r>,
    variant: &'r Representation<'r>,
) {
    fields.field(
        Name::ContentType,
        Value::Borrowed(resource.route.content_type),
    );
    if let Some(path) = resource.source_map {
        fields.field(Name::SourceMap, beside(path));
    }
    encoding(fields, variant);
    guard(fields);
}

/// The reference to a file of the same directory (RFC 3986 §4.2).
fn beside(path: &str) -> Value<'_> {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    match name.bytes().all(plain) {
        true => Value::Borrowed(name),
        // A colon would make a scheme of what stands before it.
        false => Value::Made(percent_encode(name).replace(':', "%3A")),
    }
}

fn encoding<'r>(fields: &mut impl Sink<'r>, variant: &Representation<'_>) {
    if variant.coding != Coding::Identity {
        fields.fixed(Name::ContentEncoding, variant.coding.token());
    }
    fields.fixed(Name::AcceptRanges, "bytes");
}

/// The type is what it says, and pages of other origins may embed it even where they are isolated.
fn guard<'r>(fields: &mut impl Sink<'r>) {
    fields.fixed(Name::XContentTypeOptions, "nosniff");
    fields.fixed(Name::CrossOriginResourcePolicy, "cross-origin");
}

fn vary<'r>(fields: &mut impl Sink<'r>, resource: &Resource<'_>) {
    if resource.has_variants() {
        fields.fixed(Name::Vary, "Accept-Encoding");
    }
}

/// The fields of an error: it is not to be kept, since the next release may well have the name.
fn refused<'r>(fields: &mut impl Sink<'r>) {
    fields.fixed(Name::CacheControl, "no-store");
    fields.fixed(Name::ContentType, "text/plain; charset=utf-8");
    fields.fixed(Name::XContentTypeOptions, "nosniff");
}

/// The last second that a date of four-digit years can name.
const LAST_DATE: u64 = 253_402_300_799;

/// An IMF-fixdate (RFC 9110 §5.6.7).
fn http_date(seconds: u64) -> Option<String> {
    let since = std::time::Duration::from_secs(seconds);
    let time = std::time::SystemTime::UNIX_EPOCH.checked_add(since)?;
    (seconds <= LAST_DATE).then(|| httpdate::fmt_http_date(time))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Route;
    use crate::http::{ByteRange, Caching};

    const VARIANTS: &[Representation] = &[
        Representation {
            coding: Coding::Identity,
            etag: "\"id\"",
            bytes: b"abcdef",
        },
        Representation {
            coding: Coding::Br,
            etag: "\"br\"",
            bytes: b"xyz",
        },
    ];

    const CSS: Route = Route {
        path: "css/a.00000000000000aa.css",
        content_type: "text/css; charset=utf-8",
        variants: VARIANTS,
    };

    const PNG: Route = Route {
        path: "favicon.png",
        content_type: "image/png",
        variants: VARIANTS.split_at(1).0,
    };

    fn shown(decision: Decision<'_>, resource: &Resource<'_>) -> String {
        // Decisions borrow from constants; the resource is rebuilt so that the lifetimes agree.
        let reply = decision.reply(Some(resource));
        let mut lines = vec![reply.status.to_string()];
        lines.extend(
            reply
                .headers
                .iter()
                .map(|(name, value)| format!("{name}: {}", value.as_str())),
        );
        lines.push(
            String::from_utf8_lossy(reply.body.as_bytes())
                .trim_end()
                .to_owned(),
        );
        lines.join("\n")
    }

    #[test]
    fn a_compiled_asset() {
        let css = Resource {
            modified: Some(784_111_777),
            ..Resource::of_route(&CSS)
        };
        assert_eq!(
            shown(Decision::Full(&VARIANTS[1]), &css),
            "200\netag: \"br\"\ncache-control: public, max-age=31536000, immutable\nvary: Accept-Encoding\n\
             last-modified: Sun, 06 Nov 1994 08:49:37 GMT\naccess-control-allow-origin: *\n\
             content-type: text/css; charset=utf-8\ncontent-encoding: br\naccept-ranges: bytes\n\
             x-content-type-options: nosniff\ncross-origin-resource-policy: cross-origin\nxyz"
        );
        assert_eq!(
            shown(Decision::NotModified(&VARIANTS[0]), &css),
            "304\netag: \"id\"\ncache-control: public, max-age=31536000, immutable\nvary: Accept-Encoding\n\
             last-modified: Sun, 06 Nov 1994 08:49:37 GMT\naccess-control-allow-origin: *\n"
        );
        let range = ByteRange { first: 1, last: 2 };
        let part = shown(Decision::Part(&VARIANTS[1], range), &css);
        assert!(
            part.starts_with("206\n") && part.ends_with("\ncontent-range: bytes 1-2/3\nyz"),
            "{part}"
        );
        let parts = shown(Decision::Parts(&VARIANTS[1], vec![range, range]), &css);
        assert!(parts.contains("\ncontent-type: multipart/byteranges; boundary=crushed-br-0\ncontent-encoding: br\n"), "{parts}");
    }

    #[test]
    fn a_single_representation_does_not_vary() {
        let png = Resource::of_route(&PNG);
        assert_eq!(png.caching, Caching::Revalidate);
        assert_eq!(
            shown(Decision::Full(&VARIANTS[0]), &png),
            "200\netag: \"id\"\ncache-control: no-cache\ncontent-type: image/png\naccept-ranges: bytes\n\
             x-content-type-options: nosniff\ncross-origin-resource-policy: cross-origin\nabcdef"
        );
        assert!(!shown(Decision::NotAcceptable, &png).contains("vary"));
    }

    #[test]
    fn content_names_its_source_map_and_nothing_else_does() {
        let range = ByteRange { first: 0, last: 1 };
        for (map, want) in [
            ("css/a.css.map", "a.css.map"),
            ("a.css.map", "a.css.map"),
            ("css/\u{e4} b.css.map", "%C3%A4%20b.css.map"),
            ("css/a:b.css.map", "a%3Ab.css.map"),
        ] {
            let css = Resource {
                modified: Some(0),
                source_map: Some(map),
                ..Resource::of_route(&CSS)
            };
            let field = format!("\nsourcemap: {want}\n");
            for (decision, has) in [
                (Decision::Full(&VARIANTS[1]), true),
                (Decision::Part(&VARIANTS[1], range), true),
                (Decision::NotModified(&VARIANTS[1]), false),
                (Decision::NotAcceptable, false),
                (Decision::Options, false),
            ] {
                let text = shown(decision, &css);
                assert_eq!(text.contains(&field), has, "{text}");
                assert_eq!(text.contains("sourcemap"), has, "{text}");
            }
        }
    }

    #[test]
    fn errors_are_not_kept() {
        let css = Resource::of_route(&CSS);
        for (decision, status, field) in [
            (Decision::BadRequest, "400", ""),
            (Decision::NotFound, "404", ""),
            (
                Decision::MethodNotAllowed,
                "405",
                "allow: GET, HEAD, OPTIONS",
            ),
            (Decision::NotAcceptable, "406", "vary: Accept-Encoding"),
            (Decision::PreconditionFailed, "412", ""),
            (
                Decision::RangeNotSatisfiable(&VARIANTS[1]),
                "416",
                "content-range: bytes */3",
            ),
        ] {
            let text = shown(decision, &css);
            assert!(text.starts_with(status), "{text}");
            assert!(
                text.contains("cache-control: no-store\n") && text.contains(field),
                "{text}"
            );
            assert!(!text.contains("etag") && !text.contains("abcdef"), "{text}");
        }
    }

    #[test]
    fn options_tell_the_methods() {
        assert_eq!(
            shown(Decision::Options, &Resource::of_route(&PNG)),
            "204\nallow: GET, HEAD, OPTIONS\n"
        );
        assert!(
            shown(Decision::Options, &Resource::of_route(&CSS))
                .contains("access-control-allow-methods: GET")
        );
    }

    #[test]
    fn a_time_beyond_dates_is_not_sent() {
        assert_eq!(
            http_date(0).as_deref(),
            Some("Thu, 01 Jan 1970 00:00:00 GMT")
        );
        assert_eq!(
            http_date(LAST_DATE).as_deref(),
            Some("Fri, 31 Dec 9999 23:59:59 GMT")
        );
        assert_eq!(http_date(LAST_DATE + 1), None);
        assert_eq!(http_date(u64::MAX), None);
    }
}
