//! The view behind the cache: renders the case's answers, one after the other, and counts.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};

use crushed::cache::Tags;

use super::case::{Answer, Stream, field};

#[derive(Clone, Debug)]
pub struct Origin {
    pub answers: Arc<Vec<Answer>>,
    pub renders: Arc<AtomicUsize>,
}

pub async fn render(
    request: HttpRequest,
    sent: Bytes,
    origin: web::Data<Origin>,
) -> Result<HttpResponse, Infallible> {
    let n = origin.renders.fetch_add(1, Ordering::SeqCst) + 1;
    let answer = origin
        .answers
        .get(n - 1)
        .or(origin.answers.last())
        .cloned()
        .unwrap_or_default();
    if answer.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(answer.delay_ms)).await;
    }
    if answer.status == "panic" {
        // Without the message that a panic prints.
        std::panic::resume_unwind(Box::new("view"));
    }
    let text = |template: &str| fill(template, n, &request, &sent);
    let status = StatusCode::from_bytes(answer.status.as_bytes()).unwrap();
    let body = match (answer.size, answer.stream) {
        (_, Some(stream)) => BoxBody::new(Chunks { left: 3, stream }),
        (Some(size), None) => BoxBody::new(vec![b'x'; size]),
        (None, None) => BoxBody::new(text(&answer.body)),
    };
    let mut response = HttpResponse::with_body(status, body);
    for line in answer.headers.iter().flat_map(|lines| lines.split(" + ")) {
        let (name, value) = field(&text(line));
        response.headers_mut().append(
            HeaderName::from_bytes(name.as_bytes()).unwrap(),
            HeaderValue::from_str(&value).unwrap(),
        );
    }
    if !answer.tags.is_empty() {
        response
            .extensions_mut()
            .insert(Tags::new(answer.tags.iter().map(String::as_str)));
    }
    Ok(response)
}

fn fill(template: &str, n: usize, request: &HttpRequest, sent: &Bytes) -> String {
    let info = request.connection_info().clone();
    let mut text = template
        .replace("{n}", &n.to_string())
        .replace("{host}", info.host())
        .replace("{scheme}", info.scheme())
        .replace("{path}", request.path())
        .replace("{query}", request.query_string())
        .replace("{sent}", &String::from_utf8_lossy(sent));
    while let Some(at) = text.find("{header ") {
        let end = at + text[at..].find('}').unwrap();
        let name = &text[at + "{header ".len()..end];
        let value = request
            .headers()
            .get(name)
            .map_or("", |value| value.to_str().unwrap());
        text = format!("{}{value}{}", &text[..at], &text[end + 1..]);
    }
    text
}

/// A body in pieces.
struct Chunks {
    left: usize,
    stream: Stream,
}

impl MessageBody for Chunks {
    type Error = io::Error;

    fn size(&self) -> BodySize {
        match self.stream {
            Stream::BrokenSized => BodySize::Sized(3),
            Stream::Complete | Stream::Broken => BodySize::Stream,
        }
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, io::Error>>> {
        self.left -= usize::from(self.left > 0);
        Poll::Ready(match (self.left, self.stream) {
            (0, Stream::Complete) => None,
            (0, _) => Some(Err(io::Error::other("the view went away"))),
            _ => Some(Ok(Bytes::from_static(b"a"))),
        })
    }
}
