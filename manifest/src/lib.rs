//! The contract between crushed at build time and at run time.
//!
//! The pipeline writes a [`Manifest`] as `manifest.json`; the macros read it while an app is compiled, the command line
//! reads it from a compiled tree. Plain values with serde: nothing here opens a file or knows of HTTP.

mod asset;
mod bundle;
mod coding;
mod content_type;
mod digest;
mod manifest;
mod markup;
mod path;
mod suggest;

pub use asset::{Asset, Variant};
pub use bundle::{Bundle, BundleKey, InlineText, Kind, Mode, UnknownWord};
pub use coding::Coding;
pub use content_type::content_type;
pub use digest::{Digest, NotADigest};
pub use manifest::{FORMAT, Manifest};
pub use markup::{Markup, Piece, is_same_origin};
pub use path::{AssetPath, PathError, percent_encode};
pub use suggest::nearest;
