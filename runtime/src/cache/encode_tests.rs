//! Which pages are encoded, and what is sent to whom.

use std::time::Duration;

use http::StatusCode;

use super::super::clock::Timestamp;
use super::super::entry::Parts;
use super::super::fields::lines;
use super::super::purge::Stamp;
use super::super::tags::Tags;
use super::*;

fn entry(fields: &[(&str, &str)], body: &str, encoded: Option<&[Coding]>) -> Entry {
    let mut length = body.len();
    let encoded = encoded.map(|codings| {
        let encoded = codings.iter().map(|&coding| {
            length -= 1;
            (coding, Bytes::from(vec![b'x'; length]))
        });
        encoded.collect()
    });
    Entry::from_parts(Parts {
        key: Bytes::new(),
        stamp: Stamp::default(),
        status: StatusCode::OK,
        fields: lines(fields),
        body: Bytes::from(body.to_owned()),
        encoded,
        tags: Tags::default(),
        stored: Timestamp::from_millis(0),
        age: Duration::ZERO,
        lifetime: Duration::from_secs(60),
        stale_while_revalidate: Duration::ZERO,
        stale_if_error: Duration::ZERO,
        public: false,
    })
}

#[test]
fn only_what_is_text_and_may_be_changed_is_encoded() {
    let text = "text ".repeat(100);
    let html = ("content-type", "Text/HTML; charset=utf-8");
    for (fields, body, want) in [
        (&[html][..], &*text, true),
        (&[("content-type", "application/ld+json")], &text, true),
        (&[("content-type", "image/svg+xml")], &text, true),
        (&[html], "short", false),
        (&[], &text, false),
        (&[("content-type", "image/png")], &text, false),
        (&[("content-type", "text/event-stream")], &text, false),
        (&[html, ("content-encoding", "br")], &text, false),
        (&[html, ("content-digest", "sha-256=:AA==:")], &text, false),
        (
            &[html, ("cache-control", "max-age=9, No-Transform")],
            &text,
            false,
        ),
    ] {
        assert_eq!(has_codings(&entry(fields, body, None)), want, "{fields:?}");
    }
    assert!(!has_codings(&entry(&[html], &text, Some(&[]))));
    assert!(has_codings(&entry(&[html], &text, Some(&[Coding::Br]))));
}

#[test]
fn every_coding_gives_the_body_back_and_is_smaller() {
    let body: String = (0..500).map(|n| format!("<li>coupon {n}</li>\n")).collect();
    let encoded = encode(body.as_bytes());
    let codings: Vec<_> = encoded.iter().map(|(coding, _)| *coding).collect();
    assert_eq!(codings, [Coding::Br, Coding::Zstd, Coding::Gzip]);
    for (coding, bytes) in encoded {
        assert!(bytes.len() * 3 < body.len(), "{coding}");
        let mut decoded = vec![0; body.len()];
        match coding {
            Coding::Identity => unreachable!(),
            Coding::Br => {
                decoded.clear();
                let mut reader = brotli::Decompressor::new(&bytes[..], 4096);
                io::Read::read_to_end(&mut reader, &mut decoded).unwrap();
            }
            Coding::Zstd => decoded = zstd::bulk::decompress(&bytes, body.len()).unwrap(),
            Coding::Gzip => {
                libdeflater::Decompressor::new()
                    .gzip_decompress(&bytes, &mut decoded)
                    .unwrap();
            }
        }
        assert_eq!(decoded, body.as_bytes(), "{coding}");
    }
}

#[test]
fn what_does_not_get_smaller_is_left_out() {
    // Output of a mixing function: as good as random.
    let mut noise = vec![0; 4096];
    blake3::Hasher::new().finalize_xof().fill(&mut noise);
    assert!(encode(&noise).is_empty());
}

#[test]
fn each_client_gets_what_it_accepts() {
    let all = entry(
        &[],
        &"x".repeat(300),
        Some(&[Coding::Gzip, Coding::Zstd, Coding::Br]),
    );
    for (accepted, want) in [
        (None, Coding::Identity),
        (Some("gzip, deflate, br, zstd"), Coding::Br),
        (Some("gzip"), Coding::Gzip),
        (Some("br;q=0.1, gzip;q=0.9"), Coding::Gzip),
        (Some("br;q=0, gzip;q=0, zstd"), Coding::Zstd),
        (Some("deflate"), Coding::Identity),
        (Some("identity;q=0, deflate"), Coding::Identity),
    ] {
        let fields: Vec<_> = accepted
            .iter()
            .map(|value| ("accept-encoding", *value))
            .collect();
        let (coding, body) = choose(&lines(&fields), &all);
        assert_eq!(coding, want, "{accepted:?}");
        assert_eq!(body.len() < 300, want != Coding::Identity);
    }
    let untried = entry(&[], "x", None);
    assert_eq!(
        choose(&lines(&[("accept-encoding", "br")]), &untried).0,
        Coding::Identity
    );
}

#[test]
fn each_coding_has_a_tag_of_its_own() {
    for (own, coding, want) in [
        ("\"v1\"", Coding::Identity, Some("\"v1\"")),
        ("\"v1\"", Coding::Br, Some("\"v1-br\"")),
        ("W/\"v1\"", Coding::Gzip, Some("W/\"v1-gzip\"")),
        ("\"\"", Coding::Zstd, Some("\"-zstd\"")),
        ("v1", Coding::Br, None),
    ] {
        let tag = tag_of(&HeaderValue::from_static(own), coding);
        assert_eq!(tag.as_ref().map(|tag| tag.to_str().unwrap()), want, "{own}");
    }
}

#[test]
fn one_encodes_a_page_at_a_time() {
    let encoding = Arc::new(Encoding::default());
    let slot = |n: usize| Slot::digest(&n.to_le_bytes());
    let turn = encoding.begin(slot(0));
    assert!(turn.is_some());
    assert!(encoding.begin(slot(0)).is_none());
    drop(turn);
    let turns: Vec<_> = (0..MOST_AT_ONCE).map(|n| encoding.begin(slot(n))).collect();
    assert!(turns.iter().all(Option::is_some));
    assert!(encoding.begin(slot(MOST_AT_ONCE)).is_none());
}
