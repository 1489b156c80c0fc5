use super::request::trim;

/// Which of two validators count as the same (RFC 9110 §8.8.3.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Comparison {
    /// Neither is weak.
    Strong,
    /// Either may be.
    Weak,
}

/// Whether one of the field lines (`If-Match`, `If-None-Match`) is `*` or names the entity tag.
///
/// `etag` has its quotes and is strong. What stands behind a malformed member is not read.
pub(super) fn list_names<'l>(
    mut lines: impl Iterator<Item = &'l [u8]>,
    etag: &str,
    comparison: Comparison,
) -> bool {
    lines.any(|line| {
        // Mostly it is the one tag that an answer had before.
        line == etag.as_bytes()
            || trim(line) == b"*"
            || Tags { rest: line }.any(|tag| {
                tag.opaque == etag.as_bytes() && (comparison == Comparison::Weak || !tag.weak)
            })
    })
}

/// Whether a text is this one entity tag and a strong one, as `If-Range` wants it (RFC 9110 §13.1.5).
pub(super) fn is_strongly(text: &[u8], etag: &str) -> bool {
    trim(text) == etag.as_bytes()
}

/// `[ "W/" ] DQUOTE *etagc DQUOTE` (RFC 9110 §8.8.3)
struct Tag<'l> {
    weak: bool,
    /// With its quotes.
    opaque: &'l [u8],
}

/// A list of entity tags. A comma may stand inside a tag, so that splitting at commas would be wrong.
struct Tags<'l> {
    rest: &'l [u8],
}

impl<'l> Iterator for Tags<'l> {
    type Item = Tag<'l>;

    fn next(&mut self) -> Option<Tag<'l>> {
        let start = self
            .rest
            .iter()
            .position(|byte| !matches!(byte, b' ' | b'\t' | b','))?;
        let text = &self.rest[start..];
        self.rest = &[];
        let (weak, quoted) = match text {
            [b'W', b'/', quoted @ ..] => (true, quoted),
            quoted => (false, quoted),
        };
        let [b'"', inner @ ..] = quoted else {
            return None;
        };
        let length = inner.iter().position(|byte| !is_etagc(*byte))?;
        if inner[length] != b'"' {
            return None;
        }
        let (opaque, rest) = quoted.split_at(length + 2);
        // Two tags have a comma between them.
        if let [] | [b',', ..] = trim(rest) {
            self.rest = rest;
        }
        Some(Tag { weak, opaque })
    }
}

fn is_etagc(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x7e | 0x80..=0xff)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ETAG: &str = "\"abc\"";

    fn names(line: &str, comparison: Comparison) -> bool {
        list_names([line.as_bytes()].into_iter(), ETAG, comparison)
    }

    #[test]
    fn lists_name_a_tag() {
        for line in [
            "\"abc\"",
            " \"abc\" ",
            "\"x\", \"abc\"",
            "\"x\",\"abc\",\"y\"",
            ",, \"x\" ,,\"abc\"",
            "\"a,b\", W/\"c\", \"abc\"",
            "\"\", \"abc\"",
            "\"abc\", garbage",
            "*",
            " * ",
        ] {
            assert!(names(line, Comparison::Weak), "{line}");
            assert!(names(line, Comparison::Strong), "{line}");
        }
        for line in ["W/\"abc\"", "\"x\", W/\"abc\""] {
            assert!(names(line, Comparison::Weak), "{line}");
            assert!(!names(line, Comparison::Strong), "{line}");
        }
    }

    #[test]
    fn lists_that_do_not() {
        for line in [
            "",
            ",",
            "abc",
            "\"abc",
            "abc\"",
            "\"x,abc\"",
            "\"ABC\"",
            "\"abcd\"",
            "w/\"abc\"",
            "W/ \"abc\"",
            "garbage, \"abc\"",
            "\"x\" \"abc\"",
            "\"x\"\"abc\"",
            "*, \"x\"",
            "\"*\"",
            "'abc'",
            "\"a c\", \"abc\"",
            "W/",
        ] {
            assert!(!names(line, Comparison::Weak), "{line}");
        }
    }

    #[test]
    fn lines_are_one_list() {
        let lines = || [&b"\"x\""[..], b"\"abc\""].into_iter();
        assert!(list_names(lines(), ETAG, Comparison::Strong));
        assert!(!list_names(lines(), "\"y\"", Comparison::Weak));
        assert!(!list_names([].into_iter(), ETAG, Comparison::Weak));
    }

    #[test]
    fn if_range_compares_strongly() {
        assert!(is_strongly(b" \"abc\"", ETAG));
        for text in ["W/\"abc\"", "abc", "\"abc\", \"x\"", "*", ""] {
            assert!(!is_strongly(text.as_bytes(), ETAG), "{text}");
        }
    }
}
