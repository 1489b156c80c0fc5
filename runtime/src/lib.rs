//! The run-time half of crushed, an asset compiler for server-rendered apps: what an app links.
//!
//! The build compiles templates and source assets ([`crushed_build::compile()`] in `build.rs`); this crate serves what came
//! out of it from memory, and names it in pages.
//!
//! - [`asset!`] is the URL, digest and integrity of one source, [`compress!`] the markup of a bundle, and
//!   [`#[crushed::template(…)]`](macro@template) stands where an app said `#[derive(Template)] #[template(…)]`.
//! - [`assets!`] is the table of all that was compiled: [`actix::service`] answers requests from it, and
//!   [`Assets::extract`] writes it to a directory, for a CDN.
//! - [`Assets::csp`] is what a page's Content-Security-Policy must allow: hashes of inline bundles, the origin of files.
//! - [`Assets::preload`] is what a browser may fetch before it reads a page, as `Link` values.
//! - [`static_url()`] is the prefix of every URL, from the environment variable `STATIC_URL`; call [`init()`] when an app
//!   starts, so that a wrong value is an error there.
//! - [`actix::live_reload`] and [`live_reload()`] load open pages again when a source changes, while compression is off.
//! - With the feature `observe` the answers for assets are counted and told to `tracing`.
//! - [`http`] holds the decision that is made about a request for an asset. It knows no framework.
//!
//! ```ignore
//! #[actix_web::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     crushed::init()?;
//!     let app = || App::new().service(crushed::actix::service(crushed::assets!()));
//!     HttpServer::new(app).bind("127.0.0.1:8080")?.run().await?;
//!     Ok(())
//! }
//! ```
//!
//! [`crushed_build::compile()`]: https://docs.rs/crushed-build

pub mod actix;
mod asset;
mod assets;
pub mod cache;
mod csp;
mod disk;
mod html;
pub mod http;
mod live_reload;
#[cfg(any(test, feature = "observe"))]
mod observe;
mod preload;
mod route;
mod static_url;
mod table;
mod tag;

pub use crushed_macros::{asset, assets, compress, template};
pub use crushed_manifest::{Coding, Digest};

pub use asset::Asset;
pub use assets::Assets;
pub use csp::Csp;
#[doc(hidden)]
pub use csp::InlineText;
pub use html::Html;
#[doc(hidden)]
pub use html::HtmlPiece;
pub use live_reload::{LiveReloadTag, live_reload};
#[cfg(any(test, feature = "observe"))]
pub use observe::{Served, served};
pub use preload::Preload;
pub use route::{Representation, Route};
pub use static_url::{StaticUrl, StaticUrlError, init, init_with, static_url};
#[doc(hidden)]
pub use table::Table;
