//! What the benches share: the corpus, the tools to compare with, what is measured from outside, and how numbers are
//! printed.

pub mod bare;
pub mod corpus;
pub mod load;
pub mod peers;
pub mod rounds;
pub mod script;
pub mod server;
pub mod table;
