//! The page cache in Redis: a real server, and a proxy that fails as networks do.

mod faults;
mod proxy;
mod server;
mod sharing;
mod site;
mod values;
