use std::time::{Duration, SystemTime};

use super::etag::{self, Comparison};
use super::{Fields, Name};

/// What the preconditions of a GET or HEAD come to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Outcome {
    /// The request goes on.
    Proceed,
    /// 304
    NotModified,
    /// 412
    Failed,
}

/// Evaluates them in the order of RFC 9110 §13.2.2, `If-Range` aside, against the selected variant.
pub(super) fn evaluate(fields: &impl Fields, etag: &str, modified: Option<u64>) -> Outcome {
    let modified = modified.map(time);
    let mut wanted = fields.lines(Name::IfMatch).peekable();
    if wanted.peek().is_some() {
        if !etag::list_names(wanted, etag, Comparison::Strong) {
            return Outcome::Failed;
        }
    } else if let Some((modified, since)) = modified.zip(date(fields, Name::IfUnmodifiedSince))
        && modified > since
    {
        return Outcome::Failed;
    }
    let mut known = fields.lines(Name::IfNoneMatch).peekable();
    if known.peek().is_some() {
        if etag::list_names(known, etag, Comparison::Weak) {
            return Outcome::NotModified;
        }
    } else if let Some((modified, since)) = modified.zip(date(fields, Name::IfModifiedSince))
        && modified <= since
    {
        return Outcome::NotModified;
    }
    Outcome::Proceed
}

/// Whether a `Range` is to be honoured (RFC 9110 §13.1.5): there is no `If-Range`, or it names what is selected.
pub(super) fn range_applies(fields: &impl Fields, etag: &str, modified: Option<u64>) -> bool {
    if !fields.has(Name::IfRange) {
        return true;
    }
    let Some(text) = fields.single(Name::IfRange) else {
        return false;
    };
    etag::is_strongly(text, etag)
        || modified
            .zip(parse_date(text))
            .is_some_and(|(modified, date)| time(modified) == date)
}

fn time(seconds: u64) -> SystemTime {
    // A time that the platform cannot hold is none that a client could name.
    SystemTime::UNIX_EPOCH
        .checked_add(Duration::from_secs(seconds))
        .unwrap_or(SystemTime::UNIX_EPOCH)
}

/// A date that stands once and is valid in one of the three formats (RFC 9110 §5.6.7); anything else is ignored.
fn date(fields: &impl Fields, name: Name) -> Option<SystemTime> {
    parse_date(fields.single(name)?)
}

fn parse_date(text: &[u8]) -> Option<SystemTime> {
    httpdate::parse_http_date(std::str::from_utf8(text).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1 January 2026, 00:00:00
    const MODIFIED: u64 = 1_767_225_600;
    const AT: &str = "Thu, 01 Jan 2026 00:00:00 GMT";
    const BEFORE: &str = "Wed, 31 Dec 2025 23:59:59 GMT";
    const AFTER: &str = "Thu, 01 Jan 2026 00:00:01 GMT";

    #[test]
    fn preconditions_in_their_order() {
        use Outcome::{Failed, NotModified, Proceed};
        let (same, other) = ("\"abc\"", "\"x\"");
        for (fields, dated, undated) in [
            (vec![], Proceed, Proceed),
            (vec![("if-match", same)], Proceed, Proceed),
            (vec![("if-match", "*")], Proceed, Proceed),
            (vec![("if-match", other)], Failed, Failed),
            (vec![("if-match", "W/\"abc\"")], Failed, Failed),
            (
                vec![("if-match", other), ("if-match", same)],
                Proceed,
                Proceed,
            ),
            (
                vec![("if-match", ""), ("if-none-match", same)],
                Failed,
                Failed,
            ),
            (vec![("if-unmodified-since", BEFORE)], Failed, Proceed),
            (vec![("if-unmodified-since", AT)], Proceed, Proceed),
            (vec![("if-unmodified-since", "soon")], Proceed, Proceed),
            (
                vec![("if-match", same), ("if-unmodified-since", BEFORE)],
                Proceed,
                Proceed,
            ),
            (vec![("if-none-match", same)], NotModified, NotModified),
            (
                vec![("if-none-match", "W/\"abc\"")],
                NotModified,
                NotModified,
            ),
            (vec![("if-none-match", "*")], NotModified, NotModified),
            (vec![("if-none-match", other)], Proceed, Proceed),
            (
                vec![("if-none-match", other), ("if-modified-since", AFTER)],
                Proceed,
                Proceed,
            ),
            (
                vec![("if-none-match", ""), ("if-modified-since", AFTER)],
                Proceed,
                Proceed,
            ),
            (
                vec![("if-match", other), ("if-none-match", same)],
                Failed,
                Failed,
            ),
            (
                vec![("if-match", same), ("if-none-match", same)],
                NotModified,
                NotModified,
            ),
            (vec![("if-modified-since", BEFORE)], Proceed, Proceed),
            (vec![("if-modified-since", AT)], NotModified, Proceed),
            (vec![("if-modified-since", AFTER)], NotModified, Proceed),
            (
                vec![("if-modified-since", "Thursday, 01-Jan-26 00:00:00 GMT")],
                NotModified,
                Proceed,
            ),
            (
                vec![("if-modified-since", "Thu Jan  1 00:00:00 2026")],
                NotModified,
                Proceed,
            ),
            (vec![("if-modified-since", "yesterday")], Proceed, Proceed),
            (
                vec![("if-modified-since", AT), ("if-modified-since", AT)],
                Proceed,
                Proceed,
            ),
            (
                vec![("if-unmodified-since", BEFORE), ("if-none-match", same)],
                Failed,
                NotModified,
            ),
        ] {
            assert_eq!(evaluate(&fields, same, Some(MODIFIED)), dated, "{fields:?}");
            assert_eq!(evaluate(&fields, same, None), undated, "{fields:?}");
        }
    }

    #[test]
    fn if_range_names_what_is_selected() {
        for (fields, dated, undated) in [
            (vec![], true, true),
            (vec![("if-range", "\"abc\"")], true, true),
            (vec![("if-range", "W/\"abc\"")], false, false),
            (vec![("if-range", "\"x\"")], false, false),
            (vec![("if-range", AT)], true, false),
            (vec![("if-range", AFTER)], false, false),
            (vec![("if-range", "")], false, false),
            (
                vec![("if-range", "\"abc\""), ("if-range", "\"abc\"")],
                false,
                false,
            ),
        ] {
            assert_eq!(
                range_applies(&fields, "\"abc\"", Some(MODIFIED)),
                dated,
                "{fields:?}"
            );
            assert_eq!(
                range_applies(&fields, "\"abc\"", None),
                undated,
                "{fields:?}"
            );
        }
    }
}
