//! In place of all that reads scripts, where the feature `js` is off: a script in a bundle is an error, and one that stands
//! in a template stays as it is.

use super::known::Facts;
use super::options::{Minified, Options};
use super::{Escaped, Goal};
use crate::fault::Fault;

fn missing() -> Fault {
    Fault::new(0, "scripts are not compiled: the feature `js` of crushed-build is off").help(
        "add \"js\" to the features of crushed-build in Cargo.toml, or keep scripts out of `compress` and `asset!`",
    )
}

pub(crate) fn inspect(_: &str, _: Goal) -> Result<Facts, Fault> {
    Err(missing())
}

pub(crate) fn minify(_: &str, _: Goal, _: &Options) -> Result<Minified, Fault> {
    Err(missing())
}

pub(crate) fn inspect_and_minify(
    _: &str,
    _: Goal,
    _: &Options,
    _: impl FnOnce(&Facts) -> Option<String> + Send,
) -> Result<(Facts, Minified), Fault> {
    Err(missing())
}

pub(crate) fn printed(_: &str, _: Goal) -> Option<String> {
    None
}

pub(crate) fn holes(_: &str, _: Goal) -> Option<Holes> {
    None
}

/// None is ever made.
pub(crate) struct Holes {
    pub names: Vec<std::ops::Range<usize>>,
    pub strings: Vec<std::ops::Range<usize>>,
}

/// As it is, if nothing in it could end the element.
pub(crate) fn escape(text: &str) -> Escaped {
    let lower = text.to_ascii_lowercase();
    match super::MARKS.iter().any(|mark| lower.contains(mark)) {
        true => Escaped::Impossible,
        false => Escaped::Text(text.to_owned()),
    }
}

pub(crate) struct Outline;

impl Outline {
    pub(crate) fn of(_: &str, _: Goal) -> Result<Self, Fault> {
        Err(missing())
    }

    pub(crate) fn same_interface(&self, _: &Self) -> bool {
        false
    }

    pub(crate) fn licences(&self) -> &str {
        ""
    }
}

pub(crate) struct Words;

impl Words {
    pub(crate) fn of(_: &str, _: Goal) -> Option<Self> {
        None
    }

    pub(crate) fn are_among(&self, _: &Self) -> bool {
        false
    }
}
