//! The store that the environment asks for.

use std::env;
use std::fmt;

use super::middleware::PageCache;
use super::options::PageCacheOptions;

const VARIABLE: &str = "REDIS_URL";

impl PageCache {
    /// A cache in Redis where the environment variable `REDIS_URL` says, as `redis://127.0.0.1:6379/3`, and in this
    /// process's memory if it is not set, or empty. It does not matter whether the server is there.
    ///
    /// # Errors
    /// If the value is no URL of a Redis server, or crushed was built without its feature `redis`.
    pub fn from_env(
        release: impl Into<String>,
        options: PageCacheOptions,
    ) -> Result<PageCache, RedisUrlError> {
        match url_from_env()? {
            None => Ok(PageCache::new(release, options)),
            Some(url) => in_redis(&url, release.into(), options),
        }
    }
}

#[cfg(feature = "redis")]
fn in_redis(
    url: &str,
    release: String,
    options: PageCacheOptions,
) -> Result<PageCache, RedisUrlError> {
    let store = super::redis::Redis::open(url, super::redis::RedisOptions::default())?;
    Ok(PageCache::with_store(release, options, store))
}

#[cfg(not(feature = "redis"))]
fn in_redis(_: &str, _: String, _: PageCacheOptions) -> Result<PageCache, RedisUrlError> {
    Err(RedisUrlError::new(
        "this program was built without the feature `redis` of crushed",
    ))
}

fn url_from_env() -> Result<Option<String>, RedisUrlError> {
    let Some(value) = env::var_os(VARIABLE) else {
        return Ok(None);
    };
    match value.into_string() {
        Ok(url) => Ok(Some(url).filter(|url| !url.is_empty())),
        Err(_) => Err(RedisUrlError::new("it is not UTF-8")),
    }
}

/// A `REDIS_URL` that cannot be used. It does not show the value, which may hold a password.
#[derive(Debug)]
pub struct RedisUrlError {
    what: String,
}

impl RedisUrlError {
    pub(super) fn new(what: impl Into<String>) -> RedisUrlError {
        RedisUrlError { what: what.into() }
    }
}

impl fmt::Display for RedisUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{VARIABLE} cannot be used: {}; give one like redis://127.0.0.1:6379/3, or rediss://… for TLS",
            self.what
        )
    }
}

impl std::error::Error for RedisUrlError {}
