//! A page's body in the codings that clients accept, made once and off the request path.

use std::collections::HashSet;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::HeaderValue;

use super::directives::Directives;
use super::entry::Entry;
use super::fields::Fields;
use super::key::Slot;
use crate::http::{Name, select};
use crate::{Coding, Representation};

/// Shorter bodies fit into the packet that their header is in.
const SMALLEST: usize = 256;

/// What a coding must save to be worth its header fields and the client's time, in bytes.
const LEAST_GAIN: usize = 32;

/// At most so many pages are being encoded or wait for it; others get their turn when they are asked for again.
const MOST_AT_ONCE: usize = 64;

/// Fields that speak of the very bytes of the body.
pub(super) const OF_THE_BYTES: [&str; 5] = [
    "content-encoding",
    "content-digest",
    "content-md5",
    "digest",
    "repr-digest",
];

/// Whether a page is sent in other codings than its own, now or once it has been encoded. Its answers then vary by
/// `Accept-Encoding`.
pub(crate) fn has_codings(entry: &Entry) -> bool {
    match &entry.parts().encoded {
        Some(encoded) => !encoded.is_empty(),
        None => is_worthwhile(entry),
    }
}

fn is_worthwhile(entry: &Entry) -> bool {
    let fields = entry.fields();
    entry.body().len() >= SMALLEST
        && fields
            .lines("content-type")
            .next()
            .is_some_and(is_compressible)
        && !OF_THE_BYTES.iter().any(|name| fields.has(name))
        && !Directives::of(fields).no_transform
}

/// Whether a media type is one of text, and not one whose format compresses by itself.
fn is_compressible(content_type: &[u8]) -> bool {
    let essence = content_type
        .split(|&byte| byte == b';')
        .next()
        .unwrap_or_default()
        .trim_ascii()
        .to_ascii_lowercase();
    let is_text = essence.starts_with(b"text/") && essence != b"text/event-stream";
    is_text
        || essence.ends_with(b"+json")
        || essence.ends_with(b"+xml")
        || matches!(
            essence.as_slice(),
            b"application/json"
                | b"application/javascript"
                | b"application/xml"
                | b"application/x-ndjson"
                | b"application/wasm"
                | b"application/vnd.ms-fontobject"
                | b"font/otf"
                | b"font/ttf"
                | b"image/bmp"
        )
}

/// The body in every coding that makes it smaller. Takes milliseconds for a large page: not for a thread that answers
/// requests.
pub(crate) fn encode(body: &[u8]) -> Vec<(Coding, Bytes)> {
    [Coding::Br, Coding::Zstd, Coding::Gzip]
        .into_iter()
        .filter_map(|coding| Some((coding, Bytes::from(encoded(body, coding)?))))
        .filter(|(_, encoded)| encoded.len() + LEAST_GAIN <= body.len())
        .collect()
}

/// Levels at which a page of 50 kB takes a few milliseconds in all.
fn encoded(body: &[u8], coding: Coding) -> Option<Vec<u8>> {
    match coding {
        Coding::Identity => None,
        Coding::Br => brotli(body).ok(),
        Coding::Zstd => zstd::bulk::compress(body, 9).ok(),
        Coding::Gzip => gzip(body),
    }
}

fn brotli(body: &[u8]) -> io::Result<Vec<u8>> {
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: 6,
        size_hint: body.len(),
        ..Default::default()
    };
    let mut encoded = Vec::new();
    brotli::BrotliCompress(&mut &body[..], &mut encoded, &parameters)?;
    Ok(encoded)
}

fn gzip(body: &[u8]) -> Option<Vec<u8>> {
    let level = libdeflater::CompressionLvl::new(7).ok()?;
    let mut compressor = libdeflater::Compressor::new(level);
    let mut encoded = vec![0; compressor.gzip_compress_bound(body.len())];
    let length = compressor.gzip_compress(body, &mut encoded).ok()?;
    encoded.truncate(length);
    Some(encoded)
}

/// The coding and body to send to a request with these fields (RFC 9110 §12.5.3). A client that refuses every coding
/// that there is gets the page as it is.
pub(crate) fn choose<'e, F: Fields + ?Sized>(asked: &F, entry: &'e Entry) -> (Coding, &'e Bytes) {
    let identity = (Coding::Identity, entry.body());
    let encoded = entry.parts().encoded.as_deref().unwrap_or_default();
    if encoded.is_empty() || !asked.has("accept-encoding") {
        return identity;
    }
    let representation = |coding, bytes| Representation {
        coding,
        etag: "",
        bytes,
    };
    let mut variants = [representation(Coding::Identity, entry.body()); Coding::ALL.len()];
    let mut count = 1;
    for (variant, (coding, body)) in variants[1..].iter_mut().zip(encoded) {
        *variant = representation(*coding, body);
        count += 1;
    }
    let chosen = select(&AcceptEncoding(asked), &variants[..count]).map(|variant| variant.coding);
    encoded
        .iter()
        .find(|(coding, _)| Some(*coding) == chosen)
        .map_or(identity, |(coding, body)| (*coding, body))
}

/// The one field that the choice is made by.
struct AcceptEncoding<'a, F: ?Sized>(&'a F);

impl<F: Fields + ?Sized> crate::http::Fields for AcceptEncoding<'_, F> {
    fn lines(&self, name: Name) -> impl Iterator<Item = &[u8]> {
        self.0.lines(name.as_str())
    }
}

/// The entity tag of a page in a coding: its own one, with the coding's name at the end. A weak one stays weak.
pub(crate) fn tag_of(own: &HeaderValue, coding: Coding) -> Option<HeaderValue> {
    if coding == Coding::Identity {
        return Some(own.clone());
    }
    let opened = own.as_bytes().strip_suffix(b"\"")?;
    HeaderValue::from_bytes(&[opened, b"-", coding.token().as_bytes(), b"\""].concat()).ok()
}

/// The pages that are being encoded.
#[derive(Debug, Default)]
pub(crate) struct Encoding(Mutex<HashSet<Slot>>);

impl Encoding {
    /// The right to encode a page, unless somebody has it or too many are at it.
    pub(crate) fn begin(self: &Arc<Self>, slot: Slot) -> Option<Turn> {
        let mut slots = self.lock();
        (slots.len() < MOST_AT_ONCE && slots.insert(slot)).then(|| Turn {
            encoding: Arc::clone(self),
            slot,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<Slot>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to encode a page; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    encoding: Arc<Encoding>,
    slot: Slot,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.encoding.lock().remove(&self.slot);
    }
}

#[cfg(test)]
#[path = "encode_tests.rs"]
mod tests;
