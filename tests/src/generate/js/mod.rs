//! Classic scripts that end, do much with few names, and say in `log` what they see.

mod expressions;
mod statements;

use super::{Choices, Piece};

/// Names that files share.
pub const GLOBALS: [&str; 6] = ["g0", "g1", "g2", "g3", "g4", "g5"];

/// Names inside functions and blocks; some hide a global one.
const LOCALS: [&str; 6] = ["a", "b", "c", "d", "g0", "arguments"];

const KEYS: [&str; 6] = ["p", "q", "length", "0", "toString", "constructor"];

/// The files of one page, in order.
pub fn files(choices: &mut Choices<'_>) -> Vec<Vec<Piece>> {
    let count = 1 + choices.below(3);
    (0..count).map(|_| file(choices)).collect()
}

fn file(choices: &mut Choices<'_>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut scope = Scope::default();
    match choices.below(40) {
        1..=6 => {
            pieces.push(Piece::line("\"use strict\";"));
            scope.strict = true;
        }
        7 => pieces.push(Piece::line("/*! licence */")),
        8 => pieces.push(Piece::line("'use asm';")),
        9 => pieces.push(Piece::line("'no directive';")),
        _ => {}
    }
    let mut maker = Maker {
        choices,
        budget: 60,
    };
    for _ in 0..1 + maker.choices.below(8) {
        let piece = maker.top(&scope);
        pieces.push(piece);
    }
    pieces
}

/// What may stand at a place.
#[derive(Clone, Default)]
struct Scope {
    strict: bool,
    function: bool,
    generator: bool,
    looped: bool,
    labelled: bool,
    method: bool,
    depth: usize,
}

impl Scope {
    fn deeper(&self) -> Self {
        Self {
            depth: self.depth + 1,
            ..self.clone()
        }
    }

    fn in_function(&self) -> Self {
        Self {
            strict: self.strict,
            function: true,
            depth: self.depth + 1,
            ..Self::default()
        }
    }
}

struct Maker<'c, 'b> {
    choices: &'c mut Choices<'b>,
    /// How many statements may still be made.
    budget: usize,
}

impl Maker<'_, '_> {
    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        self.choices.pick(from)
    }

    fn global(&mut self) -> &'static str {
        self.pick(&GLOBALS)
    }

    /// A name that may be read.
    fn name(&mut self, scope: &Scope) -> &'static str {
        if scope.function && self.choices.chance(65) {
            let name = self.pick(&LOCALS);
            if name == "arguments" {
                "arguments[0]"
            } else {
                name
            }
        } else {
            self.global()
        }
    }

    /// A name that may be declared.
    fn fresh(&mut self, scope: &Scope) -> &'static str {
        if scope.function {
            self.pick(&LOCALS[..5])
        } else {
            self.global()
        }
    }
}

impl Piece {
    /// An expression as a statement must not look like another.
    fn guarded(self) -> Self {
        match self {
            Self::Line(text)
                if text.starts_with("function")
                    || text.starts_with("class")
                    || text.starts_with("let") =>
            {
                Self::Line(format!("0,{text}"))
            }
            other => other,
        }
    }

    fn is_function(&self) -> bool {
        matches!(self, Self::Block(open, ..) if open.starts_with("function"))
    }

    /// A case has no block of its own: two `let` of one name would not parse.
    fn lexical_to_var(self) -> Self {
        match &self {
            Self::Line(text) if ["let ", "const "].iter().any(|word| text.starts_with(word)) => {
                Self::block("", vec![self])
            }
            Self::Block(open, ..)
                if ["class", "function"]
                    .iter()
                    .any(|word| open.starts_with(word)) =>
            {
                Self::block("", vec![self])
            }
            _ => self,
        }
    }

    fn without_arguments(self) -> Self {
        match self {
            Self::Line(text) => Self::Line(text.replace("arguments[0]", "a")),
            Self::Block(open, inner, close) => Self::Block(
                open.replace("arguments[0]", "a"),
                inner.into_iter().map(Self::without_arguments).collect(),
                close,
            ),
        }
    }
}
