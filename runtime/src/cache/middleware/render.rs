//! Having a view render, at once or behind a stale page.
//!
//! A view is rendered again by calling the service that the cache is wrapped around with the request that found the stale
//! page, in a task of its own on the same thread: it has all that routing and outer middleware gave it. The stale page goes
//! out with a stand-in for the request, which has its head (method, address, header fields, peer) but none of its
//! extensions. Outer middleware that finds its own data in the extensions of a response's request has to do without it
//! there.

use std::rc::Rc;

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap};
use actix_web::test::TestRequest;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse, rt};
use tokio::time::timeout;

use super::super::engine::Ticket;
use super::super::entry::Page;
use super::super::request::Lookup;
use super::super::response::{Reject, Rendered, Verdict, ViewRule, judge};
use super::super::status::{CacheStatus, Miss};
use super::super::tags::Tags;
use super::super::transform::transformed;
use super::super::validator::not_modified;
use super::PageCache;
use super::convert::{Address, Body, Headers, narrow};
use super::page::strip;

/// A page to be rendered.
pub(super) struct Job {
    ticket: Ticket,
    lookup: Lookup,
    address: Address<'static>,
    /// The query in normal form.
    query: Option<String>,
    /// The header fields as they were sent.
    pub(super) asked: HeaderMap,
}

impl Job {
    pub(super) fn new(
        request: &ServiceRequest,
        ticket: Ticket,
        lookup: Lookup,
        address: Address<'static>,
        query: Option<String>,
    ) -> Job {
        Job {
            ticket,
            lookup,
            address,
            query,
            asked: request.headers().clone(),
        }
    }
}

impl PageCache {
    /// Has a page rendered behind a stale one; gives the request that the stale one is to be answered to.
    pub(super) fn refresh<S, B>(
        self: Rc<Self>,
        service: Rc<S>,
        request: ServiceRequest,
        job: Job,
    ) -> HttpRequest
    where
        S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
        B: MessageBody + 'static,
    {
        let answered = stand_in(&request);
        rt::spawn(self.render(service, request, job));
        answered
    }

    /// Renders a page. If that fails and there is a stale one that may be served in place of an error, it is.
    pub(super) async fn render_or_fall_back<S, B>(
        self: Rc<Self>,
        service: Rc<S>,
        request: ServiceRequest,
        mut job: Job,
    ) -> Result<ServiceResponse<EitherBody<B>>, Error>
    where
        S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
        B: MessageBody + 'static,
    {
        let Some(entry) = job.ticket.fallback.take() else {
            return self.render(service, request, job).await;
        };
        let (lookup, slot, asked) = (job.lookup, job.ticket.slot(), job.asked.clone());
        let stand_in = stand_in(&request);
        // A task of its own, so that a panic ends there and a slow render goes on.
        let render = rt::spawn(Rc::clone(&self).render(service, request, job));
        let rendered = match self.options.render_timeout {
            Some(limit) => timeout(limit, render).await.ok(),
            None => Some(render.await),
        };
        let answered = match rendered {
            Some(Ok(Ok(response))) if !is_failure(response.status()) => return Ok(response),
            Some(Ok(Ok(response))) => response.into_parts().0,
            Some(Ok(Err(error))) if !is_failure(error.as_response_error().status_code()) => {
                return Err(error);
            }
            Some(Ok(Err(_)) | Err(_)) | None => {
                self.shared.engine.note_failure(slot);
                stand_in
            }
        };
        let now = self.shared.engine.now();
        let by = entry.stale_for(now);
        let status = CacheStatus::InPlaceOfError { by };
        let response = self.stored(&entry, status, lookup, &asked, now);
        Ok(ServiceResponse::new(answered, response).map_into_right_body())
    }

    async fn render<S, B>(
        self: Rc<Self>,
        service: Rc<S>,
        mut request: ServiceRequest,
        job: Job,
    ) -> Result<ServiceResponse<EitherBody<B>>, Error>
    where
        S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
        B: MessageBody,
    {
        let Job {
            ticket,
            lookup,
            address,
            query,
            asked,
        } = job;
        narrow(&mut request, &address, query.as_deref());
        for (name, value) in ticket.known.iter().flat_map(|known| known.conditions()) {
            request.headers_mut().insert(name, value);
        }
        match service.call(request).await {
            Ok(response) => Ok(self.take(response, ticket, lookup, &asked).await),
            Err(error) => {
                self.give_up(ticket, error.as_response_error().status_code())
                    .await;
                Err(error)
            }
        }
    }

    /// Hands a ticket back without a page to keep.
    async fn give_up(&self, ticket: Ticket, status: StatusCode) {
        match is_failure(status) {
            true => self.shared.engine.fail(ticket),
            false => self.shared.engine.refuse(ticket).await,
        }
    }

    /// Takes a rendered response: stores it if it may be, and answers the request that had it rendered.
    async fn take<B: MessageBody>(
        &self,
        response: ServiceResponse<B>,
        mut ticket: Ticket,
        lookup: Lookup,
        asked: &HeaderMap,
    ) -> ServiceResponse<EitherBody<B>> {
        let engine = &self.shared.engine;
        let miss = ticket.miss;
        let (request, response) = response.into_parts();
        let rule = response.extensions().get::<ViewRule>().copied();
        let mut tags = tags(&request, &response);
        let (mut response, body) = response.into_parts();
        let mut body = Body::of(body);
        let mut is_known = false;
        // The conditions were the cache's own: the answer is the stored page with new fields (RFC 9111 §4.3.3).
        if response.status() == StatusCode::NOT_MODIFIED
            && let Some(known) = ticket.known.take()
            && !known.conditions().is_empty()
        {
            let fields = known.freshened(&Headers(response.headers()).to_lines());
            *response.status_mut() = known.status_code();
            *response.headers_mut() = fields.into_iter().collect();
            body = Body::Whole(known.body().clone());
            is_known = true;
            tags = tags.union(known.tags());
        }
        let asked = Headers(asked);
        let rendered = Rendered {
            lookup,
            request: &asked,
            status: response.status().as_u16(),
            fields: &Headers(response.headers()),
            length: body.length(),
            rule,
            tags,
        };
        let verdict = judge(&rendered, &self.options, engine.now());
        // A page that the view says has not changed was changed when it was stored.
        if let (Verdict::Store(_), Body::Whole(page), Some(transform), false) =
            (&verdict, &body, self.options.transform, is_known)
            && let Some(changed) = transformed(transform, &Headers(response.headers()), page).await
        {
            response.headers_mut().remove(header::CONTENT_LENGTH);
            body = Body::Whole(changed);
        }
        let status = match (verdict, &body) {
            (Verdict::Store(mut terms), Body::Whole(body)) => {
                terms.jitter(self.options.jitter);
                let page = Page {
                    status: response.status(),
                    fields: Headers(response.headers()).to_lines(),
                    body: body.clone(),
                };
                let stored = ticket.may_store();
                let entry = engine.keep(ticket, page, &terms, &asked).await;
                if stored {
                    engine.encode_later(&entry);
                }
                self.dress(response.headers_mut(), &entry);
                CacheStatus::Rendered {
                    miss,
                    stored,
                    detail: None,
                }
            }
            (verdict, _) => {
                self.give_up(ticket, response.status()).await;
                refusal(&verdict, miss)
            }
        };
        self.report(response.headers_mut(), status);
        // The view was not shown the conditions, so they are still open.
        if response.status() == StatusCode::OK && not_modified(&asked, &Headers(response.headers()))
        {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            strip(response.headers_mut());
            let response = response.set_body(BoxBody::new(()));
            return ServiceResponse::new(request, response).map_into_right_body();
        }
        let response = match body {
            Body::Whole(bytes) => response.set_body(EitherBody::right(BoxBody::new(bytes))),
            Body::Stream(body) => response.set_body(EitherBody::left(body)),
        };
        ServiceResponse::new(request, response)
    }
}

/// The statuses in whose place a stale page may be served (RFC 5861 §4).
fn is_failure(status: StatusCode) -> bool {
    matches!(status.as_u16(), 500 | 502 | 503 | 504)
}

/// A request with the same head, for an answer that goes out while the request itself is being rendered.
fn stand_in(request: &ServiceRequest) -> HttpRequest {
    let mut copy = TestRequest::with_uri(&request.uri().to_string())
        .method(request.method().clone())
        .version(request.version());
    if let Some(peer) = request.peer_addr() {
        copy = copy.peer_addr(peer);
    }
    for (name, value) in request.headers() {
        copy = copy.append_header((name.clone(), value.clone()));
    }
    copy.to_http_request()
}

/// The tags that a view, or what is around it, gave the page.
fn tags<B>(request: &HttpRequest, response: &HttpResponse<B>) -> Tags {
    let of_request = request.extensions().get::<Tags>().cloned();
    let of_response = response.extensions().get::<Tags>().cloned();
    of_request
        .unwrap_or_default()
        .union(&of_response.unwrap_or_default())
}

/// What is said of a response that was not stored.
fn refusal(verdict: &Verdict, miss: Miss) -> CacheStatus {
    match verdict {
        // Nobody else's page was in question, neither before nor after.
        Verdict::Reject(reject @ Reject::Authorization) => CacheStatus::Bypass {
            method: false,
            detail: reject.token(),
        },
        Verdict::Reject(reject) => CacheStatus::Rendered {
            miss,
            stored: false,
            detail: Some(reject.token()),
        },
        Verdict::Store(_) => CacheStatus::Rendered {
            miss,
            stored: false,
            detail: None,
        },
    }
}
