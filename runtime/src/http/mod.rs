//! What is answered to a request for an asset (RFC 9110), as values: no framework, no socket, no clock.
//!
//! A request's method and fields and the [`Resource`] that its path names go into [`decide`], a [`Decision`] comes out, and
//! [`Decision::reply`] says it in a status, fields and a body. An adapter for a framework looks the path up, hands the
//! fields in by [`Fields`], and writes the [`Reply`] out; it adds `Date` and `Content-Length`.

mod accept;
mod decide;
mod etag;
mod headers;
mod multipart;
mod path;
mod preconditions;
mod range;
mod reply;
mod request;
mod resource;

pub(crate) use accept::select;
pub use decide::{Decision, decide};
pub use headers::{Headers, Name, Value};
pub use path::{BadPath, decode_path};
pub use range::ByteRange;
pub use reply::{Body, Reply, Sink};
pub use request::{Fields, Request};
pub use resource::{Caching, Resource};
