//! Modules: what a page loads by `import`.
//!
//! Every module ships under its own hashed name; none are joined. The graph is found from what templates, scripts and
//! Rust code name; then names are given, dependencies first.
//!
//! | file | what |
//! |---|---|
//! | `resolve` | what the specifiers of one script name |
//! | `marks` | placeholders for them while the script is minified |
//! | `graph` | every script that can be reached, minified |
//! | `name` | hashed names, those of a cycle together |
//! | `tag` | the markup of a module's tag, preloads before it |
//! | `map` | import maps |

mod graph;
mod map;
mod marks;
mod name;
mod resolve;
mod tag;
#[cfg(test)]
mod tests;

pub(crate) use graph::{Graph, Roots, discover};
pub(crate) use map::ImportMap;
pub(crate) use marks::Marks;
pub(crate) use name::{Base, Modules};
pub(crate) use resolve::{
    Member, Reference, World, goal_of, page_addresses, page_references, plain_suffix,
};
pub(crate) use tag::ModuleTag;
