//! The cases against the decision alone.

use crushed::http::{Decision, Request, decide, decode_path};
use proptest::prelude::*;

use crate::case::{self, Answer};
use crate::site::{self, ASSETS};

/// What an adapter does between a request and an answer, without a framework.
fn answer(method: &str, target: &str, fields: &[(String, String)]) -> Answer {
    let path = target.split('?').next().unwrap_or_default();
    let reply = match path.strip_prefix("/static/").map(decode_path) {
        None => Decision::NotFound.reply(None),
        Some(Err(_)) => Decision::BadRequest.reply(None),
        Some(Ok(path)) => {
            let resource = ASSETS.resource(&path);
            let request = Request {
                method,
                fields: &fields,
            };
            decide(&request, resource.as_ref()).reply(resource.as_ref())
        }
    };
    let fields = reply.headers.iter();
    Answer {
        status: reply.status,
        fields: fields
            .map(|(name, value)| (name.to_string(), value.as_str().to_owned()))
            .collect(),
        body: match method {
            "HEAD" => Vec::new(),
            _ => reply.body.as_bytes().to_vec(),
        },
    }
}

#[test]
fn every_case() {
    let mut faults = Vec::new();
    let mut count = 0;
    for case in case::all("localhost") {
        // What is wrong with the message itself is for a server to see.
        let case::Request::Plain {
            method,
            target,
            version,
            fields,
        } = &case.request
        else {
            continue;
        };
        if version != "HTTP/1.1"
            || !target.starts_with('/')
            || fields.iter().any(|(name, _)| name == "Host")
        {
            continue;
        }
        count += 1;
        let answers = [answer(method, target, fields)];
        for fault in case.faults(&answers, false) {
            faults.push(format!("{}: {fault}", case.name));
        }
    }
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
    assert!(count > 100, "only {count} cases were found");
}

/// Field values near the grammars: the words that mean something, in any order, and noise.
fn value() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "gzip",
        "br",
        "zstd",
        "x-gzip",
        "identity",
        "*",
        ";q=0",
        ";q=0.5",
        ";q=1",
        ";",
        "q=",
        ",",
        ", ",
        " ",
        "\t",
        "bytes=",
        "items=",
        "0-",
        "-0",
        "-1",
        "0-0",
        "5-2",
        "1999-",
        "2000-",
        "99999999999999999999-",
        "-99999999999999999999",
        "=",
        "-",
        "W/",
        "\"",
        "\"\"",
        "\"4444444444444444\"",
        "\"4444444444444445\"",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "%",
        "\0",
    ]);
    prop_oneof![
        4 => prop::collection::vec(words, 0..12).prop_map(|words| words.concat()),
        1 => ".{0,20}",
    ]
}

fn fields() -> impl Strategy<Value = Vec<(String, String)>> {
    let names = prop::sample::select(vec![
        "Accept-Encoding",
        "Range",
        "If-Range",
        "If-Match",
        "If-None-Match",
        "If-Modified-Since",
        "If-Unmodified-Since",
    ]);
    prop::collection::vec((names.prop_map(str::to_owned), value()), 0..5)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_asked_the_promises_hold(
        method in prop::sample::select(vec!["GET", "HEAD", "OPTIONS", "POST"]),
        name in prop::sample::select(vec!["script", "font", "empty", "unhashed", "missing"]),
        fields in fields(),
    ) {
        let answer = answer(method, site::path(name).unwrap(), &fields);
        let field = |name: &str| {
            let found = answer.fields.iter().find(|(given, _)| given == name);
            found.map(|(_, value)| value.as_str())
        };
        let found = matches!(answer.status, 200 | 206 | 304);
        prop_assert!(found || matches!(answer.status, 204 | 404 | 405 | 406 | 412 | 416), "{}", answer.status);
        prop_assert_eq!(
            field("vary").is_some(),
            name == "script" && (found || answer.status == 406)
        );
        prop_assert_eq!(field("etag").is_some(), found);
        prop_assert_eq!(
            field("cache-control").unwrap_or_default().contains("immutable"),
            found && name != "unhashed"
        );
        prop_assert_eq!(field("content-range").is_some() || field("content-type").is_some_and(|text| text.starts_with("multipart/")), matches!(answer.status, 206 | 416));
        if matches!(answer.status, 204 | 304) {
            prop_assert!(answer.body.is_empty() && field("content-type").is_none() && field("content-encoding").is_none());
        }
        // Twice the asset, and what stands around sixteen parts.
        prop_assert!(answer.body.len() <= 2 * 2000 + 17 * 200);
        let names: std::collections::BTreeSet<_> = answer.fields.iter().map(|(name, _)| name).collect();
        prop_assert_eq!(names.len(), answer.fields.len());
    }

    #[test]
    fn whatever_is_named_only_an_asset_is_found(path in "(\\.|/|%2e|%2f|%25|%5c|%00|\\\\|js|robots.txt|\\PC){0,8}") {
        let target = format!("/static/{path}");
        let answer = answer("GET", &target, &[]);
        let is_there = site::ROUTES.iter().any(|route| decode_path(path.split('?').next().unwrap()).is_ok_and(|path| path == route.path));
        prop_assert_eq!(answer.status == 200, is_there);
        prop_assert!(matches!(answer.status, 200 | 400 | 404));
    }
}
