use std::io;

use crushed_manifest::{AssetPath, Coding};
use rayon::prelude::*;

/// Above this size brotli's widest standard window finds matches that the usual one does not.
const WIDE_WINDOW_FROM: usize = 4 << 20;

/// The endings of formats that are compressed already: no variant of them is worth its place.
const COMPRESSED: &[&str] = &[
    "7z", "aac", "apng", "avif", "br", "bz2", "flac", "gif", "gz", "heic", "jpeg", "jpg", "jxl",
    "m4a", "m4v", "mp3", "mp4", "mpeg", "oga", "ogg", "ogv", "opus", "pdf", "png", "rar", "webm",
    "webp", "woff", "woff2", "xz", "zip", "zst",
];

/// Whether variants of a file are worth trying.
pub(crate) fn compressible(path: &AssetPath) -> bool {
    !COMPRESSED.contains(&path.extension().to_ascii_lowercase().as_str())
}

/// The bytes in one coding, at the most effort; `None` if that is not smaller.
pub(crate) fn encode(bytes: &[u8], coding: Coding) -> io::Result<Option<Vec<u8>>> {
    let encoded = match coding {
        Coding::Identity => return Ok(None),
        Coding::Br => brotli(bytes)?,
        // Level 22 gains nothing over 19 on what a site ships, and costs the client memory.
        Coding::Zstd => zstd::bulk::compress(bytes, 19)?,
        Coding::Gzip => gzip(bytes)?,
    };
    Ok((encoded.len() < bytes.len()).then_some(encoded))
}

/// Of texts that mean the same, the one that is smallest behind brotli; the first of equals.
pub(crate) fn smallest(candidates: Vec<String>) -> Option<String> {
    candidates
        .into_par_iter()
        .map(|text| {
            (
                brotli(text.as_bytes()).map_or(usize::MAX, |coded| coded.len()),
                text,
            )
        })
        .min_by_key(|(size, _)| *size)
        .map(|(_, text)| text)
}

fn brotli(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: if bytes.len() > WIDE_WINDOW_FROM {
            24
        } else {
            22
        },
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut encoded = Vec::with_capacity(bytes.len() / 4);
    brotli::BrotliCompress(&mut &bytes[..], &mut encoded, &parameters)?;
    Ok(encoded)
}

/// Above this size zopfli takes seconds for the one or two hundredths that it gains.
const ZOPFLI_UP_TO: usize = 512 << 10;

/// Three times as many gain another thousandth.
const ZOPFLI_ITERATIONS: std::num::NonZeroU64 = std::num::NonZeroU64::MIN.saturating_add(4);

/// zopfli is mostly the smaller one by a hundredth or two, libdeflate on some large stylesheets.
fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let libdeflate = libdeflate(bytes)?;
    if bytes.len() > ZOPFLI_UP_TO {
        return Ok(libdeflate);
    }
    let mut zopfli = Vec::with_capacity(libdeflate.len());
    let options = zopfli::Options {
        iteration_count: ZOPFLI_ITERATIONS,
        ..Default::default()
    };
    zopfli::compress(options, zopfli::Format::Gzip, bytes, &mut zopfli)?;
    Ok(match zopfli.len() < libdeflate.len() {
        true => zopfli,
        false => libdeflate,
    })
}

fn libdeflate(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut compressor = libdeflater::Compressor::new(libdeflater::CompressionLvl::best());
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

    #[test]
    fn every_coding_comes_back() {
        let text = "body{color:teal}".repeat(100);
        for coding in [Coding::Br, Coding::Zstd, Coding::Gzip] {
            let encoded = encode(text.as_bytes(), coding).unwrap().unwrap();
            let mut decoded = Vec::new();
            match coding {
                Coding::Br => {
                    brotli::Decompressor::new(&encoded[..], 4096)
                        .read_to_end(&mut decoded)
                        .unwrap();
                }
                Coding::Zstd => decoded = zstd::bulk::decompress(&encoded, text.len()).unwrap(),
                _ => {
                    decoded.resize(text.len(), 0);
                    libdeflater::Decompressor::new()
                        .gzip_decompress(&encoded, &mut decoded)
                        .unwrap();
                }
            }
            assert_eq!(decoded, text.as_bytes(), "{coding}");
        }
    }

    #[test]
    fn a_gzip_header_holds_no_time_and_no_name() {
        let encoded = encode(&[b'a'; 100], Coding::Gzip).unwrap().unwrap();
        assert_eq!(encoded[3..8], [0; 5], "flags and mtime");
    }

    #[test]
    fn what_does_not_shrink_has_no_variant() {
        assert_eq!(encode(b"x", Coding::Br).unwrap(), None);
        assert_eq!(encode(b"", Coding::Gzip).unwrap(), None);
        assert!(!compressible(&AssetPath::parse("a/b.WOFF").unwrap()));
        assert!(compressible(&AssetPath::parse("a/b.svg").unwrap()));
    }
}
