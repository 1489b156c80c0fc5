use std::fmt::Write;

use super::ByteRange;

/// A `multipart/byteranges` body (RFC 9110 §14.6).
pub(super) struct Multipart {
    /// The value of `Content-Type`.
    pub(super) content_type: String,
    pub(super) body: Vec<u8>,
}

/// Writes the parts in the order of the ranges. `etag` names the boundary, so that the same request has the same answer.
pub(super) fn write(
    bytes: &[u8],
    ranges: &[ByteRange],
    content_type: &str,
    etag: &str,
) -> Multipart {
    let boundary = boundary(bytes, ranges, etag);
    let mut body = Vec::with_capacity(ranges.iter().map(|range| range.len() + 160).sum());
    let mut head = String::new();
    for range in ranges {
        head.clear();
        // Writing to a string cannot fail.
        let _ = write!(
            head,
            "\r\n--{boundary}\r\nContent-Type: {content_type}\r\nContent-Range: {}\r\n\r\n",
            content_range(*range, bytes.len()),
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(range.of(bytes));
    }
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    Multipart {
        content_type: format!("multipart/byteranges; boundary={boundary}"),
        body,
    }
}

/// `bytes 0-9/100` (RFC 9110 §14.4)
pub(super) fn content_range(range: ByteRange, length: usize) -> String {
    format!("bytes {}-{}/{length}", range.first, range.last)
}

/// A delimiter that stands in none of the parts (RFC 2046 §5.1.1).
fn boundary(bytes: &[u8], ranges: &[ByteRange], etag: &str) -> String {
    let stem: String = etag
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(32)
        .collect();
    let occurs = |boundary: &str| {
        ranges.iter().any(|range| {
            range
                .of(bytes)
                .windows(boundary.len())
                .any(|window| window == boundary.as_bytes())
        })
    };
    let mut number = 0_u32;
    loop {
        let boundary = format!("crushed-{stem}-{number}");
        // One of more than four billion is free in any body that fits a memory.
        if number == u32::MAX || !occurs(&boundary) {
            return boundary;
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_carry_their_type_and_range() {
        let ranges = [
            ByteRange { first: 4, last: 5 },
            ByteRange { first: 0, last: 0 },
        ];
        let multipart = write(b"abcdef", &ranges, "text/css", "\"12ab\"");
        assert_eq!(
            multipart.content_type,
            "multipart/byteranges; boundary=crushed-12ab-0"
        );
        let want = "\r\n--crushed-12ab-0\r\nContent-Type: text/css\r\nContent-Range: bytes 4-5/6\r\n\r\nef\
                    \r\n--crushed-12ab-0\r\nContent-Type: text/css\r\nContent-Range: bytes 0-0/6\r\n\r\na\
                    \r\n--crushed-12ab-0--\r\n";
        assert_eq!(String::from_utf8(multipart.body).unwrap(), want);
    }

    #[test]
    fn a_boundary_stands_in_no_part() {
        let bytes = b"see --crushed-1-0 there";
        let range = |first, last| ByteRange { first, last };
        assert_eq!(boundary(bytes, &[range(0, 22)], "\"1\""), "crushed-1-1");
        assert_eq!(boundary(bytes, &[range(0, 9)], "\"1\""), "crushed-1-0");
    }
}
