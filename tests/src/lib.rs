//! What the tests across crates are written with: the release binaries, a browser, trees of files.
//!
//! Everything here ends with a message that says what to install or to run when something that a test needs is not
//! there; no test is skipped. Waiting is always for an event or a condition, with a deadline far beyond what it takes.

pub mod app;
pub mod browser;
pub mod built;
pub mod cli;
pub mod generate;
pub mod hazard;
pub mod http;
pub mod packages;
pub mod page;
pub mod pages;
pub mod processes;
pub mod project;
#[path = "../../runtime/tests/redis/server.rs"]
pub mod redis_server;
pub mod site;
pub mod size;
pub mod small;
pub mod soak;
pub mod tree;
