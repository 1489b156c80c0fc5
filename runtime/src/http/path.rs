use std::borrow::Cow;
use std::fmt;

/// Why a path of a request is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BadPath {
    /// A `%` without two hex digits (RFC 3986 §2.1).
    Escape,
    /// The bytes are not UTF-8.
    Encoding,
    /// A control character, NUL among them.
    Control,
    /// A backslash or an encoded slash, which file systems and proxies may read as a separator.
    Separator,
    /// A segment `.` or `..`: a client resolves them before it asks (RFC 3986 §5.2.4).
    Dots,
}

impl fmt::Display for BadPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Escape => "a percent sign without two hex digits",
            Self::Encoding => "not UTF-8",
            Self::Control => "a control character",
            Self::Separator => "a backslash or an encoded slash",
            Self::Dots => "a segment of dots",
        })
    }
}

impl std::error::Error for BadPath {}

/// A byte that stands for itself in a path. `-`, `.`, `/` and the digits follow each other.
const fn is_plain(byte: u8) -> bool {
    matches!(byte, b'-'..=b'9') | (byte | 0x20).is_ascii_lowercase() | (byte == b'_')
}

/// Percent-decodes the path of a request, once (RFC 3986 §2.4), and refuses what names no asset in any release.
///
/// # Errors
///
/// If the path is malformed, or meant to be read as another one.
pub fn decode_path(raw: &str) -> Result<Cow<'_, str>, BadPath> {
    // Nearly every path is plain: one look at its bytes tells, without a branch for each. No segment begins with a dot.
    let bytes = raw.as_bytes();
    let plain = bytes.iter().fold(true, |all, byte| all & is_plain(*byte));
    let begins = |any, pair: &[u8]| any | ((pair[0] == b'/') & (pair[1] == b'.'));
    if plain && bytes.first() != Some(&b'.') && !bytes.windows(2).fold(false, begins) {
        return Ok(Cow::Borrowed(raw));
    }
    let path = if raw.contains('%') {
        Cow::Owned(percent_decode(raw)?)
    } else {
        Cow::Borrowed(raw)
    };
    if path.chars().any(char::is_control) {
        return Err(BadPath::Control);
    }
    if path.contains('\\') {
        return Err(BadPath::Separator);
    }
    if path.split('/').any(|segment| matches!(segment, "." | "..")) {
        return Err(BadPath::Dots);
    }
    Ok(path)
}

fn percent_decode(raw: &str) -> Result<String, BadPath> {
    let mut decoded = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let [byte, tail @ ..] = rest {
        rest = tail;
        if *byte != b'%' {
            decoded.push(*byte);
            continue;
        }
        let [high, low, tail @ ..] = rest else {
            return Err(BadPath::Escape);
        };
        let byte = hex(*high)
            .zip(hex(*low))
            .map(|(high, low)| high << 4 | low)
            .ok_or(BadPath::Escape)?;
        if byte == b'/' {
            return Err(BadPath::Separator);
        }
        decoded.push(byte);
        rest = tail;
    }
    String::from_utf8(decoded).map_err(|_| BadPath::Encoding)
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_decoded_once() {
        for (raw, want) in [
            ("css/app.css", Ok("css/app.css")),
            ("css/%61pp.css", Ok("css/app.css")),
            ("img/%C3%a4%20b.png", Ok("img/ä b.png")),
            ("%2561", Ok("%61")),
            ("%252e%252e%252fetc/passwd", Ok("%2e%2e%2fetc/passwd")),
            ("a+b", Ok("a+b")),
            ("", Ok("")),
            ("/etc/passwd", Ok("/etc/passwd")),
            ("..;/x", Ok("..;/x")),
            ("%", Err(BadPath::Escape)),
            ("%4", Err(BadPath::Escape)),
            ("%zz", Err(BadPath::Escape)),
            ("%+1", Err(BadPath::Escape)),
            ("..", Err(BadPath::Dots)),
            ("a/../b", Err(BadPath::Dots)),
            ("%2e%2E/b", Err(BadPath::Dots)),
            (".%2e/b", Err(BadPath::Dots)),
            ("a/./b", Err(BadPath::Dots)),
            ("%2fetc", Err(BadPath::Separator)),
            ("..\\b", Err(BadPath::Separator)),
            ("%5c", Err(BadPath::Separator)),
            ("%00", Err(BadPath::Control)),
            ("a%0d%0ab", Err(BadPath::Control)),
            ("%7f", Err(BadPath::Control)),
            ("%c0%ae", Err(BadPath::Encoding)),
            ("%ff", Err(BadPath::Encoding)),
        ] {
            assert_eq!(decode_path(raw), want.map(Cow::Borrowed), "{raw}");
        }
    }
}
