//! Stylesheets: the only place that knows lightningcss.
//!
//! Text in, text out.
//!
//! | file | what |
//! |---|---|
//! | `token`, `tree` | what a browser's parser sees, by place in the text |
//! | `check`, `doubtful` | the faults of one sheet read alone |
//! | `join` | sheets behind each other, each meaning what it meant |
//! | `import` | what a sheet imports, and under which conditions |
//! | `custom` | which custom properties a sheet declares and uses |
//! | `compact` | white space and comments out, by token |
//! | `ascii` | characters of strings as escapes |
//! | `engine` | lightningcss |
//! | `minify` | the smallest text that is proven to mean the same |
//! | `smallest` | of several forms the one that compresses best |
//! | `climb` | an order of properties under which it compresses better |
//! | `arrange` | orders that only compression sees |
//! | `hide` | what the engine does not get to see |
//! | `pieces`, `compared` | a long sheet cut between its rules, and what that means together |
//! | `digits` | what the engine drops of numbers |
//! | `normal`, `read`, `declared` | the proof: a sheet as the cascade sees it |
//! | `gather` | rules brought together that the engine can make one of |
//! | `differ` | where two sheets differ |
//! | `selector`, `shorthand`, `family`, `logical`, `layer`, `motion`, `value`, `number`, `math`, `colour` | one spelling for each meaning, for the proof |

mod arrange;
mod ascii;
mod check;
mod climb;
mod colour;
mod compact;
mod compared;
mod cost;
mod custom;
mod declared;
mod differ;
mod digits;
mod doubtful;
mod engine;
mod family;
#[cfg(fuzzing)]
mod fuzzing;
mod gather;
mod hide;
mod import;
mod join;
mod layer;
mod logical;
mod math;
mod minify;
mod motion;
mod normal;
mod number;
mod pieces;
mod read;
mod selector;
mod shorthand;
mod smallest;
#[cfg(test)]
mod tests;
pub(crate) mod token;
mod tree;
mod value;

pub(crate) use ascii::lighter;
pub(crate) use check::{check, check_and_properties};
pub(crate) use custom::CustomProperties;
#[cfg(fuzzing)]
pub(crate) use fuzzing::outline;
pub(crate) use import::{Conditions, has_namespace, imports};
pub(crate) use join::{enclosed, join};
pub(crate) use minify::{Licences, Minified, Options, join_and_minify, licences, minify, same};
