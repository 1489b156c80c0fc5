//! The encoding of a source, as a browser finds it.

use std::path::Path;

use crushed_manifest::Kind;
use encoding_rs::{DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::diagnostic::{Diagnostic, ErrorKind, SourceText};

/// The encoding that a label names (Encoding §4.2), `None` for one that no browser knows.
pub(crate) fn named(label: &str) -> Option<&'static Encoding> {
    Encoding::for_label(label.as_bytes())
}

/// Decodes a stylesheet (CSS Syntax §3.2) or script (HTML §8.1.4.2): by its byte order mark, a stylesheet's `@charset`, or
/// what the reference to it says. The mark itself is taken off. Gives the encoding too, since what a stylesheet imports
/// has it by default.
///
/// # Errors
/// Points at the first bytes that are nothing in this encoding.
pub(crate) fn decode(
    file: &Path,
    bytes: &[u8],
    kind: Kind,
    reference: &'static Encoding,
) -> Result<(String, &'static Encoding), Diagnostic> {
    let (encoding, mark) = Encoding::for_bom(bytes).unwrap_or_else(|| {
        let own = match kind {
            Kind::Css => at_charset(bytes),
            Kind::Js => None,
        };
        (own.unwrap_or(reference), 0)
    });
    let bytes = &bytes[mark..];
    let mut text = String::new();
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len());
    text.reserve(room.unwrap_or(bytes.len()));
    match decoder.decode_to_string_without_replacement(bytes, &mut text, true) {
        (DecoderResult::InputEmpty, _) => Ok((text, encoding)),
        (DecoderResult::Malformed(length, behind), read) => {
            let end = read - usize::from(behind);
            let wrong = &bytes[end - usize::from(length)..end];
            Err(malformed(file, text, wrong, encoding))
        }
        // There is room for everything, as the decoder itself said.
        (DecoderResult::OutputFull, _) => Err(malformed(file, text, &[], encoding)),
    }
}

fn malformed(file: &Path, before: String, wrong: &[u8], encoding: &'static Encoding) -> Diagnostic {
    let at = before.len();
    let shown = SourceText::new(file, before + "\u{fffd}");
    let bytes: Vec<String> = wrong.iter().map(|byte| format!("0x{byte:02x}")).collect();
    let (word, verb) = match bytes.len() {
        0 | 1 => ("byte", "is"),
        _ => ("bytes", "are"),
    };
    let message = format!("{word} {} {verb} not {}", bytes.join(" "), encoding.name());
    Diagnostic::at(ErrorKind::Encoding, &shown, at..at + 3, message).help(match encoding == UTF_8 {
        true => "save the file as UTF-8, or name its encoding by `charset` in the tag",
        false => "save the file as UTF-8, or correct the encoding that it or its tag names",
    })
}

/// The encoding that a stylesheet names for itself: in these very bytes, at the very start.
fn at_charset(bytes: &[u8]) -> Option<&'static Encoding> {
    let rest = bytes.strip_prefix(b"@charset \"")?;
    let end = rest.iter().take(1024).position(|byte| *byte == b'"')?;
    if rest.get(end + 1) != Some(&b';') {
        return None;
    }
    let encoding = Encoding::for_label(&rest[..end])?;
    // Whoever could read the rule does not read two bytes at a time.
    Some(match encoding == UTF_16BE || encoding == UTF_16LE {
        true => UTF_8,
        false => encoding,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn css(bytes: &[u8], label: &str) -> Result<String, String> {
        let reference = named(label).unwrap_or(UTF_8);
        decode(Path::new("a.css"), bytes, Kind::Css, reference)
            .map(|(text, _)| text)
            .map_err(|error| error.one_line())
    }

    #[test]
    fn mark_then_rule_then_tag_then_utf8() {
        for (bytes, label, want) in [
            (b"\xef\xbb\xbf\xc3\xa9" as &[u8], "iso-8859-1", "\u{e9}"),
            (b"\xfe\xff\x00a\x00\xe9", "utf-8", "a\u{e9}"),
            (b"\xff\xfea\x00\xe9\x00", "", "a\u{e9}"),
            (
                b"@charset \"latin1\";\xe9",
                "utf-8",
                "@charset \"latin1\";\u{e9}",
            ),
            (
                b"@charset \"utf-16\";\xc3\xa9",
                "latin1",
                "@charset \"utf-16\";\u{e9}",
            ),
            // No rule at all: white space, quotes and case are part of its bytes.
            (
                b"@charset 'latin1';\xc3\xa9",
                "",
                "@charset 'latin1';\u{e9}",
            ),
            (b"\xe9", "windows-1252", "\u{e9}"),
            (b"\x93\xfa\x96{", "Shift_JIS", "\u{65e5}\u{672c}"),
            (b"\xc3\xa9", "no-such-encoding", "\u{e9}"),
        ] {
            assert_eq!(css(bytes, label).as_deref(), Ok(want), "{bytes:?} {label}");
        }
    }

    #[test]
    fn bytes_that_are_nothing_are_told_with_their_place() {
        assert_eq!(
            css(b"h1{}\n caf\xe9 {}", "").unwrap_err(),
            "a.css:2:5: byte 0xe9 is not UTF-8; save the file as UTF-8, or name its encoding by `charset` in the tag"
        );
        assert_eq!(
            css(b"a\x81\x20", "shift_jis").unwrap_err(),
            "a.css:1:2: byte 0x81 is not Shift_JIS; save the file as UTF-8, or correct the encoding that it or its tag names"
        );
    }

    #[test]
    fn a_script_has_no_rule_of_its_own() {
        let bytes = b"@charset \"latin1\";\xc3\xa9";
        let (text, _) = decode(Path::new("a.js"), bytes, Kind::Js, UTF_8).unwrap();
        assert_eq!(text, "@charset \"latin1\";\u{e9}");
    }
}
