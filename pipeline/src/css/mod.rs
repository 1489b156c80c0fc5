//! Stylesheets: the only place that knows lightningcss.
//!
//! Text in, text out.
//!
//! | file | what |
//! |---|---|
//! | `token`, `tree` | what a browser's parser sees, by place in the text |
//! | `check` | the faults of one sheet read alone |
//! | `join` | sheets behind each other, each meaning what it meant |
//! | `import` | what a sheet imports, and under which conditions |
//! | `compact` | white space and comments out, by token |
//! | `engine` | lightningcss |
//! | `minify` | the smallest text that is proven to mean the same |

mod check;
mod colour;
mod compact;
mod engine;
mod import;
mod join;
mod minify;
mod normal;
mod selector;
mod shorthand;
pub(crate) mod token;
mod tree;
mod value;

pub(crate) use check::check;
pub(crate) use import::{Conditions, has_namespace, imports};
pub(crate) use join::join;
pub(crate) use minify::{Licences, Minified, Options, minify};
