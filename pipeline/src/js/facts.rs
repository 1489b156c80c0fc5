use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

use swc_core::common::{Mark, Spanned, SyntaxContext};
use swc_core::ecma::ast::{
    BinExpr, BinaryOp, CallExpr, Callee, ExportAll, Expr, Function, Id, Ident, ImportDecl, Lit,
    MemberExpr, MemberProp, MetaPropExpr, MetaPropKind, NamedExport, NewExpr, ObjectLit, Pat, Str,
    VarDeclarator,
};
use swc_core::ecma::transforms::base::resolver;
use swc_core::ecma::visit::{Visit, VisitWith};

use super::Goal;
use super::imports::{self, Import, ImportKind};
use super::names::Interface;
use super::parse::{Origin, isolated, parse};
use crate::fault::Fault;

/// What one file does that others can see.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Facts {
    /// Whether the whole file is strict.
    pub strict: bool,
    /// Top-level `let`, `const` and `class`.
    pub lexical: BTreeSet<String>,
    /// Top-level `var` and functions, out of blocks too: properties of the global object.
    pub variables: BTreeSet<String>,
    /// Names that it uses without declaring them, at any depth, or asks the global object for.
    pub free: BTreeSet<String>,
    /// It looks for its own tag.
    pub uses_current_script: bool,
    /// It writes into the page at its own place.
    pub uses_document_write: bool,
    /// It asks for its own address, other than to name a file by literal.
    pub uses_import_meta: bool,
    /// Modules and files that it names by literal, in order.
    pub imports: Vec<Import>,
    /// Where it names a module or file of its own by an expression, in bytes of the text given.
    pub computed: Vec<(Range<usize>, ImportKind)>,
}

impl Facts {
    /// Every top-level name.
    pub(crate) fn declares(&self) -> impl Iterator<Item = &String> {
        self.lexical.iter().chain(&self.variables)
    }
}

/// Reads one file for what others need to know of it.
pub(crate) fn inspect(text: &str, goal: Goal) -> Result<Facts, Fault> {
    isolated(|| {
        let parsed = parse(text, goal)?;
        let origin = parsed.origin();
        let interface = Interface::of(&parsed.program);
        let (unresolved, top_level) = (Mark::new(), Mark::new());
        let program = parsed
            .program
            .apply(&mut resolver(unresolved, top_level, false));
        let mut facts = Facts {
            strict: goal == Goal::Module || interface.directives.iter().any(|d| d == "use strict"),
            ..Facts::default()
        };
        if goal == Goal::Script {
            for (name, kind) in interface.names {
                if kind.is_lexical() {
                    facts.lexical.insert(name);
                } else {
                    facts.variables.insert(name);
                }
            }
        }
        let mut reader = Reader {
            facts,
            origin,
            unresolved: SyntaxContext::empty().apply_mark(unresolved),
            depth: 0,
            sloppy_top: goal == Goal::Script,
            aliases: HashSet::new(),
            goals: HashMap::new(),
            metas: 0,
        };
        program.visit_with(&mut reader);
        let named = reader.facts.imports.iter();
        let addressed = named.filter(|import| import.kind.is_addressed()).count();
        reader.facts.uses_import_meta = reader.metas > addressed;
        let mut facts = reader.facts;
        for name in facts.variables.iter().chain(&facts.lexical) {
            facts.free.remove(name);
        }
        facts.imports.sort_by_key(|import| import.range.start);
        facts.computed.sort_by_key(|(range, _)| range.start);
        Ok(facts)
    })
    .unwrap_or_else(|| Err(Fault::new(0, "the script could not be read")))
}

struct Reader {
    facts: Facts,
    origin: Origin,
    unresolved: SyntaxContext,
    /// Functions entered that have a `this` of their own.
    depth: usize,
    sloppy_top: bool,
    /// Names that hold the global object: `(function(root){ … })(this)`, `var root = window`.
    aliases: HashSet<Id>,
    /// How what a literal names will run, by the place of the literal, where that shows around it.
    goals: HashMap<usize, Goal>,
    /// How often `import.meta` stands in it.
    metas: usize,
}

impl Reader {
    fn is_free(&self, ident: &Ident, names: &[&str]) -> bool {
        ident.ctxt == self.unresolved && names.contains(&&*ident.sym)
    }

    /// `window`, `self`, `globalThis`, `top-level this`.
    fn is_global_object(&self, expression: &Expr) -> bool {
        match expression {
            Expr::Ident(ident) => {
                let known = ["window", "self", "globalThis", "top", "parent", "frames"];
                self.is_free(ident, &known) || self.aliases.contains(&ident.to_id())
            }
            // `typeof window < "u" ? window : this`
            Expr::Cond(choice) => {
                self.is_global_object(&choice.cons) || self.is_global_object(&choice.alt)
            }
            Expr::Bin(either) if either.op == BinaryOp::LogicalOr => {
                self.is_global_object(&either.left) || self.is_global_object(&either.right)
            }
            Expr::This(_) => self.sloppy_top && self.depth == 0,
            Expr::Paren(paren) => self.is_global_object(&paren.expr),
            _ => false,
        }
    }

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

    /// A function of the global object, by its name alone or as a property.
    fn is_global(&self, callee: &Expr, names: &[&str]) -> bool {
        match callee {
            Expr::Ident(ident) => self.is_free(ident, names),
            Expr::Member(member) => {
                self.is_global_object(&member.obj)
                    && property(&member.prop).is_some_and(|name| names.contains(&&*name))
            }
            _ => false,
        }
    }
}

fn literal(expression: &Expr) -> Option<&Str> {
    match expression {
        Expr::Lit(Lit::Str(text)) => Some(text),
        Expr::Paren(paren) => literal(&paren.expr),
        _ => None,
    }
}

fn property(property: &MemberProp) -> Option<String> {
    match property {
        MemberProp::Ident(name) => Some(name.sym.to_string()),
        MemberProp::Computed(computed) => {
            literal(&computed.expr).map(|text| text.value.to_string_lossy().into_owned())
        }
        MemberProp::PrivateName(_) => None,
    }
}

fn is_import_meta(expression: &Expr, name: &str) -> bool {
    matches!(expression, Expr::Member(MemberExpr { obj, prop, .. })
        if matches!(&**obj, Expr::MetaProp(meta) if meta.kind == MetaPropKind::ImportMeta)
            && property(prop).as_deref() == Some(name))
}

impl Reader {
    /// The parameters of a function that is called on the spot, with what they get.
    fn alias_parameters(&mut self, call: &CallExpr) {
        let Callee::Expr(callee) = &call.callee else {
            return;
        };
        let (callee, skipped) = match unwrapped(callee) {
            Expr::Member(member) if property(&member.prop).as_deref() == Some("call") => {
                (unwrapped(&member.obj), 1)
            }
            other => (other, 0),
        };
        let parameters: Vec<&Pat> = match callee {
            Expr::Fn(function) => function.function.params.iter().map(|p| &p.pat).collect(),
            Expr::Arrow(arrow) => arrow.params.iter().collect(),
            _ => return,
        };
        for (parameter, argument) in parameters.into_iter().zip(call.args.iter().skip(skipped)) {
            if let Pat::Ident(name) = parameter
                && self.is_global_object(&argument.expr)
            {
                self.aliases.insert(name.id.to_id());
            }
        }
    }
}

fn unwrapped(expression: &Expr) -> &Expr {
    match expression {
        Expr::Paren(paren) => unwrapped(&paren.expr),
        other => other,
    }
}

impl Visit for Reader {
    fn visit_var_declarator(&mut self, declarator: &VarDeclarator) {
        if let (Pat::Ident(name), Some(value)) = (&declarator.name, &declarator.init)
            && self.is_global_object(value)
        {
            self.aliases.insert(name.id.to_id());
        }
        declarator.visit_children_with(self);
    }

    fn visit_function(&mut self, function: &Function) {
        self.depth += 1;
        function.visit_children_with(self);
        self.depth -= 1;
    }

    fn visit_class(&mut self, class: &swc_core::ecma::ast::Class) {
        self.depth += 1;
        class.visit_children_with(self);
        self.depth -= 1;
    }

    fn visit_ident(&mut self, ident: &Ident) {
        if ident.ctxt == self.unresolved {
            self.facts.free.insert(ident.sym.to_string());
        }
    }

    fn visit_member_expr(&mut self, member: &MemberExpr) {
        if let Some(name) = property(&member.prop) {
            if self.is_global_object(&member.obj) {
                self.facts.free.insert(name.clone());
            }
            let of_document = match &*member.obj {
                Expr::Ident(ident) => self.is_free(ident, &["document"]),
                Expr::Member(outer) => {
                    property(&outer.prop).as_deref() == Some("document")
                        && self.is_global_object(&outer.obj)
                }
                _ => false,
            };
            if name == "currentScript" {
                self.facts.uses_current_script = true;
            }
            if of_document && matches!(&*name, "write" | "writeln") {
                self.facts.uses_document_write = true;
            }
        }
        member.visit_children_with(self);
    }

    fn visit_bin_expr(&mut self, binary: &BinExpr) {
        if binary.op == BinaryOp::In
            && self.is_global_object(&binary.right)
            && let Some(name) = literal(&binary.left)
        {
            let name = name.value.to_string_lossy().into_owned();
            self.facts.free.insert(name);
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
