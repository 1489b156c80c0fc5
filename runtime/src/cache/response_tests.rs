//! The storing rules as a table.

use super::super::fields::lines;
use super::super::options::ExtraStatus;
use super::*;

const MINUTE: Duration = Duration::from_secs(60);

/// Sun, 06 Nov 1994 08:49:37 GMT.
const NOW: Timestamp = Timestamp::from_millis(784_111_777_000);

fn options() -> PageCacheOptions {
    PageCacheOptions::default()
        .ttl(MINUTE)
        .also(ExtraStatus::NotFound, Duration::from_secs(5))
}

struct Case<'a> {
    status: u16,
    request: &'a [(&'a str, &'a str)],
    length: Option<usize>,
    rule: Option<ViewRule>,
    head: bool,
    options: PageCacheOptions,
}

impl Default for Case<'_> {
    fn default() -> Self {
        Case {
            status: 200,
            request: &[],
            length: Some(4),
            rule: None,
            head: false,
            options: options(),
        }
    }
}

impl Case<'_> {
    fn judge(&self, response: &[(&str, &str)]) -> Result<Terms, Reject> {
        let request = lines(self.request);
        let rendered = Rendered {
            lookup: Lookup {
                head: self.head,
                authorized: request.has("authorization"),
                ..Lookup::default()
            },
            request: &request,
            status: self.status,
            fields: &lines(response),
            length: self.length,
            rule: self.rule,
            tags: Tags::default(),
        };
        match judge(&rendered, &self.options, NOW) {
            Verdict::Store(terms) => Ok(terms),
            Verdict::Reject(reject) => Err(reject),
        }
    }

    fn reject(&self, response: &[(&str, &str)]) -> Option<Reject> {
        self.judge(response).err()
    }
}

fn with_request<'a>(request: &'a [(&'a str, &'a str)]) -> Case<'a> {
    Case {
        request,
        ..Case::default()
    }
}

#[test]
fn response_fields_that_forbid() {
    for (name, value, want) in [
        ("set-cookie", "sid=1", Reject::SetCookie),
        ("cache-control", "no-store", Reject::NoStore),
        ("cache-control", "max-age=60, PRIVATE", Reject::Private),
        ("cache-control", "private=\"x-user\"", Reject::Private),
        ("cache-control", "no-cache", Reject::NoCache),
        ("cache-control", "public, no-store", Reject::NoStore),
        ("cache-control", "s-maxage=0, max-age=60", Reject::Stale),
        ("cache-control", "max-age=0", Reject::Stale),
        ("cache-control", "max-age=abc", Reject::Stale),
        ("expires", "0", Reject::Stale),
        ("expires", "Sun, 06 Nov 1994 08:49:37 GMT", Reject::Stale),
        ("age", "60", Reject::Stale),
        ("age", "60, 0", Reject::Stale),
        ("vary", "*", Reject::VaryAny),
        ("vary", "\t* ", Reject::VaryAny),
        ("vary", "Accept, *", Reject::VaryAny),
        ("vary", ",*", Reject::VaryAny),
        ("vary", "Accept Language", Reject::VaryAny),
        (
            "content-security-policy",
            "script-src 'Nonce-abc'",
            Reject::Nonce,
        ),
        ("content-range", "bytes 0-3/9", Reject::Incomplete),
        ("content-length", "5", Reject::Incomplete),
    ] {
        assert_eq!(
            Case::default().reject(&[(name, value)]),
            Some(want),
            "{name}: {value}"
        );
    }
    let two_lines = [("vary", "Accept"), ("vary", "*")];
    assert_eq!(Case::default().reject(&two_lines), Some(Reject::VaryAny));
    let many = (0..17)
        .map(|n| format!("x-{n}"))
        .collect::<Vec<_>>()
        .join(",");
    assert_eq!(
        Case::default().reject(&[("vary", &many)]),
        Some(Reject::VaryMany)
    );
}

#[test]
fn response_fields_that_allow() {
    for (name, value) in [
        ("cache-control", "public"),
        ("cache-control", "must-revalidate"),
        ("cache-control", "x-private"),
        ("pragma", "no-cache"),
        ("content-length", "4"),
        ("content-security-policy", "script-src 'sha256-nonce'"),
        ("vary", ""),
    ] {
        assert_eq!(
            Case::default().reject(&[(name, value)]),
            None,
            "{name}: {value}"
        );
    }
}

#[test]
fn statuses() {
    for status in [
        201, 202, 204, 206, 301, 302, 304, 307, 400, 401, 403, 410, 429, 500, 502, 504,
    ] {
        let case = Case {
            status,
            ..Case::default()
        };
        let public = [("cache-control", "public, max-age=60")];
        assert_eq!(case.reject(&public), Some(Reject::Status), "{status}");
    }
    let chosen = Case {
        status: 404,
        ..Case::default()
    };
    let five = Duration::from_secs(5);
    assert_eq!(chosen.judge(&[]).unwrap().lifetime, five);
    let longer = [("cache-control", "max-age=600")];
    assert_eq!(chosen.judge(&longer).unwrap().lifetime, five);
}

#[test]
fn bodies() {
    let length = |length| Case {
        length,
        options: options().max_body(100),
        ..Case::default()
    };
    assert_eq!(length(None).reject(&[]), Some(Reject::Stream));
    assert_eq!(length(Some(101)).reject(&[]), Some(Reject::TooLarge));
    assert_eq!(length(Some(100)).reject(&[]), None);
    assert_eq!(length(Some(0)).reject(&[]), None);
}

#[test]
fn requests_that_forbid() {
    let authorized = with_request(&[("authorization", "Bearer a")]);
    assert_eq!(authorized.reject(&[]), Some(Reject::Authorization));
    let must = [("cache-control", "must-revalidate, max-age=9")];
    assert_eq!(authorized.reject(&must), Some(Reject::Authorization));
    assert!(
        authorized
            .judge(&[("cache-control", "public")])
            .unwrap()
            .public
    );

    let vary = [("vary", "Cookie")];
    let visitor = with_request(&[("cookie", "_ga=1")]);
    assert_eq!(visitor.reject(&vary), Some(Reject::VaryCookie));
    assert_eq!(Case::default().reject(&vary), None);

    let head = Case {
        head: true,
        ..Case::default()
    };
    assert_eq!(head.reject(&[]), Some(Reject::Head));
}

#[test]
fn what_the_view_says() {
    let ruled = |rule| Case {
        rule: Some(rule),
        ..Case::default()
    };
    assert_eq!(ruled(ViewRule::Never).reject(&[]), Some(Reject::View));
    let brief = ruled(ViewRule::Ttl(Duration::from_secs(3)));
    assert_eq!(brief.judge(&[]).unwrap().lifetime, Duration::from_secs(3));
    let zero = ruled(ViewRule::Ttl(Duration::ZERO));
    assert_eq!(zero.reject(&[]), Some(Reject::Stale));
}

#[test]
fn freshness() {
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    for (response, lifetime, age) in [
        (&[][..], 60, 0),
        (&[("cache-control", "max-age=120")], 120, 0),
        (&[("cache-control", "max-age=120, s-maxage=9")], 9, 0),
        (
            &[("cache-control", "max-age=120"), ("age", "100")],
            120,
            100,
        ),
        (&[("expires", "Sun, 06 Nov 1994 08:50:07 GMT")], 30, 0),
        (
            &[
                ("expires", "Sun, 06 Nov 1994 08:50:07 GMT"),
                ("cache-control", "max-age=5"),
            ],
            5,
            0,
        ),
        (&[("date", date)], 60, 0),
        (&[("date", "Sun, 06 Nov 1994 08:49:27 GMT")], 60, 10),
        (
            &[("date", "Sun, 06 Nov 1994 08:49:27 GMT"), ("age", "20")],
            60,
            20,
        ),
        (&[("date", "Sun, 06 Nov 1994 09:00:00 GMT")], 60, 0),
        (&[("age", "soon")], 60, 0),
        (&[("age", "-7")], 60, 0),
        (&[("age", "70.0")], 60, 0),
        (&[("age", "7, 70")], 60, 7),
        (&[("age", "7"), ("age", "70")], 60, 7),
    ] {
        let terms = Case::default().judge(response).unwrap();
        let got = (terms.lifetime.as_secs(), terms.age.as_secs());
        assert_eq!(got, (lifetime, age), "{response:?}");
    }
}

#[test]
fn vary_names() {
    let names = |response: &[(&str, &str)]| {
        let terms = Case::default().judge(response).unwrap();
        terms.vary.iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        names(&[("vary", "X-B, accept"), ("vary", "x-b")]),
        ["accept", "x-b"]
    );
    assert_eq!(
        names(&[("access-control-allow-origin", "https://a.test")]),
        ["origin"]
    );
    assert!(names(&[("access-control-allow-origin", "*")]).is_empty());
}
