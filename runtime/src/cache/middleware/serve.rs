//! One request through the cache.

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{StatusCode, Uri};
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse};

use super::super::engine::{Found, Ticket, Wanted};
use super::super::entry::{Entry, Page};
use super::super::key::{Key, Target};
use super::super::options::Downstream;
use super::super::purge::{Purge, Scopes};
use super::super::request::{Asked, Bypass, Lookup, Plan, is_unsafe, plan};
use super::super::response::{Reject, Rendered, Verdict, ViewRule, judge};
use super::super::stats::Event;
use super::super::status::{CacheStatus, Miss};
use super::super::validator::{describes_body, not_modified};
use super::super::tags::Tags;
use super::PageCache;
use super::convert::{Address, Body, HeadBody, Headers, Inside, narrow};

impl PageCache {
    /// Answers a request from the store, or has it rendered, or stays out of it.
    pub(super) async fn answer<S, B>(
        &self,
        service: &S,
        request: ServiceRequest,
    ) -> Result<ServiceResponse<EitherBody<B>>, Error>
    where
        S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
        B: MessageBody,
    {
        if request.extensions().contains::<Inside>() {
            return self.answer_inside(service, request).await;
        }
        let address = Address::of(&request, &self.options);
        let asked = Asked {
            method: request.method().as_str(),
            fields: &Headers(request.headers()),
            host: address.host.as_deref(),
        };
        match plan(&asked, &self.options) {
            Plan::Lookup(_) if self.skip.iter().any(|skip| skip(&request)) => {
                self.pass_by(service, request, &address, Bypass::Skipped)
                    .await
            }
            Plan::Lookup(lookup) => self.look_up(service, request, address, lookup).await,
            Plan::Bypass(reason) => self.pass_by(service, request, &address, reason).await,
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
        address: &Address,
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
    async fn invalidate(&self, path: &str, address: &Address, headers: &HeaderMap) {
        let here = |value: &HeaderValue| {
            let uri = value.to_str().ok()?.parse::<Uri>().ok()?;
            let same = uri.authority().is_none_or(|authority| {
                let host = authority.as_str();
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
        &self,
        service: &S,
        mut request: ServiceRequest,
        address: Address,
        lookup: Lookup,
    ) -> Result<ServiceResponse<EitherBody<B>>, Error>
    where
        S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
        B: MessageBody,
    {
        let engine = &self.shared.engine;
        let query = self.options.query.apply(request.uri().query());
        let target = Target {
            release: &self.shared.release,
            scheme: &address.scheme,
            host: address.host.as_deref().unwrap_or_default(),
            path: request.uri().path(),
            query: query.as_deref(),
        };
        let wanted = Wanted {
            key: Key::new(&target),
            scopes: Scopes {
                path: target.path,
                query: target.query,
            },
            lookup,
            fields: &Headers(request.headers()),
            patience: self.options.wait,
        };
        let ticket = match engine.find(&wanted).await {
            Found::Page { entry, status } => {
                let unchanged = entry.status_code() == StatusCode::OK
                    && not_modified(&Headers(request.headers()), entry.fields());
                let mut response = self.page(&entry, lookup, unchanged);
                self.report(response.headers_mut(), status);
                return Ok(request.into_response(response).map_into_right_body());
            }
            Found::Nothing(ticket) => ticket,
        };
        if lookup.demand.only_if_cached {
            let mut response = HttpResponse::new(StatusCode::GATEWAY_TIMEOUT);
            let miss = CacheStatus::Rendered {
                miss: ticket.miss,
                stored: false,
                detail: None,
            };
            self.report(response.headers_mut(), miss);
            return Ok(request.into_response(response).map_into_right_body());
        }
        let asked = request.headers().clone();
        let query = query.map(|query| query.into_owned());
        narrow(&mut request, &address, query.as_deref());
        match service.call(request).await {
            Ok(response) => Ok(self.take(response, ticket, lookup, &asked).await),
            Err(error) => {
                engine.refuse(ticket);
                Err(error)
            }
        }
    }

    /// Takes a rendered response: stores it if it may be, and answers the request that had it rendered.
    async fn take<B: MessageBody>(
        &self,
        response: ServiceResponse<B>,
        ticket: Ticket,
        lookup: Lookup,
        asked: &HeaderMap,
    ) -> ServiceResponse<EitherBody<B>> {
        let engine = &self.shared.engine;
        let miss = ticket.miss;
        let (request, response) = response.into_parts();
        let rule = response.extensions().get::<ViewRule>().copied();
        let tags = tags(&request, &response);
        let (mut response, body) = response.into_parts();
        let body = Body::of(body);
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
        let status = match (judge(&rendered, &self.options, engine.now()), &body) {
            (Verdict::Store(terms), Body::Whole(body)) => {
                let page = Page {
                    status: response.status(),
                    fields: Headers(response.headers()).to_lines(),
                    body: body.clone(),
                };
                let stored = ticket.may_store();
                let entry = engine.keep(ticket, page, &terms, &asked).await;
                self.dress(response.headers_mut(), &entry);
                CacheStatus::Rendered {
                    miss,
                    stored,
                    detail: None,
                }
            }
            (verdict, _) => {
                engine.refuse(ticket);
                refusal(&verdict, miss)
            }
        };
        self.report(response.headers_mut(), status);
        // The view was not shown the conditions, so they are still open.
        if response.status() == StatusCode::OK && not_modified(&asked, &Headers(response.headers()))
        {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            let described: Vec<HeaderName> = response
                .headers()
                .keys()
                .filter(|name| describes_body(name.as_str()))
                .cloned()
                .collect();
            for name in described {
                response.headers_mut().remove(name);
            }
            let response = response.set_body(BoxBody::new(()));
            return ServiceResponse::new(request, response).map_into_right_body();
        }
        let response = match body {
            Body::Whole(bytes) => response.set_body(EitherBody::right(BoxBody::new(bytes))),
            Body::Stream(body) => response.set_body(EitherBody::left(body)),
        };
        ServiceResponse::new(request, response)
    }

    /// The answer made of a stored page.
    fn page(&self, entry: &Entry, lookup: Lookup, unchanged: bool) -> HttpResponse {
        let status = match unchanged {
            true => StatusCode::NOT_MODIFIED,
            false => entry.status_code(),
        };
        let body = match (unchanged, lookup.head) {
            (true, _) => BoxBody::new(()),
            (false, true) => BoxBody::new(HeadBody(entry.body().len() as u64)),
            (false, false) => BoxBody::new(entry.body().clone()),
        };
        let mut response = HttpResponse::with_body(status, body);
        let headers = response.headers_mut();
        for (name, value) in entry.fields() {
            if !(unchanged && describes_body(name.as_str())) {
                headers.append(name.clone(), value.clone());
            }
        }
        let age = entry.age(self.shared.engine.now()).as_secs();
        headers.insert(header::AGE, HeaderValue::from(age));
        self.dress(headers, entry);
        response
    }

    /// Adds what a stored page has and the view did not give it.
    fn dress(&self, headers: &mut HeaderMap, entry: &Entry) {
        if let Some((name, tag)) = entry.fields().iter().find(|(name, _)| name == header::ETAG)
            && !headers.contains_key(header::ETAG)
        {
            headers.insert(name.clone(), tag.clone());
        }
        if headers.contains_key(header::CACHE_CONTROL) || headers.contains_key(header::EXPIRES) {
            return;
        }
        let control = match self.options.downstream {
            Downstream::Revalidate => HeaderValue::from_static("no-cache"),
            Downstream::MaxAge(time) => {
                match HeaderValue::try_from(format!("max-age={}", time.as_secs())) {
                    Ok(value) => value,
                    Err(_) => return,
                }
            }
            Downstream::Silent => return,
        };
        headers.insert(header::CACHE_CONTROL, control);
    }

    /// Adds `Cache-Status`, if the view wants it.
    fn report(&self, headers: &mut HeaderMap, status: CacheStatus) {
        if let Some(name) = &self.options.cache_status
            && let Ok(value) = HeaderValue::try_from(format!("{name}{status}"))
        {
            headers.append(HeaderName::from_static("cache-status"), value);
        }
    }
}

/// The tags that a view, or what is around it, gave the page.
fn tags<B>(request: &HttpRequest, response: &HttpResponse<B>) -> Tags {
    let of_request = request.extensions().get::<Tags>().cloned();
    let of_response = response.extensions().get::<Tags>().cloned();
    of_request.unwrap_or_default().union(&of_response.unwrap_or_default())
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
