//! What the asset service answered, counted and told to `tracing`. Only with the feature `observe`.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::Coding;
use crate::http::Decision;

/// What the asset services of this process answered since it started, by [`served`].
///
/// A number a field, so that an app's own `/metrics` can show them: all of them only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Served {
    /// Whole assets in their identity variant (200).
    pub identity: u64,
    /// Whole assets in brotli.
    pub br: u64,
    /// Whole assets in Zstandard.
    pub zstd: u64,
    /// Whole assets in gzip.
    pub gzip: u64,
    /// Ranges of an asset (206).
    pub partial: u64,
    /// Assets that the client had (304).
    pub not_modified: u64,
    /// Names that nothing has, and paths that are none (400, 404).
    pub not_found: u64,
    /// Requests that could not be met: method, coding, precondition, range (405, 406, 412, 416).
    pub refused: u64,
    /// OPTIONS (204).
    pub options: u64,
}

/// What the asset services of this process answered since it started.
pub fn served() -> Served {
    let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    Served {
        identity: of(&COUNTERS.identity),
        br: of(&COUNTERS.br),
        zstd: of(&COUNTERS.zstd),
        gzip: of(&COUNTERS.gzip),
        partial: of(&COUNTERS.partial),
        not_modified: of(&COUNTERS.not_modified),
        not_found: of(&COUNTERS.not_found),
        refused: of(&COUNTERS.refused),
        options: of(&COUNTERS.options),
    }
}

#[derive(Debug, Default)]
struct Counters {
    identity: AtomicU64,
    br: AtomicU64,
    zstd: AtomicU64,
    gzip: AtomicU64,
    partial: AtomicU64,
    not_modified: AtomicU64,
    not_found: AtomicU64,
    refused: AtomicU64,
    options: AtomicU64,
}

static COUNTERS: Counters = Counters {
    identity: AtomicU64::new(0),
    br: AtomicU64::new(0),
    zstd: AtomicU64::new(0),
    gzip: AtomicU64::new(0),
    partial: AtomicU64::new(0),
    not_modified: AtomicU64::new(0),
    not_found: AtomicU64::new(0),
    refused: AtomicU64::new(0),
    options: AtomicU64::new(0),
};

/// Counts an answer and tells of it: at `DEBUG`, one of the target `crushed::serve`; what was refused at `INFO`.
pub(crate) fn record(method: &str, path: &str, decision: &Decision<'_>) {
    let counter = counter(decision);
    counter.fetch_add(1, Ordering::Relaxed);
    let (status, coding) = match decision {
        Decision::Full(variant) => (200, Some(variant.coding)),
        Decision::Part(variant, _) | Decision::Parts(variant, _) => (206, Some(variant.coding)),
        Decision::Options => (204, None),
        Decision::NotModified(variant) => (304, Some(variant.coding)),
        Decision::BadRequest => (400, None),
        Decision::NotFound => (404, None),
        Decision::MethodNotAllowed => (405, None),
        Decision::NotAcceptable => (406, None),
        Decision::PreconditionFailed => (412, None),
        Decision::RangeNotSatisfiable(_) => (416, None),
    };
    let coding = coding.map(Coding::token);
    match status {
        ..400 => tracing::debug!(target: "crushed::serve", method, path, status, coding, "served"),
        _ => tracing::info!(target: "crushed::serve", method, path, status, "refused"),
    }
}

fn counter(decision: &Decision<'_>) -> &'static AtomicU64 {
    match decision {
        Decision::Full(variant) => match variant.coding {
            Coding::Identity => &COUNTERS.identity,
            Coding::Br => &COUNTERS.br,
            Coding::Zstd => &COUNTERS.zstd,
            Coding::Gzip => &COUNTERS.gzip,
        },
        Decision::Part(..) | Decision::Parts(..) => &COUNTERS.partial,
        Decision::NotModified(_) => &COUNTERS.not_modified,
        Decision::BadRequest | Decision::NotFound => &COUNTERS.not_found,
        Decision::MethodNotAllowed
        | Decision::NotAcceptable
        | Decision::PreconditionFailed
        | Decision::RangeNotSatisfiable(_) => &COUNTERS.refused,
        Decision::Options => &COUNTERS.options,
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::{self, Write as _};
    use std::sync::{Arc, Mutex};

    use actix_web::{App, test};
    use tracing::field::{Field, Visit};
    use tracing::{Event, Metadata, Subscriber, span};

    use super::*;
    use crate::{Assets, Representation, Route, actix};

    static ROUTES: &[Route] = &[Route {
        path: "a.0000000000000001.css",
        content_type: "text/css; charset=utf-8",
        variants: &[
            Representation {
                coding: Coding::Identity,
                etag: "\"1\"",
                bytes: b"aaaa",
            },
            Representation {
                coding: Coding::Br,
                etag: "\"2\"",
                bytes: b"a",
            },
        ],
    }];

    /// Keeps the events of one target, a line each.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<String>>>);

    struct Line(String);

    impl Visit for Line {
        fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
            let _ = write!(self.0, " {field}={value:?}");
        }
    }

    impl Subscriber for Lines {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            metadata.target() == "crushed::serve"
        }

        fn event(&self, event: &Event<'_>) {
            let mut line = Line(event.metadata().level().to_string());
            event.record(&mut line);
            self.0.lock().unwrap().push(line.0);
        }

        fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
            span::Id::from_u64(1)
        }
        fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
        fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
        fn enter(&self, _: &span::Id) {}
        fn exit(&self, _: &span::Id) {}
    }

    /// The one test that counts: the counters are the process's.
    #[actix_web::test]
    async fn every_answer_is_counted_and_told() {
        let lines = Lines::default();
        let guard = tracing::subscriber::set_default(lines.clone());
        let assets = Assets::compiled("00000000000000aa", ROUTES);
        let app = test::init_service(App::new().service(actix::service_at("/static/", assets)));
        let app = app.await;
        let before = served();
        let css = "/static/a.0000000000000001.css";
        for (method, path, field) in [
            ("GET", css, ("x-none", "")),
            ("GET", css, ("accept-encoding", "br")),
            ("HEAD", css, ("accept-encoding", "br")),
            ("GET", css, ("if-none-match", "\"1\"")),
            ("GET", css, ("range", "bytes=0-1")),
            ("GET", css, ("range", "bytes=9-")),
            ("GET", "/static/nothing", ("x-none", "")),
            ("GET", "/static/%zz", ("x-none", "")),
            ("POST", css, ("x-none", "")),
            ("OPTIONS", css, ("x-none", "")),
        ] {
            let request = test::TestRequest::with_uri(path)
                .method(method.parse().unwrap())
                .insert_header(field);
            test::call_service(&app, request.to_request()).await;
        }
        drop(guard);
        let after = served();
        let counts = [
            after.identity - before.identity,
            after.br - before.br,
            after.not_modified - before.not_modified,
            after.partial - before.partial,
            after.not_found - before.not_found,
            after.refused - before.refused,
            after.options - before.options,
            after.zstd + after.gzip,
        ];
        assert_eq!(counts, [1, 2, 1, 1, 2, 2, 1, 0]);
        let told = lines.0.lock().unwrap();
        assert_eq!(told.len(), 10, "{told:?}");
        let path = "path=\"a.0000000000000001.css\"";
        for (at, want) in [
            (
                1,
                format!("DEBUG message=served method=\"GET\" {path} status=200 coding=\"br\""),
            ),
            (
                3,
                format!(
                    "DEBUG message=served method=\"GET\" {path} status=304 coding=\"identity\""
                ),
            ),
            (
                6,
                "INFO message=refused method=\"GET\" path=\"nothing\" status=404".to_owned(),
            ),
            (
                8,
                format!("INFO message=refused method=\"POST\" {path} status=405"),
            ),
        ] {
            assert_eq!(told[at], want);
        }
    }
}
