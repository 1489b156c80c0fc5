//! The answers to requests for assets, as a table of cases: against the decision, and over real sockets.

mod case;
mod client;
mod decision;
mod live_reload;
mod site;
mod sockets;
