//! Values as bytes: versioned, and with a checksum over everything and over the slot that they belong to.
//!
//! A value is `CRSH`, the version, 16 bytes of the blake3 digest of slot and rest, and the rest: a letter for the kind,
//! then the fields in order, integers in little-endian, texts and lists with their lengths before them as `u32`, spans
//! of time in nanoseconds. What is not exactly so is no value. Lengths are held against the bytes that are there, so nothing
//! is set aside for what a value only claims to hold.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes};
use http::{HeaderName, HeaderValue, StatusCode};

use crate::Coding;

use super::super::clock::Timestamp;
use super::super::entry::{Entry, Parts};
use super::super::key::Slot;
use super::super::purge::Stamp;
use super::super::store::Value;
use super::super::tags::Tags;
use super::super::vary::VaryRecord;

/// To be raised with every change of the format; values of other versions are not read.
const VERSION: u8 = 1;
const MAGIC: &[u8; 4] = b"CRSH";
const CHECKSUM: usize = 16;

const PAGE: u8 = b'P';
const VARIES: u8 = b'V';

/// The codings that a body is kept in, besides identity, by their number in the format.
const CODINGS: [(u8, Coding); 3] = [(1, Coding::Br), (2, Coding::Zstd), (3, Coding::Gzip)];

/// The bytes to keep in a slot.
pub(super) fn encode(slot: Slot, value: &Value) -> Vec<u8> {
    let mut out = Writer(Vec::with_capacity(256 + value.weight()));
    out.0.extend_from_slice(MAGIC);
    out.0.push(VERSION);
    out.0.extend_from_slice(&[0; CHECKSUM]);
    let start = out.0.len();
    match value {
        Value::Page(entry) => page(&mut out, entry.parts()),
        Value::Varies(record) => varies(&mut out, record),
    }
    let sum = checksum(slot, &out.0[start..]);
    out.0[start - CHECKSUM..start].copy_from_slice(&sum);
    out.0
}

/// The value that these bytes of a slot hold, if they are whole and of this version. Copies no body.
pub(super) fn decode(slot: Slot, bytes: Vec<u8>) -> Option<Value> {
    let mut bytes = Reader(bytes.into());
    let head = bytes.take(MAGIC.len() + 1)?;
    if head[..MAGIC.len()] != *MAGIC || head[MAGIC.len()] != VERSION {
        return None;
    }
    let sum = bytes.take(CHECKSUM)?;
    if *sum != checksum(slot, &bytes.0) {
        return None;
    }
    let value = match bytes.u8()? {
        PAGE => Value::Page(Arc::new(Entry::from_parts(read_page(&mut bytes)?))),
        VARIES => Value::Varies(Arc::new(read_varies(&mut bytes)?)),
        _ => return None,
    };
    bytes.0.is_empty().then_some(value)
}

fn checksum(slot: Slot, rest: &[u8]) -> [u8; CHECKSUM] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(slot.as_bytes()).update(rest);
    let mut sum = [0; CHECKSUM];
    hasher.finalize_xof().fill(&mut sum);
    sum
}

fn page(out: &mut Writer, parts: &Parts) {
    out.0.push(PAGE);
    out.text(&parts.key);
    out.u64(parts.stamp.0);
    out.0
        .extend_from_slice(&parts.status.as_u16().to_le_bytes());
    out.u64(parts.stored.as_millis());
    for time in [
        parts.age,
        parts.lifetime,
        parts.stale_while_revalidate,
        parts.stale_if_error,
    ] {
        out.u64(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    }
    out.0.push(u8::from(parts.public));
    out.list(parts.tags.iter(), |out, tag| out.text(tag.as_bytes()));
    out.list(parts.fields.iter(), |out, (name, value)| {
        out.text(name.as_str().as_bytes());
        out.text(value.as_bytes());
    });
    out.0.push(u8::from(parts.encoded.is_some()));
    let encoded = parts.encoded.as_deref().unwrap_or_default();
    let known = |coding: Coding| CODINGS.iter().find(|(_, known)| *known == coding);
    let encoded: Vec<(u8, &Bytes)> = encoded
        .iter()
        .filter_map(|(coding, body)| known(*coding).map(|(number, _)| (*number, body)))
        .collect();
    out.list(encoded.into_iter(), |out, (number, body)| {
        out.0.push(number);
        out.text(body);
    });
    out.text(&parts.body);
}

fn read_page(bytes: &mut Reader) -> Option<Parts> {
    Some(Parts {
        key: bytes.text()?,
        stamp: Stamp(bytes.u64()?),
        status: bytes.status()?,
        stored: Timestamp::from_millis(bytes.u64()?),
        age: bytes.time()?,
        lifetime: bytes.time()?,
        stale_while_revalidate: bytes.time()?,
        stale_if_error: bytes.time()?,
        public: bytes.flag()?,
        tags: Tags::new(bytes.list(Reader::string)?),
        fields: bytes.list(|bytes| {
            let name = HeaderName::from_lowercase(&bytes.text()?).ok()?;
            // Refuses line ends: what was stored cannot begin a header of its own.
            let value = HeaderValue::from_maybe_shared(bytes.text()?).ok()?;
            Some((name, value))
        })?,
        encoded: {
            let tried = bytes.flag()?;
            let encoded = bytes.list(|bytes| {
                let number = bytes.u8()?;
                let (_, coding) = CODINGS.iter().find(|(known, _)| *known == number)?;
                Some((*coding, bytes.text()?))
            })?;
            tried.then_some(encoded)
        },
        body: bytes.text()?,
    })
}

fn varies(out: &mut Writer, record: &VaryRecord) {
    out.0.push(VARIES);
    out.text(record.key());
    out.list(record.name_list(), |out, name| out.text(name.as_bytes()));
    out.list(record.variants().iter(), |out, slot| {
        out.0.extend_from_slice(slot.as_bytes());
    });
}

fn read_varies(bytes: &mut Reader) -> Option<VaryRecord> {
    let key = bytes.text()?;
    let names = bytes.list(Reader::string)?;
    let variants = bytes.list(|bytes| Some(Slot::from_bytes(*bytes.take(16)?.first_chunk()?)))?;
    Some(VaryRecord::from_parts(
        key,
        names.iter().map(String::as_str),
        variants,
    ))
}

struct Writer(Vec<u8>);

impl Writer {
    fn u32(&mut self, number: usize) {
        // A length that does not fit makes a value that cannot be read; it would be larger than any store takes.
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    fn u64(&mut self, number: u64) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    fn text(&mut self, text: &[u8]) {
        self.u32(text.len());
        self.0.extend_from_slice(text);
    }

    fn list<T>(
        &mut self,
        items: impl ExactSizeIterator<Item = T>,
        mut each: impl FnMut(&mut Writer, T),
    ) {
        self.u32(items.len());
        items.for_each(|item| each(self, item));
    }
}

struct Reader(Bytes);

impl Reader {
    fn take(&mut self, length: usize) -> Option<Bytes> {
        (length <= self.0.len()).then(|| self.0.split_to(length))
    }

    fn u8(&mut self) -> Option<u8> {
        self.0.try_get_u8().ok()
    }

    fn u64(&mut self) -> Option<u64> {
        self.0.try_get_u64_le().ok()
    }

    fn length(&mut self) -> Option<usize> {
        usize::try_from(self.0.try_get_u32_le().ok()?).ok()
    }

    fn flag(&mut self) -> Option<bool> {
        match self.u8()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    fn time(&mut self) -> Option<Duration> {
        self.u64().map(Duration::from_nanos)
    }

    fn status(&mut self) -> Option<StatusCode> {
        let code = self.0.try_get_u16_le().ok()?;
        let status = StatusCode::from_u16(code).ok()?;
        (200..600).contains(&code).then_some(status)
    }

    fn text(&mut self) -> Option<Bytes> {
        let length = self.length()?;
        self.take(length)
    }

    fn string(&mut self) -> Option<String> {
        String::from_utf8(self.text()?.into()).ok()
    }

    fn list<T>(&mut self, mut each: impl FnMut(&mut Reader) -> Option<T>) -> Option<Vec<T>> {
        let mut items = Vec::new();
        for _ in 0..self.length()? {
            items.push(each(self)?);
        }
        Some(items)
    }
}

#[cfg(test)]
#[path = "codec_tests.rs"]
mod tests;
