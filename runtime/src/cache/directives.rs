//! `Cache-Control` (RFC 9111 §5.2), for requests and responses alike.

use std::time::Duration;

use super::fields::Fields;

/// Larger numbers of seconds count as this one (RFC 9111 §1.2.2).
const MOST_SECONDS: u64 = 1 << 31;

/// What `Cache-Control` says.
///
/// Names are compared without regard to case, and everything doubtful is read the careful way: a directive with an
/// argument where none belongs still counts (`private="x"`), a number that is none counts as zero, and of a directive
/// that was sent twice the smaller value holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Directives {
    pub(crate) no_store: bool,
    pub(crate) no_cache: bool,
    pub(crate) private: bool,
    pub(crate) public: bool,
    pub(crate) only_if_cached: bool,
    /// `must-revalidate` or `proxy-revalidate`: not to be served stale, whatever happens.
    pub(crate) revalidate: bool,
    pub(crate) no_transform: bool,
    pub(crate) stale_while_revalidate: Option<Duration>,
    pub(crate) stale_if_error: Option<Duration>,
    pub(crate) max_age: Option<Duration>,
    pub(crate) s_maxage: Option<Duration>,
    pub(crate) min_fresh: Option<Duration>,
}

impl Directives {
    /// Reads every `Cache-Control` line.
    pub(crate) fn of<F: Fields + ?Sized>(fields: &F) -> Directives {
        let mut directives = Directives::default();
        for line in fields.lines("cache-control") {
            for directive in split_outside_quotes(line) {
                directives.add(directive);
            }
        }
        directives
    }

    fn add(&mut self, directive: &[u8]) {
        let (name, argument) = match directive.iter().position(|&byte| byte == b'=') {
            Some(at) => (&directive[..at], Some(&directive[at + 1..])),
            None => (directive, None),
        };
        match name.trim_ascii().to_ascii_lowercase().as_slice() {
            b"no-store" => self.no_store = true,
            b"no-cache" => self.no_cache = true,
            b"private" => self.private = true,
            b"public" => self.public = true,
            b"only-if-cached" => self.only_if_cached = true,
            b"must-revalidate" | b"proxy-revalidate" => self.revalidate = true,
            b"no-transform" => self.no_transform = true,
            b"stale-while-revalidate" => tighten(&mut self.stale_while_revalidate, argument),
            b"stale-if-error" => tighten(&mut self.stale_if_error, argument),
            b"max-age" => tighten(&mut self.max_age, argument),
            b"s-maxage" => tighten(&mut self.s_maxage, argument),
            b"min-fresh" => tighten(&mut self.min_fresh, argument),
            _ => {}
        }
    }
}

fn tighten(slot: &mut Option<Duration>, argument: Option<&[u8]>) {
    let value = argument.and_then(seconds).unwrap_or(Duration::ZERO);
    *slot = Some(slot.map_or(value, |earlier| earlier.min(value)));
}

/// A delta-seconds value (RFC 9111 §1.2.2), quoted or not; `None` if it is not a number.
pub(crate) fn seconds(text: &[u8]) -> Option<Duration> {
    let text = text.trim_ascii();
    let text = match text {
        [b'"', inner @ .., b'"'] => inner,
        _ => text,
    };
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = text.iter().fold(0_u64, |sum, digit| {
        sum.saturating_mul(10)
            .saturating_add(u64::from(digit - b'0'))
    });
    Some(Duration::from_secs(number.min(MOST_SECONDS)))
}

/// Splits at commas, but not at those inside a quoted string (RFC 9110 §5.6.4).
pub(crate) fn split_outside_quotes(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    line.split(move |&byte| {
        if escaped {
            escaped = false;
            return false;
        }
        match byte {
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' if !quoted => return true,
            _ => {}
        }
        false
    })
    .map(<[u8]>::trim_ascii)
    .filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::fields::lines;
    use super::*;

    fn of(value: &str) -> Directives {
        Directives::of(&lines(&[("cache-control", value)]))
    }

    #[test]
    fn names_have_no_case_and_arguments_do_not_hide_them() {
        for text in [
            "private",
            "PRIVATE",
            " Private ",
            "max-age=1, private",
            "private=\"a, b\"",
        ] {
            assert!(of(text).private, "{text}");
        }
        assert!(of("no-cache=\"set-cookie\"").no_cache);
        assert!(!of("x=\"private\"").private);
        assert!(!of("x=\"a, no-store\"").no_store);
        assert!(!of("xprivate").private);
    }

    #[test]
    fn numbers() {
        let secs = |n| Some(Duration::from_secs(n));
        for (text, want) in [
            ("max-age=60", secs(60)),
            ("max-age=\"60\"", secs(60)),
            ("MAX-AGE = 60", secs(60)),
            ("max-age=60, max-age=0", secs(0)),
            ("max-age=5, max-age=60", secs(5)),
            ("max-age=abc", secs(0)),
            ("max-age=-1", secs(0)),
            ("max-age='3600'", secs(0)),
            ("max-age=1.5", secs(0)),
            ("max-age", secs(0)),
            ("max-age=", secs(0)),
            ("max-age=99999999999999999999999", secs(MOST_SECONDS)),
            ("s-maxage=60", None),
            ("", None),
        ] {
            assert_eq!(of(text).max_age, want, "{text}");
        }
    }

    #[test]
    fn lines_add_up() {
        let two = Directives::of(&lines(&[
            ("cache-control", "public"),
            ("cache-control", "s-maxage=3"),
        ]));
        assert!(two.public);
        assert_eq!(two.s_maxage, Some(Duration::from_secs(3)));
    }
}
