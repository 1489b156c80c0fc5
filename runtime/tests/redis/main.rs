//! The page cache in Redis: a real server, and a proxy that fails as networks do.

mod cases;
mod faults;
#[path = "../page_cache_harness/mod.rs"]
mod page_cache_harness;
mod proxy;
mod server;
mod sharing;
mod site;
mod values;
