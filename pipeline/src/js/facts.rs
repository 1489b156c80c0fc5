use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};
use swc_core::atoms::Atom;
use swc_core::common::{Spanned, SyntaxContext};
use swc_core::ecma::ast::{
    ArrowExpr, AssignExpr, AssignTarget, AssignTargetPat, BinExpr, BinaryOp, CallExpr, Callee,
    ExportAll, Expr, ForInStmt, Function, Id, Ident, IdentName, ImportDecl, MemberExpr,
    MetaPropExpr, MetaPropKind, NamedExport, NewExpr, ObjectLit, Pat, SimpleAssignTarget, Str,
    VarDeclarator,
};
use swc_core::ecma::visit::{Visit, VisitWith};

use super::Goal;
use super::globals::{called_at_once, is_number, literal, property, unwrapped};
use super::imports;
use super::known::{Facts, Import, ImportKind};
use super::names::{Interface, Kind};
use super::parse::{Origin, Resolved, isolated, parse};
use crate::fault::Fault;

impl Facts {
    pub(super) fn of(read: &Resolved, goal: Goal) -> Self {
        let interface = Interface::of(&read.parsed.program);
        let mut facts = Self {
            strict: goal == Goal::Module || interface.directives.iter().any(|d| d == "use strict"),
            ..Self::default()
        };
        if goal == Goal::Script {
            for (name, kind) in interface.names {
                if kind.is_lexical() {
                    facts.lexical.insert(name);
                } else {
                    if kind == Kind::Function {
                        facts.functions.insert(name.clone());
                    }
                    facts.variables.insert(name);
                }
            }
        }
        let mut reader = Reader {
            facts,
            origin: read.parsed.origin(),
            unresolved: SyntaxContext::empty().apply_mark(read.unresolved),
            depth: 0,
            later: 0,
            sloppy_top: goal == Goal::Script,
            aliases: FxHashSet::default(),
            documents: FxHashSet::default(),
            goals: FxHashMap::default(),
            metas: 0,
            free: FxHashSet::default(),
        };
        read.parsed.program.visit_with(&mut reader);
        let named = reader.facts.imports.iter();
        let addressed = named.filter(|import| import.kind.is_addressed()).count();
        reader.facts.uses_import_meta = reader.metas > addressed;
        let mut facts = reader.facts;
        facts.free.extend(reader.free.iter().map(Atom::to_string));
        for name in facts.variables.iter().chain(&facts.lexical) {
            facts.free.remove(name);
        }
        facts.imports.sort_by_key(|import| import.range.start);
        facts.computed.sort_by_key(|(range, _)| range.start);
        facts
    }
}

/// Reads one file for what others need to know of it.
pub(crate) fn inspect(text: &str, goal: Goal) -> Result<Facts, Fault> {
    isolated(|| parse(text, goal).map(|parsed| Facts::of(&parsed.resolved(), goal)))
        .unwrap_or_else(|| Err(Fault::new(0, "the script could not be read")))
}

/// The walk over a file.
pub(super) struct Reader {
    pub(super) facts: Facts,
    origin: Origin,
    pub(super) unresolved: SyntaxContext,
    /// Functions entered that have a `this` of their own.
    pub(super) depth: usize,
    /// Functions entered that are not called where they stand.
    pub(super) later: isize,
    pub(super) sloppy_top: bool,
    /// Names that hold the global object: `(function(root){ … })(this)`, `var root = window`.
    pub(super) aliases: FxHashSet<Id>,
    /// Names that hold the document.
    pub(super) documents: FxHashSet<Id>,
    /// How what a literal names will run, by the place of the literal, where that shows around it.
    goals: FxHashMap<usize, Goal>,
    /// How often `import.meta` stands in it.
    metas: usize,
    /// Names used and not declared, as the parser holds them: most come often.
    free: FxHashSet<Atom>,
}

impl Reader {
    fn range(&self, node: &impl Spanned) -> Range<usize> {
        let span = node.span();
        self.origin.offset(span.lo)..self.origin.offset(span.hi)
    }

    /// Notes what an expression names, or that only the run time knows.
    fn names(&mut self, expression: &Expr, kind: ImportKind, asserted: Option<String>) {
        match imports::text_of(expression) {
            Some((literal, specifier)) => {
                let range = self.range(literal);
                self.facts.imports.push(Import {
                    goal: self.goals.get(&range.start).copied(),
                    range,
                    specifier,
                    kind,
                    asserted,
                });
            }
            None if !imports::is_elsewhere(expression) => {
                let range = self.range(expression);
                self.facts.computed.push((range, kind));
            }
            None => {}
        }
    }

    fn declared(&mut self, source: &Str, with: Option<&ObjectLit>) {
        let import = Import {
            range: self.range(source),
            specifier: source.value.to_string_lossy().into_owned(),
            kind: ImportKind::Static,
            asserted: with.and_then(imports::asserted),
            goal: Some(Goal::Module),
        };
        self.facts.imports.push(import);
    }

    /// Notes how a file will run whose address an expression is.
    fn runs_as(&mut self, address: &Expr, goal: Goal) {
        if let Some((expression, _)) = self.addressed(address)
            && let Some((literal, _)) = imports::text_of(expression)
        {
            let at = self.range(literal).start;
            self.goals.insert(at, goal);
        }
    }

    /// What `new URL(x, import.meta.url)` or `import.meta.resolve(x)` names.
    fn addressed<'e>(&self, expression: &'e Expr) -> Option<(&'e Expr, ImportKind)> {
        match unwrapped(expression) {
            Expr::New(new) => match (&*new.callee, new.args.as_deref().unwrap_or_default()) {
                (Expr::Ident(callee), [first, second])
                    if self.is_free(callee, &["URL"]) && is_import_meta(&second.expr, "url") =>
                {
                    Some((&first.expr, ImportKind::Url))
                }
                _ => None,
            },
            Expr::Call(call) => match (&call.callee, call.args.as_slice()) {
                (Callee::Expr(callee), [first]) if is_import_meta(callee, "resolve") => {
                    Some((&first.expr, ImportKind::Resolve))
                }
                _ => None,
            },
            // `new URL(…).href`
            Expr::Member(member) if property(&member.prop).as_deref() == Some("href") => {
                self.addressed(&member.obj)
            }
            _ => None,
        }
    }
}

fn is_import_meta(expression: &Expr, name: &str) -> bool {
    matches!(expression, Expr::Member(MemberExpr { obj, prop, .. })
        if matches!(&**obj, Expr::MetaProp(meta) if meta.kind == MetaPropKind::ImportMeta)
            && property(prop).as_deref() == Some(name))
}

impl Visit for Reader {
    fn visit_var_declarator(&mut self, declarator: &VarDeclarator) {
        if let Some(value) = &declarator.init {
            match &declarator.name {
                Pat::Ident(name) => self.alias(&name.id, value),
                Pat::Object(object) if self.is_global_object(value) => self.taken_out(object),
                _ => {}
            }
        }
        declarator.visit_children_with(self);
    }

    fn visit_assign_expr(&mut self, assignment: &AssignExpr) {
        match &assignment.left {
            AssignTarget::Simple(SimpleAssignTarget::Ident(name)) => {
                self.alias(&name.id, &assignment.right);
            }
            AssignTarget::Pat(AssignTargetPat::Object(object))
                if self.is_global_object(&assignment.right) =>
            {
                self.taken_out(object);
            }
            _ => {}
        }
        assignment.visit_children_with(self);
    }

    fn visit_for_in_stmt(&mut self, statement: &ForInStmt) {
        if self.is_global_object(&statement.right) {
            self.asks();
        }
        statement.visit_children_with(self);
    }

    fn visit_function(&mut self, function: &Function) {
        self.depth += 1;
        self.later += 1;
        function.visit_children_with(self);
        self.later -= 1;
        self.depth -= 1;
    }

    fn visit_arrow_expr(&mut self, arrow: &ArrowExpr) {
        self.later += 1;
        arrow.visit_children_with(self);
        self.later -= 1;
    }

    fn visit_class(&mut self, class: &swc_core::ecma::ast::Class) {
        self.depth += 1;
        class.visit_children_with(self);
        self.depth -= 1;
    }

    fn visit_str(&mut self, text: &Str) {
        self.facts.uses_current_script |= text.value == *"currentScript";
    }

    fn visit_ident_name(&mut self, name: &IdentName) {
        self.facts.uses_current_script |= name.sym == *"currentScript";
    }

    fn visit_ident(&mut self, ident: &Ident) {
        // `{ currentScript } = document` is a name, too.
        self.facts.uses_current_script |= ident.sym == *"currentScript";
        if ident.ctxt == self.unresolved {
            self.free.insert(ident.sym.clone());
        }
    }

    fn visit_member_expr(&mut self, member: &MemberExpr) {
        if let Some(name) = property(&member.prop) {
            if self.is_global_object(&member.obj) {
                self.facts.free.insert(name.clone().into_owned());
            }
            if self.is_document(&member.obj) && matches!(&*name, "write" | "writeln") {
                self.facts.uses_document_write = true;
            }
        } else if self.is_global_object(&member.obj) && !is_number(&member.prop) {
            self.asks();
        }
        member.visit_children_with(self);
    }

    fn visit_bin_expr(&mut self, binary: &BinExpr) {
        if binary.op == BinaryOp::In && self.is_global_object(&binary.right) {
            match literal(&binary.left) {
                Some(name) => {
                    let name = name.value.to_string_lossy().into_owned();
                    self.facts.free.insert(name);
                }
                None => self.asks(),
            }
        }
        binary.visit_children_with(self);
    }

    fn visit_call_expr(&mut self, call: &CallExpr) {
        self.alias_parameters(call);
        match (&call.callee, call.args.as_slice()) {
            (Callee::Import(_), [first, rest @ ..]) => {
                // What `import.meta.resolve` gives is named there.
                if self.addressed(&first.expr).is_some() {
                    self.runs_as(&first.expr, Goal::Module);
                } else {
                    let asserted = rest
                        .first()
                        .and_then(|with| imports::asserted_in(&with.expr));
                    self.names(&first.expr, ImportKind::Dynamic, asserted);
                }
            }
            (Callee::Expr(callee), arguments) if self.is_global(callee, &["importScripts"]) => {
                for argument in arguments {
                    self.names(&argument.expr, ImportKind::Scripts, None);
                }
            }
            (Callee::Expr(callee), [first, ..]) => {
                if matches!(&**callee, Expr::Member(member) if property(&member.prop).as_deref() == Some("addModule"))
                {
                    self.runs_as(&first.expr, Goal::Module);
                }
            }
            _ => {}
        }
        if let Callee::Expr(callee) = &call.callee {
            self.call(callee, &call.args);
            if called_at_once(callee) {
                call.args.visit_with(self);
                // This function runs here: entering it counts for nothing.
                self.later -= 1;
                callee.visit_with(self);
                self.later += 1;
                return;
            }
        }
        call.visit_children_with(self);
    }

    fn visit_expr(&mut self, expression: &Expr) {
        if let Expr::New(_) | Expr::Call(_) = expression
            && let Some((named, kind)) = self.addressed(expression)
        {
            self.names(named, kind, None);
        }
        expression.visit_children_with(self);
    }

    fn visit_new_expr(&mut self, new: &NewExpr) {
        self.call(&new.callee, new.args.as_deref().unwrap_or_default());
        if let [first, rest @ ..] = new.args.as_deref().unwrap_or_default()
            && self.is_global(&new.callee, &["Worker", "SharedWorker"])
            && let Some(goal) = imports::worker_goal(rest.first().map(|options| &*options.expr))
        {
            self.runs_as(&first.expr, goal);
        }
        new.visit_children_with(self);
    }

    fn visit_meta_prop_expr(&mut self, meta: &MetaPropExpr) {
        self.metas += usize::from(meta.kind == MetaPropKind::ImportMeta);
    }

    fn visit_import_decl(&mut self, import: &ImportDecl) {
        self.declared(&import.src, import.with.as_deref());
    }

    fn visit_named_export(&mut self, export: &NamedExport) {
        if let Some(source) = &export.src {
            self.declared(source, export.with.as_deref());
        }
    }

    fn visit_export_all(&mut self, export: &ExportAll) {
        self.declared(&export.src, export.with.as_deref());
    }
}
