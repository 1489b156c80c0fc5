//! Brackets that the grammar does not need and a browser does.

use swc_core::common::util::take::Take;
use swc_core::ecma::ast::{AssignTarget, Expr, ExprOrSpread, ParenExpr};
use swc_core::ecma::visit::{VisitMut, VisitMutWith};

/// Puts an assignment to a pattern in brackets where it is an argument behind another: V8 takes `f({a: 1}, {b} = c)` for
/// a syntax error, since it looks at a call's arguments as the parameters that they might have been, and an object's
/// literal is no parameter.
pub(super) struct Parens;

impl VisitMut for Parens {
    fn visit_mut_expr_or_spreads(&mut self, arguments: &mut Vec<ExprOrSpread>) {
        arguments.visit_mut_children_with(self);
        for argument in arguments.iter_mut().skip(1) {
            bracket(&mut argument.expr);
        }
    }
}

fn bracket(expression: &mut Expr) {
    if let Expr::Assign(assignment) = &*expression
        && matches!(assignment.left, AssignTarget::Pat(_))
    {
        let span = assignment.span;
        let expr = Box::new(expression.take());
        *expression = Expr::Paren(ParenExpr { span, expr });
    }
}
