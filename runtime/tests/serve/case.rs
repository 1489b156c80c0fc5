//! The cases: how they are read, and how an answer is held against one. `http_cases/README.md` tells the format.

use std::fs;
use std::path::Path;

use crushed::Route;

use crate::site;

/// One request and what has to come back.
pub struct Case {
    /// File, line and sentence.
    pub name: String,
    pub request: Request,
    expectations: Vec<String>,
}

/// A request, not yet bound to a host.
pub enum Request {
    Plain {
        method: String,
        target: String,
        version: String,
        fields: Vec<(String, String)>,
    },
    /// Byte by byte.
    Raw(Vec<u8>),
}

/// What came back.
#[derive(Debug, Default)]
pub struct Answer {
    pub status: u16,
    pub fields: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Reads all cases, `host` being the server's.
pub fn all(host: &str) -> Vec<Case> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/http_cases");
    let mut files: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    files.sort();
    files.iter().flat_map(|file| read(file, host)).collect()
}

fn read(file: &Path, host: &str) -> Vec<Case> {
    let text = fs::read_to_string(file).unwrap();
    let stem = file.file_stem().unwrap().to_str().unwrap();
    let mut cases: Vec<Case> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let place = format!("{stem}.txt:{}", index + 1);
        if let Some(title) = line.strip_prefix("## ") {
            assert!(title.contains(" | "), "{place}: no source");
            cases.push(Case {
                name: format!("{place}: {title}"),
                request: Request::Raw(Vec::new()),
                expectations: Vec::new(),
            });
            continue;
        }
        if line.trim().is_empty() {
            continue;
        }
        let case = cases
            .last_mut()
            .unwrap_or_else(|| panic!("{place}: no case"));
        let (mark, rest) = line.split_at(1);
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        match mark {
            ">" => case.request.push(&fill(rest, host)),
            "|" => match &mut case.request {
                Request::Raw(bytes) => bytes.extend(unescape(&fill(rest, host))),
                Request::Plain { .. } => panic!("{place}: two requests"),
            },
            "<" => case.expectations.push(fill(rest, host)),
            _ => panic!("{place}: {line}"),
        }
    }
    cases
}

impl Request {
    fn push(&mut self, line: &str) {
        match self {
            Self::Raw(_) => {
                let mut words = line.split(' ');
                *self = Self::Plain {
                    method: words.next().unwrap().to_owned(),
                    target: words.next().unwrap().to_owned(),
                    version: words.next().unwrap_or("HTTP/1.1").to_owned(),
                    fields: Vec::new(),
                };
            }
            Self::Plain { fields, .. } => {
                let (name, value) = line.split_once(':').unwrap();
                fields.push((name.to_owned(), value.trim().to_owned()));
            }
        }
    }
}

/// Replaces what stands in braces.
fn fill(text: &str, host: &str) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        let (name, after) = behind.split_once('}').unwrap();
        filled.push_str(before);
        filled.push_str(&placeholder(name, host));
        rest = after;
    }
    filled + rest
}

fn placeholder(name: &str, host: &str) -> String {
    if let Some(path) = site::path(name) {
        return path.to_owned();
    }
    if let Some((times, text)) = name.split_once(" times ") {
        let times: usize = times.parse().unwrap();
        return (0..times)
            .map(|number| text.replace('#', &number.to_string()))
            .collect();
    }
    let etag = |coding: &str| variant(site::script(), coding).etag;
    match name.split_once(' ').unwrap_or((name, "identity")) {
        ("etag", coding) => etag(coding).to_owned(),
        ("opaque", coding) => etag(coding).trim_matches('"').to_owned(),
        ("length", coding) => variant(site::script(), coding).bytes.len().to_string(),
        ("host", _) => host.to_owned(),
        _ => panic!("{{{name}}}"),
    }
}

fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            bytes.extend(c.to_string().bytes());
            continue;
        }
        match rest.next().unwrap() {
            'r' => bytes.push(b'\r'),
            'n' => bytes.push(b'\n'),
            '0' => bytes.push(0),
            'x' => {
                let digits: String = rest.by_ref().take(2).collect();
                bytes.push(u8::from_str_radix(&digits, 16).unwrap());
            }
            other => panic!("\\{other}"),
        }
    }
    bytes
}

fn variant<'a>(route: &'a Route<'a>, coding: &str) -> &'a crushed::Representation<'a> {
    let found = route
        .variants
        .iter()
        .find(|variant| variant.coding.token() == coding);
    found.unwrap_or_else(|| panic!("{} has no {coding}", route.path))
}

impl Case {
    /// What is wrong with the first answer, one sentence each.
    ///
    /// `has_server_fields` is for answers that went through a server, which adds `Date` and `Content-Length`.
    pub fn faults(&self, answers: &[Answer], has_server_fields: bool) -> Vec<String> {
        let none = Answer::default();
        let answer = answers.first().unwrap_or(&none);
        let mut faults = Vec::new();
        for (index, expectation) in self.expectations.iter().enumerate() {
            if index == 0 {
                if !expectation
                    .split(' ')
                    .any(|status| status == answer.status.to_string())
                {
                    faults.push(format!("status {}, not {expectation}", answer.status));
                }
                continue;
            }
            let (name, want) = expectation.split_once(':').unwrap();
            let want = want.trim();
            match name {
                "answers" if has_server_fields => {
                    if answers.len().to_string() != want {
                        faults.push(format!("{} answers, not {want}", answers.len()));
                    }
                }
                "body" => faults.extend(self.body_fault(answer, want)),
                "answers" | "date" | "content-length" | "connection" if !has_server_fields => {}
                _ => faults.extend(field_fault(answer, name, want)),
            }
        }
        faults
    }

    fn body_fault(&self, answer: &Answer, want: &str) -> Option<String> {
        let (rule, stretches) = want.split_once(' ').unwrap_or((want, ""));
        let body = &answer.body;
        let right = match rule {
            "empty" => body.is_empty(),
            "foreign" => site::ROUTES
                .iter()
                .flat_map(|route| route.variants)
                .all(|variant| !shares_stretch(body, variant.bytes)),
            "parts" => *body == parts(answer, stretches),
            coding => *body == stretch(variant(self.route(), coding).bytes, stretches),
        };
        (!right).then(|| format!("body of {} bytes is not: {want}", body.len()))
    }

    /// The asset that is asked for.
    fn route(&self) -> &'static Route<'static> {
        let target = match &self.request {
            Request::Plain { target, .. } => target.split('?').next().unwrap().to_owned(),
            Request::Raw(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        };
        let named = |route: &&Route<'_>| {
            let name = route.path.rsplit('/').next().unwrap();
            // The one whose name needs encoding is recognised by its digest.
            target.ends_with(name)
                || target.contains(&format!("{name} "))
                || target.contains("3333333333333333") && name.contains("3333333333333333")
        };
        site::ROUTES.iter().find(named).unwrap_or_else(site::script)
    }
}

fn field_fault(answer: &Answer, name: &str, want: &str) -> Option<String> {
    let lines: Vec<&str> = answer
        .fields
        .iter()
        .filter(|(given, _)| given.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
        .collect();
    let value = lines.join(", ");
    let contains = |text: &str| value.to_lowercase().contains(&text.trim().to_lowercase());
    let right = match want.split_once(' ').unwrap_or((want, "")) {
        ("*", "") => !lines.is_empty(),
        ("-", "") => lines.is_empty(),
        ("~", text) => !lines.is_empty() && contains(text),
        ("!~", text) => !contains(text),
        _ => lines == [want],
    };
    (!right).then(|| format!("{name} is {lines:?}, not: {want}"))
}

/// `10-19`, `10-` or nothing, which is all.
fn stretch<'b>(bytes: &'b [u8], range: &str) -> &'b [u8] {
    let Some((first, last)) = range.split_once('-') else {
        return bytes;
    };
    let first: usize = first.parse().unwrap();
    match last.parse::<usize>() {
        Ok(last) => &bytes[first..=last],
        Err(_) => &bytes[first..],
    }
}

/// The multipart body that an answer with this `Content-Type` must have.
fn parts(answer: &Answer, stretches: &str) -> Vec<u8> {
    let field = |name: &str| {
        let found = answer
            .fields
            .iter()
            .find(|(given, _)| given.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value.as_str())
    };
    let boundary = field("content-type")
        .strip_prefix("multipart/byteranges; boundary=")
        .unwrap_or_default();
    let script = site::script();
    let bytes = variant(script, "identity").bytes;
    let mut body = String::new();
    for range in stretches.split(' ') {
        body += &format!(
            "\r\n--{boundary}\r\nContent-Type: {}\r\nContent-Range: bytes {range}/{}\r\n\r\n{}",
            script.content_type,
            bytes.len(),
            std::str::from_utf8(stretch(bytes, range)).unwrap(),
        );
    }
    (body + &format!("\r\n--{boundary}--\r\n")).into_bytes()
}

/// Whether eight bytes in a row are the same.
fn shares_stretch(body: &[u8], bytes: &[u8]) -> bool {
    body.windows(8)
        .any(|window| bytes.windows(8).any(|other| window == other))
}
