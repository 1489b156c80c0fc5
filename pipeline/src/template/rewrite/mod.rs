//! Puts what blocks and calls became into a template, and writes it down again.
//!
//! | file | what |
//! |---|---|
//! | `segment` | a template on its way out: texts and tags |
//! | `replace` | tokens to segments, replacements in their place |
//! | `print` | segments to the text that Askama reads |

mod print;
mod replace;
mod segment;
#[cfg(test)]
mod tests;

pub(crate) use print::{Output, print};
pub(crate) use replace::rewrite;
pub(super) use replace::{switched, tag};
pub(crate) use segment::{Segment, Tag};
