use std::convert::Infallible;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{AppService, HttpServiceFactory, ResourceDef, ServiceRequest, fn_service};
use actix_web::guard::{Guard, fn_guard};
use actix_web::http::header;
use actix_web::{Error, HttpRequest, HttpResponse};
use bytes::Bytes;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::Assets;
use crate::assets::Origin;
use crate::live_reload::{EVENTS, SCRIPT, SCRIPT_TEXT, Watcher, process};

/// Tells open pages that a source changed: `App::new().service(crushed::actix::live_reload(crushed::assets!()))`, and
/// `{{ crushed::live_reload() }}` in the page.
///
/// Made once, before `HttpServer::new`, and cloned for each worker. It is there only while compression is off, and only for
/// clients on this machine; in a release, and for everybody else, the app answers as it would without.
pub fn live_reload(assets: Assets) -> LiveReload {
    LiveReload {
        watcher: match assets.origin() {
            Origin::Compiled(_) | Origin::Made(_) => None,
            Origin::Sources(roots) => Some(Watcher::new(roots.iter().map(PathBuf::from).collect())),
        },
    }
}

/// What [`live_reload`] makes, for `App::service`.
#[derive(Clone, Debug)]
pub struct LiveReload {
    watcher: Option<Watcher>,
}

impl HttpServiceFactory for LiveReload {
    fn register(self, config: &mut AppService) {
        let Some(watcher) = self.watcher else {
            return;
        };
        for path in [EVENTS, SCRIPT] {
            let watcher = watcher.clone();
            let factory = fn_service(move |request: ServiceRequest| {
                let response = answer(&watcher, request.request(), path);
                async move { Ok::<_, Error>(request.into_response(response)) }
            });
            let local = fn_guard(|context| {
                let peer = context.head().peer_addr;
                peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback())
            });
            let guards = vec![Box::new(local) as Box<dyn Guard>];
            config.register_service(ResourceDef::new(path), Some(guards), factory, None);
        }
    }
}

fn answer(watcher: &Watcher, request: &HttpRequest, path: &str) -> HttpResponse {
    let mut response = match request.method().as_str() {
        "GET" | "HEAD" => HttpResponse::Ok(),
        _ => {
            return HttpResponse::MethodNotAllowed()
                .insert_header((header::ALLOW, "GET, HEAD"))
                .finish();
        }
    };
    response
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
    match path {
        SCRIPT => response
            .content_type("text/javascript; charset=utf-8")
            .body(SCRIPT_TEXT),
        _ => response
            .content_type("text/event-stream")
            .body(Events::new(watcher)),
    }
}

/// A stream of server-sent events (HTML §9.2).
struct Events {
    /// Keeps the sender of the changes.
    _watcher: Watcher,
    next: Pin<Box<dyn Future<Output = (Bytes, watch::Receiver<u64>)>>>,
}

/// How often a silent stream says something, so that one whose reader is gone is found out.
const ALIVE: Duration = Duration::from_secs(10);

impl Events {
    fn new(watcher: &Watcher) -> Self {
        let changes = watcher.subscribe();
        // The browser asks again soon after the app went away: it is being built anew.
        let hello = format!("retry: 500\nevent: hello\ndata: {}\n\n", process());
        Self {
            _watcher: watcher.clone(),
            next: Box::pin(async move { (Bytes::from(hello), changes) }),
        }
    }
}

async fn next(mut changes: watch::Receiver<u64>) -> (Bytes, watch::Receiver<u64>) {
    let event: &[u8] = match timeout(ALIVE, changes.changed()).await {
        Ok(Ok(())) => b"event: reload\ndata:\n\n",
        Ok(Err(_)) | Err(_) => b":\n\n",
    };
    (Bytes::from_static(event), changes)
}

impl MessageBody for Events {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        self.next.as_mut().poll(context).map(|(event, changes)| {
            self.next = Box::pin(next(changes));
            Some(Ok(event))
        })
    }
}
