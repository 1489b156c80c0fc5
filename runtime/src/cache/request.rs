//! May this request be answered from the cache?

use std::time::Duration;

use super::directives::Directives;
use super::fields::Fields;
use super::options::{PageCacheOptions, Reload, Sessions};
use super::signs::Signs;

/// A request as the decision sees it.
pub(crate) struct Asked<'a, F: ?Sized> {
    pub(crate) method: &'a str,
    pub(crate) fields: &'a F,
    /// The host that the view would be shown, or `None` if the request names none or contradicts itself.
    pub(crate) host: Option<&'a [u8]>,
}

/// What happens to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// It may be answered from the store, and its response may be stored.
    Lookup(Lookup),
    /// The cache stays out of it.
    Bypass(Bypass),
    /// Nobody is asked: 405.
    Refuse,
}

/// How to look a page up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lookup {
    /// HEAD: answered from an entry of GET, but never the source of one.
    pub(crate) head: bool,
    /// The request carries `Authorization`: only responses marked `public` serve it or come of it (RFC 9111 §3.5).
    pub(crate) authorized: bool,
    /// The request says what the client has: it may be answered 304.
    pub(crate) conditional: bool,
    /// The request says which codings it takes.
    pub(crate) negotiates: bool,
    /// What the client demands of the entry's age.
    pub(crate) demand: Demand,
}

/// A client's wishes, all absent unless they are honoured (RFC 9111 §5.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Demand {
    /// `no-cache`: render, whatever is stored.
    pub(crate) fresh_render: bool,
    pub(crate) max_age: Option<Duration>,
    pub(crate) min_fresh: Option<Duration>,
    /// 504 rather than a render.
    pub(crate) only_if_cached: bool,
}

/// Why a request goes past the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bypass {
    /// The view is not cached.
    Off,
    /// The app's own hook said so.
    Skipped,
    /// A method other than GET and HEAD.
    Method,
    /// A GET with a body: the body may change the page, but is no part of the key.
    Body,
    /// A session cookie.
    Session,
    /// The host is not a declared one, or not to be told.
    Host,
    /// `If-Match` or `If-Unmodified-Since`, which a cache leaves to the origin (RFC 9110 §13.1.1).
    Precondition,
    /// A protocol upgrade.
    Upgrade,
    /// The client's `no-store`, where honoured.
    NoStore,
}

impl Bypass {
    /// A token for logs and `Cache-Status`.
    pub(crate) const fn token(self) -> &'static str {
        match self {
            Bypass::Off => "off",
            Bypass::Skipped => "skipped",
            Bypass::Method => "method",
            Bypass::Body => "request-body",
            Bypass::Session => "session",
            Bypass::Host => "host",
            Bypass::Precondition => "precondition",
            Bypass::Upgrade => "upgrade",
            Bypass::NoStore => "request-no-store",
        }
    }
}

/// Decides what to do with a request.
pub(crate) fn plan<F: Fields + ?Sized>(asked: &Asked<'_, F>, options: &PageCacheOptions) -> Plan {
    if options.ttl.is_some() && is_foreign(asked.method) {
        return Plan::Refuse;
    }
    let signs = Signs::of(asked.fields);
    match (bypass(asked, signs, options), asked.method) {
        (Some(reason), _) => Plan::Bypass(reason),
        (None, method) => {
            let demand = demand(asked.fields, options.reload);
            match demand {
                None => Plan::Bypass(Bypass::NoStore),
                Some(demand) => Plan::Lookup(Lookup {
                    head: method == "HEAD",
                    authorized: signs.authorization,
                    conditional: signs.condition,
                    negotiates: signs.accept_encoding,
                    demand,
                }),
            }
        }
    }
}

fn bypass<F: Fields + ?Sized>(
    asked: &Asked<'_, F>,
    signs: Signs,
    options: &PageCacheOptions,
) -> Option<Bypass> {
    let fields = asked.fields;
    if options.ttl.is_none() {
        return Some(Bypass::Off);
    }
    if !matches!(asked.method, "GET" | "HEAD") {
        return Some(Bypass::Method);
    }
    if signs.body && has_body(fields) {
        return Some(Bypass::Body);
    }
    if signs.upgrade {
        return Some(Bypass::Upgrade);
    }
    if signs.precondition {
        return Some(Bypass::Precondition);
    }
    if signs.cookie && has_session(fields, &options.sessions) {
        return Some(Bypass::Session);
    }
    let known =
        |host| options.hosts.is_empty() || options.hosts.iter().any(|own| own.as_bytes() == host);
    match asked.host {
        Some(host) if known(host) => None,
        _ => Some(Bypass::Host),
    }
}

/// Whether this is a method that no page has a meaning for: `TRACE` gives back what a client could not read otherwise,
/// `PURGE` and `BAN` are how other caches are emptied. A view that takes any method would answer them like a read, and a
/// stranger would believe, or even have it, that pages are void.
fn is_foreign(method: &str) -> bool {
    matches!(method, "TRACE" | "TRACK" | "PURGE" | "BAN")
}

/// Whether a non-error answer to this method means that what is stored for the target may be outdated. Methods that
/// are not known to be safe are not (RFC 9111 §4.4).
pub(crate) fn is_unsafe(method: &str) -> bool {
    !matches!(
        method,
        "GET"
            | "HEAD"
            | "OPTIONS"
            | "TRACE"
            | "CONNECT"
            | "QUERY"
            | "PROPFIND"
            | "REPORT"
            | "SEARCH"
    )
}

fn has_body<F: Fields + ?Sized>(fields: &F) -> bool {
    fields.has("transfer-encoding")
        || fields
            .lines("content-length")
            .any(|length| length.trim_ascii() != b"0")
}

/// Whether one of the cookies that the request has says who it is from.
fn has_session<F: Fields + ?Sized>(fields: &F, sessions: &Sessions) -> bool {
    match sessions {
        Sessions::AnyCookie => true,
        Sessions::Ignored => false,
        Sessions::Named(names) => fields
            .lines("cookie")
            .flat_map(|line| line.split(|&byte| byte == b';' || byte == b','))
            .map(|pair| {
                pair.split(|&byte| byte == b'=')
                    .next()
                    .unwrap_or(pair)
                    .trim_ascii()
            })
            .any(|name| names.iter().any(|session| session.as_bytes() == name)),
    }
}

/// The client's demands, or `None` if it wants nothing stored.
fn demand<F: Fields + ?Sized>(fields: &F, reload: Reload) -> Option<Demand> {
    if reload == Reload::Ignore {
        return Some(Demand::default());
    }
    let says = Directives::of(fields);
    // RFC 9111 §5.4: Pragma counts only without Cache-Control.
    let pragma = !fields.has("cache-control")
        && fields
            .members("pragma")
            .any(|member| member.eq_ignore_ascii_case(b"no-cache"));
    (!says.no_store).then_some(Demand {
        fresh_render: says.no_cache || pragma,
        max_age: says.max_age,
        min_fresh: says.min_fresh,
        only_if_cached: says.only_if_cached,
    })
}

#[cfg(test)]
mod tests {
    use super::super::fields::lines;
    use super::*;

    fn on() -> PageCacheOptions {
        PageCacheOptions::default().ttl(Duration::from_secs(60))
    }

    fn planned(method: &str, fields: &[(&str, &str)], options: &PageCacheOptions) -> Plan {
        let fields = lines(fields);
        plan(
            &Asked {
                method,
                fields: &fields,
                host: Some(b"a.test"),
            },
            options,
        )
    }

    #[test]
    fn bypasses() {
        let sid = on().session_cookie("sid");
        let open = on().ignore_sessions();
        let honour = on().reload(Reload::Honour);
        for (method, fields, options, want) in [
            (
                "GET",
                &[][..],
                &PageCacheOptions::default(),
                Some(Bypass::Off),
            ),
            ("GET", &[], &on(), None),
            ("HEAD", &[], &on(), None),
            ("POST", &[], &on(), Some(Bypass::Method)),
            ("OPTIONS", &[], &on(), Some(Bypass::Method)),
            ("get", &[], &on(), Some(Bypass::Method)),
            ("GET", &[("content-length", "0")], &on(), None),
            ("GET", &[("content-length", "6")], &on(), Some(Bypass::Body)),
            (
                "GET",
                &[("transfer-encoding", "chunked")],
                &on(),
                Some(Bypass::Body),
            ),
            (
                "GET",
                &[("upgrade", "websocket")],
                &on(),
                Some(Bypass::Upgrade),
            ),
            (
                "GET",
                &[("if-match", "\"a\"")],
                &on(),
                Some(Bypass::Precondition),
            ),
            ("GET", &[("if-none-match", "\"a\"")], &on(), None),
            ("GET", &[("range", "bytes=0-1")], &on(), None),
            ("GET", &[("cookie", "_ga=1")], &on(), Some(Bypass::Session)),
            ("GET", &[("cookie", "_ga=1; _fbp=2")], &sid, None),
            (
                "GET",
                &[("cookie", "_ga=1; sid=2")],
                &sid,
                Some(Bypass::Session),
            ),
            (
                "GET",
                &[("cookie", "a=1"), ("cookie", "sid=")],
                &sid,
                Some(Bypass::Session),
            ),
            ("GET", &[("cookie", "sid")], &sid, Some(Bypass::Session)),
            ("GET", &[("cookie", "xsid=2")], &sid, None),
            ("GET", &[("cookie", "sid=2")], &open, None),
            ("GET", &[("cache-control", "no-store")], &on(), None),
            (
                "GET",
                &[("cache-control", "no-store")],
                &honour,
                Some(Bypass::NoStore),
            ),
        ] {
            let reason = match planned(method, fields, options) {
                Plan::Bypass(reason) => Some(reason),
                Plan::Lookup(_) => None,
                Plan::Refuse => panic!("{method}"),
            };
            assert_eq!(reason, want, "{method} {fields:?}");
        }
    }

    #[test]
    fn only_declared_hosts_are_looked_up() {
        let open = on();
        let declared = on().host("A.test").host("b.test:8080");
        let none: Vec<_> = lines(&[]);
        for (host, options, bypassed) in [
            (Some("anything"), &open, false),
            (None, &open, true),
            (Some("a.test"), &declared, false),
            (Some("b.test:8080"), &declared, false),
            (Some("a.test:1337"), &declared, true),
            (Some("b.test"), &declared, true),
            (Some(""), &declared, true),
            (None, &declared, true),
        ] {
            let asked = Asked {
                method: "GET",
                fields: &none,
                host: host.map(str::as_bytes),
            };
            assert_eq!(
                plan(&asked, options) == Plan::Bypass(Bypass::Host),
                bypassed,
                "{host:?}"
            );
        }
    }

    #[test]
    fn demands_count_only_where_honoured() {
        let honour = on().reload(Reload::Honour);
        let reload = [("cache-control", "no-cache, max-age=0, min-fresh=5")];
        let asked = |options: &PageCacheOptions| match planned("GET", &reload, options) {
            Plan::Lookup(lookup) => lookup.demand,
            other => panic!("{other:?}"),
        };
        assert_eq!(asked(&on()), Demand::default());
        assert_eq!(
            asked(&honour),
            Demand {
                fresh_render: true,
                max_age: Some(Duration::ZERO),
                min_fresh: Some(Duration::from_secs(5)),
                only_if_cached: false,
            }
        );
        let pragma = |fields: &[(&str, &str)]| match planned("GET", fields, &honour) {
            Plan::Lookup(lookup) => lookup.demand.fresh_render,
            other => panic!("{other:?}"),
        };
        assert!(pragma(&[("pragma", "No-Cache")]));
        assert!(!pragma(&[
            ("pragma", "no-cache"),
            ("cache-control", "max-age=9")
        ]));
    }

    #[test]
    fn authorization_and_head_are_noted() {
        let plan = planned("HEAD", &[("authorization", "Basic eDp5")], &on());
        let lookup = Lookup {
            head: true,
            authorized: true,
            ..Lookup::default()
        };
        assert_eq!(plan, Plan::Lookup(lookup));
    }

    #[test]
    fn methods_that_mean_nothing_to_a_page_are_refused() {
        for method in ["TRACE", "PURGE", "BAN"] {
            assert_eq!(planned(method, &[], &on()), Plan::Refuse, "{method}");
            let off = planned(method, &[], &PageCacheOptions::default());
            assert_eq!(off, Plan::Bypass(Bypass::Off), "{method}");
        }
    }

    #[test]
    fn unknown_methods_are_unsafe() {
        for method in ["POST", "PUT", "PATCH", "DELETE", "PURGE", "FOO"] {
            assert!(is_unsafe(method), "{method}");
        }
        for method in ["GET", "HEAD", "OPTIONS", "TRACE"] {
            assert!(!is_unsafe(method), "{method}");
        }
    }
}
