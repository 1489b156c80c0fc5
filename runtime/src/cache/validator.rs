//! Entity tags and conditional requests for pages (RFC 9110 §8.8.3 and §13).

use http::HeaderValue;

use super::directives::split_outside_quotes;
use super::fields::Fields;

/// The tag of a page that has none of its own: weak, because something further out may still compress the body, and
/// sixteen hex digits of the blake3 digest of the body and of what it is.
pub(crate) fn page_etag<F: Fields + ?Sized>(fields: &F, body: &[u8]) -> Option<HeaderValue> {
    let mut hasher = blake3::Hasher::new();
    for name in ["content-type", "content-encoding", "content-language"] {
        for line in fields.lines(name) {
            hasher.update(&(line.len() as u64).to_le_bytes());
            hasher.update(line);
        }
        hasher.update(&u64::MAX.to_le_bytes());
    }
    hasher.update(body);
    let hex = hasher.finalize().to_hex();
    HeaderValue::from_str(&format!("W/\"{}\"", &hex.as_str()[..16])).ok()
}

/// Whether a tag has the form of those that [`page_etag`] makes.
pub(crate) fn is_made(tag: &HeaderValue) -> bool {
    let hex = tag
        .as_bytes()
        .strip_prefix(b"W/\"")
        .and_then(|tag| tag.strip_suffix(b"\""));
    hex.is_some_and(|hex| hex.len() == 16 && hex.iter().all(u8::is_ascii_hexdigit))
}

/// Whether a GET or HEAD is to be answered 304, given the page's own fields (RFC 9110 §13.2.2).
///
/// `If-None-Match` is compared weakly; `If-Modified-Since` counts only without it, and only against a `Last-Modified`.
pub(crate) fn not_modified<Q, S>(request: &Q, page: &S) -> bool
where
    Q: Fields + ?Sized,
    S: Fields + ?Sized,
{
    if request.has("if-none-match") {
        let Some(own) = page.lines("etag").next() else {
            return false;
        };
        return request
            .lines("if-none-match")
            .flat_map(split_outside_quotes)
            .any(|tag| tag == b"*" || opaque(tag) == opaque(own));
    }
    let date = |line: Option<&[u8]>| {
        let text = std::str::from_utf8(line?).ok()?;
        httpdate::parse_http_date(text.trim()).ok()
    };
    match (
        date(request.lines("if-modified-since").next()),
        date(page.lines("last-modified").next()),
    ) {
        (Some(since), Some(modified)) => modified <= since,
        _ => false,
    }
}

/// The part of a tag that weak comparison looks at (RFC 9110 §8.8.3.2).
fn opaque(tag: &[u8]) -> &[u8] {
    let tag = tag.trim_ascii();
    tag.strip_prefix(b"W/").unwrap_or(tag)
}

/// Whether a field of the page is left out of a 304: what describes the body that is not sent (RFC 9110 §15.4.5).
pub(crate) fn describes_body(name: &str) -> bool {
    matches!(
        name,
        "content-type"
            | "content-length"
            | "content-encoding"
            | "content-language"
            | "content-range"
            | "last-modified"
            | "accept-ranges"
    )
}

#[cfg(test)]
mod tests {
    use super::super::fields::lines;
    use super::*;

    #[test]
    fn tags_follow_body_and_type() {
        let html = lines(&[("content-type", "text/html")]);
        let tag = page_etag(&html, b"a").unwrap();
        assert_eq!(tag.len(), 20);
        assert!(is_made(&tag));
        assert!(!is_made(&HeaderValue::from_static("\"0ea9a859b0b6cdbf\"")));
        assert_eq!(page_etag(&html, b"a").unwrap(), tag);
        assert_ne!(page_etag(&html, b"b").unwrap(), tag);
        assert_ne!(page_etag(&lines(&[]), b"a").unwrap(), tag);
        let coded = lines(&[("content-type", "text/html"), ("content-encoding", "br")]);
        assert_ne!(page_etag(&coded, b"a").unwrap(), tag);
    }

    #[test]
    fn conditions() {
        let day = "Sun, 06 Nov 1994 08:49:37 GMT";
        let next = "Mon, 07 Nov 1994 08:49:37 GMT";
        let tagged = lines(&[("etag", "\"v1\""), ("last-modified", day)]);
        let dated = lines(&[("last-modified", day)]);
        let plain = lines(&[]);
        for (request, page, want) in [
            (&[("if-none-match", "\"v1\"")][..], &tagged, true),
            (&[("if-none-match", "W/\"v1\"")], &tagged, true),
            (&[("if-none-match", "\"a,b\" , W/\"v1\"")], &tagged, true),
            (&[("if-none-match", "\"a, \\\"v1\\\"\"")], &tagged, false),
            (&[("if-none-match", "*")], &tagged, true),
            (
                &[("if-none-match", "\"v2\""), ("if-none-match", "\"v1\"")],
                &tagged,
                true,
            ),
            (
                &[("if-none-match", "\"v2\""), ("if-modified-since", day)],
                &tagged,
                false,
            ),
            (&[("if-none-match", "v1")], &tagged, false),
            (&[("if-none-match", "\"v1\"")], &plain, false),
            (&[("if-modified-since", day)], &dated, true),
            (&[("if-modified-since", next)], &dated, true),
            (&[("if-modified-since", "yesterday")], &dated, false),
            (&[("if-modified-since", day)], &plain, false),
            (&[], &tagged, false),
        ] {
            assert_eq!(
                not_modified(&lines(request), page),
                want,
                "{request:?} on {page:?}"
            );
        }
    }
}
