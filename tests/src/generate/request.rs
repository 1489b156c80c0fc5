//! Requests: most follow the grammar with odd values, a few are any bytes.

use super::Choices;

/// A request in its parts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// A token in most cases.
    pub method: String,
    /// What is asked for, as it stands in the request line.
    pub target: String,
    /// The fields in their order.
    pub fields: Vec<(String, Vec<u8>)>,
}

impl Request {
    /// The bytes of an HTTP/1.1 request, without `Host`.
    pub fn wire(&self) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        for (name, value) in &self.fields {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        bytes
    }
}

/// A request for one of these paths or for something like one. Any server can tell where it ends.
pub fn request(choices: &mut Choices<'_>, paths: &[&str], etags: &[&str]) -> Request {
    let method = match choices.below(8) {
        0..=4 => "GET",
        5 => "HEAD",
        6 => "OPTIONS",
        _ => choices.pick(&[
            "POST", "PUT", "DELETE", "PATCH", "TRACE", "get", "PROPFIND", "G", "HEAD-",
        ]),
    };
    let target = target(choices, paths);
    let fields = (0..choices.below(5))
        .map(|_| field(choices, etags))
        .collect();
    Request {
        method: method.to_owned(),
        target,
        fields,
    }
}

/// A path, spoiled in some way in two of three cases.
fn target(choices: &mut Choices<'_>, paths: &[&str]) -> String {
    let mut path = (*choices.pick(paths)).to_owned();
    if choices.below(3) == 0 {
        return path;
    }
    for _ in 0..=choices.below(3) {
        let at = choices.below(path.len() + 1);
        match choices.below(6) {
            0 => path.truncate(at.max(1)),
            1 if at < path.len() => {
                // Percent-encoded, it is the same path.
                let byte = path.as_bytes()[at];
                path.replace_range(at..=at, &format!("%{byte:02x}"));
            }
            2 => {
                path.push_str(choices.pick(&["?", "?v=1", "?../..", "?%", "#", "?a=b&c=%00", "??"]))
            }
            3 => path.push_str(
                &choices
                    .pick(&["/x", "x/", "%2e%2e/", "0"])
                    .repeat(choices.below(200)),
            ),
            _ => path.insert_str(
                at.max(1),
                choices.pick(&[
                    "/",
                    "//",
                    "/../",
                    "/./",
                    "..",
                    ".",
                    "%2e%2e/",
                    "%2E%2e%2f",
                    "..%2f",
                    "%252e%252e/",
                    "%5c",
                    "..%5c",
                    "%00",
                    "%0d%0aX:y",
                    "%ff",
                    "%c0%ae",
                    "%",
                    "%4",
                    "%zz",
                    "%u002e",
                    "+",
                    ";",
                    "..;/",
                    "~",
                    ":",
                    "@",
                    "*",
                    "{x}",
                    "%7Bx%7D",
                    "|",
                    "^",
                    "`",
                    "'",
                    "%20",
                    ".br",
                    ".gz",
                    ".map",
                ]),
            ),
        }
    }
    path
}

fn field(choices: &mut Choices<'_>, etags: &[&str]) -> (String, Vec<u8>) {
    let name = choices.pick(&[
        "Accept-Encoding",
        "accept-encoding",
        "Range",
        "RANGE",
        "If-None-Match",
        "If-Match",
        "If-Modified-Since",
        "If-Unmodified-Since",
        "If-Range",
        "Accept-Encoding",
        "Range",
        "If-None-Match",
        "Origin",
        "Access-Control-Request-Method",
        "Accept",
        "Authorization",
        "Cookie",
        "X-Forwarded-Host",
        "X-Odd",
    ]);
    let value = match name.to_ascii_lowercase().as_str() {
        "accept-encoding" => list(choices, coding),
        "range" => format!(
            "{}={}",
            choices.pick(&["bytes", "bytes", "bytes", "Bytes", "items", "", "bytes "]),
            list(choices, range)
        ),
        "if-none-match" | "if-match" => list(choices, |choices| tag(choices, etags)),
        "if-modified-since" | "if-unmodified-since" => date(choices).to_owned(),
        "if-range" if choices.below(2) == 0 => date(choices).to_owned(),
        "if-range" => tag(choices, etags),
        _ => choices
            .pick(&[
                "*",
                "GET",
                "https://example.test",
                "a=b",
                "Basic eDp5",
                "evil.test",
                "",
            ])
            .to_owned(),
    };
    let mut value = value.into_bytes();
    // Any byte but those that end a field or that a parser refuses (RFC 9110 §5.5).
    if choices.chance(20) {
        let at = choices.below(value.len() + 1);
        let odd = choices.below(256) as u8;
        value.insert(
            at,
            if odd < 0x20 || odd == 0x7f {
                b'\t'
            } else {
                odd
            },
        );
    }
    (name.to_owned(), value)
}

/// A few of them, with commas between.
fn list(choices: &mut Choices<'_>, item: impl Fn(&mut Choices<'_>) -> String) -> String {
    let count = match choices.below(8) {
        0..=3 => 1,
        7 => choices.below(60),
        many => many - 2,
    };
    let items: Vec<String> = (0..count).map(|_| item(choices)).collect();
    items.join(choices.pick(&[", ", ",", " ,\t", ",,", " "]))
}

fn coding(choices: &mut Choices<'_>) -> String {
    let coding = choices.pick(&[
        "gzip", "br", "zstd", "identity", "*", "GZip", "x-gzip", "deflate", "", "br\"", "é",
    ]);
    let weight = choices.pick(&[
        "",
        "",
        ";q=0",
        ";q=1",
        ";q=0.5",
        "; q=0.001",
        ";q=0.000",
        ";Q=0.3",
        ";q=1.001",
        ";q=-1",
        ";q=",
        ";q",
        ";x=y",
        ";q=0;q=1",
    ]);
    format!("{coding}{weight}")
}

fn range(choices: &mut Choices<'_>) -> String {
    let number = |choices: &mut Choices<'_>| match choices.below(8) {
        0 => String::new(),
        1 => "18446744073709551615".to_owned(),
        2 => "99999999999999999999999999".to_owned(),
        3 => choices.below(65_536).to_string(),
        4 => choices
            .pick(&["-1", "+1", "0x1", "a", "01", " 1", "1 "])
            .to_owned(),
        _ => choices.below(256).to_string(),
    };
    let first = number(choices);
    format!(
        "{first}{}{}",
        choices.pick(&["-", "-", "-", "", "--"]),
        number(choices)
    )
}

fn tag(choices: &mut Choices<'_>, etags: &[&str]) -> String {
    let known = choices.pick(etags);
    match choices.below(8) {
        0..=2 => known.to_owned(),
        3 => format!("W/{known}"),
        4 => "*".to_owned(),
        5 => known.trim_matches('"').to_owned(),
        _ => choices
            .pick(&[
                "\"\"",
                "\"",
                "W/",
                "\"a,b\"",
                "\"a\" \"b\"",
                "w/\"x\"",
                "\"é\"",
            ])
            .to_owned(),
    }
}

fn date(choices: &mut Choices<'_>) -> &'static str {
    choices.pick(&[
        "Thu, 01 Jan 2026 00:00:00 GMT",
        "Wed, 31 Dec 2025 23:59:59 GMT",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Thursday, 01-Jan-26 00:00:00 GMT",
        "Thu Jan  1 00:00:00 2026",
        "Thu, 32 Jan 2026 00:00:00 GMT",
        "Thu, 01 Jan 2026 00:00:60 GMT",
        "Thu, 01 Jan 10000 00:00:00 GMT",
        "0",
        "now",
        "",
    ])
}
