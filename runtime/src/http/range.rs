use super::request::{members, trim};

/// A stretch of a representation: both ends included, `first <= last < length`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ByteRange {
    /// The first byte's place.
    pub first: usize,
    /// The last byte's place.
    pub last: usize,
}

impl ByteRange {
    /// How many bytes it spans.
    pub const fn len(self) -> usize {
        self.last - self.first + 1
    }

    /// Never: a range spans at least one byte.
    pub const fn is_empty(self) -> bool {
        false
    }

    /// The bytes that it spans; none of them if it is not a range of these bytes.
    pub fn of(self, bytes: &[u8]) -> &[u8] {
        bytes.get(self.first..=self.last).unwrap_or_default()
    }
}

/// What a `Range` asks of a representation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Ranges {
    /// All of it: the field is malformed, of another unit, or asks for more than is good (RFC 9110 §14.2).
    Ignored,
    /// One stretch.
    One(ByteRange),
    /// Several, in the order in which they were asked for.
    Many(Vec<ByteRange>),
    /// None that there is: 416.
    Unsatisfiable,
}

/// So many are answered as asked; a client with an honest need for more is better off with the whole.
const MOST: usize = 16;

/// Parses `bytes=…` (RFC 9110 §14.1.2) against a representation of `length` bytes.
///
/// More than [`MOST`] ranges, or ranges that together are longer than the representation, are an attack or a mistake
/// (§17.15) and ignored.
pub(super) fn parse(field: &[u8], length: usize) -> Ranges {
    let Some(equals) = field.iter().position(|byte| *byte == b'=') else {
        return Ranges::Ignored;
    };
    let (unit, set) = (trim(&field[..equals]), &field[equals + 1..]);
    if !unit.eq_ignore_ascii_case(b"bytes") || members(set).next().is_none() {
        return Ranges::Ignored;
    }
    // Of an empty representation a suffix is satisfiable, but nothing could be said of it in a `Content-Range`.
    let is_suffix = |spec: &[u8]| spec.first() == Some(&b'-');
    if length == 0 && members(set).any(is_suffix) {
        return Ranges::Ignored;
    }
    let mut first = None;
    let mut further = Vec::new();
    let mut total = 0;
    for spec in members(set) {
        match Spec::parse(spec).map(|spec| spec.resolve(length)) {
            None => return Ranges::Ignored,
            Some(None) => {}
            Some(Some(range)) => {
                total += range.len();
                if further.len() + 1 > MOST - usize::from(first.is_some()) || total > length {
                    return Ranges::Ignored;
                }
                match first {
                    None => first = Some(range),
                    Some(_) => further.push(range),
                }
            }
        }
    }
    match first {
        None => Ranges::Unsatisfiable,
        Some(range) if further.is_empty() => Ranges::One(range),
        Some(range) => {
            further.insert(0, range);
            Ranges::Many(further)
        }
    }
}

enum Spec {
    /// `first-` or `first-last`
    From { first: u64, last: u64 },
    /// `-length`
    Suffix(u64),
}

impl Spec {
    fn parse(text: &[u8]) -> Option<Self> {
        let dash = text.iter().position(|byte| *byte == b'-')?;
        let (first, last) = (&text[..dash], &text[dash + 1..]);
        match (first.is_empty(), last.is_empty()) {
            (true, true) => None,
            (true, false) => Some(Self::Suffix(number(last)?)),
            (false, true) => Some(Self::From {
                first: number(first)?,
                last: u64::MAX,
            }),
            (false, false) => {
                let (first, last) = (number(first)?, number(last)?);
                (first <= last).then_some(Self::From { first, last })
            }
        }
    }

    /// The stretch of a representation, if it has one.
    fn resolve(self, length: usize) -> Option<ByteRange> {
        let last = length.checked_sub(1)?;
        let clamped = |place: u64| usize::try_from(place).unwrap_or(usize::MAX);
        match self {
            Self::From { first, last: end } => {
                let first = clamped(first);
                (first <= last).then(|| ByteRange {
                    first,
                    last: last.min(clamped(end)),
                })
            }
            Self::Suffix(0) => None,
            Self::Suffix(suffix) => Some(ByteRange {
                first: length.saturating_sub(clamped(suffix)),
                last,
            }),
        }
    }
}

/// `1*DIGIT`; beyond 64 bits it is as good as endless.
fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |number, digit| {
        digit.is_ascii_digit().then(|| {
            number
                .saturating_mul(10)
                .saturating_add(u64::from(digit - b'0'))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(field: &str, length: usize) -> String {
        let show = |range: &ByteRange| format!("{}-{}", range.first, range.last);
        match parse(field.as_bytes(), length) {
            Ranges::Ignored => "ignored".to_owned(),
            Ranges::Unsatisfiable => "unsatisfiable".to_owned(),
            Ranges::One(range) => show(&range),
            Ranges::Many(ranges) => ranges.iter().map(show).collect::<Vec<_>>().join(" "),
        }
    }

    #[test]
    fn ranges_of_a_hundred_bytes() {
        for (field, want) in [
            ("bytes=0-0", "0-0"),
            ("bytes=0-99", "0-99"),
            ("bytes=99-", "99-99"),
            ("bytes=10-999", "10-99"),
            ("bytes=10-99999999999999999999999999", "10-99"),
            ("bytes=-1", "99-99"),
            ("bytes=-100", "0-99"),
            ("bytes=-999999999", "0-99"),
            ("Bytes=0-1", "0-1"),
            ("bytes= 0-1 ", "0-1"),
            ("bytes=,0-1,", "0-1"),
            ("bytes=0-1,5-6", "0-1 5-6"),
            ("bytes=50-59, 0-9", "50-59 0-9"),
            ("bytes=0-1, 200-", "0-1"),
            ("bytes=0-1, -0", "0-1"),
            ("bytes=100-", "unsatisfiable"),
            ("bytes=99999999999999999999999999-", "unsatisfiable"),
            ("bytes=-0", "unsatisfiable"),
            ("bytes=100-, 200-300", "unsatisfiable"),
        ] {
            assert_eq!(shown(field, 100), want, "{field}");
        }
    }

    #[test]
    fn what_is_ignored() {
        for field in [
            "",
            "bytes",
            "bytes=",
            "bytes=,",
            "bytes=-",
            "bytes=abc",
            "bytes=5-2",
            "bytes=--5",
            "bytes=0-1-2",
            "bytes=+0-1",
            "bytes=0x0-1",
            "bytes=0 - 1",
            "items=0-1",
            "bytes 0-1",
            "bytes=0-1,x",
            "bytes=0-1;5-6",
            "=0-1",
            // Longer than the whole, together.
            "bytes=0-,0-",
            "bytes=0-60,40-99",
            "bytes=-100,-1",
        ] {
            assert_eq!(shown(field, 100), "ignored", "{field}");
        }
        let many = |count: usize| format!("bytes={}", vec!["0-0"; count].join(","));
        assert_ne!(shown(&many(MOST - 1), 100), "ignored");
        assert_eq!(shown(&many(MOST + 1), 100), "ignored");
    }

    #[test]
    fn an_empty_representation_has_no_ranges() {
        assert_eq!(shown("bytes=0-", 0), "unsatisfiable");
        assert_eq!(shown("bytes=-5", 0), "ignored");
    }
}
