//! `Cache-Status` (RFC 9211): what the cache did with a request, in the answer.

use std::fmt;
use std::time::Duration;

/// What the cache did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CacheStatus {
    /// A stored page, fresh for `ttl` more.
    Hit { ttl: Duration },
    /// A stored page that has been stale for a time, and may be served all the same.
    Stale { by: Duration },
    /// A stale page in place of an error of the view.
    InPlaceOfError { by: Duration },
    /// The page that another request was rendering.
    Collapsed { miss: Miss },
    /// Rendered, and stored or not; `detail` says why not.
    Rendered {
        miss: Miss,
        stored: bool,
        detail: Option<&'static str>,
    },
    /// Past the cache.
    Bypass { method: bool, detail: &'static str },
}

/// Why nothing stored was served (RFC 9211 §2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Miss {
    /// Nothing is stored for the URL.
    Uri,
    /// Nothing is stored for this request's headers.
    Vary,
    /// What is stored is not fresh any more, or was purged.
    Stale,
    /// The request did not want what is stored.
    Request,
}

impl Miss {
    const fn token(self) -> &'static str {
        match self {
            Miss::Uri => "uri-miss",
            Miss::Vary => "vary-miss",
            Miss::Stale => "stale",
            Miss::Request => "request",
        }
    }
}

impl fmt::Display for CacheStatus {
    /// The parameters, each with `; ` before it, to follow the cache's name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            CacheStatus::Hit { ttl } => write!(f, "; hit; ttl={}", ttl.as_secs()),
            // RFC 9211 §2.4: a stale response has a negative time to live.
            CacheStatus::Stale { by } => write!(f, "; hit; ttl=-{}", by.as_secs().max(1)),
            CacheStatus::InPlaceOfError { by } => {
                let by = by.as_secs().max(1);
                write!(f, "; hit; ttl=-{by}; detail=stale-if-error")
            }
            CacheStatus::Collapsed { miss } => write!(f, "; fwd={}; collapsed", miss.token()),
            CacheStatus::Rendered {
                miss,
                stored,
                detail,
            } => {
                write!(f, "; fwd={}", miss.token())?;
                if stored {
                    f.write_str("; stored")?;
                }
                detail.map_or(Ok(()), |detail| write!(f, "; detail={detail}"))
            }
            CacheStatus::Bypass { method, detail } => {
                let why = if method { "method" } else { "bypass" };
                write!(f, "; fwd={why}; detail={detail}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_read_as_in_the_rfc() {
        for (status, want) in [
            (
                CacheStatus::Hit {
                    ttl: Duration::from_millis(30_900),
                },
                "; hit; ttl=30",
            ),
            (
                CacheStatus::Stale {
                    by: Duration::from_millis(3_900),
                },
                "; hit; ttl=-3",
            ),
            (
                CacheStatus::InPlaceOfError {
                    by: Duration::from_millis(1),
                },
                "; hit; ttl=-1; detail=stale-if-error",
            ),
            (
                CacheStatus::Collapsed { miss: Miss::Uri },
                "; fwd=uri-miss; collapsed",
            ),
            (
                CacheStatus::Rendered {
                    miss: Miss::Stale,
                    stored: true,
                    detail: None,
                },
                "; fwd=stale; stored",
            ),
            (
                CacheStatus::Rendered {
                    miss: Miss::Vary,
                    stored: false,
                    detail: Some("set-cookie"),
                },
                "; fwd=vary-miss; detail=set-cookie",
            ),
            (
                CacheStatus::Bypass {
                    method: false,
                    detail: "session",
                },
                "; fwd=bypass; detail=session",
            ),
        ] {
            assert_eq!(status.to_string(), want);
        }
    }
}
