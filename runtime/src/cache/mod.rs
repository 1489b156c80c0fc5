//! The page cache: rendered pages, kept per view and served without rendering.
//!
//! What it must never do matters more than how often it hits. It follows RFC 9111 as a shared cache inside the
//! application, and is narrower where a visitor could be shown what belongs to another: nothing with `Set-Cookie`,
//! `private`, `no-store`, `no-cache`, `Vary: *`, a CSP nonce, a streamed or unfinished body or a status other than 200
//! is stored (301, 404 and 410 by choice); a request with `Authorization` shares only `public` pages; a request with a
//! session cookie goes past the cache. A store that fails is a miss.
//!
//! A view is cached by wrapping it:
//!
//! ```
//! use std::time::Duration;
//!
//! use actix_web::{App, HttpResponse, web};
//! use crushed::cache::{PageCache, PageCacheOptions};
//!
//! let release = "3f9a1c0d5e7b2a64";
//! let pages = PageCache::new(release, PageCacheOptions::default().session_cookie("sid"));
//! let app = App::new().service(
//!     web::resource("/coupons")
//!         .wrap(pages.ttl(Duration::from_secs(60)))
//!         .route(web::get().to(async || HttpResponse::Ok().body("all coupons"))),
//! );
//! # let _ = app;
//! ```
//!
//! From the outside in: `middleware` turns actix's requests and responses into values and back; `request` (`signs`) and
//! `response` decide about them; `engine` looks pages up (`key`, `vary`, `store`, `memory`), has each rendered once
//! (`flight`, `noted`) and keeps them (`entry`, `form`, `transform`, `encode`) until they are stale (`clock`) or purged (`purge`, `tags`).

mod allowance;
mod clock;
mod directives;
mod encode;
mod engine;
mod entry;
mod env;
mod fields;
mod flight;
mod form;
mod key;
mod lease;
mod memory;
mod middleware;
mod near;
mod noted;
mod options;
mod purge;
mod query;
#[cfg(feature = "redis")]
mod redis;
mod request;
mod response;
mod signs;
mod stats;
mod status;
mod store;
mod tags;
mod transform;
mod unkeyed;
mod validator;
mod vary;

pub use clock::{Clock, ManualClock, SystemClock, Timestamp};
pub use entry::{Entry, Parts};
pub use env::RedisUrlError;
pub use key::Slot;
pub use memory::Memory;
pub use middleware::{PageCache, PageCacheService};
pub use options::{Downstream, ExtraStatus, PageCacheOptions, Reload};
pub use purge::{Purge, Purges, Scopes, Stamp};
#[cfg(feature = "redis")]
pub use redis::{Redis, RedisOptions};
pub use response::ViewRule;
pub use stats::Stats;
pub use store::{Lease, Leased, Read, Store, StoreError, StoreFuture, Value};
pub use tags::Tags;
pub use vary::VaryRecord;
