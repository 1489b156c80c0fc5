//! What the benches share: the corpus, the tools to compare with, and how numbers are printed.

pub mod bare;
pub mod corpus;
pub mod load;
pub mod peers;
pub mod rounds;
pub mod server;
pub mod table;
