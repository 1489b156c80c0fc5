//! Askama template source: its tags, the HTML between them, and the `compress` blocks in it.

mod attributes;
pub(crate) mod compress;
mod flat;
mod header;
pub(crate) mod html;
pub(crate) mod mime;
pub(crate) mod minify;
pub(crate) mod module;
pub(crate) mod prove;
pub(crate) mod rewrite;
pub(crate) mod scan;
mod script;
pub(crate) mod sheets;
pub(crate) mod show;
mod source;
pub(crate) mod styles;
pub(crate) mod syntax;
