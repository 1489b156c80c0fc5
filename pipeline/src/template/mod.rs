//! Askama template source: its tags, the HTML between them, and the `compress` blocks in it.

pub(crate) mod compress;
pub(crate) mod html;
pub(crate) mod minify;
pub(crate) mod rewrite;
pub(crate) mod scan;
pub(crate) mod syntax;
