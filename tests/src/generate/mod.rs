//! Stylesheets, scripts and requests made up from bytes: the same bytes make the same one, and any bytes make one.
//!
//! The fuzz targets of `fuzz/` compile these files too.

pub mod css;
pub mod js;
pub mod request;
mod values;

use std::fmt;

/// Decisions read from bytes. When there are no more, each is for the first alternative, which is always one that ends.
pub struct Choices<'b> {
    bytes: &'b [u8],
}

impl<'b> Choices<'b> {
    /// Reads decisions from these bytes.
    pub fn new(bytes: &'b [u8]) -> Self {
        Self { bytes }
    }

    /// A number below `limit`, which is at most 65,536.
    pub fn below(&mut self, limit: usize) -> usize {
        let mut next = || match self.bytes.split_first() {
            Some((first, rest)) => {
                self.bytes = rest;
                usize::from(*first)
            }
            None => 0,
        };
        let mut number = next();
        if limit > 256 {
            number = number * 256 + next();
        }
        number % limit.max(1)
    }

    /// One of these.
    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }

    /// True in about so many of a hundred cases.
    pub fn chance(&mut self, percent: usize) -> bool {
        let drawn = self.below(256);
        drawn > 0 && drawn * 100 < percent * 256
    }

    /// What no decision has used.
    pub fn rest(&self) -> &'b [u8] {
        self.bytes
    }
}

/// Bytes that look random and are the same for the same seed (splitmix64).
pub fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = state;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bytes.extend((word ^ (word >> 31)).to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// A text as a tree, so that a failing one can be made smaller and stays a text of its language.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Piece {
    /// A statement, a declaration.
    Line(String),
    /// What opens it, what is in it, what closes it.
    Block(String, Vec<Piece>, String),
}

impl Piece {
    /// A line.
    pub fn line(text: impl Into<String>) -> Self {
        Self::Line(text.into())
    }

    /// A block in braces.
    pub fn block(head: impl Into<String>, pieces: Vec<Self>) -> Self {
        Self::Block(head.into() + "{", pieces, "}".to_owned())
    }
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(text) => writeln!(f, "{text}"),
            Self::Block(open, pieces, close) => {
                writeln!(f, "{open}")?;
                for piece in pieces {
                    write!(f, "{piece}")?;
                }
                writeln!(f, "{close}")
            }
        }
    }
}

/// The text of a file.
pub fn text(pieces: &[Piece]) -> String {
    pieces.iter().map(Piece::to_string).collect()
}

/// Every list of pieces that is smaller by one piece, or has a block replaced by what is in it.
pub fn smaller(pieces: &[Piece]) -> Vec<Vec<Piece>> {
    let mut all = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        let replaced = |by: Vec<Piece>| {
            let mut list = pieces.to_vec();
            list.splice(index..=index, by);
            list
        };
        all.push(replaced(Vec::new()));
        if let Piece::Block(open, inner, close) = piece {
            for inner in smaller(inner) {
                let block = Piece::Block(open.clone(), inner, close.clone());
                all.push(replaced(vec![block]));
            }
        }
    }
    all
}
