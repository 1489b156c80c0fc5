//! The machinery of the page cache's case files.

pub mod case;
pub mod origin;
pub mod run;
