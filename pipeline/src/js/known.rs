use std::collections::BTreeSet;
use std::ops::Range;

use super::Goal;

/// What one file does that others can see.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Facts {
    /// Whether the whole file is strict.
    pub strict: bool,
    /// Top-level `let`, `const` and `class`.
    pub lexical: BTreeSet<String>,
    /// Top-level `var` and functions, out of blocks too: properties of the global object.
    pub variables: BTreeSet<String>,
    /// Those of them that are functions of the top level itself.
    pub functions: BTreeSet<String>,
    /// Names that it uses without declaring them, at any depth, or asks the global object for.
    pub free: BTreeSet<String>,
    /// Names that it gives the global object by `defineProperty`, perhaps for good.
    pub defined: BTreeSet<String>,
    /// It asks for names that cannot be read off its text, while it runs from top to bottom.
    pub asks_for_any_name: bool,
    /// It may fail as a whole because of a name that it declares, and would take what is joined to it along.
    pub may_fail: Option<String>,
    /// It looks for its own tag.
    pub uses_current_script: bool,
    /// It writes into the page at its own place.
    pub uses_document_write: bool,
    /// It asks for its own address, other than to name a file by literal.
    pub uses_import_meta: bool,
    /// Modules and files that it names by literal, in order.
    pub imports: Vec<Import>,
    /// Where it names a module or file of its own by an expression, in bytes of the text given.
    pub computed: Vec<(Range<usize>, ImportKind)>,
}

impl Facts {
    /// Every top-level name.
    pub(crate) fn declares(&self) -> impl Iterator<Item = &String> {
        self.lexical.iter().chain(&self.variables)
    }
}

/// A place in a script that names another file.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Import {
    /// The literal, quotes included, in bytes of the text given.
    pub range: Range<usize>,
    /// What it says.
    pub specifier: String,
    /// How it is used.
    pub kind: ImportKind,
    /// `with { type: "json" }`
    pub asserted: Option<String>,
    /// How the file will run, where that can be seen: a worker's script is a classic one unless it says otherwise.
    pub goal: Option<Goal>,
}

/// How a script names another file.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize,
)]
pub(crate) enum ImportKind {
    /// `import … from "x"`, `export … from "x"`.
    Static,
    /// `import("x")`.
    Dynamic,
    /// `new URL("x", import.meta.url)`.
    Url,
    /// `import.meta.resolve("x")`.
    Resolve,
    /// `importScripts("x")` in a worker.
    Scripts,
}

impl ImportKind {
    /// Whether the place holds an `import.meta`.
    pub(super) fn is_addressed(self) -> bool {
        matches!(self, Self::Url | Self::Resolve)
    }
}
