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
//! | `options` | what the minifier may do, and what it gives |
//! | `known` | what one file declares, reads and imports |
//! | `facts` | how that is found |
//! | `globals` | the same where the global object is asked by another name |
//! | `imports` | how the places that name other files are read |
//! | `names` | the walk over a tree that finds those names |
//! | `join` | which files may run as one script, and how they are put together |
//! | `words` | the properties that a file names |
//! | `holes` | where a script has room for a value that comes later |
//! | `escape` | what an inline `<script>` must not contain |
//! | `without` | all of it where the feature `js` is off |

#[cfg(feature = "js")]
mod depth;
#[cfg(feature = "js")]
mod early;
#[cfg(feature = "js")]
mod escape;
#[cfg(feature = "js")]
mod facts;
#[cfg(feature = "js")]
mod globals;
#[cfg(feature = "js")]
mod holes;
#[cfg(feature = "js")]
mod imports;
#[cfg(feature = "js")]
mod minify;
#[cfg(feature = "js")]
mod names;
#[cfg(feature = "js")]
mod parens;
#[cfg(feature = "js")]
mod parse;
#[cfg(feature = "js")]
mod sloppy;
#[cfg(all(test, feature = "js"))]
mod tests;
#[cfg(feature = "js")]
mod variables;
#[cfg(not(feature = "js"))]
mod without;
#[cfg(feature = "js")]
mod words;

// Without the feature nobody asks for much of these.
#[cfg_attr(not(feature = "js"), allow(dead_code))]
mod join;
#[cfg_attr(not(feature = "js"), allow(dead_code))]
mod known;
#[cfg_attr(not(feature = "js"), allow(dead_code))]
mod options;

#[cfg(feature = "js")]
pub(crate) use escape::escape;
#[cfg(feature = "js")]
pub(crate) use facts::inspect;
#[cfg(feature = "js")]
pub(crate) use holes::holes;
pub(crate) use join::{join, may_fail, may_join};
pub(crate) use known::{Facts, Import, ImportKind};
#[cfg(feature = "js")]
pub(crate) use minify::{Outline, inspect_and_minify, minify, printed};
pub(crate) use options::{Ecma, Licences, Minified, Options};
#[cfg(not(feature = "js"))]
pub(crate) use without::{
    Outline, Words, escape, holes, inspect, inspect_and_minify, minify, printed,
};
#[cfg(feature = "js")]
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

/// A script made fit for `<script>`, or the news that it cannot be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Escaped {
    /// The text to write between the tags.
    Text(String),
    /// It holds text that cannot be written otherwise there.
    Impossible,
}

/// What the HTML tokenizer looks for inside a `<script>`: the end tag, and the two that together make it
/// overlook the end tag (<https://html.spec.whatwg.org/#script-data-double-escaped-state>).
const MARKS: [&str; 3] = ["</script", "<!--", "<script"];
