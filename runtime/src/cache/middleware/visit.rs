//! A request as the cache sees it, before anything is done about it.

use std::borrow::Cow;

use actix_web::HttpMessage;
use actix_web::dev::ServiceRequest;

use super::super::engine::Wanted;
use super::super::key::{Key, Target};
use super::super::purge::Scopes;
use super::super::request::{Asked, Bypass, Lookup, Plan, plan};
use super::PageCache;
use super::convert::{Address, Headers, Inside};

/// Where a request goes to and what it is to be done with.
pub(super) struct Visit<'a> {
    pub(super) address: Address<'a>,
    pub(super) way: Way<'a>,
}

/// What is done with a request.
pub(super) enum Way<'a> {
    /// It is inside another page cache already.
    Inside,
    Seek(Sought<'a>),
    PassBy(Bypass),
    /// 405.
    Refuse,
}

/// The page that a request is for.
pub(super) struct Sought<'a> {
    pub(super) key: Key,
    pub(super) lookup: Lookup,
    /// The query in normal form.
    pub(super) query: Option<Cow<'a, str>>,
}

impl<'a> Visit<'a> {
    pub(super) fn of(cache: &PageCache, request: &'a ServiceRequest) -> Visit<'a> {
        let address = Address::of(request, &cache.options);
        let way = match request.extensions().contains::<Inside>() {
            true => Way::Inside,
            false => Way::of(cache, request, &address),
        };
        Visit { address, way }
    }

    /// The same without the request.
    pub(super) fn into_owned(self) -> Visit<'static> {
        Visit {
            address: self.address.into_owned(),
            way: match self.way {
                Way::Inside => Way::Inside,
                Way::Seek(sought) => Way::Seek(Sought {
                    key: sought.key,
                    lookup: sought.lookup,
                    query: sought.query.map(|query| query.into_owned().into()),
                }),
                Way::PassBy(reason) => Way::PassBy(reason),
                Way::Refuse => Way::Refuse,
            },
        }
    }
}

impl<'a> Way<'a> {
    fn of(cache: &PageCache, request: &'a ServiceRequest, address: &Address<'a>) -> Way<'a> {
        let asked = Asked {
            method: request.method().as_str(),
            fields: &Headers(request.headers()),
            host: address.host.as_deref(),
        };
        match plan(&asked, &cache.options) {
            Plan::Lookup(_) if cache.skip.iter().any(|skip| skip(request)) => {
                Way::PassBy(Bypass::Skipped)
            }
            Plan::Lookup(lookup) => {
                let query = cache.options.query.apply(request.uri().query());
                let key = Key::new(&Target {
                    release: cache.shared.made_by(),
                    scheme: &address.scheme,
                    host: address.host.as_deref().unwrap_or_default(),
                    path: request.uri().path(),
                    query: query.as_deref(),
                });
                Way::Seek(Sought { key, lookup, query })
            }
            Plan::Bypass(reason) => Way::PassBy(reason),
            Plan::Refuse => Way::Refuse,
        }
    }
}

impl Sought<'_> {
    /// The page as the engine is asked for it.
    pub(super) fn wanted<'w>(
        &'w self,
        cache: &PageCache,
        request: &'w ServiceRequest,
        fields: &'w Headers<'w>,
    ) -> Wanted<'w, Headers<'w>> {
        Wanted {
            key: &self.key,
            scopes: Scopes {
                path: request.uri().path(),
                query: self.query.as_deref(),
            },
            lookup: self.lookup,
            fields,
            patience: cache.options.wait,
        }
    }
}
