use std::collections::BTreeMap;

use swc_core::ecma::ast::{
    BlockStmt, Decl, ExportDecl, Expr, FnDecl, ForHead, Function, Lit, ModuleDecl, ModuleItem,
    ObjectLit, ObjectPatProp, Pat, Program, Stmt, Str, VarDecl, VarDeclKind,
};
use swc_core::ecma::visit::{Visit, VisitWith};

use super::imports::asserted;

/// How a top-level name comes to be; what another file may do with it depends on it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Kind {
    Var,
    /// A function in a block: its name is there from the start, and holds the function once the block is reached.
    BlockFunction,
    Function,
    Let,
    Const,
    Class,
}

impl Kind {
    /// Whether the name has a dead zone and may not be declared twice.
    pub(super) fn is_lexical(self) -> bool {
        matches!(self, Self::Let | Self::Const | Self::Class)
    }
}

/// What other files see of a script: its names and its directives.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Interface {
    pub directives: Vec<String>,
    pub names: BTreeMap<String, Kind>,
    /// Exported names; empty for a script.
    pub exports: Vec<String>,
    /// The modules that it asks for, each once, in the order in which they are loaded and run.
    pub requests: Vec<String>,
}

impl Interface {
    pub(super) fn of(program: &Program) -> Self {
        let mut interface = Self::default();
        match program {
            Program::Script(script) => {
                interface.directives = directives(script.body.iter());
                for statement in &script.body {
                    interface.statement(statement);
                }
                Hoisted(&mut interface).visit_stmts(&script.body);
            }
            Program::Module(module) => {
                interface.directives = directives(module.body.iter().filter_map(|i| i.as_stmt()));
                for item in &module.body {
                    interface.module_item(item);
                }
                interface.exports.sort();
            }
        }
        interface
    }

    fn add(&mut self, name: &str, kind: Kind) {
        let entry = self.names.entry(name.to_owned()).or_insert(kind);
        // `var f; function f(){}`: the function is what the name holds.
        *entry = (*entry).max(kind);
    }

    fn pattern(&mut self, pattern: &Pat, kind: Kind) {
        match pattern {
            Pat::Ident(ident) => self.add(&ident.id.sym, kind),
            Pat::Array(array) => {
                for element in array.elems.iter().flatten() {
                    self.pattern(element, kind);
                }
            }
            Pat::Object(object) => {
                for property in &object.props {
                    match property {
                        ObjectPatProp::KeyValue(pair) => self.pattern(&pair.value, kind),
                        ObjectPatProp::Assign(assign) => self.add(&assign.key.id.sym, kind),
                        ObjectPatProp::Rest(rest) => self.pattern(&rest.arg, kind),
                    }
                }
            }
            Pat::Rest(rest) => self.pattern(&rest.arg, kind),
            Pat::Assign(assign) => self.pattern(&assign.left, kind),
            Pat::Invalid(_) | Pat::Expr(_) => {}
        }
    }

    /// Names that only the top level itself declares: lexical ones and functions.
    fn statement(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Decl(Decl::Class(class)) => self.add(&class.ident.sym, Kind::Class),
            Stmt::Decl(Decl::Fn(function)) => self.add(&function.ident.sym, Kind::Function),
            Stmt::Decl(Decl::Var(var)) if var.kind != VarDeclKind::Var => self.declarators(var),
            Stmt::Decl(Decl::Using(using)) => {
                for declarator in &using.decls {
                    self.pattern(&declarator.name, Kind::Const);
                }
            }
            Stmt::Labeled(labelled) => self.statement(&labelled.body),
            _ => {}
        }
    }

    fn declarators(&mut self, var: &VarDecl) {
        let kind = match var.kind {
            VarDeclKind::Var => Kind::Var,
            VarDeclKind::Let => Kind::Let,
            VarDeclKind::Const => Kind::Const,
        };
        for declarator in &var.decls {
            self.pattern(&declarator.name, kind);
        }
    }

    /// Loading order is that of the first mention (ECMA-262 §16.2.1.3, ModuleRequests).
    fn request(&mut self, source: &Str, with: Option<&ObjectLit>) {
        let kind = with.and_then(asserted).unwrap_or_default();
        let request = format!("{kind} {}", source.value.to_string_lossy());
        if !self.requests.contains(&request) {
            self.requests.push(request);
        }
    }

    /// A module's own names are free to change; what it takes and gives is not.
    fn module_item(&mut self, item: &ModuleItem) {
        let ModuleItem::ModuleDecl(declaration) = item else {
            return;
        };
        let mut exported = Self::default();
        match declaration {
            ModuleDecl::Import(import) => {
                self.request(&import.src, import.with.as_deref());
            }
            ModuleDecl::ExportAll(all) => {
                self.request(&all.src, all.with.as_deref());
                self.exports
                    .push(format!("* {}", all.src.value.to_string_lossy()));
            }
            ModuleDecl::ExportDecl(ExportDecl { decl, .. }) => {
                match decl {
                    Decl::Var(var) => exported.declarators(var),
                    other => exported.statement(&Stmt::Decl(other.clone())),
                }
                self.exports.extend(exported.names.into_keys());
            }
            ModuleDecl::ExportNamed(named) => {
                use swc_core::ecma::ast::ExportSpecifier::{Default, Named, Namespace};
                for specifier in &named.specifiers {
                    let name = match specifier {
                        Default(default) => default.exported.sym.to_string(),
                        Namespace(namespace) => export_name(&namespace.name),
                        Named(named) => export_name(named.exported.as_ref().unwrap_or(&named.orig)),
                    };
                    self.exports.push(name);
                }
                if let Some(source) = &named.src {
                    self.request(source, named.with.as_deref());
                }
            }
            ModuleDecl::ExportDefaultDecl(_) | ModuleDecl::ExportDefaultExpr(_) => {
                self.exports.push("default".to_owned());
            }
            _ => {}
        }
    }
}

fn export_name(name: &swc_core::ecma::ast::ModuleExportName) -> String {
    name.atom().to_string()
}

/// `"use strict"` and its like at the top.
pub(super) fn directives<'a>(statements: impl Iterator<Item = &'a Stmt>) -> Vec<String> {
    statements
        .map_while(|statement| match statement {
            Stmt::Expr(expression) => match &*expression.expr {
                Expr::Lit(Lit::Str(text)) => Some(text.value.to_string_lossy().into_owned()),
                _ => None,
            },
            _ => None,
        })
        .filter(|directive| directive == "use strict" || directive == "use asm")
        .collect()
}

/// `var` goes up to the top level out of any block, and so does a sloppy block's function.
struct Hoisted<'a>(&'a mut Interface);

impl Visit for Hoisted<'_> {
    fn visit_function(&mut self, _: &Function) {}
    fn visit_class(&mut self, _: &swc_core::ecma::ast::Class) {}
    fn visit_expr(&mut self, _: &Expr) {}

    fn visit_var_decl(&mut self, var: &VarDecl) {
        if var.kind == VarDeclKind::Var {
            self.0.declarators(var);
        }
    }

    fn visit_for_head(&mut self, head: &ForHead) {
        if let ForHead::VarDecl(var) = head {
            self.visit_var_decl(var);
        }
    }

    fn visit_block_stmt(&mut self, block: &BlockStmt) {
        block.visit_children_with(self);
    }

    fn visit_fn_decl(&mut self, function: &FnDecl) {
        if !self.0.directives.iter().any(|d| d == "use strict") {
            self.0.add(&function.ident.sym, Kind::BlockFunction);
        }
    }
}
