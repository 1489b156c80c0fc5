//! What an app decides about a view's cached pages.

use std::net::IpAddr;
use std::time::Duration;

use super::query::{QueryRule, Select};
use super::transform::Transform;

/// A 404 or 410 is kept no longer than this, whatever is asked for: a link that was followed too early must not stay
/// dead for long, and such pages are made by anyone who invents paths.
const LONGEST_NEGATIVE: Duration = Duration::from_secs(10);

/// How a view's pages are cached. Everything has a careful default; nothing is cached until [`ttl`](Self::ttl) is set.
///
/// ```
/// # use crushed::cache::PageCacheOptions;
/// # use std::time::Duration;
/// let options = PageCacheOptions::default()
///     .ttl(Duration::from_secs(60))
///     .host("shop.example")
///     .session_cookie("sid")
///     .ignore_params(["utm_*", "gclid"]);
/// ```
#[derive(Clone, Debug)]
pub struct PageCacheOptions {
    pub(crate) ttl: Option<Duration>,
    pub(crate) jitter: f64,
    pub(crate) stale_while_revalidate: Duration,
    pub(crate) stale_if_error: Duration,
    pub(crate) render_timeout: Option<Duration>,
    pub(crate) sessions: Sessions,
    pub(crate) hosts: Vec<String>,
    pub(crate) proxies: Vec<IpAddr>,
    pub(crate) query: QueryRule,
    pub(crate) reload: Reload,
    pub(crate) extra: Vec<(ExtraStatus, Duration)>,
    pub(crate) downstream: Downstream,
    pub(crate) max_body: usize,
    pub(crate) wait: Duration,
    pub(crate) cache_status: Option<String>,
    pub(crate) transform: Option<Transform>,
}

/// Which cookies make a request personal, so that it bypasses the cache.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Sessions {
    /// Any cookie at all.
    #[default]
    AnyCookie,
    /// These; others are taken not to change the page.
    Named(Vec<String>),
    /// None: the view gives everybody the same page.
    Ignored,
}

/// What a request's own `no-cache`, `no-store`, `max-age`, `min-fresh` and `only-if-cached` do (RFC 9111 §5.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reload {
    /// Nothing: a client cannot make the server render.
    #[default]
    Ignore,
    /// They are obeyed. Only for views whose clients are trusted.
    Honour,
}

/// A status other than 200 that can be cached by choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExtraStatus {
    /// 301 Moved Permanently.
    MovedPermanently,
    /// 404 Not Found, for at most 10 seconds.
    NotFound,
    /// 410 Gone, for at most 10 seconds.
    Gone,
}

impl ExtraStatus {
    pub(crate) const fn code(self) -> u16 {
        match self {
            ExtraStatus::MovedPermanently => 301,
            ExtraStatus::NotFound => 404,
            ExtraStatus::Gone => 410,
        }
    }

    const fn longest(self) -> Duration {
        match self {
            ExtraStatus::MovedPermanently => Duration::MAX,
            ExtraStatus::NotFound | ExtraStatus::Gone => LONGEST_NEGATIVE,
        }
    }
}

/// What a page that says nothing about it tells browsers and caches beyond the app.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Downstream {
    /// `Cache-Control: no-cache`: they ask again each time and get a cheap 304. A purge, a login and a logout show at
    /// once.
    #[default]
    Revalidate,
    /// `Cache-Control: max-age=…` with this many whole seconds. They show the page for that long without asking, even
    /// after a purge.
    MaxAge(Duration),
    /// Nothing is added.
    Silent,
}

impl Default for PageCacheOptions {
    fn default() -> PageCacheOptions {
        PageCacheOptions {
            ttl: None,
            jitter: 0.0,
            stale_while_revalidate: Duration::ZERO,
            stale_if_error: Duration::ZERO,
            render_timeout: None,
            sessions: Sessions::default(),
            hosts: Vec::new(),
            proxies: Vec::new(),
            query: QueryRule::default(),
            reload: Reload::default(),
            extra: Vec::new(),
            downstream: Downstream::default(),
            max_body: 1 << 20,
            wait: Duration::from_secs(5),
            cache_status: None,
            transform: None,
        }
    }
}

impl PageCacheOptions {
    /// Caches the view. A page that does not say itself how long it is fresh (`s-maxage`, `max-age`, `Expires`) is
    /// kept for `ttl`; with zero, only pages that say so are kept.
    #[must_use]
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// Does not cache the view; the default. Inside a cached scope this takes one view out.
    #[must_use]
    pub fn off(mut self) -> Self {
        self.ttl = None;
        self
    }

    /// Shortens each page's lifetime by a random part of it, at most this one (0.1 is a tenth), so that pages that were
    /// stored together are not all rendered anew together. None by default; more than 1 counts as 1.
    #[must_use]
    pub fn jitter(mut self, part: f64) -> Self {
        self.jitter = if part.is_finite() {
            part.clamp(0.0, 1.0)
        } else {
            0.0
        };
        self
    }

    /// Serves a page that is stale for no longer than `window` at once, while one request has it rendered anew in the
    /// background (RFC 5861 §3). A page's own `stale-while-revalidate` goes before; one with `must-revalidate`,
    /// `proxy-revalidate` or `s-maxage` is never served stale. Zero by default.
    #[must_use]
    pub fn stale_while_revalidate(mut self, window: Duration) -> Self {
        self.stale_while_revalidate = window;
        self
    }

    /// Serves a page that is stale for no longer than `window` when the view fails: it answers 500, 502, 503 or 504,
    /// panics, or takes longer than [`render_timeout`](Self::render_timeout) (RFC 5861 §4). The page's own
    /// `stale-if-error` goes before, as above. Zero by default.
    #[must_use]
    pub fn stale_if_error(mut self, window: Duration) -> Self {
        self.stale_if_error = window;
        self
    }

    /// How long a request waits for its own render while there is a stale page that may be served in place of an error.
    /// The render goes on without it. No bound by default.
    #[must_use]
    pub fn render_timeout(mut self, timeout: Duration) -> Self {
        self.render_timeout = Some(timeout);
        self
    }

    /// Changes each HTML page before it is kept: [`crushed_build::minify_page`] minifies what comes out of expressions,
    /// such as the HTML of a content management system. It is called with the page on a thread that answers no requests, and
    /// the request that had the page rendered waits for it; `None` leaves the page as it is. So do a page that is not in
    /// UTF-8, `no-transform`, a `Content-Encoding` or digest field, and a strong `ETag` of the view's own. None by default.
    ///
    /// [`crushed_build::minify_page`]: https://docs.rs/crushed-build/latest/crushed_build/fn.minify_page.html
    #[must_use]
    pub fn transform(mut self, transform: fn(&str) -> Option<String>) -> Self {
        self.transform = Some(transform);
        self
    }

    /// Names a cookie that carries a session: requests with it bypass the cache, others may bring cookies that do not
    /// matter (an analytics tool's). Without a name, every request with any cookie bypasses. Can be given repeatedly.
    #[must_use]
    pub fn session_cookie(mut self, name: impl Into<String>) -> Self {
        match &mut self.sessions {
            Sessions::Named(names) => names.push(name.into()),
            sessions => *sessions = Sessions::Named(vec![name.into()]),
        }
        self
    }

    /// Serves cached pages to everybody, with or without a session. Only for a view that reads no cookie.
    #[must_use]
    pub fn ignore_sessions(mut self) -> Self {
        self.sessions = Sessions::Ignored;
        self
    }

    /// Declares a host (with its port, if it is not the default one). Once one is declared, requests for undeclared
    /// hosts bypass the cache. Without any, a page is kept per host as it was asked for. Can be given repeatedly.
    #[must_use]
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.hosts.push(host.into().to_ascii_lowercase());
        self
    }

    /// Trusts this proxy's `Forwarded`, `X-Forwarded-Host` and `X-Forwarded-Proto` to name host and scheme. From all
    /// other peers, a cached view does not see these fields. Can be given repeatedly.
    #[must_use]
    pub fn trust_proxy(mut self, proxy: IpAddr) -> Self {
        self.proxies.push(proxy);
        self
    }

    /// Treats queries that differ only in the order of differently named parameters as one. The view sees them
    /// sorted.
    #[must_use]
    pub fn sort_query(mut self) -> Self {
        self.query.sorted = true;
        self
    }

    /// Leaves these query parameters out of the key, and out of what the view sees. `utm_*` stands for all names that
    /// begin so. Replaces an earlier choice of parameters.
    #[must_use]
    pub fn ignore_params<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.query.select = Select::Without(names.into_iter().map(Into::into).collect());
        self
    }

    /// Leaves all query parameters but these out of the key, and out of what the view sees. Replaces an earlier choice
    /// of parameters.
    #[must_use]
    pub fn only_params<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.query.select = Select::Only(names.into_iter().map(Into::into).collect());
        self
    }

    /// Whether a client's wish for a fresh page is obeyed; by default it is not.
    #[must_use]
    pub fn reload(mut self, reload: Reload) -> Self {
        self.reload = reload;
        self
    }

    /// Caches one more status than 200, for at most `ttl`.
    #[must_use]
    pub fn also(mut self, status: ExtraStatus, ttl: Duration) -> Self {
        self.extra.retain(|(other, _)| *other != status);
        self.extra.push((status, ttl.min(status.longest())));
        self
    }

    /// What pages without a `Cache-Control` or `Expires` of their own tell browsers.
    #[must_use]
    pub fn downstream(mut self, downstream: Downstream) -> Self {
        self.downstream = downstream;
        self
    }

    /// The largest body that is cached, in bytes. 1 MiB by default.
    #[must_use]
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// How long a request waits for another that renders the same page, before it renders by itself. 5 seconds by
    /// default.
    #[must_use]
    pub fn wait_at_most(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    /// Adds `Cache-Status` (RFC 9211) to every answer, under this cache name: a token such as `crushed`.
    #[must_use]
    pub fn cache_status(mut self, name: impl Into<String>) -> Self {
        self.cache_status = Some(name.into());
        self
    }

    /// The longest time that a response of `status` may be kept, or `None` if it is not cached at all.
    pub(crate) fn longest(&self, status: u16) -> Option<Duration> {
        match status {
            200 => Some(Duration::MAX),
            _ => self
                .extra
                .iter()
                .find(|(extra, _)| extra.code() == status)
                .map(|&(_, ttl)| ttl),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negative_answers_are_kept_briefly_at_most() {
        let hour = Duration::from_secs(3600);
        let options = PageCacheOptions::default()
            .also(ExtraStatus::NotFound, hour)
            .also(ExtraStatus::MovedPermanently, hour);
        assert_eq!(options.longest(404), Some(LONGEST_NEGATIVE));
        assert_eq!(options.longest(301), Some(hour));
        assert_eq!(options.longest(410), None);
        assert_eq!(options.longest(500), None);
    }

    #[test]
    fn naming_a_session_cookie_twice_keeps_both() {
        let options = PageCacheOptions::default()
            .session_cookie("sid")
            .session_cookie("remember");
        let both = vec!["sid".to_owned(), "remember".to_owned()];
        assert_eq!(options.sessions, Sessions::Named(both));
    }
}
