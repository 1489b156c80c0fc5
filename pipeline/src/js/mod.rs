//! Scripts: the only place that knows swc.
//!
//! Text in, text out. A classic script is read as a *script*: its top-level names are globals that other
//! files may use, so they are neither renamed nor dropped. A module's are its own.
//!
//! | file | what |
//! |---|---|
//! | `depth` | what nests too deeply to be read |
//! | `parse` | text to tree, with places in the text the caller gave |
//! | `sloppy` | what the parser refuses and sloppy code may say |
//! | `early` | names that are declared twice |
//! | `minify` | the smallest text that means the same, and the check that it does |
//! | `variables` | what the minifier asks of variables |
//! | `facts` | what one file declares, reads and imports |
//! | `globals` | the same where the global object is asked by another name |
//! | `imports` | the places that name other files |
//! | `names` | the walk over a tree that finds those names |
//! | `join` | which files may run as one script, and how they are put together |
//! | `words` | the properties that a file names |
//! | `holes` | where a script has room for a value that comes later |
//! | `escape` | what an inline `<script>` must not contain |

mod depth;
mod early;
mod escape;
mod facts;
mod globals;
mod holes;
mod imports;
mod join;
mod minify;
mod names;
mod parens;
mod parse;
mod sloppy;
#[cfg(test)]
mod tests;
mod variables;
mod words;

pub(crate) use escape::{Escaped, escape};
pub(crate) use facts::{Facts, inspect};
pub(crate) use holes::holes;
pub(crate) use imports::{Import, ImportKind};
pub(crate) use join::{join, may_fail, may_join};
pub(crate) use minify::{
    Ecma, Licences, Minified, Options, Outline, inspect_and_minify, minify, printed,
};
pub(crate) use words::Words;

/// How a browser will run the text.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize,
)]
pub(crate) enum Goal {
    /// `<script>`: sloppy unless it says otherwise, top-level names are globals.
    Script,
    /// `<script type=module>`: strict, its names are its own.
    Module,
}
