//! The page cache as actix-web middleware: requests and responses into values, decisions into answers. No other file
//! of the cache knows the framework.

mod convert;
mod page;
mod render;
mod serve;
mod visit;

use std::fmt;
use std::future::{Ready, ready};
use std::rc::Rc;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix_web::Error;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::header::HeaderValue;

use super::clock::{Clock, SystemClock};
use super::engine::Engine;
use super::memory::Memory;
use super::options::PageCacheOptions;
use super::purge::Purge;
use super::stats::Stats;
use super::store::{Store, StoreError};
use crate::actix::answer::Answer;
use crate::static_url;

use page::control;
use visit::Visit;

/// The middleware. Clones share one store; make it once, outside of the closure that makes the app, and wrap with
/// clones of it.
///
/// Wrap it outside of what changes a page, so that it stores the finished one, but inside of `Compress`, whose streams
/// it does not store. No middleware further out may hold a clone of the `HttpRequest` while the request is served: as
/// actix's own routing, the cache changes the request that it passes on. Of caches inside each other, the outer one stores; the inner one's time to live, or that it is
/// off, counts for its views.
#[derive(Clone)]
pub struct PageCache {
    shared: Arc<Shared>,
    options: Arc<PageCacheOptions>,
    /// `Cache-Control` by the options, for a page that has none.
    control: Option<HeaderValue>,
    skip: Vec<Arc<Skip>>,
}

type Skip = dyn Fn(&ServiceRequest) -> bool + Send + Sync;

struct Shared {
    release: String,
    /// The release and the prefix of its assets, which stands in its pages too.
    made_by: OnceLock<String>,
    engine: Arc<Engine>,
}

impl Shared {
    /// Known when the first page is asked for: by then the app has set its prefix.
    fn made_by(&self) -> &str {
        self.made_by.get_or_init(|| match static_url::in_use() {
            Some(prefix) => format!("{}\n{prefix}", self.release),
            None => self.release.clone(),
        })
    }
}

impl PageCache {
    /// A cache in this process's memory, of 64 MiB. `release` is the id of what renders the pages: pages of one
    /// release are never served by another, nor are those with another prefix of their assets ([`crate::static_url`]).
    pub fn new(release: impl Into<String>, options: PageCacheOptions) -> PageCache {
        PageCache::with_store(release, options, Memory::default())
    }

    /// A cache in a store of one's own choice.
    pub fn with_store(
        release: impl Into<String>,
        options: PageCacheOptions,
        store: impl Store,
    ) -> PageCache {
        PageCache::with_clock(release, options, store, SystemClock::new())
    }

    /// A cache that tells the time by `clock`, for tests.
    pub fn with_clock(
        release: impl Into<String>,
        options: PageCacheOptions,
        store: impl Store,
        clock: impl Clock,
    ) -> PageCache {
        PageCache {
            shared: Arc::new(Shared {
                release: release.into(),
                made_by: OnceLock::new(),
                engine: Arc::new(Engine::new(Arc::new(store), Arc::new(clock))),
            }),
            control: control(options.downstream),
            options: Arc::new(options),
            skip: Vec::new(),
        }
    }

    /// The same cache with other options, for another view.
    #[must_use]
    pub fn view(&self, options: PageCacheOptions) -> PageCache {
        PageCache {
            control: control(options.downstream),
            options: Arc::new(options),
            ..self.clone()
        }
    }

    /// The same cache and options, but this time to live ([`PageCacheOptions::ttl`]).
    #[must_use]
    pub fn ttl(&self, ttl: Duration) -> PageCache {
        self.view(PageCacheOptions::clone(&self.options).ttl(ttl))
    }

    /// The same cache, off for a view inside a cached scope ([`PageCacheOptions::off`]).
    #[must_use]
    pub fn off(&self) -> PageCache {
        self.view(PageCacheOptions::clone(&self.options).off())
    }

    /// The same cache, but requests for which `skip` holds go past it. Can be given repeatedly.
    #[must_use]
    pub fn skip(
        &self,
        skip: impl Fn(&ServiceRequest) -> bool + Send + Sync + 'static,
    ) -> PageCache {
        let mut cache = self.clone();
        cache.skip.push(Arc::new(skip));
        cache
    }

    /// Makes stored pages void, and those whose render has begun. Takes the same time however many there are.
    ///
    /// # Errors
    /// If the store could not be told; stored pages may then still be served.
    pub async fn purge(&self, scope: Purge<'_>) -> Result<(), StoreError> {
        self.shared.engine.purge(scope).await
    }

    /// Purges the page of one URL, given as path and query (`/coupons?page=2`), on every host.
    ///
    /// # Errors
    /// As [`purge`](Self::purge).
    pub async fn purge_page(&self, path_and_query: &str) -> Result<(), StoreError> {
        let (path, query) = match path_and_query.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (path_and_query, None),
        };
        let query = self.options.query.apply(query);
        let query = query.as_deref();
        self.purge(Purge::Page { path, query }).await
    }

    /// Whether the store is being asked. One that has failed is not, for a while: pages are then rendered.
    pub fn is_store_up(&self) -> bool {
        self.shared.engine.is_store_up()
    }

    /// What the cache did so far, over all views.
    pub fn stats(&self) -> Stats {
        self.shared.engine.counters.read()
    }
}

impl fmt::Debug for PageCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageCache")
            .field("release", &self.shared.release)
            .field("options", &self.options)
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}

impl<S, B> Transform<S, ServiceRequest> for PageCache
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = PageCacheService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(PageCacheService {
            cache: Rc::new(self.clone()),
            service: Rc::new(service),
        }))
    }
}

/// A view with its page cache; made by `.wrap(…)`.
#[derive(Debug)]
pub struct PageCacheService<S> {
    cache: Rc<PageCache>,
    service: Rc<S>,
}

impl<S, B> Service<ServiceRequest> for PageCacheService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Answer<Self::Response>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let visit = Visit::of(&self.cache, &request);
        if let Some(response) = self.cache.answer_now(&request, &visit) {
            let (request, _) = request.into_parts();
            let response = ServiceResponse::new(request, response);
            return Answer::now(response.map_into_right_body());
        }
        let visit = visit.into_owned();
        let cache = Rc::clone(&self.cache);
        let service = Rc::clone(&self.service);
        Answer::later(async move { cache.answer(service, request, visit).await })
    }
}
