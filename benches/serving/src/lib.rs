//! The servers that the benches `serving` and `page_cache` ask. Each answers `/static/…` from the same compiled tree, or with
//! the same pages, on one thread and on a free port of the loopback, and says its address on a line.

#![forbid(unsafe_code)]

mod actix;
mod axum;
mod pages;
mod tree;

use std::io;
use std::path::Path;

/// Counts allocations, where the program has an allocator that does.
pub type Counter = fn() -> usize;

/// Serves as `kind` does, until it is killed. `tree` holds `manifest.json` and `static/`; `redis` is the URL of a store for
/// the kind that needs one.
///
/// # Errors
///
/// If there is no such kind, or if the tree cannot be read or no port be bound.
pub fn serve(kind: &str, tree: &Path, redis: Option<&str>, counter: Counter) -> io::Result<()> {
    match kind {
        "memory-serve" => axum::serve(),
        _ => actix::serve(kind, tree, redis, counter),
    }
}

/// Runs a server as the command line asks: `KIND TREE [REDIS]`.
///
/// # Errors
///
/// As [`serve`], or if an argument is missing.
pub fn run(counter: Counter) -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(kind), Some(tree)) = (arguments.next(), arguments.next()) else {
        return Err(io::Error::other("usage: server KIND TREE [REDIS]"));
    };
    let redis = arguments.next();
    serve(&kind, Path::new(&tree), redis.as_deref(), counter)
}
