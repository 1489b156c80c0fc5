use std::ops::Range;

use swc_core::common::Spanned;
use swc_core::ecma::ast::{Expr, Program, Str};
use swc_core::ecma::visit::{Visit, VisitWith};

use super::Goal;
use super::parse::{Origin, isolated, parse};

/// Where a script has room for a value that comes later: names that stand as expressions, and string literals.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Holes {
    pub names: Vec<Range<usize>>,
    /// Quotes included.
    pub strings: Vec<Range<usize>>,
}

/// `None` if the text is no script.
pub(crate) fn holes(text: &str, goal: Goal) -> Option<Holes> {
    isolated(|| {
        let parsed = parse(text, goal).ok()?;
        let mut reader = Reader {
            holes: Holes::default(),
            origin: parsed.origin(),
        };
        match &parsed.program {
            Program::Script(script) => script.visit_with(&mut reader),
            Program::Module(module) => module.visit_with(&mut reader),
        }
        Some(reader.holes)
    })
    .flatten()
}

struct Reader {
    holes: Holes,
    origin: Origin,
}

impl Reader {
    fn range(&self, node: &impl Spanned) -> Range<usize> {
        let span = node.span();
        self.origin.offset(span.lo)..self.origin.offset(span.hi)
    }
}

impl Visit for Reader {
    fn visit_expr(&mut self, expr: &Expr) {
        if let Expr::Ident(name) = expr {
            let range = self.range(name);
            self.holes.names.push(range);
        }
        expr.visit_children_with(self);
    }

    fn visit_str(&mut self, text: &Str) {
        let range = self.range(text);
        self.holes.strings.push(range);
    }
}
