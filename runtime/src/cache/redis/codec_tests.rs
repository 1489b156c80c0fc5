use super::*;

fn slot() -> Slot {
    Slot::from_bytes(*b"0123456789abcdef")
}

fn parts() -> Parts {
    let field = |name: &'static str, value: &'static str| {
        (
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )
    };
    Parts {
        key: Bytes::from_static(b"\x01R key"),
        stamp: Stamp(1_700_000_000_000_123),
        status: StatusCode::NOT_FOUND,
        fields: vec![
            field("content-type", "text/html"),
            field("link", "</a>"),
            field("link", "</b>"),
            field("x-empty", ""),
        ],
        body: Bytes::from_static(b"<p>a page</p>"),
        encoded: Some(vec![
            (Coding::Br, Bytes::from_static(b"br")),
            (Coding::Gzip, Bytes::new()),
        ]),
        tags: Tags::new(["t", "u \u{e4}"]),
        stored: Timestamp::from_millis(1_700_000_000_000),
        age: Duration::from_nanos(1_500_000_001),
        lifetime: Duration::from_secs(60),
        stale_while_revalidate: Duration::from_secs(5),
        stale_if_error: Duration::MAX,
        public: true,
    }
}

fn page_of(parts: Parts) -> Value {
    Value::Page(Arc::new(Entry::from_parts(parts)))
}

/// Bytes with a checksum that fits them, as somebody would write them who knows the format.
fn forged(change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut bytes = encode(slot(), &page_of(parts()));
    change(&mut bytes);
    let start = MAGIC.len() + 1 + CHECKSUM;
    let sum = checksum(slot(), &bytes[start..]);
    bytes[start - CHECKSUM..start].copy_from_slice(&sum);
    bytes
}

fn find(bytes: &[u8], text: &[u8]) -> usize {
    bytes
        .windows(text.len())
        .position(|window| window == text)
        .unwrap()
}

#[test]
fn what_is_written_is_read_again() {
    let whole = parts();
    let bare = Parts {
        encoded: None,
        tags: Tags::default(),
        fields: Vec::new(),
        body: Bytes::new(),
        public: false,
        ..parts()
    };
    let tried = Parts {
        encoded: Some(Vec::new()),
        ..parts()
    };
    for parts in [whole, bare, tried] {
        let read = decode(slot(), encode(slot(), &page_of(parts.clone()))).unwrap();
        let Value::Page(read) = read else {
            panic!("{read:?}")
        };
        // Longer than all recorded time is as good as for ever.
        let ever = Duration::from_nanos(u64::MAX);
        let want = Parts {
            stale_if_error: parts.stale_if_error.min(ever),
            ..parts
        };
        assert_eq!(*read.parts(), want);
    }
    let variants = vec![slot(), Slot::from_bytes([7; 16])];
    let record = VaryRecord::from_parts(Bytes::from_static(b"key"), ["accept", "x-a"], variants);
    let record = Value::Varies(Arc::new(record));
    assert_eq!(decode(slot(), encode(slot(), &record)), Some(record));
}

#[test]
fn any_other_bit_and_any_other_length_is_no_value() {
    let bytes = encode(slot(), &page_of(parts()));
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            assert_eq!(decode(slot(), changed), None, "bit {bit} of byte {at}");
        }
        assert_eq!(decode(slot(), bytes[..at].to_vec()), None, "{at} bytes");
    }
    let longer = [&bytes[..], b"\0"].concat();
    assert_eq!(decode(slot(), longer), None);
    assert_eq!(decode(slot(), vec![0; 1 << 20]), None);
}

#[test]
fn a_value_belongs_to_its_slot() {
    let bytes = encode(slot(), &page_of(parts()));
    assert_eq!(decode(Slot::from_bytes([0; 16]), bytes), None);
}

#[test]
fn other_versions_are_not_read() {
    for version in [0, VERSION + 1, 255] {
        assert_eq!(
            decode(slot(), forged(|bytes| bytes[MAGIC.len()] = version)),
            None
        );
    }
}

#[test]
fn a_right_checksum_does_not_make_a_value() {
    assert!(decode(slot(), forged(|_| ())).is_some());
    let status = |code: u16| {
        forged(|bytes| {
            let at = find(bytes, &404_u16.to_le_bytes());
            bytes[at..at + 2].copy_from_slice(&code.to_le_bytes());
        })
    };
    assert!(decode(slot(), status(410)).is_some());
    for code in [0, 99, 100, 199, 600, 1_000, u16::MAX] {
        assert_eq!(decode(slot(), status(code)), None, "{code}");
    }
    let in_place = |from: &[u8], to: &[u8]| {
        forged(|bytes| {
            let at = find(bytes, from);
            bytes[at..at + to.len()].copy_from_slice(to);
        })
    };
    // A header that would begin another, a name that is none, a tag that is no text.
    assert_eq!(
        decode(slot(), in_place(b"text/html", b"a\r\nb: c\r\n")),
        None
    );
    assert_eq!(decode(slot(), in_place(b"x-empty", b"x empty")), None);
    assert_eq!(decode(slot(), in_place(b"x-empty", b"X-Empty")), None);
    assert_eq!(decode(slot(), in_place(b"u \xc3\xa4", b"u \xff\xff")), None);
    // Lengths that claim more than there is.
    for claimed in [u32::MAX, 1 << 30, 100] {
        let at_body = forged(|bytes| {
            let at = bytes.len() - b"<p>a page</p>".len() - 4;
            bytes[at..at + 4].copy_from_slice(&claimed.to_le_bytes());
        });
        assert_eq!(decode(slot(), at_body), None, "{claimed}");
    }
    assert_eq!(
        decode(slot(), forged(|bytes| bytes.truncate(bytes.len() - 1))),
        None
    );
    assert_eq!(decode(slot(), forged(|bytes| bytes.push(0))), None);
    assert_eq!(
        decode(
            slot(),
            forged(|bytes| bytes[MAGIC.len() + 1 + CHECKSUM] = b'?')
        ),
        None
    );
}
