//! The suite's origin: what a test wants answered is put under its name first, what was asked is told afterwards.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, error, web};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Default)]
pub struct Origin {
    tests: Mutex<HashMap<String, Test>>,
}

#[derive(Default)]
struct Test {
    answers: Vec<Answer>,
    seen: Vec<Seen>,
}

/// How one request of a test is to be answered; whatever else is said of it is for the client.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Answer {
    response_status: Option<(u16, String)>,
    /// Name, value, and whether the client is to compare it.
    response_headers: Vec<Vec<Value>>,
    response_body: Option<String>,
    expected_type: Option<String>,
    magic_locations: bool,
    rfc850date: Vec<String>,
    disconnect: bool,
}

/// A request that came.
#[derive(Clone, Debug, Serialize)]
struct Seen {
    request_num: Option<usize>,
    request_method: String,
    request_headers: BTreeMap<String, String>,
    response_headers: Vec<(String, Value)>,
}

pub async fn configure(
    path: web::Path<String>,
    body: web::Bytes,
    origin: web::Data<Origin>,
) -> HttpResponse {
    let Ok(answers) = serde_json::from_slice(&body) else {
        return HttpResponse::BadRequest().body("not a list of requests");
    };
    let mut tests = origin.tests.lock().unwrap_or_else(PoisonError::into_inner);
    if tests.contains_key(&*path) {
        return HttpResponse::Conflict().body("there already");
    }
    let seen = Vec::new();
    tests.insert(path.into_inner(), Test { answers, seen });
    HttpResponse::Created().body("OK")
}

pub async fn state(path: web::Path<String>, origin: web::Data<Origin>) -> HttpResponse {
    let tests = origin.tests.lock().unwrap_or_else(PoisonError::into_inner);
    match tests.get(&*path) {
        Some(test) if !test.seen.is_empty() => HttpResponse::Ok().json(&test.seen),
        _ => HttpResponse::NotFound().body("nothing was asked"),
    }
}

pub async fn test(
    request: HttpRequest,
    origin: web::Data<Origin>,
) -> actix_web::Result<HttpResponse> {
    let uuid = request.match_info().query("uuid").to_owned();
    let mut tests = origin.tests.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(test) = tests.get_mut(&uuid) else {
        return Ok(HttpResponse::Conflict().body("not configured"));
    };
    let number = field(&request, "req-num").and_then(|number| number.parse().ok());
    let count = test.seen.len() + 1;
    let at = number.unwrap_or(count);
    let Some(answer) = at.checked_sub(1).and_then(|at| test.answers.get(at)) else {
        return Ok(HttpResponse::Conflict().body("no such request"));
    };
    let previous = at.checked_sub(2).and_then(|at| test.answers.get(at));
    let now = SystemTime::now();

    let mut response = HttpResponse::with_body(status(answer, previous, &request), ());
    let path = request
        .uri()
        .path_and_query()
        .map_or("", |path| path.as_str());
    let own = [
        ("server-base-url", path.to_owned()),
        ("server-request-count", count.to_string()),
        ("client-request-count", at.to_string()),
        ("server-now", millis(now).to_string()),
    ];
    for (name, value) in own {
        append(&mut response, name, &value);
    }
    let mut compared: Vec<(String, Value)> = Vec::new();
    for line in &answer.response_headers {
        let [name, value, rest @ ..] = line.as_slice() else {
            continue;
        };
        let name = name.as_str().unwrap_or_default();
        let value = answer.fill(name, value, now, path);
        append(&mut response, name, &value);
        if rest
            .first()
            .is_none_or(|compare| compare == &Value::Bool(true))
        {
            compare(&mut compared, name, value);
        }
    }
    if !response.headers().contains_key("content-type") {
        append(&mut response, "content-type", "text/plain");
    }
    test.seen.push(Seen {
        request_num: number,
        request_method: request.method().to_string(),
        request_headers: fields(&request),
        response_headers: compared,
    });
    let numbers: Vec<String> = test
        .seen
        .iter()
        .filter_map(|seen| Some(seen.request_num?.to_string()))
        .collect();
    append(&mut response, "request-numbers", &numbers.join(" "));
    if answer.disconnect {
        // An origin that is gone in the middle is, inside an app, a view that fails.
        return Err(error::ErrorBadGateway("disconnected"));
    }
    let body = match response.status().as_u16() {
        204 | 304 => String::new(),
        _ => answer.response_body.clone().unwrap_or(uuid),
    };
    Ok(response.set_body(actix_web::body::BoxBody::new(body)))
}

impl Answer {
    /// The value of a header: dates count from now, places from the test's own address.
    fn fill(&self, name: &str, value: &Value, now: SystemTime, path: &str) -> String {
        let name = name.to_ascii_lowercase();
        match (name.as_str(), value) {
            (
                "date" | "expires" | "last-modified" | "if-modified-since" | "if-unmodified-since",
                Value::Number(offset),
            ) => {
                let date = later(now, offset.as_i64().unwrap_or(0));
                match self.rfc850date.contains(&name) {
                    true => rfc850(date),
                    false => httpdate::fmt_http_date(date),
                }
            }
            ("location" | "content-location", Value::String(place)) if self.magic_locations => {
                match place.is_empty() {
                    true => path.to_owned(),
                    false => format!("{path}/{place}"),
                }
            }
            (_, Value::String(text)) => text.clone(),
            (_, other) => other.to_string(),
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.response_headers
            .iter()
            .rev()
            .find_map(|line| match line.as_slice() {
                [Value::String(own), Value::String(value), ..]
                    if own.eq_ignore_ascii_case(name) =>
                {
                    Some(value.as_str())
                }
                _ => None,
            })
    }
}

/// The status: 304 where a conditional request is expected and has come, 999 where it has not.
fn status(answer: &Answer, previous: Option<&Answer>, request: &HttpRequest) -> StatusCode {
    let expected = answer.expected_type.as_deref().unwrap_or_default();
    let code = if expected.ends_with("validated") {
        let holds = |header, condition| {
            previous
                .and_then(|previous| previous.header(header))
                .is_some_and(|value| field(request, condition) == Some(value))
        };
        match holds("last-modified", "if-modified-since") || holds("etag", "if-none-match") {
            true => 304,
            false => 999,
        }
    } else {
        answer
            .response_status
            .as_ref()
            .map_or(200, |(code, _)| *code)
    };
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn compare(compared: &mut Vec<(String, Value)>, name: &str, value: String) {
    let known = compared.iter_mut().find(|(own, _)| own == name);
    match known {
        Some((_, Value::Array(values))) => values.push(Value::String(value)),
        Some((_, first)) => *first = Value::Array(vec![first.take(), Value::String(value)]),
        None => compared.push((name.to_owned(), Value::String(value))),
    }
}

fn append(response: &mut HttpResponse<()>, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (
        HeaderName::from_bytes(name.as_bytes()),
        HeaderValue::from_bytes(value.as_bytes()),
    ) {
        response.headers_mut().append(name, value);
    }
}

fn field<'r>(request: &'r HttpRequest, name: &str) -> Option<&'r str> {
    request.headers().get(name)?.to_str().ok()
}

fn fields(request: &HttpRequest) -> BTreeMap<String, String> {
    let mut fields: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in request.headers() {
        let value = String::from_utf8_lossy(value.as_bytes());
        fields
            .entry(name.to_string())
            .and_modify(|line| *line = format!("{line}, {value}"))
            .or_insert_with(|| value.into_owned());
    }
    fields
}

fn millis(time: SystemTime) -> u128 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis())
}

fn later(now: SystemTime, seconds: i64) -> SystemTime {
    let by = Duration::from_secs(seconds.unsigned_abs());
    let moved = match seconds < 0 {
        true => now.checked_sub(by),
        false => now.checked_add(by),
    };
    moved.unwrap_or(UNIX_EPOCH)
}

/// `Sunday, 06-Nov-94 08:49:37 GMT` (RFC 9110 §5.6.7)
fn rfc850(date: SystemTime) -> String {
    let text = httpdate::fmt_http_date(date);
    let parts: Vec<&str> = text.split(' ').collect();
    let [day, number, month, year, time, zone] = parts.as_slice() else {
        return text;
    };
    let names = [
        "Sunday",
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
    ];
    let name = names
        .iter()
        .find(|name| name.starts_with(&day[..3]))
        .unwrap_or(&"Sunday");
    format!("{name}, {number}-{month}-{} {time} {zone}", &year[2..])
}
