//! The demo and the command line, from outside: what is promised of the whole.

mod bounds;
mod browser;
mod build;
mod cache;
mod compile_errors;
mod determinism;
mod edits;
mod errors;
mod golden;
mod hazards;
mod hostile;
mod libraries;
mod limits;
mod meaning;
mod modules;
mod page_cache;
mod policy;
mod prefix;
mod redbot;
mod references;
mod release;
mod requests;
mod secrets;
mod serve;
mod sizes;
mod styles;
