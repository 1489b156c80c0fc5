//! Names that are declared twice: an error before anything runs (ECMA-262 §14.2.1, §14.12.1, §14.15.1, §15.2.1, §16.1.1,
//! §16.2.1.1), which the parser does not look for.

use rustc_hash::{FxHashMap, FxHashSet};
use swc_core::atoms::Atom;
use swc_core::common::BytePos;
use swc_core::ecma::ast::{
    ArrowExpr, ArrowFunctionBody, BlockStmt, CatchClause, ClassDecl, Constructor, FnDecl, ForHead,
    ForInStmt, ForOfStmt, ForStmt, Function, Ident, IfStmt, ImportSpecifier, ModuleItem,
    ParamOrTsParamProp, Pat, Program, StaticBlock, Stmt, SwitchStmt, UsingDecl, VarDecl,
    VarDeclKind, VarDeclOrExpr,
};
use swc_core::ecma::utils::find_pat_ids;
use swc_core::ecma::visit::{Visit, VisitWith};

/// The first name that is declared where it must not be, and where.
pub(super) fn declared_twice(program: &Program) -> Option<(BytePos, Atom)> {
    let is_module = program.is_module();
    let mut walker = Walker {
        scopes: vec![Scope::new(match is_module {
            true => Top::No,
            false => Top::Yes,
        })],
        is_module,
        found: None,
    };
    program.visit_children_with(&mut walker);
    walker.found
}

/// Whether functions declared in a scope are like `var`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Top {
    /// The top of a script or of a function.
    Yes,
    /// A block, or the top of a module.
    No,
}

struct Scope {
    top: Top,
    /// Where `var` stops on its way up.
    is_function: bool,
    /// `let`, `const`, `class`, imports, functions in blocks; whether by a plain function, which sloppy code may repeat.
    lexical: FxHashMap<Atom, bool>,
    /// `var` in here and further in.
    variables: FxHashSet<Atom>,
    /// Names that only lexical ones must not repeat: parameters.
    parameters: FxHashSet<Atom>,
    /// Names that `var` must not repeat either: the parts of a caught value.
    caught: FxHashSet<Atom>,
}

impl Scope {
    fn new(top: Top) -> Self {
        Self {
            top,
            is_function: top == Top::Yes,
            lexical: FxHashMap::default(),
            variables: FxHashSet::default(),
            parameters: FxHashSet::default(),
            caught: FxHashSet::default(),
        }
    }
}

struct Walker {
    /// The innermost last.
    scopes: Vec<Scope>,
    is_module: bool,
    found: Option<(BytePos, Atom)>,
}

impl Walker {
    fn fail(&mut self, ident: &Ident) {
        self.found
            .get_or_insert_with(|| (ident.span.lo, ident.sym.clone()));
    }

    fn within(&mut self, scope: Scope, work: impl FnOnce(&mut Self)) {
        // One error is enough, and the walk ends soon.
        if self.found.is_none() {
            self.scopes.push(scope);
            work(self);
            self.scopes.pop();
        }
    }

    fn lexical(&mut self, ident: &Ident, plain_function: bool) {
        let repeatable = plain_function && !self.is_module;
        let Some(scope) = self.scopes.last_mut() else {
            return;
        };
        let before = scope.lexical.insert(ident.sym.clone(), repeatable);
        let clash = before.is_some_and(|before| !(before && repeatable))
            || scope.variables.contains(&ident.sym)
            || scope.parameters.contains(&ident.sym)
            || scope.caught.contains(&ident.sym);
        if clash {
            self.fail(ident);
        }
    }

    fn variable(&mut self, ident: &Ident) {
        let mut clash = false;
        for scope in self.scopes.iter_mut().rev() {
            clash |= scope.lexical.contains_key(&ident.sym) || scope.caught.contains(&ident.sym);
            scope.variables.insert(ident.sym.clone());
            if scope.is_function {
                break;
            }
        }
        if clash {
            self.fail(ident);
        }
    }

    /// A function at the top of a script or function: as `var`, but for that scope alone.
    fn function(&mut self, ident: &Ident) {
        let Some(scope) = self.scopes.last_mut() else {
            return;
        };
        scope.variables.insert(ident.sym.clone());
        if scope.lexical.contains_key(&ident.sym) {
            self.fail(ident);
        }
    }

    fn pattern(&mut self, pattern: &Pat, kind: VarDeclKind) {
        // Most patterns are a name.
        if let Pat::Ident(name) = pattern {
            return self.name(&name.id, kind);
        }
        let idents: Vec<Ident> = find_pat_ids(pattern);
        for ident in &idents {
            self.name(ident, kind);
        }
    }

    fn name(&mut self, ident: &Ident, kind: VarDeclKind) {
        match kind {
            VarDeclKind::Var => self.variable(ident),
            VarDeclKind::Let | VarDeclKind::Const => self.lexical(ident, false),
        }
    }

    /// Parameters and body of a function.
    fn body<'a>(
        &mut self,
        parameters: impl Iterator<Item = &'a Pat> + Clone,
        statements: Option<&[Stmt]>,
        work: impl FnOnce(&mut Self),
    ) {
        let mut scope = Scope::new(Top::Yes);
        for parameter in parameters.clone() {
            if let Pat::Ident(name) = parameter {
                scope.parameters.insert(name.sym.clone());
                continue;
            }
            let idents: Vec<Ident> = find_pat_ids(parameter);
            scope
                .parameters
                .extend(idents.into_iter().map(|ident| ident.sym));
        }
        self.within(scope, |walker| {
            for parameter in parameters {
                parameter.visit_with(walker);
            }
            work(walker);
            for statement in statements.unwrap_or_default() {
                statement.visit_with(walker);
            }
        });
    }

    fn loop_head(&mut self, head: &ForHead) {
        match head {
            ForHead::VarDecl(var) => var.visit_with(self),
            ForHead::UsingDecl(using) => using.visit_with(self),
            ForHead::Pat(pattern) => pattern.visit_with(self),
        }
    }

    /// A statement that stands where a declaration cannot, or a function in sloppy code as if it had a block.
    fn alone(&mut self, statement: &Stmt) {
        self.within(Scope::new(Top::No), |walker| statement.visit_with(walker));
    }
}

impl Visit for Walker {
    fn visit_var_decl(&mut self, var: &VarDecl) {
        for declarator in &var.decls {
            self.pattern(&declarator.name, var.kind);
        }
        var.visit_children_with(self);
    }

    fn visit_using_decl(&mut self, using: &UsingDecl) {
        for declarator in &using.decls {
            self.pattern(&declarator.name, VarDeclKind::Const);
        }
        using.visit_children_with(self);
    }

    fn visit_class_decl(&mut self, class: &ClassDecl) {
        self.lexical(&class.ident, false);
        class.visit_children_with(self);
    }

    fn visit_fn_decl(&mut self, function: &FnDecl) {
        let plain = !function.function.is_async && !function.function.is_generator;
        match self.scopes.last().map(|scope| scope.top) {
            Some(Top::Yes) => self.function(&function.ident),
            _ => self.lexical(&function.ident, plain),
        }
        function.function.visit_with(self);
    }

    fn visit_module_item(&mut self, item: &ModuleItem) {
        if let Some(import) = item.as_module_decl().and_then(|decl| decl.as_import()) {
            for specifier in &import.specifiers {
                self.lexical(
                    match specifier {
                        ImportSpecifier::Named(named) => &named.local,
                        ImportSpecifier::Default(default) => &default.local,
                        ImportSpecifier::Namespace(namespace) => &namespace.local,
                    },
                    false,
                );
            }
        }
        item.visit_children_with(self);
    }

    fn visit_function(&mut self, function: &Function) {
        let parameters = function.params.iter().map(|parameter| &parameter.pat);
        let statements = function.body.as_ref().map(|body| body.stmts.as_slice());
        self.body(parameters, statements, |_| {});
    }

    fn visit_constructor(&mut self, constructor: &Constructor) {
        let parameters = constructor
            .params
            .iter()
            .filter_map(|parameter| match parameter {
                ParamOrTsParamProp::Param(parameter) => Some(&parameter.pat),
                ParamOrTsParamProp::TsParamProp(_) => None,
            });
        let statements = constructor.body.as_ref().map(|body| body.stmts.as_slice());
        self.body(parameters, statements, |_| {});
    }

    fn visit_arrow_expr(&mut self, arrow: &ArrowExpr) {
        let (statements, value) = match &*arrow.body {
            ArrowFunctionBody::FunctionBody(body) => (Some(body.stmts.as_slice()), None),
            ArrowFunctionBody::Expr(value) => (None, Some(value)),
        };
        self.body(arrow.params.iter(), statements, |walker| {
            if let Some(value) = value {
                value.visit_with(walker);
            }
        });
    }

    fn visit_static_block(&mut self, block: &StaticBlock) {
        self.body(std::iter::empty(), Some(&block.body.stmts), |_| {});
    }

    fn visit_block_stmt(&mut self, block: &BlockStmt) {
        self.within(Scope::new(Top::No), |walker| {
            block.visit_children_with(walker)
        });
    }

    fn visit_if_stmt(&mut self, choice: &IfStmt) {
        choice.test.visit_with(self);
        self.alone(&choice.cons);
        if let Some(alternative) = &choice.alt {
            self.alone(alternative);
        }
    }

    fn visit_for_stmt(&mut self, each: &ForStmt) {
        self.within(Scope::new(Top::No), |walker| {
            match &each.init {
                Some(VarDeclOrExpr::VarDecl(var)) => var.visit_with(walker),
                Some(VarDeclOrExpr::Expr(value)) => value.visit_with(walker),
                None => {}
            }
            each.test.visit_with(walker);
            each.update.visit_with(walker);
            each.body.visit_with(walker);
        });
    }

    fn visit_for_in_stmt(&mut self, each: &ForInStmt) {
        self.within(Scope::new(Top::No), |walker| {
            walker.loop_head(&each.left);
            each.right.visit_with(walker);
            each.body.visit_with(walker);
        });
    }

    fn visit_for_of_stmt(&mut self, each: &ForOfStmt) {
        self.within(Scope::new(Top::No), |walker| {
            walker.loop_head(&each.left);
            each.right.visit_with(walker);
            each.body.visit_with(walker);
        });
    }

    fn visit_switch_stmt(&mut self, switch: &SwitchStmt) {
        switch.discriminant.visit_with(self);
        self.within(Scope::new(Top::No), |walker| {
            switch.cases.visit_with(walker)
        });
    }

    fn visit_catch_clause(&mut self, clause: &CatchClause) {
        let mut scope = Scope::new(Top::No);
        if let Some(caught) = &clause.param {
            let idents: Vec<Ident> = find_pat_ids(caught);
            let names = idents.into_iter().map(|ident| ident.sym);
            match caught {
                // `catch (e) { var e }` is an old habit that the language keeps (§B.3.4).
                Pat::Ident(_) => scope.parameters.extend(names),
                _ => scope.caught.extend(names),
            }
        }
        self.within(scope, |walker| {
            clause.param.visit_with(walker);
            clause.body.stmts.visit_with(walker);
        });
    }
}

/// The message about such a name.
pub(super) fn message(name: &str) -> String {
    format!("`{name}` is declared twice")
}

#[cfg(test)]
mod tests;
