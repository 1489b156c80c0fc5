//! What the minifier asks of a file's variables.

use std::collections::{BTreeSet, HashMap};

use swc_core::ecma::ast::{AssignExpr, AssignPat, Expr, Id, Pat, Program, VarDeclarator};
use swc_core::ecma::visit::{Visit, VisitWith};

/// How often each variable is assigned to.
#[derive(Default)]
pub(super) struct Assigned(HashMap<Id, usize>);

impl Assigned {
    /// The most of any one.
    pub(super) fn most(program: &Program) -> usize {
        let mut found = Self::default();
        program.visit_with(&mut found);
        found.0.into_values().max().unwrap_or_default()
    }
}

impl Visit for Assigned {
    fn visit_assign_expr(&mut self, assignment: &AssignExpr) {
        if let Some(name) = assignment.left.as_ident() {
            *self.0.entry(name.to_id()).or_default() += 1;
        }
        assignment.visit_children_with(self);
    }
}

/// Variables that give their name to the function or class they hold.
pub(super) struct Namesakes(BTreeSet<Id>);

impl Namesakes {
    pub(super) fn of(program: &Program) -> BTreeSet<Id> {
        let mut found = Self(BTreeSet::new());
        program.visit_with(&mut found);
        found.0
    }

    fn named(&mut self, name: &Pat, value: &Expr) {
        if let Pat::Ident(name) = name
            && matches!(value, Expr::Fn(_) | Expr::Arrow(_) | Expr::Class(_))
        {
            self.0.insert(name.id.to_id());
        }
    }
}

impl Visit for Namesakes {
    fn visit_var_declarator(&mut self, declarator: &VarDeclarator) {
        if let Some(value) = &declarator.init {
            self.named(&declarator.name, value);
        }
        declarator.visit_children_with(self);
    }

    fn visit_assign_pat(&mut self, pattern: &AssignPat) {
        self.named(&pattern.left, &pattern.right);
        pattern.visit_children_with(self);
    }

    fn visit_assign_expr(&mut self, assignment: &AssignExpr) {
        if let Some(name) = assignment.left.as_ident() {
            self.named(&Pat::Ident(name.clone()), &assignment.right);
        }
        assignment.visit_children_with(self);
    }
}
