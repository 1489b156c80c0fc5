//! What an app does to its pages before they are kept (RFC 9110 §7.7).

use bytes::Bytes;
use tokio::task::spawn_blocking;

use super::directives::Directives;
use super::encode::OF_THE_BYTES;
use super::fields::Fields;

/// Makes another page of a page; `None` leaves it as it is.
pub(crate) type Transform = fn(&str) -> Option<String>;

/// The page that a transform makes of one with these fields, if it may be changed. The work is done on a thread that
/// answers no requests.
pub(crate) async fn transformed<F>(transform: Transform, fields: &F, body: &Bytes) -> Option<Bytes>
where
    F: Fields + ?Sized,
{
    if !may_change(fields) {
        return None;
    }
    let page = body.clone();
    let made = spawn_blocking(move || transform(std::str::from_utf8(&page).ok()?)).await;
    match made {
        Ok(made) => made.map(Bytes::from),
        Err(_) => {
            tracing::warn!("the transform of a page panicked; the page is kept as it was rendered");
            None
        }
    }
}

/// Whether the page is HTML in UTF-8 of which nothing says that these very bytes are to be sent.
fn may_change<F: Fields + ?Sized>(fields: &F) -> bool {
    let is_html = fields.lines("content-type").next().is_some_and(|kind| {
        let kind = kind.to_ascii_lowercase();
        let mut parts = kind.split(|&byte| byte == b';').map(<[u8]>::trim_ascii);
        parts.next() == Some(b"text/html")
            && parts.all(|part| !part.starts_with(b"charset=") || part.ends_with(b"utf-8"))
    });
    // A strong tag is that of the bytes (RFC 9110 §8.8.1).
    let has_strong_tag = fields
        .lines("etag")
        .any(|tag| !tag.trim_ascii().starts_with(b"W/"));
    is_html
        && !has_strong_tag
        && !OF_THE_BYTES.iter().any(|name| fields.has(name))
        && !Directives::of(fields).no_transform
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::super::fields::Lines;
    use super::*;

    #[test]
    fn what_may_be_changed() {
        for (want, lines) in [
            (true, "content-type: text/html"),
            (true, "content-type: Text/HTML; Charset=UTF-8"),
            (true, "content-type: text/html|etag: W/\"a\""),
            (false, ""),
            (false, "content-type: text/plain"),
            (false, "content-type: text/html; charset=latin1"),
            (false, "content-type: text/html|etag: \"a\""),
            (false, "content-type: text/html|content-encoding: br"),
            (false, "content-type: text/html|repr-digest: sha-256=:a:"),
            (false, "content-type: text/html|cache-control: no-transform"),
        ] {
            let fields: Lines = lines
                .split_terminator('|')
                .map(|line| {
                    let (name, value) = line.split_once(": ").unwrap();
                    let name: HeaderName = name.parse().unwrap();
                    (name, HeaderValue::from_str(value).unwrap())
                })
                .collect();
            assert_eq!(may_change(&fields), want, "{lines}");
        }
    }
}
