//! What only sloppy code may say, and the parser refuses everywhere.

use swc_core::common::{BytePos, DUMMY_SP, Spanned};
use swc_core::ecma::ast::{BlockStmt, Class, Decl, FunctionBody, IfStmt, Program, Stmt};
use swc_core::ecma::visit::{VisitMut, VisitMutWith};

use super::names::directives;

/// Puts braces round each function that is a whole branch of an `if`, and tells where those functions begin. That is what
/// the language takes them for (ECMA-262 Annex B.3.3).
pub(super) fn brace_functions(program: &mut Program) -> Vec<BytePos> {
    let mut braces = Braces {
        is_strict: match program {
            Program::Script(script) => is_strict(&script.body),
            Program::Module(_) => true,
        },
        found: Vec::new(),
    };
    program.visit_mut_children_with(&mut braces);
    braces.found
}

fn is_strict(statements: &[Stmt]) -> bool {
    directives(statements.iter())
        .iter()
        .any(|directive| directive == "use strict")
}

struct Braces {
    is_strict: bool,
    found: Vec<BytePos>,
}

impl Braces {
    fn branch(&mut self, branch: &mut Stmt) {
        let Stmt::Decl(Decl::Fn(function)) = branch else {
            return;
        };
        if self.is_strict || function.function.is_async || function.function.is_generator {
            return;
        }
        self.found.push(function.span().lo);
        let block = BlockStmt {
            span: DUMMY_SP,
            ..BlockStmt::default()
        };
        let function = std::mem::replace(branch, Stmt::Block(block));
        if let Stmt::Block(block) = branch {
            block.stmts.push(function);
        }
    }
}

impl VisitMut for Braces {
    fn visit_mut_function_body(&mut self, body: &mut FunctionBody) {
        let around = self.is_strict;
        self.is_strict |= is_strict(&body.stmts);
        body.visit_mut_children_with(self);
        self.is_strict = around;
    }

    fn visit_mut_class(&mut self, class: &mut Class) {
        let around = std::mem::replace(&mut self.is_strict, true);
        class.visit_mut_children_with(self);
        self.is_strict = around;
    }

    fn visit_mut_if_stmt(&mut self, choice: &mut IfStmt) {
        self.branch(&mut choice.cons);
        if let Some(other) = &mut choice.alt {
            self.branch(other);
        }
        choice.visit_mut_children_with(self);
    }
}
