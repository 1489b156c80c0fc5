//! One request through the cache.

use std::rc::Rc;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::http::{StatusCode, Uri};
use actix_web::{Error, HttpResponse};

use super::super::engine::Found;
use super::super::purge::Purge;
use super::super::request::{Bypass, is_unsafe};
use super::super::response::ViewRule;
use super::super::stats::Event;
use super::super::status::CacheStatus;
use super::PageCache;
use super::convert::{Address, Headers};
use super::render::Job;
use super::visit::{Sought, Visit, Way};

impl PageCache {
    /// The answer to a request whose page is at hand. If it is not, nothing has happened, and [`answer`](Self::answer) is
    /// next.
    pub(super) fn answer_now(
        &self,
        request: &ServiceRequest,
        visit: &Visit<'_>,
    ) -> Option<HttpResponse> {
        let Way::Seek(sought) = &visit.way else {
            return None;
        };
        let engine = &self.shared.engine;
        let now = engine.now();
        let fields = Headers(request.headers());
        let wanted = sought.wanted(self, request, &fields);
        let (entry, status) = engine.find_now(&wanted, now)?;
        Some(self.stored(&entry, status, sought.lookup, request.headers(), now))
    }

    /// Answers a request from the store, or has it rendered, or stays out of it.
    pub(super) async fn answer<S, B>(
        self: Rc<Self>,
        service: Rc<S>,
        request: ServiceRequest,
        visit: Visit<'static>,
    ) -> Result<ServiceResponse<EitherBody<B>>, Error>
    where
        S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
        B: MessageBody + 'static,
    {
        let Visit { address, way } = visit;
        match way {
            Way::Inside => Box::pin(self.answer_inside(&*service, request)).await,
            Way::Seek(sought) => self.look_up(service, request, address, sought).await,
            Way::Refuse => {
                self.shared.engine.counters.count(Event::Bypass);
                // A cached view answers these two at least (RFC 9110 §15.5.6).
                let mut response = HttpResponse::MethodNotAllowed()
                    .insert_header((header::ALLOW, "GET, HEAD"))
                    .finish();
                let status = CacheStatus::Bypass {
                    method: true,
                    detail: Bypass::Method.token(),
                };
                self.report(response.headers_mut(), status);
                Ok(request.into_response(response).map_into_right_body())
            }
            Way::PassBy(reason) => {
                Box::pin(self.pass_by(&*service, request, &address, reason)).await
            }
        }
    }

    /// Inside another page cache: leaves storing to it, but lets it know this view's own options.
    async fn answer_inside<S, B>(
        &self,
        service: &S,
        request: ServiceRequest,
    ) -> Result<ServiceResponse<EitherBody<B>>, Error>
    where
        S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
        B: MessageBody,
    {
        let rule = match self.options.ttl {
            Some(ttl) if !self.skip.iter().any(|skip| skip(&request)) => ViewRule::Ttl(ttl),
            _ => ViewRule::Never,
        };
        let mut response = service.call(request).await?;
        let mut extensions = response.response_mut().extensions_mut();
        if !extensions.contains::<ViewRule>() {
            extensions.insert(rule);
        }
        drop(extensions);
        Ok(response.map_into_left_body())
    }

    async fn pass_by<S, B>(
        &self,
        service: &S,
        request: ServiceRequest,
        address: &Address<'_>,
        reason: Bypass,
    ) -> Result<ServiceResponse<EitherBody<B>>, Error>
    where
        S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
        B: MessageBody,
    {
        self.shared.engine.counters.count(Event::Bypass);
        let changes = is_unsafe(request.method().as_str()).then(|| request.uri().path().to_owned());
        let mut response = service.call(request).await?;
        if let Some(path) = changes
            && (response.status().is_success() || response.status().is_redirection())
        {
            self.invalidate(&path, address, response.headers()).await;
        }
        let method = reason == Bypass::Method;
        let detail = reason.token();
        self.report(
            response.headers_mut(),
            CacheStatus::Bypass { method, detail },
        );
        Ok(response.map_into_left_body())
    }

    /// Makes void what an unsafe request may have changed: its own path, and where it points to on the same host
    /// (RFC 9111 §4.4).
    async fn invalidate(&self, path: &str, address: &Address<'_>, headers: &HeaderMap) {
        let here = |value: &HeaderValue| {
            let uri = value.to_str().ok()?.parse::<Uri>().ok()?;
            let same = uri.authority().is_none_or(|authority| {
                let host = authority.as_str().as_bytes();
                address
                    .host
                    .as_deref()
                    .is_some_and(|own| own.eq_ignore_ascii_case(host))
            });
            (same && uri.path().starts_with('/')).then(|| uri.path().to_owned())
        };
        let named = [header::LOCATION, header::CONTENT_LOCATION]
            .into_iter()
            .filter_map(|name| headers.get(name).and_then(here));
        for path in named.chain([path.to_owned()]) {
            if let Err(error) = self.purge(Purge::Path(&path)).await {
                tracing::warn!(path, %error, "page store failed to invalidate");
            }
        }
    }

    async fn look_up<S, B>(
        self: Rc<Self>,
        service: Rc<S>,
        request: ServiceRequest,
        address: Address<'static>,
        sought: Sought<'static>,
    ) -> Result<ServiceResponse<EitherBody<B>>, Error>
    where
        S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
        B: MessageBody + 'static,
    {
        let fields = Headers(request.headers());
        let wanted = sought.wanted(&self, &request, &fields);
        let found = self.shared.engine.find(&wanted).await;
        let Sought { lookup, query, .. } = sought;
        let now = self.shared.engine.now();
        let (entry, status) = match found {
            Found::Page { entry, status } => (entry, status),
            Found::Stale {
                entry,
                status,
                refresh: None,
            } => (entry, status),
            Found::Stale {
                entry,
                status,
                refresh: Some(ticket),
            } => {
                let query = query.map(|query| query.into_owned());
                let job = Job::new(&request, ticket, lookup, address, query);
                let response = self.stored(&entry, status, lookup, &job.asked, now);
                let request = self.refresh(service, request, job);
                return Ok(ServiceResponse::new(request, response).map_into_right_body());
            }
            Found::Nothing(ticket) if lookup.demand.only_if_cached => {
                let mut response = HttpResponse::new(StatusCode::GATEWAY_TIMEOUT);
                let miss = CacheStatus::Rendered {
                    miss: ticket.miss,
                    stored: false,
                    detail: None,
                };
                self.report(response.headers_mut(), miss);
                return Ok(request.into_response(response).map_into_right_body());
            }
            Found::Nothing(ticket) => {
                let query = query.map(|query| query.into_owned());
                let job = Job::new(&request, ticket, lookup, address, query);
                // Apart: what hits move about and allocate is the smaller for it.
                return Box::pin(self.render_or_fall_back(service, request, job)).await;
            }
        };
        let response = self.stored(&entry, status, lookup, request.headers(), now);
        Ok(request.into_response(response).map_into_right_body())
    }
}
