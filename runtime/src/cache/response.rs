//! May this response be stored, and for how long is it fresh?

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use super::clock::Timestamp;
use super::directives::{Directives, seconds};
use super::fields::Fields;
use super::options::PageCacheOptions;
use super::request::Lookup;
use super::tags::Tags;
use super::vary::VaryNames;

/// A response that names more headers than this in `Vary` is not stored.
const MOST_VARY_NAMES: usize = 16;

/// A finished response as the decision sees it, together with the request that it answers.
pub(crate) struct Rendered<'a, Q: ?Sized, S: ?Sized> {
    pub(crate) lookup: Lookup,
    pub(crate) request: &'a Q,
    pub(crate) status: u16,
    pub(crate) fields: &'a S,
    /// The body's length in bytes, or `None` if it is a stream.
    pub(crate) length: Option<usize>,
    /// What the view said by other means than headers.
    pub(crate) rule: Option<ViewRule>,
    /// The tags that the view gave its page.
    pub(crate) tags: Tags,
}

/// What a handler can say about its page beyond headers, by putting it into the response's extensions. A page cache
/// inside another one tells the outer one its own options this way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewRule {
    /// Never store this response.
    Never,
    /// Use this time to live in place of the view's.
    Ttl(Duration),
}

/// What happens to a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Store(Terms),
    Reject(Reject),
}

/// On which terms a response is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    /// The time that it is fresh, counted from when it was made (RFC 9111 §4.2.1).
    pub(crate) lifetime: Duration,
    /// The age that it came with (RFC 9111 §4.2.3).
    pub(crate) age: Duration,
    pub(crate) vary: VaryNames,
    /// How much longer it may be served while it is rendered anew, and in place of an error.
    pub(crate) stale_while_revalidate: Duration,
    pub(crate) stale_if_error: Duration,
    /// It says `public`, so that requests with `Authorization` may share it.
    pub(crate) public: bool,
    pub(crate) tags: Tags,
}

impl Terms {
    /// Shortens the time that is left by a random part of it, at most `part`.
    pub(crate) fn jitter(&mut self, part: f64) {
        if part > 0.0 {
            // Every new state hashes differently.
            let random = RandomState::new().hash_one(()) as f64 / u64::MAX as f64;
            let left = self.lifetime.saturating_sub(self.age);
            self.lifetime = self.age + left.mul_f64((1.0 - part * random).clamp(0.0, 1.0));
        }
    }
}

/// Why a response is not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reject {
    /// Neither 200 nor a status chosen besides.
    Status,
    SetCookie,
    NoStore,
    Private,
    NoCache,
    /// `Vary: *`.
    VaryAny,
    /// `Vary: Cookie`, and the request had one: it would be stored for one visitor only.
    VaryCookie,
    /// More names in `Vary` than are followed.
    VaryMany,
    /// The request had `Authorization`, and the response is not `public`.
    Authorization,
    /// A `Content-Security-Policy` with a nonce, which must not be used twice (CSP Level 3 §7.1).
    Nonce,
    /// It is not fresh for any time at all.
    Stale,
    /// The body is a stream: it would have to be held back to see whether it ends well.
    Stream,
    /// The body is larger than the view allows.
    TooLarge,
    /// The body is not as long as `Content-Length` says, or only a range.
    Incomplete,
    /// More or longer tags than can be kept.
    Tags,
    /// The view said so.
    View,
    /// The answer to HEAD has no body.
    Head,
}

impl Reject {
    /// A token for logs and `Cache-Status`.
    pub(crate) const fn token(self) -> &'static str {
        match self {
            Reject::Status => "status",
            Reject::SetCookie => "set-cookie",
            Reject::NoStore => "no-store",
            Reject::Private => "private",
            Reject::NoCache => "no-cache",
            Reject::VaryAny => "vary-any",
            Reject::VaryCookie => "vary-cookie",
            Reject::VaryMany => "vary-many",
            Reject::Authorization => "authorization",
            Reject::Nonce => "nonce",
            Reject::Stale => "no-freshness",
            Reject::Stream => "stream",
            Reject::TooLarge => "too-large",
            Reject::Incomplete => "incomplete",
            Reject::Tags => "tags",
            Reject::View => "view",
            Reject::Head => "head",
        }
    }
}

/// Decides whether a response is stored (RFC 9111 §3, read as a shared cache, and narrower where a visitor could be
/// shown what belongs to another).
pub(crate) fn judge<Q, S>(
    rendered: &Rendered<'_, Q, S>,
    options: &PageCacheOptions,
    now: Timestamp,
) -> Verdict
where
    Q: Fields + ?Sized,
    S: Fields + ?Sized,
{
    match terms(rendered, options, now) {
        Ok(terms) => Verdict::Store(terms),
        Err(reject) => Verdict::Reject(reject),
    }
}

fn terms<Q, S>(
    rendered: &Rendered<'_, Q, S>,
    options: &PageCacheOptions,
    now: Timestamp,
) -> Result<Terms, Reject>
where
    Q: Fields + ?Sized,
    S: Fields + ?Sized,
{
    let says = Directives::of(rendered.fields);
    let longest = options.longest(rendered.status).ok_or(Reject::Status)?;
    refuse(rendered, options, &says)?;
    let vary = vary(rendered)?;
    let ttl = match rendered.rule {
        Some(ViewRule::Ttl(ttl)) => ttl,
        _ => options.ttl.unwrap_or(Duration::ZERO),
    };
    let lifetime = explicit_lifetime(rendered.fields, &says, now)
        .unwrap_or(ttl)
        .min(longest);
    let age = initial_age(rendered.fields, now);
    if lifetime <= age {
        return Err(Reject::Stale);
    }
    let (stale_while_revalidate, stale_if_error) = stale_windows(&says, options);
    Ok(Terms {
        lifetime,
        age,
        vary,
        stale_while_revalidate,
        stale_if_error,
        public: says.public,
        tags: rendered.tags.clone(),
    })
}

/// Everything that forbids to store a response at all.
fn refuse<Q, S>(
    rendered: &Rendered<'_, Q, S>,
    options: &PageCacheOptions,
    says: &Directives,
) -> Result<(), Reject>
where
    Q: Fields + ?Sized,
    S: Fields + ?Sized,
{
    let fields = rendered.fields;
    let rules = [
        (rendered.lookup.head, Reject::Head),
        (rendered.rule == Some(ViewRule::Never), Reject::View),
        (fields.has("set-cookie"), Reject::SetCookie),
        (says.no_store, Reject::NoStore),
        (says.private, Reject::Private),
        (says.no_cache, Reject::NoCache),
        (
            rendered.lookup.authorized && !says.public,
            Reject::Authorization,
        ),
        (!rendered.tags.fit(), Reject::Tags),
        (has_nonce(fields), Reject::Nonce),
        (fields.has("content-range"), Reject::Incomplete),
    ];
    if let Some(&(_, reject)) = rules.iter().find(|(holds, _)| *holds) {
        return Err(reject);
    }
    let length = rendered.length.ok_or(Reject::Stream)?;
    if length > options.max_body {
        return Err(Reject::TooLarge);
    }
    let as_announced = |line: &[u8]| line.trim_ascii() == length.to_string().as_bytes();
    match fields.lines("content-length").all(as_announced) {
        true => Ok(()),
        false => Err(Reject::Incomplete),
    }
}

fn vary<Q, S>(rendered: &Rendered<'_, Q, S>) -> Result<VaryNames, Reject>
where
    Q: Fields + ?Sized,
    S: Fields + ?Sized,
{
    let mut names = Vec::new();
    for member in rendered.fields.members("vary") {
        // A member that is no header name means something that is not known here.
        let name = std::str::from_utf8(member).map_err(|_| Reject::VaryAny)?;
        if name == "*" || name.contains(char::is_whitespace) {
            return Err(Reject::VaryAny);
        }
        names.push(name);
    }
    // A handler that mirrors the asking origin but forgets to say so would lock all other origins out.
    if rendered
        .fields
        .lines("access-control-allow-origin")
        .any(|origin| origin != b"*")
    {
        names.push("origin");
    }
    let names = VaryNames::from_names(names);
    if names.len() > MOST_VARY_NAMES {
        return Err(Reject::VaryMany);
    }
    if names.iter().any(|name| name == "cookie") && rendered.request.has("cookie") {
        return Err(Reject::VaryCookie);
    }
    Ok(names)
}

fn has_nonce<S: Fields + ?Sized>(fields: &S) -> bool {
    [
        "content-security-policy",
        "content-security-policy-report-only",
    ]
    .iter()
    .flat_map(|name| fields.lines(name))
    .any(|policy| {
        let policy = policy.to_ascii_lowercase();
        policy.windows(7).any(|part| part == b"'nonce-")
    })
}

/// How long past its lifetime a page may be served while it is rendered anew, and in place of an error (RFC 5861). What
/// the page says goes before the view's options; `s-maxage` has the meaning of `proxy-revalidate`
/// (RFC 9111 §5.2.2.10).
fn stale_windows(says: &Directives, options: &PageCacheOptions) -> (Duration, Duration) {
    if says.revalidate || says.s_maxage.is_some() {
        return (Duration::ZERO, Duration::ZERO);
    }
    (
        says.stale_while_revalidate
            .unwrap_or(options.stale_while_revalidate),
        says.stale_if_error.unwrap_or(options.stale_if_error),
    )
}

/// How long the response itself says it is fresh (RFC 9111 §4.2.1). A value that cannot be read is a past one.
fn explicit_lifetime<S: Fields + ?Sized>(
    fields: &S,
    says: &Directives,
    now: Timestamp,
) -> Option<Duration> {
    if let Some(lifetime) = says.s_maxage.or(says.max_age) {
        return Some(lifetime);
    }
    let made = date(fields, "date").unwrap_or(now);
    fields
        .has("expires")
        .then(|| date(fields, "expires").map_or(Duration::ZERO, |expires| expires.since(made)))
}

/// The age that the response came with (RFC 9111 §4.2.3): what `Age` says, or what `Date` shows, if that is more. Of
/// an `Age` that is a list the first member counts, and one that is no number is none (§5.1).
fn initial_age<S: Fields + ?Sized>(fields: &S, now: Timestamp) -> Duration {
    let said = fields.members("age").next().and_then(seconds);
    let apparent = date(fields, "date").map_or(Duration::ZERO, |made| now.since(made));
    // HTTP dates have whole seconds: less than one is no age.
    said.unwrap_or_default()
        .max(Duration::from_secs(apparent.as_secs()))
}

fn date<S: Fields + ?Sized>(fields: &S, name: &str) -> Option<Timestamp> {
    let mut lines = fields.lines(name);
    let line = lines.next()?;
    if lines.next().is_some() {
        return None;
    }
    let text = std::str::from_utf8(line).ok()?.trim();
    httpdate::parse_http_date(text)
        .ok()
        .map(Timestamp::from_system_time)
}

#[cfg(test)]
#[path = "response_tests.rs"]
mod tests;
