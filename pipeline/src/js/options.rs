use crate::encode::Effort;
use crate::fault::Fault;

/// What the minifier may do.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Options {
    /// The newest syntax the output may use that its source does not. The oldest is the default: it runs everywhere,
    /// and over large libraries it is no larger after brotli than the others.
    pub ecma: Ecma,
    /// How often the engine goes over a file; more is smaller and slower.
    pub passes: usize,
    /// Whether functions and classes keep their `name`.
    pub keep_names: bool,
    /// What becomes of licence comments.
    pub licences: Licences,
    /// Whether several forms are tried.
    pub effort: Effort,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            ecma: Ecma::Es5,
            passes: 3,
            keep_names: false,
            licences: Licences::Keep,
            effort: Effort::default(),
        }
    }
}

/// A level of syntax.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Ecma {
    /// Nothing newer than the ES5 that every engine runs, unless the source is newer itself.
    #[default]
    Es5,
    /// Arrows, shorthand properties, template literals.
    Es2015,
    /// Also `?.` and `??`.
    Es2020,
}

/// `/*! … */`, `@license`, `@preserve` and `@cc_on` comments.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Licences {
    /// Once, at the top of the file they came from.
    Keep,
    /// Left out.
    Drop,
}

/// A minified script and what should be said about it.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Minified {
    /// The text that ships.
    pub text: String,
    /// Why it is not as small as it could be.
    pub warnings: Vec<Fault>,
}
