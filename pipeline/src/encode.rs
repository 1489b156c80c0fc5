use std::collections::BTreeSet;
use std::io;

use compu::encoder::{BrotliC, BrotliOptions, BrotliQuality, EncodeOp, EncodeStatus, Encoder};
use crushed_manifest::{AssetPath, Coding};
use libdeflater::CompressionLvl;
use rayon::prelude::*;

/// How hard a release is squeezed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effort {
    /// For work on an app with compression on: one form of each text, and encoders that are fast. Some hundredths larger.
    Fast,
    /// As small as it gets.
    #[default]
    Release,
}

/// Above this size brotli's widest standard window finds matches that the usual one does not.
const WIDE_WINDOW_FROM: usize = 4 << 20;

/// The endings of formats that are compressed already: no variant of them is worth its place.
const COMPRESSED: &[&str] = &[
    "7z", "aac", "apng", "avif", "br", "bz2", "flac", "gif", "gz", "heic", "jpeg", "jpg", "jxl",
    "m4a", "m4v", "mp3", "mp4", "mpeg", "oga", "ogg", "ogv", "opus", "pdf", "png", "rar", "webm",
    "webp", "woff", "woff2", "xz", "zip", "zst",
];

/// Whether variants of a file are worth trying.
pub fn compressible(path: &AssetPath) -> bool {
    !COMPRESSED.contains(&path.extension().to_ascii_lowercase().as_str())
}

/// The bytes in one coding; `None` if that is not smaller.
///
/// # Errors
/// What the encoder says; none is known to happen in memory.
pub fn encode(bytes: &[u8], coding: Coding, effort: Effort) -> io::Result<Option<Vec<u8>>> {
    let encoded = match (coding, effort) {
        (Coding::Identity, _) => return Ok(None),
        (Coding::Br, Effort::Release) => brotli(bytes, Quality::Best)?,
        (Coding::Br, Effort::Fast) => brotli(bytes, Quality::Fast)?,
        #[cfg(not(feature = "zstd"))]
        (Coding::Zstd, _) => return Ok(None),
        // Level 22 gains nothing over 19 on what a site ships, and costs the client memory.
        #[cfg(feature = "zstd")]
        (Coding::Zstd, Effort::Release) => zstd::bulk::compress(bytes, 19)?,
        #[cfg(feature = "zstd")]
        (Coding::Zstd, Effort::Fast) => zstd::bulk::compress(bytes, 6)?,
        (Coding::Gzip, Effort::Release) => gzip(bytes)?,
        (Coding::Gzip, Effort::Fast) => libdeflate(bytes, CompressionLvl::default())?,
    };
    Ok((encoded.len() < bytes.len()).then_some(encoded))
}

/// About how long that takes beside other codings of other files: what takes longest is begun first.
pub(crate) fn cost(length: usize, coding: Coding) -> usize {
    let factor = match coding {
        Coding::Br | Coding::Gzip => 5,
        Coding::Zstd => 1,
        Coding::Identity => 0,
    };
    length.saturating_mul(factor)
}

/// How a text is compressed that should be small then.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub(crate) enum Weight {
    /// As an asset: once, by brotli.
    #[default]
    Asset,
    /// As a part of a page: for each answer, as gzip does by default.
    Page,
}

impl Weight {
    /// About how large the text is then, in bytes, in a fraction of the time that encoding takes. One level above the default, libdeflate's choices are most like zlib's.
    pub(crate) fn rough(self, text: &str) -> usize {
        let level = match self {
            Self::Asset => CompressionLvl::default(),
            Self::Page => CompressionLvl::new(7).unwrap_or_default(),
        };
        libdeflate(text.as_bytes(), level).map_or(usize::MAX, |coded| coded.len())
    }
}

/// How large a script is as an asset, or nearly, in bytes. Of a small one brotli's second best tells, which takes next to no
/// time. Of a large one libdeflate does: of two forms of a library it finds the smaller one as often as brotli's second best.
pub(crate) fn weighed(script: &str) -> usize {
    match script.len() > SMALL {
        true => Weight::Asset.rough(script),
        false => {
            brotli(script.as_bytes(), Quality::Weighing).map_or(usize::MAX, |coded| coded.len())
        }
    }
}

/// In bytes.
const SMALL: usize = 16 << 10;

/// Scripts that mean the same, the smallest as an asset first; equals in the order given.
pub(crate) fn smallest_first(mut texts: Vec<String>) -> Vec<String> {
    if texts.len() > 1 {
        let mut seen = BTreeSet::new();
        texts.retain(|text| seen.insert(text.clone()));
    }
    if texts.len() < 2 {
        return texts;
    }
    let mut sizes: Vec<(usize, String)> = texts
        .into_par_iter()
        .map(|text| (weighed(&text), text))
        .collect();
    sizes.sort_by_key(|(size, _)| *size);
    sizes.into_iter().map(|(_, text)| text).collect()
}

/// How hard brotli tries, by its own numbers.
#[derive(Clone, Copy)]
enum Quality {
    Fast = 5,
    Weighing = 10,
    Best = 11,
}

/// In one piece: the encoder then knows the length.
fn brotli(bytes: &[u8], quality: Quality) -> io::Result<Vec<u8>> {
    if bytes.len() > WIDE_WINDOW_FROM {
        return brotli_in_wide_window(bytes, quality);
    }
    let quality = match quality {
        Quality::Fast => BrotliQuality::Q5,
        Quality::Weighing => BrotliQuality::Q10,
        Quality::Best => BrotliQuality::Q11,
    };
    let options = BrotliOptions::new().quality(quality);
    let mut encoder = BrotliC::new(options).ok_or(io::ErrorKind::OutOfMemory)?;
    let (mut rest, mut encoded) = (bytes, Vec::new());
    loop {
        encoded.reserve(bytes.len() / 4 + LEAST_ROOM);
        let done = encoder.encode_vec(rest, &mut encoded, EncodeOp::Finish);
        rest = &rest[rest.len() - done.input_remain..];
        match done.status {
            EncodeStatus::Finished => return Ok(encoded),
            EncodeStatus::NeedOutput | EncodeStatus::Continue => {}
            EncodeStatus::Error => return Err(io::Error::other("brotli failed")),
        }
    }
}

/// For what brotli makes of next to nothing, in bytes.
const LEAST_ROOM: usize = 64;

fn brotli_in_wide_window(bytes: &[u8], quality: Quality) -> io::Result<Vec<u8>> {
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: quality as i32,
        lgwin: 24,
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut encoded = Vec::with_capacity(bytes.len() / 4);
    brotli::BrotliCompress(&mut &bytes[..], &mut encoded, &parameters)?;
    Ok(encoded)
}

/// Above this size zopfli takes seconds for the one or two hundredths that it gains.
const ZOPFLI_UP_TO: usize = 512 << 10;

/// Five times as many gain another thousandth.
const ZOPFLI_ITERATIONS: std::num::NonZeroU64 = std::num::NonZeroU64::MIN.saturating_add(2);

/// Three times as many gain two thousandths of a stylesheet, and cost three times the time, of a font seven times.
const ZOPFLI_SPLITS: u16 = 5;

/// zopfli is mostly the smaller one by a hundredth or two, libdeflate on some large stylesheets.
fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let libdeflate = libdeflate(bytes, CompressionLvl::best())?;
    if bytes.len() > ZOPFLI_UP_TO {
        return Ok(libdeflate);
    }
    let zopfli = zopfli(bytes)?;
    Ok(match zopfli.len() < libdeflate.len() {
        true => zopfli,
        false => libdeflate,
    })
}

fn zopfli(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoded = Vec::with_capacity(bytes.len() / 4);
    let options = zopfli::Options {
        iteration_count: ZOPFLI_ITERATIONS,
        maximum_block_splits: ZOPFLI_SPLITS,
        ..Default::default()
    };
    zopfli::compress(options, zopfli::Format::Gzip, bytes, &mut encoded)?;
    Ok(encoded)
}

fn libdeflate(bytes: &[u8], level: CompressionLvl) -> io::Result<Vec<u8>> {
    let mut compressor = libdeflater::Compressor::new(level);
    let mut encoded = vec![0; compressor.gzip_compress_bound(bytes.len())];
    let length = compressor
        .gzip_compress(bytes, &mut encoded)
        .map_err(|error| io::Error::other(error.to_string()))?;
    encoded.truncate(length);
    Ok(encoded)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn decode(encoded: &[u8], coding: Coding, length: usize) -> Vec<u8> {
        let mut decoded = Vec::new();
        match coding {
            Coding::Br => {
                brotli::Decompressor::new(encoded, 4096)
                    .read_to_end(&mut decoded)
                    .unwrap();
            }
            Coding::Zstd => decoded = zstd::bulk::decompress(encoded, length).unwrap(),
            _ => {
                decoded.resize(length, 0);
                libdeflater::Decompressor::new()
                    .gzip_decompress(encoded, &mut decoded)
                    .unwrap();
            }
        }
        decoded
    }

    #[test]
    fn every_coding_comes_back() {
        let text = "body{color:teal}".repeat(100);
        for coding in [Coding::Br, Coding::Zstd, Coding::Gzip] {
            let encoded = encode(text.as_bytes(), coding, Effort::Release)
                .unwrap()
                .unwrap();
            let decoded = decode(&encoded, coding, text.len());
            assert_eq!(decoded, text.as_bytes(), "{coding}");
        }
    }

    /// What stands at both ends is within reach of the wide window only.
    #[test]
    fn a_long_text_comes_back_and_its_end_is_found_at_its_start() {
        let digits: String = (0..40_000_u64)
            .map(|number| number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_string())
            .collect();
        let text = format!("{digits}{}{digits}", " ".repeat(WIDE_WINDOW_FROM));
        let length = |text: &str| {
            let encoded = encode(text.as_bytes(), Coding::Br, Effort::Release)
                .unwrap()
                .unwrap();
            assert_eq!(decode(&encoded, Coding::Br, text.len()), text.as_bytes());
            encoded.len()
        };
        let (once, twice) = (length(&digits), length(&text));
        assert!(twice < once * 11 / 10, "{twice} of {once}");
    }

    #[test]
    fn gzip_is_the_smaller_of_two() {
        let numbers: String = (0..3_000).map(|number| format!("{number},")).collect();
        let bytes: Vec<u8> = (0..=u8::MAX).collect();
        for text in [numbers.as_bytes(), &bytes.repeat(200), &[b'a'; 100_000]] {
            let length = |effort| encode(text, Coding::Gzip, effort).unwrap().unwrap().len();
            let (one, other) = (
                zopfli(text).unwrap().len(),
                libdeflate(text, CompressionLvl::best()).unwrap().len(),
            );
            assert_eq!(length(Effort::Release), one.min(other));
            let fast = libdeflate(text, CompressionLvl::default()).unwrap();
            assert_eq!(length(Effort::Fast), fast.len());
        }
    }

    #[test]
    fn zopfli_is_not_asked_for_what_would_take_it_seconds() {
        let bytes: Vec<u8> = (0..=u8::MAX).collect();
        let text = bytes.repeat(ZOPFLI_UP_TO / bytes.len() + 1);
        assert!(
            zopfli(&text).unwrap().len() < libdeflate(&text, CompressionLvl::best()).unwrap().len()
        );
        assert_eq!(
            gzip(&text).unwrap(),
            libdeflate(&text, CompressionLvl::best()).unwrap()
        );
    }

    #[test]
    fn a_gzip_header_holds_no_time_and_no_name() {
        let encoded = encode(&[b'a'; 100], Coding::Gzip, Effort::Release)
            .unwrap()
            .unwrap();
        assert_eq!(encoded[3..8], [0; 5], "flags and mtime");
    }

    #[test]
    fn what_does_not_shrink_has_no_variant() {
        assert_eq!(encode(b"x", Coding::Br, Effort::Release).unwrap(), None);
        assert_eq!(encode(b"", Coding::Gzip, Effort::Release).unwrap(), None);
        assert!(!compressible(&AssetPath::parse("a/b.WOFF").unwrap()));
        assert!(compressible(&AssetPath::parse("a/b.svg").unwrap()));
    }
}
